"""A run of submit: its options, the data kept to resume it, and its result."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add, sub
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from msgspec import UNSET

from ordercli.errors import BadInputError, ConflictError, OrdercliError, TryAgainError, UsageError
from ordercli.exit_codes import ExitCode, code_of_error, code_of_stop
from ordercli.intake.inputs import current_folder, is_read_once
from ordercli.intake.record import STDIN
from ordercli.operations import results
from ordercli.operations.contexts import Context, RunOptions
from ordercli.queue.batches import BatchView, Counts
from ordercli.queue.entries import BatchStatus
from ordercli.settings import default_actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.intake.envelopes import OrderPath
    from ordercli.intake.reader import InputFormat
    from ordercli.intake.record import Record
    from ordercli.operations.contexts import Resend
    from ordercli.operations.convert_sheet import SheetReader
    from ordercli.operations.diagnostics import Groups
    from ordercli.operations.results import FindingGroup, OrderResult
    from ordercli.queue.batches import QueueCounts
    from ordercli.reference.store import Coverage
    from ordercli.resources.resource import Mode
    from ordercli.run_control import Stop
    from ordercli.settings import ProfileName, ResourceName


SEND_AGAIN = "submit the same input again; orders with an externalId are not accepted twice"
PERCENT_NEEDS = 100
_MOST_PERCENT = 100
LONGEST_TRACK_ID = 64
LONGEST_KEY = 255
_NOT_IN_TRACK_ID = set(":;\"'")


@dataclass(frozen=True)
class RejectLimit:
    """The limit at which a run stops: `count` refused orders (0 counts as 1), or `percent` of the orders read.

    A percentage is checked after each order from the 100th on, and at the end of the input.
    """

    count: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> RejectLimit:
        """Return the limit that `--max-rejects` names: `10` or `5%`; `0` and `0%` stop at the first rejected order.

        Raises:
            UsageError: The text is neither.
        """
        if re.fullmatch(r"[0-9]{1,18}", text):
            return cls(count=max(int(text), 1))
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?%", text) and (percent := Decimal(text[:-1])) <= _MOST_PERCENT:
            return cls(percent=percent) if percent else cls(count=1)
        raise UsageError(f"--max-rejects takes a number, or a percentage up to 100%, not {text!r}")

    def reached(self, refused: int, read: int, *, at_end: bool = False) -> bool:
        """Return whether the limit is reached; `at_end` applies a percentage to fewer than 100 orders too."""
        if not refused:
            return False
        if self.count is not None and refused >= self.count:
            return True
        return self.percent is not None and (at_end or read >= PERCENT_NEEDS) and refused * 100 >= self.percent * read


@dataclass(frozen=True)
class Run:
    """The options of one run of submit; `mode` is sync or async, `at` the path of the orders in each document.

    `resource` is the kind that each order must be; None means any. With `sheets` the inputs are sheets.

    `stated` names those of `source`, `profile` and `mode` that were given on the command line. They apply to lines of
    rejects files only with `override_context`.

    `shown_as` is the name of the only input for people, if that is not where the file is while it is read.

    Raises:
        UsageError: the track id or the idempotency key is invalid.
    """

    mode: Mode
    source: str
    inputs: Sequence[str]
    actor: str = field(default_factory=default_actor)
    track_id: str | None = None
    idempotency_key: str | None = None
    limit: RejectLimit = field(default_factory=RejectLimit)
    fail_fast: bool = False
    dry_run: bool = False
    lint: bool = False
    input_format: InputFormat | None = None
    at: OrderPath | None = None
    resource: ResourceName | None = None
    stated: tuple[str, ...] = ()
    override_context: bool = False
    target: str | None = None
    sheets: SheetReader | None = None
    shown_as: str | None = None

    def __post_init__(self) -> None:
        if self.track_id is not None and not _is_track_id(self.track_id):
            raise UsageError("--track-id takes 1 to 64 printable ASCII characters without : ; \" and '")
        if self.idempotency_key is not None and not 0 < len(self.idempotency_key.strip()) <= LONGEST_KEY:
            raise UsageError(f"--idempotency-key takes 1 to {LONGEST_KEY} characters")

    def refuses_too_many(self, counts: Counts) -> bool:
        """Return whether the limit is reached at the end of the input."""
        return self.limit.reached(counts.rejected + counts.conflicts, counts.read, at_end=True)


def _is_track_id(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_TRACK_ID and text.isascii() and text.isprintable() and not _NOT_IN_TRACK_ID & {*text}
    )


class Listener(Protocol):
    """Receives the results of orders after they were committed."""

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Handle the results of one chunk, in input order."""


class BatchOrigin(NamedTuple):
    """What a batch stores besides its options: its worker, the input's SHA-256 (if it has a key), data to resume it."""

    worker: str | None = None
    input_sha256: str | None = None
    resume_with: str | None = None


