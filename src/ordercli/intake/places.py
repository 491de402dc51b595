"""Find the places of values in JSON text, of many at once."""

from __future__ import annotations

import re
from json import JSONDecoder
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ordercli.intake.json_text import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.intake.json_text import DocumentText, JsonValue, Place

# Possessive or atomic throughout, so that a broken document also takes one pass. Groups are atomic, because possessive
# groups are faulty before Python 3.11.5. A string without an end runs to the end.
_STRING = r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"?'
_VALUE = rf'[\[{{]|{_STRING}|[^ \t\r\n,:\[\]{{}}"]++'
_next_token = re.compile(
    rf"[ \t\r\n,:]*+(?:(?P<closing>[\]}}])|(?P<value>{_VALUE})(?P<colon>[ \t\r\n]*+:)?+)", re.DOTALL
).match
_to_bracket = re.compile(rf'(?>(?:[^"\[\]{{}}]++|{_STRING})*)(?P<bracket>[\[\]{{}}])', re.DOTALL).match

_decoder = JSONDecoder(strict=False)

_SPACE = " \t\r\n"
_BEFORE = f"{_SPACE}\ufeff"  # files that were joined have a byte order mark inside
_Span = tuple[int, int]


class Target(NamedTuple):
    """What to find: the value at a JSON pointer (RFC 6901), or with `key` the name of that member."""

    pointer: str
    key: bool = False


class Found(NamedTuple):
    """A place, and the value there: None where the document has no text, number or word."""

    place: Place
    value: JsonValue


def locate(document: DocumentText, targets: Sequence[Target]) -> list[Place]:
    """Return the places of the targets, in their order; see `find`."""
    return [found.place for found in find(document, targets)]


def find(document: DocumentText, targets: Sequence[Target]) -> list[Found]:
    """Return the places of the targets and the values there, in their order, all found together.

    A missing member gets the place of the opening bracket of its nearest existing parent. Of several members with the
    same name the last one counts. In broken JSON a place is a best guess.
    """
    text = document.text
    paths = [_path(target.pointer) for target in targets]
    root = _found_by_length(text, paths) or _found_by_scan(text, paths)
    found = []
    for path, target in zip(paths, targets, strict=True):
        (start, end), is_there = root.value(path)
        place = document.place(*(root.key(path) if target.key else (start, end)))
        found.append(
            Found(place, _scalar(text[start:end]) if is_there and text[start : start + 1] not in "{[" else None)
        )
    return found


def _scalar(written: str) -> JsonValue:
    if written[:1] in {"{", "["}:
        return None
    try:
        return decode(written.encode())
    except (ValueError, RecursionError):  # in broken JSON
        return None


def _path(pointer: str) -> list[str]:
    return [segment.replace("~1", "/").replace("~0", "~") for segment in pointer.split("/")[1:]]


def _wanted(text: str, paths: Iterable[Sequence[str]]) -> _Node:
    """Return the document as the root of the wanted values, none of which is found yet."""
    root = _Node()
    for path in paths:
        root.want(path)
    root.start, root.end = _without_margins(text)
    return root


def _without_margins(text: str) -> _Span:
    start = len(text) - len(text.lstrip(_BEFORE))
    return start, max(start, len(text.rstrip(_SPACE)))


class _Node:
    """A wanted value: the values wanted inside it, and where it was last found."""

    __slots__ = ("children", "element", "end", "inside", "is_container", "name", "start")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.name: _Span | None = None
        self.start = self.end = 0
        self.is_container = False
        self.inside: int | None = None  # the start of the object or array in which it was found
        self.element: int | None = None  # the index of the next element, in an array

    def want(self, path: Sequence[str]) -> None:
        node = self
        for segment in path:
            node = node.children.setdefault(segment, _Node())

    def found(self, start: int, end: int, parent: _Node) -> None:
        self.start, self.end, self.inside = start, end, parent.start

    def value(self, path: Sequence[str]) -> tuple[_Span, bool]:
        """Return where the value stands, or else its nearest parent, and whether it is the value."""
        node = self
        for segment in path:
            child = node.children[segment]
            if child.inside != node.start:  # never found, or only in an earlier member of the same name
                return (node.start, node.start + 1 if node.is_container else node.end), False
            node = child
        return (node.start, node.end), True

    def key(self, path: Sequence[str]) -> _Span:
        node = self
        for segment in path:
            node = node.children[segment]
        return node.name or self.value(path)[0]


_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_to_value = re.compile(rb'[, \t\r\n]*"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*').match
_is_end = re.compile(rb"[ \t\r\n]*}").fullmatch


