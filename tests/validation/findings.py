"""Documents go past a book of rules; what it finds comes out in the short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.validator import OrderValidator
from support.builders import encoded

if TYPE_CHECKING:
    from support.builders import Json

Said = tuple[str, str, str]


def said(document: Json | bytes, **book: Any) -> list[Said]:
    """Code, pointer and message of every finding."""
    data = document if isinstance(document, bytes) else encoded(document)
    return [(each.code, each.pointer, each.message) for each in OrderValidator(**book).validate(data).findings]


def places(document: Json | bytes, **book: Any) -> list[tuple[str, str]]:
    """Code and pointer of every finding."""
    return [(code, pointer) for code, pointer, _ in said(document, **book)]
