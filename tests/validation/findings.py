"""Validate documents, and return their findings in a short form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.validator import OrderValidator
from support.builders import encoded

if TYPE_CHECKING:
    from support.builders import Json

ShortFinding = tuple[str, str, str]


def short_findings(document: Json | bytes, **book: Any) -> list[ShortFinding]:
    """Return code, pointer and message of every finding."""
    data = document if isinstance(document, bytes) else encoded(document)
    return [(each.code, each.pointer, each.message) for each in OrderValidator(**book).validate(data).findings]


def places(document: Json | bytes, **book: Any) -> list[tuple[str, str]]:
    """Return code and pointer of every finding."""
    return [(code, pointer) for code, pointer, _ in short_findings(document, **book)]