class ResumeWith(NamedTuple):
    """The data to resume a run: the folder of its paths, its options, and the size and time (ns) of each file."""

    folder: str
    input_format: InputFormat | None
    lint: bool
    max_rejects: int | None
    max_reject_percent: str | float | None  # a number if an older ordercli wrote it
    files: dict[str, list[int]]
    fail_fast: bool = False
    # Source, profile and mode; None if an older ordercli wrote the batch.
    options: tuple[str, ProfileName, Mode] | None = None
    stated: tuple[str, ...] = ()
    override_context: bool = False
    at: str | None = None
    resource: ResourceName | None = None
    target: str | None = None
    sheet_map: str | None = None  # JSON
    shown_as: str | None = None

    @classmethod
    def of(cls, run: Run, profile: ProfileName, inputs: Sequence[str]) -> ResumeWith:
        """Return the data to store when a run begins."""
        files = {file: _mark(file) if file != STDIN else [] for file in inputs}
        percent = None if run.limit.percent is None else str(run.limit.percent)
        return cls(
            folder=str(current_folder()),
            input_format=run.input_format,
            lint=run.lint,
            max_rejects=run.limit.count,
            max_reject_percent=percent,
            files=files,
            fail_fast=run.fail_fast,
            options=(run.source, profile, run.mode),
            stated=run.stated,
            override_context=run.override_context,
            at=run.at.text if run.at else None,
            resource=run.resource,
            target=run.target,
            sheet_map=run.sheets.map_as_text() if run.sheets else None,
            shown_as=run.shown_as,
        )

    def as_text(self) -> str:
        """Return the text to store with the batch."""
        return json.dumps(self)

    def limit(self) -> RejectLimit:
        """Return the limit of the first run."""
        percent = None if self.max_reject_percent is None else Decimal(str(self.max_reject_percent))
        return RejectLimit(self.max_rejects, percent)

    def given(self, batch: BatchView) -> RunOptions:
        """Return the options of the first run."""
        source, profile, mode = self.options or (batch.source, batch.profile, batch.mode)
        return RunOptions(
            Context("submit", source, profile, mode, self.target), tuple(self.stated), self.override_context
        )

    def inputs(self) -> list[str]:
        """Return the paths of the files, relative to the current folder.

        Raises:
            ConflictError: a file was changed, or cannot be read a second time.
        """
        if STDIN in self.files:
            raise ConflictError("Standard input cannot be read a second time", hint=SEND_AGAIN)
        for file, mark in self.files.items():
            path = self.from_here(file)
            if not mark:
                raise ConflictError(f"{path} is a pipe, and cannot be read a second time", hint=SEND_AGAIN)
            if _mark(path) != mark:
                raise ConflictError(f"{path} was changed since the batch began", hint=SEND_AGAIN)
        return [self.from_here(file) for file in self.files]

    def from_here(self, path: str) -> str:
        """Return a path of the first run, from the current folder."""
        return path if self.folder == str(current_folder()) else str(Path(self.folder) / path)


def _mark(file: str) -> list[int]:
    """Return by what a change of a regular file is noticed; nothing of any other, or of none."""
    try:
        status = os.stat(file)  # noqa: PTH116 - a Path takes longer, and there may be thousands
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns] if S_ISREG(status.st_mode) else []


