"""Change the orders in a rejects file, and validate each changed order before it is kept."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, cast, get_args

from msgspec import Meta

from ordercli.bulk.reject_lines import ErrorOfLine, ForeignLine, RejectedLine, no_rejects_file, read_lines
from ordercli.errors import BadInputError, OutputFileError, UsageError
from ordercli.intake import json_text
from ordercli.intake.envelopes import CODES_OF_SHEETS
from ordercli.intake.json_text import JsonValue
from ordercli.intake.record import Record
from ordercli.operations.validate import RuleSet, Validator
from ordercli.orders.changes import Change, differences
from ordercli.output_files.output_file import OutputFile, locked
from ordercli.resources.resource import Mode
from ordercli.result_types import Pointer, Position, Result
from ordercli.rulebook.rule import Finding
from ordercli.settings import ProfileName, Settings

Json = dict[str, Any]
Outcome = Literal["repaired", "better", "changed", "worse", "unchanged"]


class RemainingError(Result):
    """An error that the order has after the change."""

    code: str
    pointer: Pointer
    message: str


class ChangedValue(Result):
    """A value before and after; null where there is none."""

    pointer: Pointer
    before: Any
    after: Any


class FixedLine(Result):
    """What became of one line of a rejects file."""

    columns = ("line", "externalId", "outcome", "changes", "errors")
    identified_by = "line"

    line: Position
    external_id: str | None
    outcome: Annotated[
        Outcome,
        Meta(
            description="repaired: no error is left; better: fewer errors; changed: as many; worse: it would have new"
            " errors, so the line was left as it is; unchanged: the fix does not concern it"
        ),
    ]
    changes: list[ChangedValue]
    errors: Annotated[list[RemainingError], Meta(description="what the rules find after the change")]
    reason: Annotated[str | None, Meta(description="why the fix cannot be applied to this order")] = None


class UnreadableTextError(ValueError):
    """The text that an order is to have is no JSON, or has members twice (`findings`); `text` has its bytes."""

    def __init__(self, text: bytes, findings: Sequence[Finding] = ()) -> None:
        self.text = text
        self.findings = list(findings)
        super().__init__()


class Fixing(Protocol):
    """What changes the orders of a rejects file."""

    def changed(self, line: RejectedLine, order: JsonValue) -> JsonValue:
        """Return the changed order, or the order itself where nothing changes."""


class FixRun:
    """A run over the lines of a rejects file: what became of each, counted.

    `unsure` counts the orders with a suggestion that is not safe, `left` the lines that still have errors,
    `not_changeable` those that the fix cannot be applied to; `first_reason` tells why not the first of them. Of these,
    `misdirected` are orders in which a path of the fix leads nowhere.
    """

    def __init__(self, path: str, fix: Fixing, validator: Validator, settings: Settings) -> None:
        self.counts: Counter[str] = Counter()
        self.foreign: list[ForeignLine] = []
        self.unsure = self.left = self.not_changeable = self.misdirected = 0
        self.first_reason: str | None = None
        self.copy: str | None = None
        self._path = path
        self._fix = fix
        self._validator = validator
        self._settings = settings

    def preview(self) -> Iterator[FixedLine]:
        """Yield what would become of each line; nothing is written."""
        return (fixed for fixed, _ in self._lines() if fixed)

    def write(self) -> Iterator[FixedLine]:
        """Change the file, and yield what became of each line; a copy of the file as it was is kept beside it.

        Raises:
            BadInputError: it is no regular file.
            OutputFileError: it cannot be written, or another run writes to it; it is as it was.
        """
        with locked_file(self._path):
            yield from self.write_held()

    def write_held(self) -> Iterator[FixedLine]:
        """Do what `write` does, while the caller holds the file."""
        target = os.path.realpath(self._path)
        with OutputFile("", target, force=True).whole() as draft, draft.open("wb") as file:
            for fixed, data in self._lines():
                file.write(data)
                if fixed:
                    yield fixed
            if self._has_changes:
                self.copy = _copied(target)

    @property
    def _has_changes(self) -> bool:
        return any(self.counts[each] for each in ("repaired", "better", "changed"))

    def _lines(self) -> Iterator[tuple[FixedLine | None, bytes]]:
        """Yield the result of each line and the bytes to write for it; a line that cannot be read stays as it is.

        Raises:
            BadInputError: the file has no line of a rejects file.
        """
        for line in read_lines(self._path):
            if isinstance(line, ForeignLine):
                if line.reason:
                    self.foreign.append(line)
                yield None, line.data
            else:
                fixed, data = self._fixed(line)
                self.counts[fixed.outcome] += 1
                self.unsure += line.is_order and any(
                    each.suggestion and not each.is_safe for each in line.reject.errors
                )
                self.left += bool(fixed.outcome != "repaired" and line.reject.errors)
                self.not_changeable += fixed.reason is not None
                if fixed.reason and not self.first_reason:
                    self.first_reason = f"line {line.number}: {fixed.reason}"
                yield fixed, data
        if not self.counts:
            raise no_rejects_file(self._path, self.foreign)

    def _fixed(self, line: RejectedLine) -> tuple[FixedLine, bytes]:
        order = None if line.order is None else json_text.decode(line.order)
        if not line.is_order:
            return _left(line, order, f"it is no order but a request for `{line.reject.request}`"), line.data
        try:
            changed = self._fix.changed(line, order)
        except UsageError as error:
            self.misdirected += isinstance(order, dict)
            return _left(line, order, error.message), line.data
        except UnreadableTextError as error:
            return _judged(line, order, [], error.findings or self._errors(line, error.text), "worse"), line.data
        changes = list(differences(order, changed))
        if not changes:
            return _left(line, order), line.data
        touched = {change.pointer for change in changes}
        before = [*self._errors(line, line.order or (line.raw or "").encode()), *_of_sheet(line, order)]
        after = [*self._errors(line, json_text.encode(changed)), *_of_sheet(line, order, touched)]
        # What is no JSON has one error, whatever is wrong with the order in it.
        outcome = "better" if line.order is None and after else _outcome(before, after)
        fixed = _judged(line, changed if isinstance(changed, dict) else order, changes, after, outcome)
        if outcome == "worse":
            return fixed, line.data
        # Remove stored errors at changed places too if the rules cannot find them here: an unknown id, without
        # reference data.
        gone = {key for each in line.reject.errors if (key := _key(each.inside(order)))[1] in touched} | _keys(before)
        return fixed, _rewritten(line, order, changed, gone - _keys(after))

    def _errors(self, line: RejectedLine, data: bytes) -> list[Finding]:
        profile, mode = line.reject.profile, line.reject.mode
        rules = RuleSet(
            cast("ProfileName", profile if profile in get_args(ProfileName) else self._settings.profile),
            cast("Mode", mode if mode in get_args(Mode) else "sync"),
        )
        record = Record(data, self._path, line.number, 1, line.number)
        (found,) = self._validator.validate([record], rules)
        return [each for each in found.findings if each.severity == "error"]


_Key = tuple[str, str]


def _key(error: Finding | ErrorOfLine) -> _Key:
    return error.code, error.pointer


def _keys(findings: Iterable[Finding]) -> set[_Key]:
    return set(map(_key, findings))


def _of_sheet(line: RejectedLine, order: JsonValue, touched: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the errors of the sheet that an order was made from, but for those at places that a fix has changed."""
    for each in line.reject.errors:
        pointer = each.inside(order).pointer
        if each.code.startswith(CODES_OF_SHEETS) and not any(f"{pointer}/".startswith(f"{at}/") for at in touched):
            yield Finding(each.code, "error", pointer, each.message)


