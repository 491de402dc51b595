"""What every sample document is made of: members, ids, chance that repeats itself, exact JSON text."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

import orjson

Json = dict[str, Any]

_NAMESPACE = UUID("6f2c1c86-0622-5a3e-9b1d-0f6224000622")


def identifier(kind: str, key: str) -> str:
    """Name a record by 32 hexadecimal characters, the same on every run."""
    return uuid5(_NAMESPACE, f"{kind}/{key}").hex


def random_of(document: str) -> Random:
    """Give each document a chance of its own, so that a new document changes none of the others."""
    return Random(document)  # noqa: S311 - samples, no secrets


def given(members: Json) -> Json:
    """Leave out what an order does not say: None and empty lists."""
    return {name: value for name, value in members.items() if value is not None and value not in ([], {})}


def line_of(document: Json) -> bytes:
    """Write a document on one line, as an export does."""
    return orjson.dumps(document, default=_number, option=orjson.OPT_APPEND_NEWLINE)


def page_of(document: Json) -> bytes:
    """Write a document for human eyes."""
    return orjson.dumps(document, default=_number, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)


def _number(value: object) -> orjson.Fragment:
    """Keep the digits of an amount: 19.90 stays 19.90."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"no JSON for {value!r}")
