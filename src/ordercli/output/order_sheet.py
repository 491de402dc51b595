"""Print everything about one order for people: its head, line items, characteristics, contacts, notes and history."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ordercli.counted import counted
from ordercli.output.safe_text import visible
from ordercli.output.table import print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ordercli.operations.history import HistoryLine
    from ordercli.operations.order_details import OrderDetails
    from ordercli.orders.order_rows import LineRow, OrderWithLines
    from ordercli.output.stream import Output

# How many of the newest entries of the history are shown.
_HISTORY = 5
_SECONDS = len("2026-01-01T00:00:00")
_Row = tuple[object, ...]


def print_order_sheet(found: OrderDetails, rows: OrderWithLines | None, output: Output) -> None:
    """Print an order, or its entry in the inbound queue; `rows` are what its tables have, if it was created."""
    sheet = _Sheet(output)
    name = found.external_id if found.external_id is not None else found.order_id
    sheet.title(f"{name}  {found.state}")
    sheet.members(_head(found, rows))
    if found.error:
        errors = [(each.get("rule"), each.get("datapath"), each["message"]) for each in found.error["details"]]
        sheet.table("Errors", ("code", "place", "message"), errors)
    if rows:
        sheet.table("Line items", ("item", "action", "state", "ordered", "quantity", "mrc", "nrc"), _lines(found, rows))
        items = {line.n: line.item_id for line in rows.lines}
        sheet.table(
            "Characteristics",
            ("item", "name", "value", "before"),
            [(items[each.line_n], each.name, each.value, each.previous_value) for each in rows.characteristics],
        )
        sheet.table("Contacts", ("of", "id", "name", "role", "email", "phone"), _contacts(found, rows, items))
        notes = [(items[each.line_n], _time(each.date), each.text) for each in rows.work_notes]
        sheet.table("Work notes", ("item", "time", "text"), notes)
        sheet.table("History", ("time", "version", "actor", "what"), _history(found.history))
        if len(found.history) > _HISTORY:
            advice = output.advice.command("history", found.order_id)
            sheet.text(f"{counted(len(found.history) - _HISTORY, 'older entry', 'older entries')}: {advice}")
    else:
        lines = [(_indented(each.id, each.depth), each.action, each.subject, each.quantity) for each in found.lines]
        sheet.table("Line items", ("item", "action", "ordered", "quantity"), lines)


class _Sheet:
    """Parts of the output, one below the other; a part without rows is left out."""

    def __init__(self, output: Output) -> None:
        self._console = output.console()
        self._width = self._console.width if output.on_terminal else sys.maxsize

    def title(self, text: str) -> None:
        """Print the title of the sheet."""
        self._console.print(Text(visible(text), style="bold"), soft_wrap=True)

    def text(self, text: str) -> None:
        """Print a line below a part."""
        self._console.print(Text(f"  {text}"), soft_wrap=True)

    def members(self, members: Iterable[tuple[str, object]]) -> None:
        """Print names and values."""
        for name, value in members:
            if value not in {None, ""}:
                self._console.print(Text(f"  {name:<11} {_shown(value)}"), soft_wrap=True)

    def table(self, title: str, names: Sequence[str], rows: Iterable[_Row]) -> None:
        """Print a table without the columns that have no value at all."""
        cells = [[_shown(cell) for cell in row] for row in rows]
        if not cells:
            return
        self._console.print()
        self.title(title)
        used = [n for n in range(len(names)) if any(row[n] for row in cells)]
        print_table([names[n] for n in used], ([row[n] for n in used] for row in cells), self._console, self._width)


def _shown(value: object) -> str:
    return "" if value is None else visible(str(value), limit=None)


def _time(text: str | None) -> str | None:
    """Return a time as tables show it, to the second."""
    is_ours = text is not None and text.endswith("Z") and len(text) > _SECONDS
    return f"{text[:_SECONDS].replace('T', ' ')}Z" if text is not None and is_ours else text


def _head(found: OrderDetails, rows: OrderWithLines | None) -> Iterator[tuple[str, object]]:
    yield "id", found.order_id
    yield "kind", f"{found.resource}, {found.profile}, from {found.source}"
    if found.there:
        yield "target", found.there.target
        yield "id there", found.there.remote_id
        yield "state there", found.there.remote_state
        yield "trouble", found.there.trouble
    if found.entry and not rows:
        yield "attempts", found.entry.attempts
        yield "queued", _time(found.entry.created_at)
        yield "not before", _time(found.entry.execute_after)
        yield "discarded", found.entry.reason
        return
    if rows is None:
        return
    order = rows.order
    yield "customer", _customer(found, order.customer_id)
    yield "version", order.version
    yield "created", _time(order.created_at)
    yield "updated", _time(order.updated_at) if order.updated_at != order.created_at else None
    yield "start", _time(order.requested_start_date)
    yield "completion", _time(order.requested_completion_date)
    yield "due", _time(order.committed_due_date)
    for name in ("mrc", "nrc"):
        prices = [Decimal(price) for line in rows.lines if (price := getattr(line, name)) is not None]
        if prices:
            yield f"total {name}", f"{sum(prices):,f} {order.currency or ''}".rstrip()


def _customer(found: OrderDetails, customer_id: str | None) -> str | None:
    names = [each.get("name") for each in _parties(found.document) if each.get("id") == customer_id]
    return f"{customer_id} {names[0]}" if customer_id and names and names[0] else customer_id


def _lines(found: OrderDetails, rows: OrderWithLines) -> Iterator[_Row]:
    """Yield the line items as a tree, each below the one that it belongs to."""
    details = {each.id: each for each in found.lines}
    below: dict[str | None, list[LineRow]] = {}
    known = {line.item_id for line in rows.lines}
    for line in rows.lines:
        parent = line.parent_item_id if line.parent_item_id in known - {line.item_id} else None
        below.setdefault(parent, []).append(line)
    waiting = [(line, 0) for line in reversed(below.get(None, []))]
    seen: set[str] = set()
    while waiting:
        line, depth = waiting.pop()
        seen.add(line.item_id)
        yield _line(line, depth, details)
        waiting += [(child, depth + 1) for child in reversed(below.get(line.item_id, []))]
    # Line items that are each other's parents stand in no tree.
    yield from (_line(line, 0, details) for line in rows.lines if line.item_id not in seen)


def _line(line: LineRow, depth: int, details: dict[str, Any]) -> _Row:
    each = details.get(line.item_id)
    ordered, state = (each.subject, each.state) if each else (line.product_offering_id, line.state)
    return _indented(line.item_id, depth), line.action, state, ordered, line.quantity, line.mrc, line.nrc


def _indented(item_id: str, depth: int) -> str:
    return f"{'. ' * depth}{item_id}"


def _contacts(found: OrderDetails, rows: OrderWithLines, items: dict[int, str]) -> Iterator[_Row]:
    for party in _parties(found.document):
        role = party.get("role") or party.get("@referredType")
        yield "order", party.get("id"), party.get("name"), role, party.get("email"), party.get("phone")
    for each in rows.contacts:
        name = each.name or " ".join(part for part in (each.first_name, each.last_name) if part)
        yield items[each.line_n], each.party_id, name, None, each.email, each.phone


def _parties(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the parties of the order itself; TMF622 v5 has them one level deeper."""
    parties = document.get("relatedParty") if isinstance(document, dict) else None
    for each in parties if isinstance(parties, list) else ():
        if isinstance(each, dict):
            inner = each.get("partyOrPartyRole")
            yield {**inner, "role": each.get("role")} if isinstance(inner, dict) else each


def _history(history: list[HistoryLine]) -> Iterator[_Row]:
    """Yield the newest entries of the history, the oldest of them first."""
    for each in history[-_HISTORY:]:
        types = ", ".join(map(str, each.change_types))
        yield _time(each.time), each.version, each.actor, f"{each.kind}: {types}" if types else each.kind
