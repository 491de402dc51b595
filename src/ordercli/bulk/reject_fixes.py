"""Change the orders in a rejects file, and judge each change before it is kept."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args

from msgspec import Meta

from ordercli.bulk.reject_lines import ErrorOfLine, ForeignLine, RejectedLine, no_rejects_file, read_lines, value_at
from ordercli.errors import BadInputError, OutputFileError, UsageError
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.intake.record import Record
from ordercli.operations.patch_document import Assignment, assigned, assignment
from ordercli.operations.validate import RuleSet, Validator
from ordercli.orders.changes import Change, applied, differences, segments
from ordercli.output_files.output_file import OutputFile, locked
from ordercli.resources.all_rules import find_rule
from ordercli.resources.document import ITEM_MEMBERS
from ordercli.resources.resource import Mode
from ordercli.result_types import Pointer, Position, Result
from ordercli.rulebook.rule import Finding
from ordercli.settings import ProfileName, Settings

Json = dict[str, Any]


class Fix(NamedTuple):
    """What to change: suggestions, assignments (`--set`), and substitutions of whole values (old, new).

    `code` chooses the orders that have an error with it, `at` the place at which values are substituted.
    """

    suggestions: bool = False
    assignments: tuple[Assignment, ...] = ()
    substitutions: tuple[tuple[str, str], ...] = ()
    code: str | None = None
    at: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, *, suggestions: bool, assign: Sequence[str], substitute: Sequence[str], code: str | None, at: str | None
    ) -> Fix:
        """Return the fix that the options describe.

        Raises:
            UsageError: they describe none, or leave open which orders it concerns.
        """
        if not (suggestions or assign or substitute):
            raise UsageError(
                "there is nothing to change", hint="give --apply-suggestions, --set PATH=VALUE or --substitute OLD=NEW"
            )
        if assign and code is None:
            raise UsageError("--set needs --code, which chooses the orders that are changed")
        if substitute and code is None and at is None:
            raise UsageError("--substitute needs --code or --at, which tell where values are replaced")
        if at is not None and not substitute:
            raise UsageError("--at tells where --substitute replaces values", hint="give --substitute OLD=NEW")
        if code is not None and find_rule(code) is None:
            raise UsageError(f"no rule has the code {code!r}", hint="`ordercli rules` lists them")
        path = () if at is None else tuple(segments(at) if at.startswith("/") else at.split("."))
        return cls(suggestions, tuple(map(assignment, assign)), tuple(map(_substitution, substitute)), code, path)

    def changed(self, line: RejectedLine, order: Json) -> Json:
        """Return the order with the fix, or the order itself where the fix does not concern it.

        Raises:
            UsageError: a path of `--set` leads nowhere in this order.
        """
        errors = [each.inside(order) for each in line.reject.errors if self.code in {None, each.code}]
        if not errors and self.code:
            return order
        if self.suggestions:
            order = _apply(order, (change for each in errors for change in _suggested(order, each)))
        for each in self.assignments:
            order = assigned(order, each)
        places = list(_places(order, self.at)) if self.at else [each.pointer for each in errors]
        for old, new in self.substitutions:
            order = _apply(order, _substituted(order, places, old, new))
        return order


def _substitution(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old:
        raise UsageError(f"--substitute takes OLD=NEW, not {text!r}")
    return old, new


def _apply(order: Json, changes: Iterable[Change]) -> Json:
    return cast("Json", applied(order, changes))


def _suggested(order: Json, error: ErrorOfLine) -> Iterator[Change]:
    """Yield the changes that follow the suggestion of an error: another value, or another name of the member."""
    value = value_at(order, error.pointer)
    rule = find_rule(error.code)
    if error.suggestion is None or value is None or rule is None:
        return
    if rule.is_about_key:
        holder, _, _ = error.pointer.rpartition("/")
        if error.suggestion not in (value_at(order, holder) or {}):
            yield Change(error.pointer, value, None)
            yield Change(f"{holder}/{error.suggestion}", None, value)
    elif isinstance(value, str):
        yield Change(error.pointer, value, error.suggestion)


def _substituted(order: Json, places: Iterable[str], old: str, new: str) -> Iterator[Change]:
    """Yield the changes of whole values at these places; of an object there, of its id."""
    for place in places:
        value = value_at(order, place)
        if isinstance(value, dict):
            place, value = f"{place}/id", value.get("id")  # noqa: PLW2901 - the place is that of the id
        if value is not None and not isinstance(value, list) and json_text.shown_value(value) == old:
            yield Change(place, value, new if isinstance(value, str) else _parsed(new))


def _parsed(text: str) -> JsonValue:
    with suppress(ValueError):
        return json_text.decode(text.encode())
    return text


def _places(node: JsonValue, names: Sequence[str], pointer: str = "") -> Iterator[str]:
    """Yield the pointers of a path; a list whose element the path does not name means each of its elements."""
    if isinstance(node, list):
        for n, element in enumerate(node):
            is_named = bool(names) and (names[0] == str(n) or _has_id(element, names[0], pointer))
            if is_named or not _names_one(node, names, pointer):
                yield from _places(element, names[1:] if is_named else names, f"{pointer}/{n}")
    elif not names:
        yield pointer
    elif isinstance(node, dict) and names[0] in node:
        yield from _places(node[names[0]], names[1:], f"{pointer}/{names[0].replace('~', '~0').replace('/', '~1')}")


def _names_one(elements: list[Any], names: Sequence[str], pointer: str) -> bool:
    return bool(names) and (names[0].isdecimal() or any(_has_id(each, names[0], pointer) for each in elements))


def _has_id(element: JsonValue, name: str, pointer: str) -> bool:
    is_line = pointer.rpartition("/")[2] in ITEM_MEMBERS
    return is_line and isinstance(element, dict) and element.get("id") == name


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


class FixRun:
    """A run over the lines of a rejects file: what became of each, counted."""

    def __init__(self, path: str, fix: Fix, validator: Validator, settings: Settings) -> None:
        self.counts: Counter[str] = Counter()
        self.foreign: list[ForeignLine] = []
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
        target = os.path.realpath(self._path)
        with _held(target), OutputFile("", target, force=True).whole() as draft, draft.open("wb") as file:
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
        """Yield each line, with its bytes from now on; a line that cannot be read stays as it is.

        Raises:
            BadInputError: no line is one of a rejects file.
        """
        for line in read_lines(self._path):
            if isinstance(line, ForeignLine):
                if line.reason:
                    self.foreign.append(line)
                yield None, line.data
            else:
                fixed, data = self._fixed(line)
                self.counts[fixed.outcome] += 1
                yield fixed, data
        if not self.counts:
            raise no_rejects_file(self._path, self.foreign)

    def _fixed(self, line: RejectedLine) -> tuple[FixedLine, bytes]:
        order = None if line.order is None else json_text.decode(line.order)
        if not isinstance(order, dict):
            return _left(line, None, "its order is no JSON object"), line.data
        if line.reject.request not in {None, "submit"}:
            return _left(line, order, f"it is no order but a request for `{line.reject.request}`"), line.data
        try:
            changed = self._fix.changed(line, order)
        except UsageError as error:
            return _left(line, order, error.message), line.data
        changes = list(differences(order, changed))
        if not changes:
            return _left(line, order), line.data
        before, after = self._errors(line, order), self._errors(line, changed)
        outcome = _outcome(before, after)
        fixed = FixedLine(
            line=line.number,
            external_id=_external_id(changed),
            outcome=outcome,
            changes=[ChangedValue(*each) for each in changes],
            errors=[RemainingError(each.code, each.pointer, each.message) for each in after],
        )
        if outcome == "worse":
            return fixed, line.data
        touched = {change.pointer for change in changes}
        # What the rules did not find before, such as an unknown id without reference data, is gone where it stood.
        gone = {key for each in line.reject.errors if (key := _key(each.inside(order)))[1] in touched} | _keys(before)
        return fixed, _rewritten(line, order, changed, gone - _keys(after))

    def _errors(self, line: RejectedLine, order: Json) -> list[Finding]:
        profile, mode = line.reject.profile, line.reject.mode
        rules = RuleSet(
            cast("ProfileName", profile if profile in get_args(ProfileName) else self._settings.profile),
            cast("Mode", mode if mode in get_args(Mode) else "sync"),
        )
        record = Record(json_text.encode(order), self._path, line.number, 1, line.number)
        (found,) = self._validator.validate([record], rules)
        return [each for each in found.findings if each.severity == "error"]


_Key = tuple[str, str]


def _key(error: Finding | ErrorOfLine) -> _Key:
    return error.code, error.pointer


def _keys(findings: Iterable[Finding]) -> set[_Key]:
    return set(map(_key, findings))


def _outcome(before: list[Finding], after: list[Finding]) -> Outcome:
    if not after:
        return "repaired"
    if _keys(after) - _keys(before) and len(after) >= len(before):
        return "worse"
    return "better" if len(after) < len(before) else "changed"


def _rewritten(line: RejectedLine, order: Json, changed: Json, gone: set[_Key]) -> bytes:
    """Return the line with the changed order, and without the errors that are gone."""
    document: Json = json_text.decode(line.data)
    errors = zip(line.reject.errors, document["$reject"].get("errors", ()), strict=True)
    document["$reject"]["errors"] = [each for error, each in errors if _key(error.inside(order)) not in gone]
    return json_text.encode({**document, "order": changed}) + b"\n"


def _left(line: RejectedLine, order: Json | None, reason: str | None = None) -> FixedLine:
    external_id = order and _external_id(order)
    return FixedLine(
        line=line.number, external_id=external_id or None, outcome="unchanged", changes=[], errors=[], reason=reason
    )


def _external_id(order: Json) -> str | None:
    found = order.get("externalId")
    if isinstance(found, list) and found and isinstance(found[0], dict):
        found = found[0].get("id")
    return found if isinstance(found, str) else None


@contextmanager
def _held(path: str) -> Iterator[None]:
    """Hold the lock of the rejects file, which a run that writes to it holds."""
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
