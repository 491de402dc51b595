"""Read the body of a request: its media type, its encoding, its size, and how long it takes to come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ordercli.http.answers import RefusedError
from ordercli.http.encodings import ENCODINGS, IDENTITY, Unpacker
from ordercli.intake.texts import record_of as cut

if TYPE_CHECKING:
    from starlette.requests import Request

    from ordercli.intake.record import Record
    from ordercli.settings import ServeSettings

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ORDER_TYPES = ("application/json",)
MERGE_TYPES = ("application/json", "application/merge-patch+json")
JSON_PATCH = "application/json-patch+json"


def media_type(request: Request) -> str:
    """Return the media type of the body, without its parameters.

    Raises:
        RefusedError: its charset is not UTF-8.
    """
    name, *more = request.headers.get("content-type", "").split(";")
    for each in more:
        key, _, value = each.strip().partition("=")
        if key.lower() == "charset" and value.strip('"').lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise RefusedError(415, f"The body must be UTF-8, not {value[:40]}")
    return name.strip().lower()


def require_type(request: Request, *taken: str) -> str:
    """Return the media type of the body.

    Raises:
        RefusedError: this request does not take that type.
    """
    found = media_type(request)
    if found not in taken:
        given = f"not {found[:80]}" if found else "and the header Content-Type is missing"
        raise RefusedError(415, f"The body must be {' or '.join(taken)}, {given}", {"Accept": ", ".join(taken)})
    return found


def encoding_of(request: Request) -> str:
    """Return how the body is compressed: `identity` if it is not.

    Raises:
        RefusedError: it is compressed in another way.
    """
    encoding = request.headers.get("content-encoding", IDENTITY).strip().lower()
    if encoding not in {IDENTITY, *ENCODINGS}:
        raise RefusedError(
            415,
            f"The encoding {encoding[:40]!r} is not known; send {', '.join(ENCODINGS)} or none",
            {"Accept-Encoding": ", ".join(ENCODINGS)},
        )
    return encoding


async def read_body(request: Request, settings: ServeSettings) -> bytes:
    """Return the whole body, decompressed.

    Raises:
        RefusedError: it is too large, comes too slowly, or has an unknown or a broken encoding.
    """
    encoding = encoding_of(request)
    most = settings.max_body_bytes
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(settings.body_timeout):
            data = await _collected(request, most)
    except TimeoutError as error:
        raise RefusedError(
            408, f"The body did not come within {settings.body_timeout:g} s", {"Connection": "close"}
        ) from error
    return _unpacked(data, encoding, most)


async def _collected(request: Request, most: int) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _unpacked(data: bytes, encoding: str, most: int) -> bytes:
    if encoding == IDENTITY:
        return data
    unpacker, found = Unpacker(encoding), bytearray()
    for piece in unpacker.unpack(data):
        found += piece
        if len(found) > most:
            raise _too_large(most)
    unpacker.end()
    return bytes(found)


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"The body is longer than {most} bytes", {"Connection": "close"})


def record_of(data: bytes, max_bytes: int) -> Record:
    """Return the document of a body; a line of a rejects file is refused later, as an order without line items."""
    marked = data.startswith(BYTE_ORDER_MARK)
    found = cut(data.removeprefix(BYTE_ORDER_MARK), "http", 1, 1, 1, max_bytes)
    return found._replace(byte_order_mark=marked)
