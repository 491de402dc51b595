"""The place of every pointer into a JSON document holds the text of that value; in broken bytes it lies inside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fuzz import seeds as known
from ordercli.intake.json_text import DocumentText, Place
from ordercli.intake.places import Target, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 200


def seeds() -> Iterator[bytes]:
    """Orders, and documents that are hard to find one's way in."""
    yield from known.orders()
    yield from (b'{"a": {"b": 1}, "a": {"c": [2]}}', b'{"\\u0061~/": [[], {"": "\xf0\x9f\x93\xb1"}]}', b'{"a": "\\"')


def check(data: bytes) -> None:
    """Look up every place of a document, or a few of what is none."""
    document = DocumentText(data)
    try:
        value = json.loads(data.decode())
        pointers = dict(_pointers(value, ""))
    except (ValueError, RecursionError):
        pointers = {}
    targets = list(pointers)[:MOST] or ["", "/productOrderItem/0/id", "/a/0", "/missing"]

    places = locate(document, [Target(each, key=key) for each in targets for key in (False, True)])

    everything = document.place(0, len(document.text))
    lines = document.text.split("\n")
    for pointer, place in zip(targets, places[::2], strict=True):
        assert everything[:2] <= place[:2] <= place[2:] <= everything[2:]
        assert document.excerpt(place) is not None
        if pointers:
            text = _cut(lines, place)
            assert repr(json.loads(text, strict=False)) == repr(pointers[pointer]), (pointer, text)


def _pointers(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from _pointers(member, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


def _cut(lines: list[str], place: Place) -> str:
    within = lines[place.line - 1 : place.end_line]
    within[-1] = within[-1][: place.end_column - 1]
    within[0] = within[0][place.column - 1 :]
    return "\n".join(within)
