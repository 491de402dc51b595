"""The line of a rejects file: who refused what and why, how it is to be sent again, and the order as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import orjson

from ordercli.operations.results import errors

if TYPE_CHECKING:
    from ordercli.intake.record import Record, Reject
    from ordercli.queue.sent_again import Line
    from ordercli.resources.product_order.context import Mode
    from ordercli.resources.product_order.words import Profile
    from ordercli.rulebook.rule import Finding

Request = Literal["submit", "patch", "cancel"]
RESOURCE = "productOrder"

_is_json = msgspec.json.Decoder(msgspec.Raw).decode


class Context(NamedTuple):
    """How a request is handled: an order of this source, by the rules of this profile, at once or through the queue.

    `source` is None where a patch or a cancellation named none; an order may have the source "".
    """

    request: Request
    source: str | None
    profile: Profile
    mode: Mode

    @property
    def options(self) -> list[str]:
        """The options of the command line that say the same."""
        source = [] if self.source is None else ["--source", self.source]
        if self.request != "submit":
            return source
        return [*source, "--profile", self.profile, *(["--async"] if self.mode == "async" else [])]


class Origin(NamedTuple):
    """Where a request comes from that was refused before: the line it is, and of an exported entry the order id."""

    line: Line
    order_id: str | None = None


def reject_line(
    batch_id: str,
    context: Context,
    record: Record,
    findings: list[Finding],
    origin: Origin | None = None,
) -> bytes:
    """Return one line of a rejects file; `origin` is there where the order was refused, or exported, before."""
    reject = {"batchId": batch_id, **_context(context), "file": record.file, "line": record.line}
    reject["record"] = record.record
    if origin and origin.order_id:
        reject["orderId"] = origin.order_id
    if origin and origin.line != (batch_id, record.file, record.record):
        reject["first"] = _first(origin.line)
    reject["errors"] = errors(record, findings)
    return _line(reject, record.data)


def unchanged_line(said: Reject, record: Record, findings: list[Finding]) -> bytes:
    """Return the line of a request that was refused for its context: it keeps what it says of itself.

    With the batch and the options of this run it would be taken at the next try for what it is not.
    """
    names = ("batchId", "request", "source", "profile", "resource", "mode", "target", "file", "line", "record")
    values = (said.batch_id, said.request, said.source, said.profile, said.resource, said.mode, said.target)
    reject: dict[str, Any] = dict(zip(names, (*values, said.file, said.line, said.record), strict=True))
    if said.order_id:
        reject["orderId"] = said.order_id
    if said.first:
        reject["first"] = _first(said.first)
    return _line({**reject, "errors": errors(record, findings)}, record.data)


def _context(context: Context) -> dict[str, Any]:
    return {
        "request": context.request,
        "source": context.source,
        "profile": context.profile,
        "resource": RESOURCE,
        "mode": context.mode,
        "target": None,
    }


def _first(line: tuple[str, str, int]) -> dict[str, Any]:
    return dict(zip(("batchId", "file", "record"), line, strict=True))


def _line(reject: dict[str, Any], data: bytes) -> bytes:
    return b'{"$reject":' + orjson.dumps(reject) + b"," + _body(data) + b"}\n"


def _body(data: bytes) -> bytes:
    """Return the order as it came, on one line; as text where it is no JSON."""
    try:
        data.decode()
        _is_json(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b'"raw":' + orjson.dumps(data.decode(errors="replace"))
    # Outside of strings a line end is white space, and inside it would not be JSON.
    return b'"order":' + data.replace(b"\r", b" ").replace(b"\n", b" ")
