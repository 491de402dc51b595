"""The bytes of an order get a quick look: most have nothing that the lint rules would tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, ForwardRef

import msgspec
import orjson

from ordercli.tmf622.known_fields import kinds

_EXACT = 2**53  # up to here every whole number is a double
_Plain = str | Annotated[int, msgspec.Meta(ge=-_EXACT, le=_EXACT)] | float | bool | None


def is_plainly_clean(data: bytes) -> bool:
    """Whether a document has known fields alone, and parsing it loses neither a field nor a digit.

    False says only that the closer look is needed; it is where the bytes hold blanks or spare escapes, or objects of
    which no field is known.
    """
    if b'": ' in data or b', "' in data or b"\\u" in data:  # they would not come out the same
        return False
    try:
        _decoder()(data)
        return orjson.dumps(orjson.loads(data)) == data
    except (msgspec.DecodeError, orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        return False


@cache
def _decoder() -> Callable[[bytes], object]:
    """Refuses fields that nobody knows."""
    # The kinds hold one another: msgspec looks for their names in this module. Python has no names like @type.
    names = {kind: f"_Kind{n}" for n, kind in enumerate(kinds())}
    for kind, fields in kinds().items():
        members = [(f"_{n}", _type(names[below] if below else None), None) for n, below in enumerate(fields.values())]
        rename = {f"_{n}": field for n, field in enumerate(fields)}
        globals()[names[kind]] = msgspec.defstruct(
            names[kind], members, rename=rename, forbid_unknown_fields=True, gc=False, module=__name__
        )
    return msgspec.json.Decoder(globals()[names["ProductOrder"]]).decode


def _type(kind: str | None) -> object:
    held = f"{kind} | _Plain" if kind else "_Plain"
    return ForwardRef(f"{held} | list[{held}]")
