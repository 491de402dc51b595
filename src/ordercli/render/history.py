"""What happened to orders, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.inbound.entries import EntryView
from ordercli.intake import exact
from ordercli.render.output import Format
from ordercli.render.rows import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.render.output import Output

COLUMNS = ("time", "actor", "version", "kind", "changeTypes", "changes")
CANCELLATION = ("cancellationReason", "requestedCancellationDate")
EVENT_COLUMNS = ("eventTime", "eventType", "eventId", "description")


def print_history(history: list[dict[str, Any]] | EntryView, output: Output) -> None:
    """Print what happened to an order; of one that is not created yet, a word on stderr."""
    if isinstance(history, EntryView):
        _say_that_it_waits(history, output)
        return
    rows = _table_rows(history) if output.format_of_many() is Format.TABLE else history
    columns = (*COLUMNS, *CANCELLATION) if output.format_of_many() is Format.CSV else COLUMNS
    print_rows(rows, columns, output, id_member="version")


def print_order_events(events: list[dict[str, Any]] | EntryView, output: Output) -> None:
    """Print the events of an order; of one that is not created yet, a word on stderr."""
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


def _table_rows(history: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines for a table: a row for each change, in words."""
    for line in history:
        said = [f"{name}: {line[name]}" for name in CANCELLATION if name in line]
        first, *others = said + [_in_words(**change) for change in line["changes"]] or [""]
        yield {**line, "changeTypes": ", ".join(line["changeTypes"]), "changes": first}
        yield from ({"changes": change} for change in others)


def _in_words(pointer: str, before: Any, after: Any) -> str:  # noqa: ANN401 - JSON
    if before is None:
        return f"{pointer}: {_value(after)}"
    return f"{pointer}: {_value(before)} -> {'nothing' if after is None else _value(after)}"


def _value(value: Any) -> str:  # noqa: ANN401 - JSON
    return value if isinstance(value, str) else exact.encode(value).decode()