def _outcome(before: list[Finding], after: list[Finding]) -> Outcome:
    if not after:
        return "repaired"
    if _keys(after) - _keys(before) and len(after) >= len(before):
        return "worse"
    return "better" if len(after) < len(before) else "changed"


def _rewritten(line: RejectedLine, order: JsonValue, changed: JsonValue, gone: set[_Key]) -> bytes:
    """Return the line with the changed order, and without the errors that are gone."""
    document: Json = json_text.decode(line.data)
    document.pop("raw", None)
    errors = zip(line.reject.errors, document["$reject"].get("errors", ()), strict=True)
    document["$reject"]["errors"] = [each for error, each in errors if _key(error.inside(order)) not in gone]
    return json_text.encode({**document, "order": changed}) + b"\n"


def _left(line: RejectedLine, order: JsonValue, reason: str | None = None) -> FixedLine:
    external_id = external_id_of(order)
    return FixedLine(
        line=line.number, external_id=external_id, outcome="unchanged", changes=[], errors=[], reason=reason
    )


def _judged(
    line: RejectedLine, order: JsonValue, changes: Iterable[Change], after: Iterable[Finding], outcome: Outcome
) -> FixedLine:
    return FixedLine(
        line=line.number,
        external_id=external_id_of(order),
        outcome=outcome,
        changes=[ChangedValue(*each) for each in changes],
        errors=[RemainingError(each.code, each.pointer, _with_place(each)) for each in after],
    )


def _with_place(finding: Finding) -> str:
    """Return the message; that of a text that is no JSON has its place in the text, which no pointer tells."""
    place = f" (line {finding.line}, column {finding.column})" if finding.line else ""
    return f"{finding.message}{place}"


def external_id_of(order: JsonValue) -> str | None:
    """Return the external id of an order; None if it has none, or is no order."""
    found = order.get("externalId") if isinstance(order, dict) else None
    if isinstance(found, list) and found and isinstance(found[0], dict):
        found = found[0].get("id")
    return found if isinstance(found, str) else None


@contextmanager
def locked_file(path: str) -> Iterator[None]:
    """Hold the lock of a rejects file, which a run that writes to it holds.

    Raises:
        BadInputError: it is no regular file, or cannot be read.
        OutputFileError: another run writes to it.
    """
    path = os.path.realpath(path)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}", file=path) from error
    try:
        if not Path(path).is_file():
            raise BadInputError(f"{path} is no regular file, so it cannot be changed in place", file=path)
        if not locked(file):
            raise OutputFileError(f"{path} is being written by another run", hint="try again when it has ended")
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def _copied(path: str) -> str:
    """Keep the file as it is under the first free name: `….bak`, `….bak.2` and so on; return the name."""
    names = (f"{path}.bak{'' if n == 1 else f'.{n}'}" for n in count(1))
    name = next(each for each in names if not os.path.lexists(each))
    try:
        shutil.copy(path, name)
    except OSError as error:
        raise OutputFileError(f"Cannot keep a copy in {name}: {error.strerror}; nothing was changed") from error
    return name
