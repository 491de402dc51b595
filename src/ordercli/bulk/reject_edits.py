"""Orders of a rejects file as a text that people edit, with what is wrong with each above it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ordercli.bulk.reject_lines import ErrorOfLine, ForeignLine, RejectedLine, no_rejects_file, read_lines
from ordercli.bulk.reject_rewriting import FixedLine, RemainingError, UnreadableTextError, external_id_of
from ordercli.errors import BadInputError, NotFoundError, UsageError
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.resources.common.lint import repeated_names

_HEAD = """\
// Correct the orders, save, and leave the editor. Lines that begin with // say what is wrong; they are not kept.
// An order that is deleted stays as it was; so does every order if nothing is saved.
"""
_MARK = re.compile(r"// line (\d{1,18})\b")


class OrderText(NamedTuple):
    """An order to edit: the line that it has in the file, its text, and what is wrong with it, a sentence each."""

    line: int
    text: str
    external_id: str | None
    faults: list[str]


class Edits:
    """The texts that orders are to have, by the number of their line; `before` are those that they had."""

    def __init__(self, texts: Mapping[int, str], before: Mapping[int, str]) -> None:
        self._texts = texts
        self._before = before

    def text(self, line: int) -> str | None:
        """Return the text of an order; None if it was deleted."""
        return self._texts.get(line)

    def changed(self, line: RejectedLine, order: JsonValue) -> JsonValue:
        """Return the order with its new text.

        Raises:
            UnreadableTextError: the text is no JSON, or an object in it has a member twice, one of which would be lost.
        """
        text = self._texts.get(line.number)
        if text is None or text == self._before[line.number]:
            return order
        data = text.encode(errors="surrogateescape")
        try:
            changed = json_text.decode(data)
        except (ValueError, RecursionError) as error:
            raise UnreadableTextError(data) from error
        if isinstance(changed, dict) and (repeated := repeated_names(data)):
            raise UnreadableTextError(data, repeated)
        return changed


def chosen(path: str, numbers: Collection[int]) -> list[OrderText]:
    """Return the orders to edit: those of these lines, else every one that has errors.

    Raises:
        BadInputError: no line is one of a rejects file.
        NotFoundError: there is no line with a number.
        UsageError: the line with a number, or each line, holds no order.
    """
    found, foreign, is_any, requests = [], [], False, set()
    wanted = set(numbers)
    for line in read_lines(path):
        wanted.discard(line.number)
        is_named = line.number in numbers
        if isinstance(line, ForeignLine):
            if is_named:
                raise UsageError(f"line {line.number} of {path} cannot be edited: {line.reason or 'it is blank'}")
            foreign.append(line)
            continue
        is_any = True
        if not line.is_order and line.reject.request:
            requests.add(line.reject.request)
        if is_named and not line.is_order:
            raise UsageError(f"line {line.number} of {path} is no order but a request for `{line.reject.request}`")
        if is_named or (not numbers and line.is_order and line.reject.errors):
            found.append(_order_text(line))
    if not is_any:
        raise no_rejects_file(path, foreign)
    if not numbers and not found and requests:
        for_commands = ", ".join(f"`{each}`" for each in sorted(requests))
        raise UsageError(
            f"{path} has no orders to edit but requests for {for_commands}",
            hint="change them in any editor, and send them again with that command",
        )
    if wanted:
        raise NotFoundError(f"{path} has no line {min(wanted)}")
    return found


def _order_text(line: RejectedLine) -> OrderText:
    text = line.raw or "" if line.order is None else json_text.indented(line.order).decode()
    order = None if line.order is None else json_text.decode(line.order)
    return OrderText(line.number, text, external_id_of(order), [_of_error(each) for each in line.reject.errors])


def _of_error(error: ErrorOfLine) -> str:
    advice = f"; did you mean `{error.suggestion}`?" if error.suggestion else ""
    return f"{_place(error)}: {error.message}{advice}"


def _place(error: ErrorOfLine | RemainingError) -> str:
    return f"{error.code} {error.pointer}".rstrip()


def judged(orders: Iterable[OrderText], edits: Edits, lines: Iterable[FixedLine]) -> list[OrderText]:
    """Return the orders as they were edited, with what is wrong with them now; those that were deleted are left out."""
    faults = {
        each.line: [f"{_place(error)}: {error.message}" for error in each.errors]
        for each in lines
        if each.outcome != "unchanged"
    }
    return [
        each._replace(text=text, faults=faults.get(each.line, each.faults))
        for each in orders
        if (text := edits.text(each.line)) is not None
    ]


def as_text(orders: Iterable[OrderText]) -> str:
    """Return the text to edit."""
    return "\n".join([_HEAD, *map("".join, map(_paragraphs, orders))])


def _paragraphs(order: OrderText) -> Iterator[str]:
    name = f" ({_on_one_line(order.external_id)})" if order.external_id else ""
    yield f"// line {order.line}{name}\n"
    for fault in order.faults:
        yield f"// {_on_one_line(fault)}\n"
    yield order.text.strip("\n") + "\n"


def _on_one_line(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def read_edits(text: str, orders: Collection[OrderText]) -> Edits:
    """Return the orders of an edited text; an order without text is left out.

    Raises:
        BadInputError: it cannot be told which text belongs to which line.
    """
    before = {each.line: "\n".join(filter(_is_of_order, each.text.split("\n"))) for each in orders}
    texts: dict[int, list[str]] = {}
    current: list[str] | None = None
    for row, line in enumerate(text.split("\n"), 1):
        if found := _MARK.match(line):
            number = int(found[1])
            if number not in before or number in texts:
                why = "twice" if number in texts else "and was not opened"
                raise BadInputError(f"row {row} of the edited text: `// line {number}` is there {why}")
            current = texts.setdefault(number, [])
        elif _is_of_order(line):
            if current is None:
                raise BadInputError(f"row {row} of the edited text: an order without a `// line N` above it")
            current.append(line)
    return Edits({number: "\n".join(lines) for number, lines in texts.items() if lines}, before)


def _is_of_order(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("//")
