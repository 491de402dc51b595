"""Findings that do not stop an order become work notes on its lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.tmf622.lines import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.tmf622.shapes import ProductOrder
    from ordercli.validation.finding import Finding

# unknown-characteristic and invalid-characteristic-value (ServiceNow: stored as work notes of the line item).
NOTED = frozenset({"ORD320", "ORD321"})

WorkNotes = tuple[tuple[int, str], ...]


def work_notes(order: ProductOrder | None, findings: Sequence[Finding]) -> WorkNotes:
    """What is to be kept of the findings of an accepted order: the number of the line, from 0, and the text."""
    noted = [each for each in findings if each.code in NOTED]
    if not noted or order is None:
        return ()
    pointers = [f"{line.pointer}/" for line in lines(order)]
    return tuple((_line_at(each.pointer, pointers), each.message) for each in noted)


def _line_at(pointer: str, lines_at: list[str]) -> int:
    """The number of the line that a place belongs to: the innermost of nested ones."""
    return max((n for n, line in enumerate(lines_at) if pointer.startswith(line)), key=lambda n: len(lines_at[n]))


def packed(notes: WorkNotes) -> str | None:
    """Work notes as an entry of the inbound queue keeps them; None for none."""
    return json.dumps(notes, ensure_ascii=False) if notes else None


def unpacked(kept: str | None) -> WorkNotes:
    """The reverse of `packed`."""
    return tuple((n, text) for n, text in json.loads(kept)) if kept else ()
