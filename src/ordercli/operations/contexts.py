"""Decide how a request is handled: by the options of the run, or by its line of a rejects file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args

import msgspec
import orjson
from msgspec import UNSET, Meta, UnsetType

from ordercli.database.store import Store
from ordercli.intake import json_text
from ordercli.intake.inputs import is_read_once
from ordercli.intake.json_text import shown_nul
from ordercli.intake.record import Line, Origin, Record
from ordercli.intake.record import Reject as SentReject
from ordercli.operations.results import OrderError, errors
from ordercli.queue import batches
from ordercli.queue.batches import BatchView
from ordercli.queue.entries import BatchStatus
from ordercli.resources.common.other_kinds import REQUESTS, unknown_request
from ordercli.resources.common.rules.creation import REJECT_CONTEXT
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Mode
from ordercli.resources.validator import kind_of
from ordercli.result_types import Id, Position, Result
from ordercli.rulebook.rule import Finding
from ordercli.settings import ProfileName

Request = Literal["submit", "patch", "cancel", "fulfil"]

_is_json = msgspec.json.Decoder(msgspec.Raw).decode


class Context(NamedTuple):
    """How a request is handled: the source of the order, its profile, and whether it is created at once or queued.

    `source` is None if a patch or a cancellation named none; an order may have the source "". `target` is the system
    that the order goes to.
    """

    request: Request
    source: str | None
    profile: ProfileName
    mode: Mode
    target: str | None = None

    @property
    def options(self) -> list[str]:
        """Return the options of the command line that give this context."""
        source = [] if self.source is None else ["--source", self.source]
        if self.request != "submit":
            return source
        queued = ["--target", self.target] if self.target else ["--async"] if self.mode == "async" else []
        return [*source, "--profile", self.profile, *queued]


class FirstRefusal(Result):
    """The place where an order was refused first, if it was sent again and refused again."""

    batch_id: Id
    file: str
    record: Position


class Refusal(Result, kw_only=True):
    """Where a refused order came from, how it is handled when its line is sent again, and why it was refused."""

    batch_id: Id
    request: Annotated[
        Literal["submit", "patch", "cancel", "fulfil"],
        Meta(description="the command that takes the line; patch and cancel with --from"),
    ]
    source: Annotated[str | None, Meta(description="null where a patch or a cancellation named none")]
    profile: ProfileName
    resource: Annotated[str, Meta(extra_json_schema={"enum": list(RESOURCES)}, description="the kind of order")]
    mode: Literal["sync", "async"]
    target: Annotated[str | None, Meta(description="the system that the order goes to; null: none")]
    file: str
    line: Position
    record: Position
    order_id: Annotated[Id, Meta(description="of `queue export`: the entry that the line replaces")] | UnsetType = UNSET
    first: FirstRefusal | UnsetType = UNSET
    errors: list[OrderError]


class Reject(Result):
    """A line of a rejects file; `submit` and `validate` read the order in it."""

    reject: Refusal = msgspec.field(name="$reject")
    order: Annotated[Any, Meta(description="the order as it came")] | UnsetType = UNSET
    raw: Annotated[str, Meta(description="its text, if it is not JSON")] | UnsetType = UNSET


def reject_line(
    batch_id: str,
    context: Context,
    record: Record,
    findings: list[Finding],
    origin: Origin | None = None,
    resource: str = PRODUCT_ORDER.name,
) -> bytes:
    """Return one line of a rejects file; `origin` is given if the order was refused or exported before."""
    is_resent = origin is not None and origin.line != (batch_id, record.file, record.record)
    refusal = Refusal(
        batch_id=batch_id,
        request=context.request,
        source=context.source,
        profile=context.profile,
        resource=resource,
        mode=context.mode,
        target=context.target,
        file=record.file,
        line=record.line,
        record=record.record,
        order_id=(origin and origin.order_id) or UNSET,
        first=FirstRefusal(*origin.line) if origin and is_resent else UNSET,
        errors=errors(record, findings),
    )
    return rejected_line(refusal, record.data)


def unchanged_line(sent: SentReject, record: Record, findings: list[Finding]) -> bytes:
    """Return the line of a request that was refused because of its context, with its `$reject` data unchanged.

    The batch and the options of this run would give it a wrong context when it is sent again.
    """
    names = ("batch_id", "request", "source", "profile", "resource", "mode", "target", "file", "line", "record")
    members: dict[str, Any] = {name: getattr(sent, name) for name in names}
    first = FirstRefusal(*sent.first) if sent.first else UNSET
    refusal = Refusal(**members, order_id=sent.order_id or UNSET, first=first, errors=errors(record, findings))
    return rejected_line(refusal, record.data)


def rejected_line(refusal: Result, data: bytes) -> bytes:
    """Return a line of a rejects file: why a document was refused, and the document."""
    return b'{"$reject":' + json_text.encode(refusal) + b"," + _body(data) + b"}\n"


def _body(data: bytes) -> bytes:
    """Return the order on one line, otherwise unchanged; as text if it is not JSON."""
    try:
        data.decode()
        _is_json(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b'"raw":' + orjson.dumps(data.decode(errors="replace"))
    # A line end can only be white space here: inside a string it would not be JSON.
    return b'"order":' + data.replace(b"\r", b" ").replace(b"\n", b" ")


_ID = re.compile("[0-9a-f]{32}")
_GREATEST_RECORD = 2**31 - 1
_MOST_BATCHES = 1000
_LONGEST_FILE = 500
_ORDER = ("an order", "ordercli submit")


class Resend(NamedTuple):
    """How a record can be sent again if it is refused: the command and its options.

    `resume` is the batch that must be resumed first. If the lines of a file need different options, no single command
    can send the file.
    """

    request: str
    options: tuple[str, ...] = ()
    resume: str | None = None


class RecordContext(NamedTuple):
    """How a record is handled; `origin` is its line of a rejects file, `refusal` the reason to refuse that line."""

    context: Context
    again: Resend
    origin: Origin | None = None
    refusal: Finding | None = None


class RunOptions(NamedTuple):
    """The options of a run, and which of them (`source`, `profile`, `mode`) were given on the command line."""

    options: Context
    stated: tuple[str, ...] = ()
    override: bool = False


class Contexts:
    """Decide how each record of a run is handled; the same record always gets the same answer."""

    def __init__(self, store: Store, given: RunOptions) -> None:
        self._store = store
        self._given = given
        self.plain = RecordContext(given.options, Resend(given.options.request))
        self._batches: dict[str, tuple[BatchView | None, int]] = {}

    def of(self, record: Record) -> RecordContext:
        """Return how the record is handled."""
        return self.plain if record.reject is None else self._of_line(record.reject)

    def _of_line(self, sent: SentReject) -> RecordContext:
        found, read = self._found(sent)
        is_committed = (sent.record or 0) <= read
        batch = found if is_committed else None
        origin = _origin(sent, is_ours=batch is not None)
        wanted = self.options.request
        request = sent.request or (batch.kind if batch else wanted)
        options = self.options._replace(request=cast("Request", request))
        context = _context(sent, batch, options)
        forced = () if batch and context else _override(context or options)
        unread = found if found and not is_committed and _will_be_read_again(found) else None
        again = Resend(request, resume=unread.id) if unread else Resend(request, forced)
        if request != wanted:
            return self._refused(again, origin, f"it is {sent_with(request)}")
        if unread:
            # If it were sent, its order would be accepted twice: now, and when the run is resumed.
            next_step = f"`ordercli batch resume {unread.id}` reads it again"
            return self._refused(again, origin, f"its run was stopped before this line was committed; {next_step}")
        if self._given.override:
            return RecordContext(self.options, Resend(request), origin)
        if batch is None or context is None:
            reason = _of_no_batch(sent) if batch is None else "this version does not know its context"
            return self._refused(again, origin, f"{reason}; to send it anyway, give {_typed(forced)}")
        for name in self._given.stated:
            of_line, of_option = getattr(context, name), getattr(self.options, name)
            if of_line != of_option:
                option = "--async" if name == "mode" else f"--{name}"
                given = _typed(_override(context._replace(**{name: of_option})))
                refused = f"with {name} {of_line!r}" if of_line else f"without a {name}"
                reason = f"it was refused {refused}, not {of_option!r}"
                return self._refused(again, origin, f"{reason}; leave {option} out, or give {given}")
        return RecordContext(context, again, origin)

    def reject_line(self, batch_id: str, context: Context, record: Record, findings: list[Finding]) -> bytes:
        """Return the line of a refused record in the rejects file of a batch."""
        found = self.of(record)
        if record.reject and found.refusal:
            return unchanged_line(record.reject, record, findings)
        return reject_line(batch_id, context, record, findings, found.origin, kind_of(record.data).name)

    @property
    def options(self) -> Context:
        """Return the context of records that are not lines of a rejects file."""
        return self._given.options

    def _refused(self, again: Resend, origin: Origin | None, reason: str) -> RecordContext:
        return RecordContext(self.options, again, origin, REJECT_CONTEXT.finding(reason=reason))

    def _found(self, sent: SentReject) -> tuple[BatchView | None, int]:
        """Return the batch that the line names, and the number of records that its whole run has read.

        Records are counted through all batches of a run.
        """
        if sent.batch_id is None or not _ID.fullmatch(sent.batch_id) or not _is_record(sent.record):
            return None, 0
        if sent.batch_id not in self._batches:
            if len(self._batches) == _MOST_BATCHES:
                self._batches.clear()
            batch = batches.by_id(self._store, sent.batch_id)
            run = batches.of_run(self._store, batch.part_of or batch.id) if batch else []
            self._batches[sent.batch_id] = batch, sum(each.read for each in run)
        return self._batches[sent.batch_id]


def _will_be_read_again(batch: BatchView) -> bool:
    """Return whether `batch resume` can continue the batch, and so reads the records again that were not committed."""
    is_open = batch.kind == "submit" and batch.status != BatchStatus.COMPLETED and not batch.cancelled_at
    return is_open and not any(map(is_read_once, batches.input_paths(batch)))


def sent_with(request: str) -> str:
    """Return the kind of request of a line, and the command that accepts it."""
    found = _ORDER if request == "submit" else REQUESTS.get(request)
    return f"{found[0]}: `{found[1]}`" if found else unknown_request(request)


def _of_no_batch(sent: SentReject) -> str:
    return f"this database has no batch {sent.batch_id!r} with a record {sent.record}"


def _override(context: Context) -> tuple[str, ...]:
    return (*context.options, "--override-context")


def _typed(options: Iterable[str]) -> str:
    from shlex import join  # few runs refuse a line

    return join(options)


def _context(sent: SentReject, batch: BatchView | None, options: Context) -> Context | None:
    """Return the context of a line, completed from its batch (older versions wrote less); None if it is not usable."""
    nameless = "" if options.request == "submit" else None
    source = sent.source or (batch.source if batch else options.source) or nameless
    profile = sent.profile or (batch or options).profile
    mode = sent.mode or (batch or options).mode
    is_usable = (
        sent.resource in {None, *RESOURCES}
        and (sent.target is None or (batch is not None and batch.target == sent.target))
        and profile in get_args(ProfileName)
        and mode in get_args(Mode)
        and "\0" not in (source or "")
    )
    target = batch.target if batch else None
    usable = Context(options.request, source, cast("ProfileName", profile), cast("Mode", mode), target)
    return usable if is_usable else None


def _origin(sent: SentReject, *, is_ours: bool) -> Origin | None:
    """Return the identity of the line; the id of an exported entry is used only if it is of this database."""
    place = sent.first or (sent.batch_id, sent.file, sent.record)
    batch_id, file, record = place
    if batch_id is None or not _ID.fullmatch(batch_id) or file is None or not _is_record(record):
        return None
    is_entry = is_ours and sent.order_id is not None and _ID.fullmatch(sent.order_id)
    return Origin(Line(batch_id, _short(shown_nul(file)), record or 0), sent.order_id if is_entry else None)


def _short(file: str) -> str:
    """Return the name of a file, or its digest if it is too long for an index of PostgreSQL."""
    from hashlib import sha256  # few names are that long

    return file if len(file.encode()) <= _LONGEST_FILE else sha256(file.encode()).hexdigest()


def _is_record(number: int | None) -> bool:
    return number is not None and 1 <= number <= _GREATEST_RECORD
