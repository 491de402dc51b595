"""The history of an order becomes its document as it was at each time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ordercli.intake import exact
from ordercli.orders.changes import applied, changed_lines
from ordercli.orders.document import body_of, shown
from ordercli.orders.merge import ITEMS
from ordercli.orders.states import LineState, OrderState
from ordercli.orders.store import LineView, OrderView, WorkNote
from ordercli.tmf622.lines import document_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ordercli.orders.history import Entry

Json = dict[str, Any]


def replay(
    order: OrderView, payload: bytes, entries: Iterable[Entry], notes: Mapping[str, tuple[WorkNote, ...]]
) -> Iterator[Json]:
    """The document of an order after each of its entries, the creation first.

    `payload` is the document as it was accepted, `notes` are all work notes of the order, by line id.
    """
    document = _as_created(exact.without_nulls(exact.decode(payload)))
    revisions: Counter[str] = Counter()
    for entry in entries:
        touched = changed_lines(entry.changes)
        document = applied(document, entry.changes)
        revisions.update(line.item["id"] for line in document_lines(document) if line.pointer in touched)
        document = _shown(order, entry, document, revisions, notes)
        yield document


def _as_created(body: Json) -> Json:
    """The state of the order and of its lines, as changes find them; the rest is shown anew after each entry."""
    return {**body, "state": OrderState.NEW.value, ITEMS: [_new(item) for item in body[ITEMS]]}


def _new(item: Json) -> Json:
    new = {**item, "state": LineState.NEW.value, "ponr": "false"}
    if ITEMS in item:
        new[ITEMS] = [_new(child) for child in item[ITEMS]]
    return new


def _shown(
    order: OrderView,
    entry: Entry,
    document: Json,
    revisions: Mapping[str, int],
    notes: Mapping[str, tuple[WorkNote, ...]],
) -> Json:
    """The document with what follows from the changes: versions, and what the order says again of its lines."""
    view = order._replace(state=document["state"], version=entry.version)
    views = [
        LineView(
            (name := line.item["id"]),
            line.item["state"],
            1 + revisions[name],
            line.item["ponr"] == "true",
            tuple(note for note in notes.get(name, ()) if note.date <= entry.at),
        )
        for line in document_lines(document)
    ]
    return shown(view, views, body_of(document))
