"""Whether a request is to be handled as the options say, or as the line of a rejects file says that it stood in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from ordercli.inbound import batches
from ordercli.inbound.sent_again import Line
from ordercli.intake.nul import shown_nul
from ordercli.pipeline.outcomes.reject_line import RESOURCE, Context, Origin
from ordercli.tmf622.words import Profile
from ordercli.validation.case import Mode
from ordercli.validation.rules.elsewhere import REJECT_CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.database.driver import Connection
    from ordercli.inbound.batches import BatchView
    from ordercli.intake.record import Record, Reject
    from ordercli.validation.finding import Finding

_ID = re.compile("[0-9a-f]{32}")
_GREATEST_RECORD = 2**31 - 1
_MOST_BATCHES = 1000
_LONGEST_FILE = 500
_SENT_WITH: Mapping[str, str] = {
    "submit": "an order: `ordercli submit`",
    "patch": "a patch: `ordercli patch --from`",
    "cancel": "a cancellation: `ordercli cancel --from`",
}


class Standing(NamedTuple):
    """How a record is to be handled: `origin` tells which line of a rejects file it is, `refusal` why it is not."""

    context: Context
    origin: Origin | None = None
    refusal: Finding | None = None


class Given(NamedTuple):
    """The options of a run, those among them (`source`, `profile`, `mode`) that stand on its command line."""

    options: Context
    stated: tuple[str, ...] = ()
    override: bool = False


class Contexts:
    """Tells of each record of a run how it is to be handled; the same record always gets the same answer."""

    def __init__(self, connection: Connection, given: Given) -> None:
        self._connection = connection
        self._given = given
        self.plain = Standing(given.options)
        self._batches: dict[str, tuple[BatchView | None, int]] = {}

    def of(self, record: Record) -> Standing:
        """Return how the record is to be handled."""
        return self.plain if record.reject is None else self._of_line(record.reject)

    def _of_line(self, said: Reject) -> Standing:
        batch = self._batch_of(said)
        origin = _origin(said, is_ours=batch is not None)
        wanted = self.options.request
        request = said.request or (batch.kind if batch else wanted)
        if request != wanted:
            return self._refused(origin, f"it is {sent_with(request)}")
        if self._given.override:
            return Standing(self.options, origin)
        context = _context(said, batch, self.options)
        if batch is None or context is None:
            reason = _of_no_batch(said) if batch is None else "this version does not know its context"
            return self._refused(origin, f"{reason}; to send it all the same, {_override(context or self.options)}")
        for name in self._given.stated:
            of_line, of_option = getattr(context, name), getattr(self.options, name)
            if of_line != of_option:
                option = "--async" if name == "mode" else f"--{name}"
                given = _override(context._replace(**{name: of_option}))
                reason = f"it was refused with {name} {of_line!r}, not {of_option!r}"
                return self._refused(origin, f"{reason}; leave {option} out, or {given}")
        return Standing(context, origin)

    @property
    def options(self) -> Context:
        """Return the context of what is no line of a rejects file."""
        return self._given.options

    def _refused(self, origin: Origin | None, reason: str) -> Standing:
        return Standing(self.options, origin, REJECT_CONTEXT.finding(reason=reason))

    def _batch_of(self, said: Reject) -> BatchView | None:
        """Return the batch of this store that the line belongs to."""
        if said.batch_id is None or not _ID.fullmatch(said.batch_id) or not _is_record(said.record):
            return None
        if said.batch_id not in self._batches:
            if len(self._batches) == _MOST_BATCHES:
                self._batches.clear()
            self._batches[said.batch_id] = self._found(said.batch_id)
        batch, read = self._batches[said.batch_id]
        # What was not committed is read again when the run goes on; sent as well, it would be accepted twice.
        return batch if (said.record or 0) <= read else None

    def _found(self, batch_id: str) -> tuple[BatchView | None, int]:
        """Return the batch, and how many records its whole run has read: they are counted through all its batches."""
        batch = batches.by_id(self._connection, batch_id)
        run = batches.of_run(self._connection, batch.part_of or batch.id) if batch else []
        return batch, sum(each.read for each in run)


def sent_with(request: str) -> str:
    """Return what kind of request a line is, and the command that takes it."""
    return _SENT_WITH.get(request, f"a request of kind {request!r}, which this version does not know")


def _of_no_batch(said: Reject) -> str:
    return f"this database has no batch {said.batch_id!r} with a record {said.record}"


def _override(context: Context) -> str:
    from shlex import join  # noqa: PLC0415 - few runs refuse a line

    return f"give {join([*context.options, '--override-context'])}"


def _context(said: Reject, batch: BatchView | None, options: Context) -> Context | None:
    """Return the context of a line; what it leaves out, as older versions did, its batch tells. None: not usable."""
    nameless = "" if options.request == "submit" else None
    source = said.source or (batch.source if batch else options.source) or nameless
    profile = said.profile or (batch or options).profile
    mode = said.mode or (batch or options).mode
    is_usable = (
        said.resource in {None, RESOURCE}
        and said.target is None
        and profile in get_args(Profile)
        and mode in get_args(Mode)
        and "\0" not in (source or "")
    )
    usable = Context(options.request, source, cast("Profile", profile), cast("Mode", mode))
    return usable if is_usable else None


def _origin(said: Reject, *, is_ours: bool) -> Origin | None:
    """Return which line it is, wherever it comes from; of entries only those of this store are known."""
    place = said.first or (said.batch_id, said.file, said.record)
    batch_id, file, record = place
    if batch_id is None or not _ID.fullmatch(batch_id) or file is None or not _is_record(record):
        return None
    is_entry = is_ours and said.order_id is not None and _ID.fullmatch(said.order_id)
    return Origin(Line(batch_id, _short(shown_nul(file)), record or 0), said.order_id if is_entry else None)


def _short(file: str) -> str:
    """Return a file's name, or its digest where an index of PostgreSQL could not hold the name."""
    from hashlib import sha256  # noqa: PLC0415 - as payloads have it

    return file if len(file.encode()) <= _LONGEST_FILE else sha256(file.encode()).hexdigest()


def _is_record(number: int | None) -> bool:
    return number is not None and 1 <= number <= _GREATEST_RECORD
