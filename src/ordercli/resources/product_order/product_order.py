"""The product order as a kind of order."""

from ordercli.resources.product_order.context import ValidationContext
from ordercli.resources.product_order.lint import lint_findings
from ordercli.resources.product_order.profiles import PROFILES
from ordercli.resources.product_order.reading import other_kind, quick_order_reader, shaped
from ordercli.resources.product_order.rules import RULES
from ordercli.resources.resource import Resource

PRODUCT_ORDER = Resource(
    name="productOrder",
    profiles=PROFILES,
    rules=RULES,
    quick_reader=quick_order_reader,
    shaped=shaped,
    other_kind=other_kind,
    lint=lint_findings,
    context=ValidationContext,
)