@dataclass
class Submission:
    """The result of a run of submit.

    `others` are the batches of the same run whose orders have other contexts. `external_ids` is the number of accepted
    external ids, `known_elsewhere` the number of those that another source also has, by source.
    `stopped_at` is the order at which a limit ended the run, `queue_counts` the state of its orders when --wait ended.
    `repeated` is true if nothing was done, because the run with this idempotency key had been done before.
    `counts` are those of the whole batch; `before` are its counts when this run resumed it, None if this run began it.
    `beside` are the counts of the other batches of the run, because the limit applies to all of them.
    `coverage` tells which rules could use reference data; None if no order was validated.
    `groups` are the orders that this run refused, by code and value.
    `again` holds the commands and options with which refused orders can be sent again; lines of rejects files may need
    different ones. If it is unknown which orders were refused, it holds those of all orders that were read.
    `store` is the name of the store, if it was chosen by that.
    `unread` are inputs that were skipped. `notes` are messages about the rejects files of earlier runs.
    """

    batch_id: str
    run: Run
    profile: str
    counts: Counts = field(default_factory=Counts)
    coverage: Coverage | None = None
    before: Counts | None = None
    beside: Counts = field(default_factory=Counts)
    without_external_id: int = 0
    external_ids: int = 0
    known_elsewhere: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    groups: Groups[FindingGroup] | None = None
    again: set[Resend] = field(default_factory=set)
    stopped: bool = False
    stopped_at: Record | None = None
    rejects_file: str | None = None
    elapsed_seconds: float = 0.0
    error: OrdercliError | None = None
    unread: list[BadInputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    queue_counts: QueueCounts | None = None
    repeated: bool = False
    exit_code: ExitCode = ExitCode.OK
    store: str | None = None
    others: list[Submission] = field(default_factory=list)

    @property
    def batches(self) -> list[Submission]:
        """Return the result of each batch of the run, this one first."""
        return [self, *self.others]

    @property
    def worst(self) -> ExitCode:
        """Return the exit code of the whole run."""
        return max((each.exit_code for each in self.batches), key=_WORST_LAST.index)

    @property
    def status(self) -> BatchStatus:
        """Return `completed` if the input was read to its end, else another status."""
        return BatchStatus.FAILED if self.error or self.stopped else BatchStatus.COMPLETED

    @property
    def own_counts(self) -> Counts:
        """Return the counts of this run alone."""
        return Counts(*map(sub, self.counts, self.before)) if self.before else self.counts

    def of_run(self, counts: Counts) -> Counts:
        """Return the counts of the whole run, given those of this batch."""
        return Counts(*map(add, counts, self.beside))

    def must_stop(self, counts: Counts) -> bool:
        """Return whether the refused orders of the whole run reach its limit, given the counts of this batch."""
        whole = self.of_run(counts)
        return self.run.limit.reached(whole.rejected + whole.conflicts, whole.read)

    @property
    def over_limit(self) -> bool:
        """Return whether the limit of refused orders was reached, before or at the end of the input."""
        return not self.run.fail_fast if self.stopped else self.run.refuses_too_many(self.of_run(self.counts))

    @property
    def unfinished(self) -> bool:
        """Return whether a part of the input was not read, so that `batch resume` would continue it."""
        broken_off = isinstance(self.error, TryAgainError) or self.exit_code > ExitCode.TRY_AGAIN
        return not self.run.dry_run and (self.stopped or broken_off)

    @property
    def can_be_resumed(self) -> bool:
        """Return whether `batch resume` can read the inputs again."""
        return not any(map(is_read_once, self.run.inputs))

    @property
    def status_code(self) -> int:
        """Return the HTTP status: 201 or 202 unless no order was accepted and some were refused or known before."""
        counts = self.counts
        if (counts.rejected or self.error) and not counts.accepted:
            return 400
        if counts.conflicts and not counts.accepted:
            return 409
        if counts.duplicates and not counts.accepted:
            return 200
        return 202 if self.run.mode == "async" else 201

    def end(self, stop: Stop) -> None:
        """Set the exit code: the worst of what happened."""
        if stop.signal:
            self.exit_code = code_of_stop(stop)
        elif self.error:
            self.exit_code = code_of_error(self.error)
        elif self.unread:
            self.exit_code = ExitCode.BAD_INPUT
        elif self.over_limit:
            self.exit_code = ExitCode.TOO_MANY_REJECTS
        elif self.queue_counts and self.queue_counts.waiting:
            self.exit_code = ExitCode.PENDING
        elif self.counts.rejected or self.counts.conflicts or (self.queue_counts and self.queue_counts.failed):
            self.exit_code = ExitCode.REJECTED

    def as_json(self) -> dict[str, Any]:
        """Return the summary object of `submit -o json`."""
        return self.as_result().members()

    def as_result(self) -> results.Submission:
        """Return the summary that is printed."""
        counted: Any = self.own_counts._asdict()
        return results.Submission(
            batch_id=None if self.run.dry_run else self.batch_id,
            mode=self.run.mode,
            profile=cast("Any", self.profile),
            source=self.run.source,
            **self.counts._asdict(),
            failed=self.queue_counts.failed if self.queue_counts else UNSET,
            waiting=self.queue_counts.waiting if self.queue_counts else UNSET,
            this_run=counted if self.before else UNSET,
            known_elsewhere=dict(self.known_elsewhere),
            status_code=cast("Any", self.status_code),
            rejects_file=self.rejects_file,
            elapsed_seconds=round(self.elapsed_seconds, 3),
            track_id=self.run.track_id,
            dry_run=self.run.dry_run,
            reference_rules=self.coverage.state if self.coverage else UNSET,
            missing_reference_types=list(self.coverage.missing) if self.coverage else UNSET,
            repeated=self.repeated,
            groups=UNSET if self.repeated else self.groups.largest() if self.groups else [],
            other_groups=UNSET if self.repeated else self.groups.others() if self.groups else 0,
            exit_code=int(self.exit_code),
            store=self.store or UNSET,
        )


# From the best to the worst; a signal ends a run whatever else happened.
_WORST_LAST = [
    ExitCode.OK,
    ExitCode.REJECTED,
    ExitCode.PENDING,
    ExitCode.TOO_MANY_REJECTS,
    ExitCode.CONFLICT,
    ExitCode.BAD_INPUT,
    ExitCode.TRY_AGAIN,
    ExitCode.HANGUP,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
]
