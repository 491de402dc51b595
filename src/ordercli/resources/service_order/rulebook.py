"""The rules of the service order, and how its documents are read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ordercli.resources.common.other_kinds import other_kind
from ordercli.resources.common.reading import by_missing_field, quick_order_reader, shaped
from ordercli.resources.common.values import ValidationContext, lines
from ordercli.resources.resource import Rulebook, load
from ordercli.resources.service_order.profiles import TMF641
from ordercli.resources.service_order.rules import RULES
from ordercli.resources.service_order.rules.order import OTHER_KIND
from ordercli.rulebook.rule import by_code

if TYPE_CHECKING:
    from ordercli.reference.lookup import ReferenceData


def _reference(reference: ReferenceData) -> ReferenceData:
    from ordercli.resources.service_order.reference import ServiceReferenceData  # where there is any

    return reference.turned_into(ServiceReferenceData)


RULEBOOK = Rulebook(
    rules=RULES,
    by_code=by_code(RULES),
    quick_reader=quick_order_reader,
    shaped=partial(shaped, missing=by_missing_field(RULES)),
    other_kind=partial(other_kind, items="serviceOrderItem", rule=OTHER_KIND),
    load_lint=partial(load, "ordercli.resources.common.lint", "lint_findings"),
    version=lambda _document: TMF641.name,
    has_clear_version=lambda _order: False,
    other_version=lambda _document, _profile: None,
    context=ValidationContext,
    lines=lines,
    reference=_reference,
)
