"""The rules of the product order, and how its documents are read."""

from functools import partial

from ordercli.resources.common.other_kinds import other_kind
from ordercli.resources.common.reading import by_missing_field, quick_order_reader, shaped
from ordercli.resources.common.rules.shape import OTHER_KIND
from ordercli.resources.common.values import ValidationContext, lines
from ordercli.resources.product_order.rules import RULES
from ordercli.resources.product_order.versions import is_surely_v5, other_version, version_of
from ordercli.resources.resource import Rulebook, load
from ordercli.rulebook.rule import by_code

RULEBOOK = Rulebook(
    rules=RULES,
    by_code=by_code(RULES),
    quick_reader=quick_order_reader,
    shaped=partial(shaped, missing=by_missing_field(RULES)),
    other_kind=partial(other_kind, items="productOrderItem", rule=OTHER_KIND),
    load_lint=partial(load, "ordercli.resources.common.lint", "lint_findings"),
    version=version_of,
    has_clear_version=is_surely_v5,
    other_version=other_version,
    context=ValidationContext,
    lines=lines,
)
