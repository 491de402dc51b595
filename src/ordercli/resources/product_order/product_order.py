"""The product order as a kind of order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ordercli.resources.product_order.profiles import FAMILIES, PROFILES
from ordercli.resources.resource import Examples, Resource, Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.intake.forms import KnownFields
    from ordercli.orders.order_rows import OrderWithLines
    from ordercli.resources.resource import Accepted
    from ordercli.rulebook.rule import Finding


@cache
def _rulebook() -> Rulebook:
    # Only what validates orders needs their shapes and rules.
    from ordercli.resources.product_order.other_kinds import other_kind  # noqa: PLC0415
    from ordercli.resources.product_order.reading import quick_order_reader, shaped  # noqa: PLC0415
    from ordercli.resources.product_order.rules import RULES  # noqa: PLC0415
    from ordercli.resources.product_order.values import ValidationContext, lines  # noqa: PLC0415
    from ordercli.resources.product_order.versions import is_surely_v5, other_version, version_of  # noqa: PLC0415

    return Rulebook(
        rules=RULES,
        quick_reader=quick_order_reader,
        shaped=shaped,
        other_kind=other_kind,
        lint=_lint,
        version=version_of,
        has_clear_version=is_surely_v5,
        other_version=other_version,
        context=ValidationContext,
        lines=lines,
        reference=_as_it_is,
    )


def _as_it_is(reference: Any) -> Any:  # noqa: ANN401 - reference data, which this module need not import
    return reference


def _examples() -> Examples:
    from ordercli.resources.product_order.examples import example_document, example_options  # noqa: PLC0415 - for `explain`

    return Examples(example_document, example_options)


def _lint(data: bytes, known: KnownFields, is_known: bool) -> list[Finding]:  # noqa: FBT001 - called as a value
    from ordercli.resources.product_order.lint import lint_findings  # noqa: PLC0415 - `submit` seldom asks for it

    return lint_findings(data, known, is_known)


@cache
def _converter() -> Callable[[Accepted, bytes, str], OrderWithLines]:
    # Only what creates orders needs this.
    from ordercli.resources.product_order.convert import to_rows  # noqa: PLC0415

    return to_rows


PRODUCT_ORDER = Resource(
    name="productOrder",
    type="ProductOrder",
    title="product order",
    domain="productOrdering",
    items="productOrderItem",
    collection="/api/sn_ind_tmt_orm/order/productOrder",
    setting="product_order",
    profiles=PROFILES,
    families=FAMILIES,
    standard="tmf622",
    load_rulebook=_rulebook,
    load_converter=_converter,
    load_examples=_examples,
)