class _UnusualError(ValueError):
    """An object has a name twice, or one that is written with an escape."""


def _found_by_length(text: str, paths: Iterable[Sequence[str]]) -> _Node | None:
    """Find wanted values in a usual document by the lengths of what stands before them; None if it is unusual.

    msgspec returns members and elements as they are written, in their order, faster than tokens can be read here.
    """
    root = _wanted(text, paths)
    # A byte for each character. Names with a character that was replaced are not told apart.
    data = text.encode("ascii", errors="replace")
    waiting = [root] if root.children else []
    try:
        while waiting:
            node = waiting.pop()
            node.is_container = data[node.start : node.start + 1] in {b"{", b"["}
            if node.is_container and node.children:
                inside = data[node.start : node.end]
                waiting += _enter_object(inside, node) if inside[:1] == b"{" else _enter_array(inside, node)
    except (_UnusualError, msgspec.DecodeError, RecursionError):
        return None
    return root


def _enter_object(written: bytes, node: _Node) -> list[_Node]:
    """Return the wanted members of an object, with their places."""
    found = []
    at = 1  # after the bracket
    for name, value in _members_of(written).items():
        token = _to_value(written, at)
        if token is None or token[1] != name.encode() or "?" in name:
            raise _UnusualError
        at = token.end()
        end = at + len(memoryview(value))
        if child := node.children.get(name):
            start, stop = token.span(1)
            child.name = (node.start + start - 1, node.start + stop + 1)
            child.found(node.start + at, node.start + end, node)
            found.append(child)
        at = end
    if not _is_end(written, at):
        raise _UnusualError
    return found


def _enter_array(written: bytes, node: _Node) -> list[_Node]:
    """Return the wanted elements of an array, with their places."""
    found = []
    at = 1  # after the bracket
    for n, value in enumerate(_elements_of(written)):
        while written[at] in b", \t\r\n":
            at += 1
        end = at + len(memoryview(value))
        if child := node.children.get(str(n)):
            child.found(node.start + at, node.start + end, node)
            found.append(child)
        at = end
    return found


def _found_by_scan(text: str, paths: Iterable[Sequence[str]]) -> _Node:
    """Find wanted values in any document; in broken JSON a place is a best guess."""
    root = _wanted(text, paths)
    if root.children:
        _Scan(text, root).run()
    return root


class _Scan:
    """One pass over the tokens; it enters only objects and arrays that hold a wanted value, and skips the others."""

    def __init__(self, text: str, root: _Node) -> None:
        self._text = text
        self._at = root.start
        self._parents: list[_Node] = []
        self._next: _Node | None = root
        self._unwanted = _Node()

    def run(self) -> None:
        while token := _next_token(self._text, self._at):
            self._at = token.end()
            if token["closing"]:
                self._close()
            elif token["colon"] and self._parents and self._parents[-1].element is None:
                self._name(token)
            else:
                self._value(token)
        for parent in self._parents:
            parent.end = self._at

    def _close(self) -> None:
        self._next = None
        if self._parents:
            self._parents.pop().end = self._at

    def _name(self, token: re.Match[str]) -> None:
        self._next = self._parents[-1].children.get(_unescaped(token["value"]))
        if self._next:
            self._next.name = token.span("value")

    def _value(self, token: re.Match[str]) -> None:
        node = self._expected()
        node.start, self._at = token.span("value")
        node.inside = self._parents[-1].start if self._parents else None
        node.is_container = self._text[node.start] in "[{"
        if node.is_container and node.children:
            node.element = 0 if self._text[node.start] == "[" else None
            self._parents.append(node)
            return
        if node.is_container:
            self._skip()
        node.end = self._at

    def _expected(self) -> _Node:
        parent = self._parents[-1] if self._parents else None
        if parent and parent.element is not None:
            self._next = parent.children.get(str(parent.element))
            parent.element += 1
        node, self._next = self._next, None
        return node or self._unwanted

    def _skip(self) -> None:
        """Go to the end of the object or array that has just begun."""
        try:  # the decoder of the standard library is in C; its result is dropped
            self._at = _decoder.raw_decode(self._text, self._at - 1)[1]
        except (ValueError, RecursionError):
            self._skip_brackets()

    def _skip_brackets(self) -> None:
        depth = 1
        while depth:
            bracket = _to_bracket(self._text, self._at)
            if bracket is None:
                self._at = len(self._text)
                return
            self._at = bracket.end()
            depth += 1 if bracket["bracket"] in "[{" else -1


def _unescaped(name: str) -> str:
    if "\\" in name:
        try:
            return str(_decoder.decode(name))
        except ValueError:
            pass
    return name[1:-1]
