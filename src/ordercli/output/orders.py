"""Print pages of customer orders, their histories and their events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from ordercli.counted import counted
from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.operations.history import HistoryLine
from ordercli.operations.list import SUMMARY, Extent
from ordercli.output.rows import Counting, json_line, print_notes, print_page, print_rows
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format, Output
from ordercli.queue.entries import EntryView
from ordercli.result_types import Page

if TYPE_CHECKING:
    from ordercli.output.sheet_file import SheetFile

ORDER_COLUMNS = ("id", "externalId", "state", "orderDate")
ALWAYS = ("id", "href")
_OF_COLUMNS = {Format.TABLE, Format.CSV}


def extent(fields: str | None, output: Output, to: SheetFile | None) -> Extent:
    """Return how much of each order the wanted format, or the file, shows."""
    shown = output.format_of_many()
    if shown is Format.ID and to is None:
        return Extent.ID
    has_columns = to is not None or shown in _OF_COLUMNS
    return Extent.SUMMARY if has_columns and set(_members(fields)) <= set(SUMMARY) else Extent.DOCUMENT


def print_orders(page: Page[dict[str, Any]], fields: str | None, output: Output, to: SheetFile | None) -> None:
    """Print orders, or write them into a file.

    With `fields` (a comma-separated list) their documents keep these members, id and href.
    """
    if fields is not None:
        page = page._replace(rows=_narrowed(page.rows, _members(fields)))
    if to is None:
        print_page(page, _members(fields), output)
    else:
        print_notes(page, _write_sheet(page.rows, _members(fields), "order", output, to), output)


def print_groups(
    groups: Iterable[dict[str, Any]], columns: Sequence[str], output: Output, to: SheetFile | None
) -> None:
    """Print how many orders are in each group, or write it into a file."""
    if to is None:
        print_rows(groups, columns, output)
    else:
        _write_sheet(groups, columns, "group", output, to)


def _write_sheet(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], what: str, output: Output, to: SheetFile
) -> int:
    """Write rows into a file, tell how many there were, and return their number."""
    counting = Counting(rows)
    to.write(counting, columns, output)
    output.note(f"{counted(counting.seen, what)} written to {visible(to.file.path)}")
    return counting.seen


def _members(fields: str | None) -> Sequence[str]:
    """Return the members that are columns, with `fields` also those that are kept."""
    if fields is None:
        return ORDER_COLUMNS
    return [*ALWAYS, *(name.strip() for name in fields.split(",") if name.strip() not in ALWAYS)]


def _narrowed(rows: Iterator[dict[str, Any]], members: Sequence[str]) -> Iterator[dict[str, Any]]:
    return ({name: row[name] for name in members if name in row} for row in rows)


CANCELLATION = ("cancellationReason", "requestedCancellationDate")
_OTHER_ROWS = 4  # the heading, the note and the prompt
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


def print_events(
    read: Callable[[int], Iterable[dict[str, Any]]], limit: int | None, output: Output, *options: str
) -> None:
    """Print events of all orders; `read` returns at most so many of them.

    Without a limit, a terminal shows as many as fit on it, and then how to go on with the same `options`.
    """
    most = limit
    if most is None:
        is_shown_to_people = output.on_terminal and output.format_of_many() is Format.TABLE
        most = max(get_terminal_size().lines - _OTHER_ROWS, 1) if is_shown_to_people else 0
    shown: list[str] = []
    is_screenful = limit is None and bool(most)

    def rows() -> Iterator[dict[str, Any]]:
        for event in read(most + 1 if is_screenful else most):
            if is_screenful and len(shown) == most:
                shown.append("")
                return
            if is_screenful:
                shown.append(event["cursor"])
            yield event

    # On a terminal each event has one row, which has no room for its id.
    columns = [name for name in EVENT_COLUMNS if name != "eventId" or not output.on_terminal]
    print_rows(rows(), ("cursor", *columns), output, id_member="eventId")
    if is_screenful and len(shown) > most:
        output.note(output.advice.line("there are more", "events", "--after", shown[-2], *options))


def refuse_unless_lines(output: Output) -> None:
    """Refuse a format that has no lines, before anything is read.

    Raises:
        UsageError: the format is JSON or CSV.
    """
    if output.format in {Format.JSON, Format.CSV}:
        raise UsageError("--follow has the formats table, ndjson and id", hint="leave -o out, or give -o ndjson")


def print_as_it_happens(events: Iterable[dict[str, Any]], output: Output) -> None:
    """Print events, a line each, at once; for people without their documents."""
    if output.format is Format.ID:
        output.print_lines(f"{event['eventId']}\n".encode() for event in events)
    elif output.format_of_many() is Format.TABLE:
        output.print_lines(f"{visible(_event_in_words(event))}\n".encode() for event in events)
    else:
        output.print_lines(map(json_line, events))


def _event_in_words(event: dict[str, Any]) -> str:
    return f"{event['eventTime']}  {event['eventType']}  {event['description']}"


def _say_that_it_waits(entry: EntryView, output: Output) -> None:
    look = f"see `ordercli queue show {entry.order_id}`"
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
