"""Many orders in one request, one on each line (NDJSON): each is answered by a receipt on a line, in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from ordercli.http.accepting import Post, receipt_of
from ordercli.http.answers import Answer, BusyError, RefusedError, expected
from ordercli.http.bodies import BYTE_ORDER_MARK, encoding_of
from ordercli.http.encodings import Unpacker
from ordercli.intake import json_text
from ordercli.intake.envelopes import open_reject_line
from ordercli.intake.texts import is_document, record_of
from ordercli.operations.results import OrderResult, Outcome
from ordercli.resources.common.rules.creation import REJECT_CONTEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from ordercli.http.threads import Writer
    from ordercli.intake.record import Record
    from ordercli.settings import Settings

LINES_TYPE = "application/x-ndjson"
# The most orders of one request that are being accepted at a time: enough to fill a transaction.
_WINDOW = 500
_PAUSE_SECONDS = 0.02


async def accept_lines(
    writer: Writer, settings: Settings, request: Request, of_line: Post, admitted: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    """Accept the orders of a body; yield their receipts while more orders come. `of_line` is a post without its record.

    If something goes wrong, the answer has begun already. Then reading stops; each order that was read gets a receipt
    or an error, and a last error names the first line without a receipt, from which on the client sends again.

    `admitted` raises an error if the client's token was revoked or has expired: the body may take hours.
    """
    waiting: deque[tuple[Record, asyncio.Future[Answer]]] = deque()
    records = _records(request, settings, admitted)
    reading: asyncio.Future[Record | None] | None = asyncio.ensure_future(_next(records))
    line, lost, broken = 1, 0, None
    try:
        while (reading and not broken) or waiting:
            heads: list[asyncio.Future[Any]] = [waiting[0][1]] if waiting else []
            ahead: list[asyncio.Future[Any]] = [reading] if reading and not broken and len(waiting) < _WINDOW else []
            await asyncio.wait([*heads, *ahead], return_when=asyncio.FIRST_COMPLETED)
            if ahead and reading and reading.done():
                broken = reading.exception()
                record = None if broken else reading.result()
                reading = asyncio.ensure_future(_next(records)) if record else None
                if record:
                    post = of_line._replace(record=record)
                    waiting.append((record, asyncio.ensure_future(_accepted(writer, post))))
            while waiting and waiting[0][1].done():
                record, accepting = waiting.popleft()
                line = record.line + 1
                if failed := accepting.exception():
                    broken, lost = broken or failed, lost or record.line
                    yield _failure(failed, record.line)
                else:
                    yield accepting.result().body + b"\n"
        if broken:
            yield _failure(broken, lost or line, "; line {} is the first one without a receipt")
            _refuse(broken)
    finally:
        left = [future for _, future in waiting]
        if reading:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await asyncio.gather(*left, return_exceptions=True)


def _refuse(error: BaseException) -> None:
    """Raise an error that is a bug, or that says that the client has disconnected."""
    if not (isinstance(error, Exception) and expected(error, "the database")):
        raise error


def _failure(error: BaseException, line: int, more: str = "") -> bytes:
    """Return the line that reports the error of an order, or of the rest of the body."""
    known = expected(error, "the database") if isinstance(error, Exception) else None
    status, message = (known.status, known.message) if known else (500, "Internal error")
    return json_text.encode({"statusCode": status, "line": line, "message": message + more.format(line)}) + b"\n"


async def _next(records: AsyncIterator[Record]) -> Record | None:
    return await anext(records, None)


async def _accepted(writer: Writer, post: Post) -> Answer:
    if open_reject_line(post.record) is not post.record:
        finding = REJECT_CONTEXT.finding(reason="send the order in it; only `submit` takes such lines")
        source = post.context.source or ""
        return receipt_of(OrderResult(post.record, source, None, Outcome.REJECTED, 400, None, [finding]))
    while True:
        try:
            return await writer.do(post)
        except BusyError:
            if writer.trouble:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)


async def _records(
    request: Request, settings: Settings, admitted: Callable[[], Awaitable[None]]
) -> AsyncIterator[Record]:
    """Yield the documents of the lines; skip blank lines."""
    most, number, n = settings.limits.max_order_bytes, 0, 0
    async for text in _lines(_pieces(request, settings.serve.body_timeout), most + 3):
        n += 1
        if is_document(text, most):
            await admitted()
            number += 1
            yield record_of(text, "http", n, 1, number, most)


async def _lines(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """Yield lines without their ends; of a line that is too long, its beginning."""
    text = bytearray()
    is_first = True
    async for piece in pieces:
        first, *others = piece.split(b"\n")
        text += first[: most - len(text)]
        for other in others:
            yield bytes(text).removeprefix(BYTE_ORDER_MARK if is_first else b"")
            is_first, text = False, bytearray(other[:most])
    if text:
        yield bytes(text).removeprefix(BYTE_ORDER_MARK if is_first else b"")


async def _pieces(request: Request, patience: float) -> AsyncIterator[bytes]:
    """Yield the body as it comes, decompressed.

    Raises:
        RefusedError: nothing came for too long, or the body is not compressed as it says.
    """
    unpacker = Unpacker(encoding_of(request))
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(patience):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise RefusedError(408, f"Nothing came for {patience:g} s") from error
        if piece is None:
            break
        for part in unpacker.unpack(piece):
            yield part
    unpacker.end()
