"""Tell what to change in the orders of a rejects file: suggestions, assignments and substitutions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

from ordercli.bulk.reject_lines import ErrorOfLine, RejectedLine
from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.operations.patch_document import Assignment, assigned, assignment
from ordercli.orders.changes import Change, applied, segments, value_at
from ordercli.orders.member_paths import places
from ordercli.resources.all_rules import find_rule
from ordercli.resources.common.rules.shape import WRONG_TYPE

Json = dict[str, Any]


class Fix(NamedTuple):
    """What to change: suggestions, assignments (`--set`), and substitutions of whole values (old, new).

    `code` selects the orders that have an error with this code; `at` is the path at which values are substituted. Of
    the suggestions only the safe ones are applied, unless `include_maybe`.
    """

    suggestions: bool = False
    include_maybe: bool = False
    assignments: tuple[Assignment, ...] = ()
    substitutions: tuple[tuple[str, str], ...] = ()
    code: str | None = None
    at: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        suggestions: bool,
        include_maybe: bool = False,
        assign: Sequence[str],
        substitute: Sequence[str],
        code: str | None,
        at: str | None,
    ) -> Fix:
        """Return the fix that the options describe.

        Raises:
            UsageError: the options name no change, or do not select the orders to change.
        """
        if not (suggestions or assign or substitute):
            raise UsageError(
                "there is nothing to change", hint="give --apply-suggestions, --set PATH=VALUE or --substitute OLD=NEW"
            )
        if include_maybe and not suggestions:
            raise UsageError("--include-maybe concerns suggestions", hint="give --apply-suggestions with it")
        if assign and code is None:
            raise UsageError("--set needs --code, which chooses the orders that are changed")
        if substitute and code is None and at is None:
            raise UsageError("--substitute needs --code or --at, which tell where values are replaced")
        if at is not None and not substitute:
            raise UsageError("--at tells where --substitute replaces values", hint="give --substitute OLD=NEW")
        if code is not None and find_rule(code) is None:
            raise UsageError(f"no rule has the code {code!r}", hint="`ordercli rules` lists them")
        path = () if at is None else tuple(segments(at) if at.startswith("/") else at.split("."))
        substitutions = tuple(map(_substitution, substitute))
        return cls(suggestions, include_maybe, tuple(map(assignment, assign)), substitutions, code, path)

    def changed(self, line: RejectedLine, order: JsonValue) -> JsonValue:
        """Return the order with the fix, or the order itself where the fix does not concern it.

        Raises:
            UsageError: a path of `--set` leads nowhere in this order, or it is no JSON object.
        """
        errors = [each.inside(order) for each in line.reject.errors if self.code in {None, each.code}]
        if not errors and self.code:
            return order
        if not isinstance(order, dict):
            raise UsageError("its order is no JSON object")
        if self.suggestions:
            sure = [each for each in errors if each.is_safe or self.include_maybe]
            order = _apply(order, (change for each in sure for change in _suggested(order, each)))
        for each in self.assignments:
            order = assigned(order, each)
        found = list(places(order, self.at)) if self.at else [each.pointer for each in errors]
        for old, new in self.substitutions:
            order = _apply(order, _substituted(order, found, old, new))
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
        is_number = error.code == WRONG_TYPE.code
        yield Change(error.pointer, value, _parsed(error.suggestion) if is_number else error.suggestion)


def _substituted(order: Json, pointers: Iterable[str], old: str, new: str) -> Iterator[Change]:
    """Yield the changes of whole values at these places; of an object there, of its id."""
    for place in pointers:
        value = value_at(order, place)
        if isinstance(value, dict):
            place, value = f"{place}/id", value.get("id")  # noqa: PLW2901 - the place is that of the id
        if value is not None and not isinstance(value, list) and json_text.shown_value(value) == old:
            yield Change(place, value, new if isinstance(value, str) else _parsed(new))


def _parsed(text: str) -> JsonValue:
    with suppress(ValueError):
        return json_text.decode(text.encode())
    return text
