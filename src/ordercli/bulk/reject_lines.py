"""Read the lines of a rejects file, and group them by what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.structs import replace

from ordercli.errors import BadInputError, UsageError
from ordercli.intake.inputs import is_read_once
from ordercli.intake.json_text import JsonValue
from ordercli.operations.diagnostics import Groups, decoded, value_of
from ordercli.operations.results import Group
from ordercli.orders.changes import escaped, segments, value_at
from ordercli.result_types import Code, Pointer, Position


class ErrorOfLine(Struct):
    """An error of `$reject.errors`, as far as it is used here."""

    code: str
    pointer: str = ""
    message: str = ""
    suggestion: str | None = None
    value: str | None = None
    applicability: str | None = None

    @property
    def is_safe(self) -> bool:
        """Return whether the suggestion may be applied unseen; older files have only such ones, and do not say so."""
        return self.applicability in {None, "safe"}

    def inside(self, order: JsonValue) -> ErrorOfLine:
        """Return the error with a pointer that begins at the order, not at the document that held it."""
        names = segments(self.pointer)
        while names and isinstance(order, dict) and names[0] not in order and len(names) > 1:
            del names[0]
        is_known = bool(names) and isinstance(order, dict) and names[0] in order
        return replace(self, pointer="".join(f"/{escaped(name)}" for name in names)) if is_known else self


class RejectData(Struct):
    """The `$reject` data of a line, as far as it is used here."""

    errors: list[ErrorOfLine] = []
    request: str | None = None
    source: str | None = None
    profile: str | None = None
    mode: str | None = None
    file: str | None = None


class _Line(Struct):
    reject: RejectData = msgspec.field(name="$reject")
    order: Raw | UnsetType = UNSET
    raw: str | UnsetType = UNSET


class RejectedLine(NamedTuple):
    """A line of a rejects file: its number from 1, its bytes, `$reject`, and the order or its text if no JSON."""

    number: int
    data: bytes
    reject: RejectData
    order: bytes | None
    raw: str | None = None

    @property
    def is_order(self) -> bool:
        """Return whether it is an order, and no request of another kind."""
        return self.reject.request in {None, "submit"}


class ForeignLine(NamedTuple):
    """A line that is not one of a rejects file: its number from 1, its bytes, what is wrong ("" for a blank line)."""

    number: int
    data: bytes
    reason: str


_decode = msgspec.json.Decoder(_Line).decode


def read_lines(path: str) -> Iterator[RejectedLine | ForeignLine]:
    """Yield all lines of a file, one at a time.

    Raises:
        BadInputError: the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            for number, data in enumerate(file, 1):
                yield _line(number, data)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}", file=path) from error


def _line(number: int, data: bytes) -> RejectedLine | ForeignLine:
    if not data.strip():
        return ForeignLine(number, data, "")
    try:
        found = _decode(data)
    except msgspec.ValidationError as error:
        return ForeignLine(number, data, f"it is no line of a rejects file: {error}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        cut_off = "" if data.endswith(b"\n") else "; the file ends in the middle of it"
        return ForeignLine(number, data, f"it is not one JSON object: {error}{cut_off}")
    order = bytes(found.order) if isinstance(found.order, Raw) else None
    return RejectedLine(number, data, found.reject, order, found.raw if isinstance(found.raw, str) else None)


def no_rejects_file(path: str, lines: Sequence[ForeignLine]) -> BadInputError:
    """Return the error for a file that has none of the lines that it should have."""
    first = next((f": of line {line.number}, {line.reason}" for line in lines if line.reason), ": it is empty")
    return BadInputError(
        f"{path} is no rejects file{first}", hint="`ordercli schema reject` describes its lines", file=path
    )


_SHOWN_LINES = 5


def require_rejects_file(path: str) -> None:
    """Check that each line of a file is one of a rejects file, blank lines aside.

    Raises:
        BadInputError: a line is something else, or the file cannot be read, or is read only once.
    """
    if is_read_once(path):
        raise BadInputError(f"{path} is no regular file", hint="`ordercli submit -` reads a pipe", file=path)
    is_any, foreign = False, []
    for line in read_lines(path):
        if isinstance(line, ForeignLine):
            foreign.append(line)
        else:
            is_any = True
    if not is_any:
        raise no_rejects_file(path, foreign)
    wrong = [line for line in foreign if line.reason]
    if wrong:
        shown = "; ".join(f"of line {line.number}, {line.reason}" for line in wrong[:_SHOWN_LINES])
        more = f"; and {len(wrong) - _SHOWN_LINES} more" if len(wrong) > _SHOWN_LINES else ""
        hint = "remove them, or see `ordercli submit --help` for orders of any kind"
        raise BadInputError(f"{path} has lines that are none of a rejects file: {shown}{more}", hint=hint, file=path)


KEYS = ("code", "value", "pointer", "message", "source", "file")


class RejectGroup(Group):
    """Orders of a rejects file with the same error. A member that is not the same in all of them is null."""

    columns = ("orders", "code", "value", "message", "suggestion")
    identified_by = "code"
    shared = (*KEYS, "suggestion", "applicability")

    code: Code | None
    value: Annotated[str | None, Meta(description="the value at the place of the error, if it is no object or list")]
    pointer: Pointer | None
    message: str | None
    suggestion: str | None
    applicability: Annotated[
        Literal["safe", "maybe"] | None,
        Meta(description="of the suggestion; `rejects fix --apply-suggestions` applies the safe ones"),
    ]
    source: str | None
    file: Annotated[str | None, Meta(description="the input that had the orders")]
    line: Annotated[Position, Meta(description="the first line of the rejects file that has this error")]


class RejectGroups(NamedTuple):
    """The groups, the largest first, the number of lines, and the lines that could not be read.

    `requests` are the commands that the lines are for.
    """

    groups: list[RejectGroup]
    lines: int
    foreign: list[ForeignLine]
    requests: set[str]

    @property
    def only_orders(self) -> bool:
        """Return whether no line is a request of another kind, such as a patch."""
        return self.requests <= {"submit"}


def grouped(path: str, keys: Sequence[str]) -> RejectGroups:
    """Group the errors of a rejects file by these members of RejectGroup.

    Raises:
        BadInputError: it cannot be read, or has no line of a rejects file.
        UsageError: an error cannot be grouped by one of the keys.
    """
    for key in keys:
        if key not in KEYS:
            raise UsageError(f"errors cannot be grouped by {key!r}", hint=f"group by some of: {', '.join(KEYS)}")
    groups: Groups[RejectGroup] = Groups(keys)
    lines, foreign, requests = 0, [], set()
    for line in read_lines(path):
        if isinstance(line, ForeignLine):
            foreign.append(line)
            continue
        lines += 1
        requests.add(line.reject.request or "submit")
        groups.add_order(_errors(line))
    if not lines:
        raise no_rejects_file(path, foreign)
    return RejectGroups(groups.largest(None), lines, [line for line in foreign if line.reason], requests)


def _errors(line: RejectedLine) -> Iterator[RejectGroup]:
    order = None if line.order is None else decoded(line.order)
    for each in line.reject.errors:
        pointer = each.inside(order).pointer
        yield RejectGroup(
            orders=1,
            code=each.code,
            value=value_of(each.code, pointer, value_at(order, pointer), each.value),
            pointer=each.pointer,
            message=each.message,
            suggestion=each.suggestion,
            applicability=None if each.suggestion is None else "safe" if each.is_safe else "maybe",
            source=line.reject.source,
            file=line.reject.file,
            line=line.number,
        )
