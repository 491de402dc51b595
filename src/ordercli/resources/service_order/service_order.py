"""The service order as a kind of order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ordercli.resources.resource import Examples, Resource, Rulebook
from ordercli.resources.service_order.patching import MESSAGES, in_patch
from ordercli.resources.service_order.profiles import PROFILES, TMF641

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.intake.forms import KnownFields
    from ordercli.orders.order_rows import OrderWithLines
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.resource import Accepted
    from ordercli.rulebook.document import Document
    from ordercli.rulebook.rule import Finding


@cache
def _rulebook() -> Rulebook:
    # Only what validates orders needs their shapes and rules.
    from functools import partial  # noqa: PLC0415

    from ordercli.resources.product_order.other_kinds import other_kind  # noqa: PLC0415
    from ordercli.resources.product_order.reading import (  # noqa: PLC0415
        by_missing_field,
        quick_order_reader,
        shaped,
    )
    from ordercli.resources.product_order.values import ValidationContext, lines  # noqa: PLC0415
    from ordercli.resources.service_order.rules import RULES  # noqa: PLC0415
    from ordercli.resources.service_order.rules.order import OTHER_KIND  # noqa: PLC0415

    return Rulebook(
        rules=RULES,
        quick_reader=quick_order_reader,
        shaped=partial(shaped, missing=by_missing_field(RULES)),
        other_kind=partial(other_kind, items=SERVICE_ORDER.items, rule=OTHER_KIND),
        lint=_lint,
        version=_version,
        has_clear_version=lambda _order, _data: False,
        other_version=lambda _document, _profile: None,
        context=ValidationContext,
        lines=lines,
        reference=_reference,
    )


def _reference(reference: ReferenceData) -> ReferenceData:
    from ordercli.resources.service_order.reference import ServiceReferenceData  # noqa: PLC0415 - where there is any

    return reference.turned_into(ServiceReferenceData)


def _examples() -> Examples:
    from ordercli.resources.service_order.examples import example_document, example_options  # noqa: PLC0415 - for `explain`

    return Examples(example_document, example_options)


def _version(_: Document) -> str:
    """Return the only profile of the standard."""
    return TMF641.name


def _lint(data: bytes, known: KnownFields, is_known: bool) -> list[Finding]:  # noqa: FBT001 - called as a value
    from ordercli.resources.product_order.lint import lint_findings  # noqa: PLC0415 - `submit` seldom asks for it

    return lint_findings(data, known, is_known)


@cache
def _converter() -> Callable[[Accepted, bytes, str], OrderWithLines]:
    # Only what creates orders needs this.
    from functools import partial  # noqa: PLC0415

    from ordercli.resources.product_order.convert import to_rows  # noqa: PLC0415

    return partial(to_rows, resource=SERVICE_ORDER.name, profiles=PROFILES)


SERVICE_ORDER = Resource(
    name="serviceOrder",
    type="ServiceOrder",
    title="service order",
    domain="serviceOrdering",
    items="serviceOrderItem",
    collection="/api/sn_tmf_api/order/serviceOrder",
    setting="service_order",
    profiles=PROFILES,
    families={},
    standard=TMF641.name,
    load_rulebook=_rulebook,
    load_converter=_converter,
    load_examples=_examples,
    is_priced=False,
    patch_messages=MESSAGES,
    findings_in_patch=in_patch,
    cancel_type="CancelServiceOrder",
)
