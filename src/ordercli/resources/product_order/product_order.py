"""The product order as a kind of order."""

from ordercli.resources.product_order.profiles import PROFILES
from ordercli.resources.resource import Resource, Rulebook


def _rulebook() -> Rulebook:
    # Only what validates orders needs their shapes and rules.
    from ordercli.resources.product_order.context import ValidationContext  # noqa: PLC0415
    from ordercli.resources.product_order.lint import lint_findings  # noqa: PLC0415
    from ordercli.resources.product_order.other_kinds import other_kind  # noqa: PLC0415
    from ordercli.resources.product_order.reading import quick_order_reader, shaped  # noqa: PLC0415
    from ordercli.resources.product_order.rules import RULES  # noqa: PLC0415

    return Rulebook(RULES, quick_order_reader, shaped, other_kind, lint_findings, ValidationContext)


PRODUCT_ORDER = Resource(name="productOrder", profiles=PROFILES, load_rulebook=_rulebook)
