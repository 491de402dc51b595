"""JSON written character by character, its places noted on the way: the slow way of finding positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.intake.json_text import Place

if TYPE_CHECKING:
    from random import Random


class Members(NamedTuple):
    """The members of an object, in which a name may stand twice."""

    pairs: list[tuple[str, Any]]


class Written(NamedTuple):
    """A value as it was written: its place, and its members or elements by name and place of the name."""

    place: Place
    is_container: bool = False
    parts: tuple[tuple[str, Place | None, Written], ...] = ()


class SlowWriter:
    """Writes one document that begins at `line` and `column`, with blanks and escapes wherever JSON allows them."""

    def __init__(self, random: Random, line: int, column: int, *, pretty: bool) -> None:
        self.characters: list[str] = []
        self._random = random
        self._pretty = pretty
        self._line = line
        self._column = column

    def value(self, value: Any) -> Written:
        if isinstance(value, Members):
            return self._container("{}", [(name, name, part) for name, part in value.pairs])
        if isinstance(value, list):
            return self._container("[]", [(str(index), None, part) for index, part in enumerate(value)])
        start = self._line, self._column
        self._scalar(value)
        return Written(Place(*start, self._line, self._column))

    def _container(self, brackets: str, parts: list[tuple[str, str | None, Any]]) -> Written:
        start = self._line, self._column
        self._put(brackets[0])
        written = []
        for position, (name, key, part) in enumerate(parts):
            if position:
                self._put(",")
            self._blank()
            place = None if key is None else self._key(key)
            written.append((name, place, self.value(part)))
            self._blank()
        self._blank()
        self._put(brackets[1])
        return Written(Place(*start, self._line, self._column), is_container=True, parts=tuple(written))

    def _key(self, name: str) -> Place:
        start = self._line, self._column
        self._string(name)
        place = Place(*start, self._line, self._column)
        self._blank()
        self._put(":")
        self._blank()
        return place

    def _scalar(self, value: object) -> None:
        words = {None: "null", True: "true", False: "false"}
        if isinstance(value, str):
            self._string(value)
        else:
            self._put(words[value] if value is None or isinstance(value, bool) else repr(value))

    def _string(self, text: str) -> None:
        self._put('"')
        for character in text:
            if character in '"\\':
                self._put(f"\\{character}")
            elif character < " " or self._random.random() < 0.2:
                units = character.encode("utf-16-be")
                self._put("".join(f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2)))
            else:
                self._put(character)
        self._put('"')

    def _blank(self) -> None:
        if self._pretty:
            self._put(self._random.choice(["", " ", "\t", "\n", "\r\n", "\n\t  ", "\r\n\r\n "]))

    def _put(self, text: str) -> None:
        for character in text:
            self.characters.append(character)
            self._column += 1
            if character == "\n":
                self._line += 1
                self._column = 1


def slow_value(written: Written, path: list[str]) -> Place:
    """The last value with these names on the way, or the opening of the last that is there."""
    for name in path:
        parts = [part for part_name, _, part in written.parts if part_name == name]
        if not parts:
            return _opening(written) if written.is_container else written.place
        written = parts[-1]
    return written.place


def slow_key(written: Written, path: list[str]) -> Place:
    """The last name that stands at this path, be it in a namesake that does not count; else as the value."""
    found = [key for key in _keys(written, path) if key is not None]
    return found[-1] if path and found else slow_value(written, path)


def _keys(written: Written, path: list[str]) -> list[Place | None]:
    matching = [(key, part) for name, key, part in written.parts if path and name == path[0]]
    if len(path) == 1:
        return [key for key, _ in matching]
    return [place for _, part in matching for place in _keys(part, path[1:])]


def _opening(written: Written) -> Place:
    line, column = written.place[:2]
    return Place(line, column, line, column + 1)
