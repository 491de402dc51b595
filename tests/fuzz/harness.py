"""One target is fuzzed under libFuzzer: `python -m fuzz.harness NAME CORPUS [libFuzzer options]`."""

from __future__ import annotations

import json
import random
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import atheris

with atheris.instrument_imports(include=["ordercli"]):
    TARGET = import_module(f"fuzz.{sys.argv.pop(1)}")

Json = Any
_LITTLE: tuple[Json, ...] = (None, "", " ", "x", 0, -1, 1.5, 2**70, True, [], {}, [None], [{}], {"id": None}, "\ud800")


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the time another JSON value at one place of the document, else other bytes.

    Bytes alone would break the JSON nearly always, and never get beyond the reading of it. What stands before the
    document (targets are steered by a few bytes) stays.
    """
    rng = random.Random(seed)  # noqa: S311 - libFuzzer asks for this
    start = next((at for at in range(min(5, len(data))) if data[at : at + 1] == b"{"), None)
    if start is not None and rng.random() < 1 / 2:
        with suppress(ValueError, RecursionError):
            document = json.loads(data[start:])
            for _ in range(rng.randint(1, 3)):
                _change(document, rng)
            text = json.dumps(document, indent=rng.choice([None, None, 1])).encode()
            if start + len(text) <= max_size:
                return data[:start] + text
    mutated: bytes = atheris.Mutate(data, max_size)
    return mutated


def _change(document: Json, rng: random.Random) -> None:
    """One value of the document becomes another, goes, or moves to where another stood."""
    places = [(holder, name) for holder in _holders(document) for name in _names(holder)]
    if not places:
        return
    (holder, name), (other, its_name) = rng.choice(places), rng.choice(places)
    match rng.randrange(4):
        case 0:
            del holder[name]
        case 1:
            holder[name] = json.loads(json.dumps(other[its_name]))
        case _:
            holder[name] = json.loads(json.dumps(rng.choice(_LITTLE)))


def _holders(value: Json) -> list[Json]:
    if not isinstance(value, dict | list):
        return []
    below = list(value.values()) if isinstance(value, dict) else value
    return [value, *(holder for each in below for holder in _holders(each))]


def _names(holder: Json) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


if __name__ == "__main__":
    atheris.Setup(sys.argv, TARGET.check, custom_mutator=mutate)
    atheris.Fuzz()
