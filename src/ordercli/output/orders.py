"""Print pages of customer orders, their histories and their events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.operations.history import HistoryLine
from ordercli.operations.list import SUMMARY
from ordercli.output.rows import print_page, print_rows
from ordercli.output.stream import Format, Output
from ordercli.queue.entries import EntryView
from ordercli.result_types import Page

ORDER_COLUMNS = ("id", "externalId", "state", "orderDate")
ALWAYS = ("id", "href")
_OF_COLUMNS = {Format.TABLE, Format.CSV, Format.ID}


def needs_documents(fields: str | None, output: Output) -> bool:
    """Return whether the wanted format shows more of an order than its summary has."""
    return output.format_of_many() not in _OF_COLUMNS or not set(_members(fields)) <= set(SUMMARY)


def print_orders(page: Page[dict[str, Any]], fields: str | None, output: Output) -> None:
    """Print orders; with `fields` (a comma-separated list) their documents keep these members, id and href."""
    if fields is not None:
        page = page._replace(rows=_narrowed(page.rows, _members(fields)))
    print_page(page, _members(fields), output)


def _members(fields: str | None) -> Sequence[str]:
    """Return the members that are columns, with `fields` also those that are kept."""
    if fields is None:
        return ORDER_COLUMNS
    return [*ALWAYS, *(name.strip() for name in fields.split(",") if name.strip() not in ALWAYS)]


def _narrowed(rows: Iterator[dict[str, Any]], members: Sequence[str]) -> Iterator[dict[str, Any]]:
    return ({name: row[name] for name in members if name in row} for row in rows)


CANCELLATION = ("cancellationReason", "requestedCancellationDate")
EVENT_COLUMNS = ("eventTime", "eventType", "eventId", "description")


def print_history(history: list[HistoryLine] | EntryView, output: Output) -> None:
    """Print the history of an order; if it is not created yet, a note on stderr."""
    if isinstance(history, EntryView):
        _say_that_it_waits(history, output)
        return
    rows = _table_rows(history) if output.format_of_many() is Format.TABLE else (line.members() for line in history)
    more = CANCELLATION if output.format_of_many() is Format.CSV else ()
    print_rows(rows, (*HistoryLine.columns, *more), output, id_member=HistoryLine.identified_by)


def print_order_events(events: list[dict[str, Any]] | EntryView, output: Output) -> None:
    """Print the events of an order; if it is not created yet, a note on stderr."""
    if isinstance(events, EntryView):
        _say_that_it_waits(events, output)
        return
    print_rows(events, EVENT_COLUMNS, output, id_member="eventId")


def print_events(events: Iterable[dict[str, Any]], output: Output) -> None:
    """Print events of all orders."""
    print_rows(events, ("cursor", *EVENT_COLUMNS), output, id_member="eventId")


def _say_that_it_waits(entry: EntryView, output: Output) -> None:
    look = output.advice.completed(f"see `ordercli queue show {entry.order_id}`")
    output.note(f"no order has been created: its entry is {entry.state}; {look}")


def _table_rows(history: list[HistoryLine]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table: one for each change, as text."""
    for line in history:
        members = line.members()
        given = [f"{name}: {members[name]}" for name in CANCELLATION if name in members]
        changes = [_in_words(change.pointer, change.before, change.after) for change in line.changes]
        first, *others = given + changes or [""]
        yield {**members, "changeTypes": ", ".join(line.change_types), "changes": first}
        yield from ({"changes": change} for change in others)


def _in_words(pointer: str, before: JsonValue, after: JsonValue) -> str:
    if before is None:
        return f"{pointer}: {_value(after)}"
    return f"{pointer}: {_value(before)} -> {'nothing' if after is None else _value(after)}"


def _value(value: JsonValue) -> str:
    return value if isinstance(value, str) else json_text.encode(value).decode()
