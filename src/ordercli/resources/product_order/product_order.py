"""The product order as a kind of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.resources.product_order.profiles import PROFILES
from ordercli.resources.resource import Resource, Rulebook

if TYPE_CHECKING:
    from ordercli.intake.forms import KnownFields
    from ordercli.rulebook.rule import Finding


def _rulebook() -> Rulebook:
    # Only what validates orders needs their shapes and rules.
    from ordercli.resources.product_order.context import ValidationContext  # noqa: PLC0415
    from ordercli.resources.product_order.other_kinds import other_kind  # noqa: PLC0415
    from ordercli.resources.product_order.reading import quick_order_reader, shaped  # noqa: PLC0415
    from ordercli.resources.product_order.rules import RULES  # noqa: PLC0415

    return Rulebook(RULES, quick_order_reader, shaped, other_kind, _lint, ValidationContext)


def _lint(data: bytes, known: KnownFields, is_known: bool) -> list[Finding]:  # noqa: FBT001 - called as a value
    from ordercli.resources.product_order.lint import lint_findings  # noqa: PLC0415 - `submit` seldom asks for it

    return lint_findings(data, known, is_known)


PRODUCT_ORDER = Resource(name="productOrder", profiles=PROFILES, load_rulebook=_rulebook)
