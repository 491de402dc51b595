"""Submit the files of a drop folder, each once, and leave a receipt beside each."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta, UnsetType

from ordercli.bulk.drop_folder import DONE, FAILED, ORDERS, RECEIPT, REJECTS, DropFolder, Mark, TakenFile
from ordercli.bulk.submit import submit_files
from ordercli.clock import timestamp_now
from ordercli.database.opening import exists, read_database
from ordercli.errors import BadInputError, ConflictError, OrdercliError
from ordercli.exit_codes import ExitCode, code_of_error
from ordercli.failpoints import ARMED, failpoint
from ordercli.intake import json_text
from ordercli.intake.inputs import BytesRead, printable, read_chunks
from ordercli.intake.reader import cut_records
from ordercli.operations import results
from ordercli.operations.batch_reports import batch_orders
from ordercli.output_files.output_file import OutputFile
from ordercli.queue import batches
from ordercli.resources.common.rules.creation import REJECT_CONTEXT
from ordercli.result_types import Code, ExitStatus, Id, Position, Result, Time
from ordercli.run_control import Interrupted, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ordercli.bulk.submission import Run, Submission
    from ordercli.database.address import Database
    from ordercli.intake.record import Record
    from ordercli.settings import Settings

LOOKS_EVERY_SECONDS = 1.0
_RENAME = "write it under a name that ends in .part, and rename it when it is complete"
_WHAT_IS_TAKEN = "orders are JSON or NDJSON, plain or packed with gzip or zstd; a run with --map takes sheets"
_is_json = msgspec.json.Decoder(msgspec.Raw).decode


class RejectLinesError(BadInputError):
    """The file has lines of a rejects file."""

    rule = REJECT_CONTEXT.code


class FileError(Result):
    """Why a file was not submitted, or not to its end."""

    code: Code | None
    message: str
    hint: str | None


class FileReceipt(Result, kw_only=True):
    """What became of a file that was put into a drop folder."""

    columns = ("file", "outcome", "movedTo", "batchId", "exitCode")
    identified_by = "file"

    file: Annotated[str, Meta(description="its name; where that was in use, with a number")]
    outcome: Annotated[
        Literal["done", "failed"],
        Meta(description="done: every order was accepted, now or before; failed: somebody has to look at it"),
    ]
    moved_to: Annotated[str | None, Meta(description="null in a dry run, which moves nothing")]
    taken_at: Time
    idempotency_key: Annotated[str | None, Meta(description="made from its bytes; null if it cannot be read")]
    batch_id: Id | None
    orders_file: Annotated[str | None, Meta(description="a line for each accepted order, as `batch show --orders`")]
    submission: Annotated[
        results.Submission | None, Meta(description="as `submit -o json`; null if nothing was submitted")
    ]
    error: FileError | None
    ignored_columns: Annotated[
        list[str] | UnsetType, Meta(description="with --map: columns of the sheet that it does not name, if any")
    ] = msgspec.UNSET
    stopped_at_line: Annotated[
        Position | UnsetType,
        Meta(description="with --fail-fast or --max-rejects: the line that ended it; nothing after it was accepted"),
    ] = msgspec.UNSET
    exit_code: Annotated[ExitStatus, Meta(description="that `submit` would have ended with")]
    dry_run: bool | UnsetType = msgspec.UNSET


class FolderRun:
    """A run that submits the files of a drop folder, as `run` says, which names no inputs and no key."""

    def __init__(
        self,
        folder: DropFolder,
        database: Database,
        run: Run,
        settings: Settings,
        *,
        rejects: Callable[[str], OutputFile],
        jobs: int | None = 1,
        made: Callable[[str], None] | None = None,
    ) -> None:
        """`rejects` checks the path of a rejects file, and returns the file."""
        self._folder = folder
        self._database = database
        self._run = run
        self._settings = settings
        self._rejects = rejects
        self._jobs = jobs
        self._made = made

    def receipts(self, stop: Stop, *, once: bool) -> Iterator[FileReceipt]:
        """Submit and move the files that are ready, and yield a receipt for each; then end, or wait for others.

        A signal ends the run after the file at hand. What keeps orders from being accepted at all, such as a full disk,
        ends the run too; the file is taken up by the next one.

        Raises:
            BadDatabaseError, TryAgainError, UsageError: as `submit_files`.
        """
        while not stop.signal:
            for file in self._folder.take_all():
                if ARMED:
                    failpoint("folder-taken")
                yield self._submitted_and_moved(file)
                if stop.signal:
                    return
            if once or not _pause(stop):
                return

    def planned(self) -> Iterator[FileReceipt]:
        """Yield a receipt for each file that is ready, as it would be; change nothing."""
        for path in self._folder.ready():
            file = TakenFile(path, path.name, None)
            yield self._receipt(file, *self._submitted(file, is_readable=True))

    def _submitted_and_moved(self, file: TakenFile) -> FileReceipt:
        before = Mark.of(file.path)
        submission, error = self._submitted(file, is_readable=file.key is not None)
        if error is None and Mark.of(file.path) != before:
            error = _changed("it was changed while it was read")
        receipt = self._receipt(file, submission, error)
        if ARMED:
            failpoint("folder-accepted")
        target = self._folder.place(file, FAILED if receipt.outcome == "failed" else DONE)
        receipt.moved_to = printable(str(target))
        if receipt.batch_id is None and file.is_changed and file.key:
            receipt.batch_id = self._batch_of(file.key)
        if receipt.batch_id:
            receipt.orders_file = self._write_orders(target, receipt.batch_id)
        _write(target, RECEIPT, [json_text.indented(json_text.encode(receipt)) + b"\n"])
        if ARMED:
            failpoint("folder-receipt")
        self._folder.move(file, target)
        return receipt

    def _submitted(self, file: TakenFile, *, is_readable: bool) -> tuple[Submission | None, OrdercliError | None]:
        """Submit a file if all of it can be read; return the result, and why it or its end was refused."""
        if self._run.sheets:
            self._run.sheets.ignored.clear()
        try:
            _require_unchanged(file, is_readable=is_readable)
            require_whole(file.path, self._run, self._settings.limits.max_order_bytes)
            result = self._submit(file)
        except (BadInputError, ConflictError) as error:
            return None, error
        if result.error and not isinstance(result.error, BadInputError | ConflictError):
            raise result.error
        return result, result.error

    def _submit(self, file: TakenFile) -> Submission:
        """Submit a file to its end, whatever signal comes: a Stop that does not listen."""
        shown_as = printable(self._shown(file))
        run = replace(self._run, inputs=[str(file.path)], idempotency_key=file.key, shown_as=shown_as)
        rejects = None if run.dry_run else self._rejects(str(self._folder.path / FAILED / f"{file.name}{REJECTS}"))
        result = submit_files(
            self._database, run, self._settings, rejects=rejects, jobs=self._jobs, made=self._made, stop=Stop()
        )
        for each in result.batches:
            each.store = self._database.store
        return result

    def _shown(self, file: TakenFile) -> str:
        """Return the path of a file as people know it: in the folder, under the name of its receipt."""
        return str(self._folder.path / file.name)

    def _receipt(self, file: TakenFile, submission: Submission | None, error: OrdercliError | None) -> FileReceipt:
        code = code_of_error(error) if error else submission.worst if submission else ExitCode.OK
        stopped_at = submission.stopped_at if submission else None
        return FileReceipt(
            file=printable(file.name),
            outcome="failed" if code else "done",
            moved_to=None,
            taken_at=timestamp_now(),
            idempotency_key=file.key,
            batch_id=submission.batch_id if submission and not self._run.dry_run else None,
            orders_file=None,
            submission=submission.as_result() if submission else None,
            error=self._error(file, error) if error else None,
            ignored_columns=(self._run.sheets and [*self._run.sheets.ignored]) or msgspec.UNSET,
            stopped_at_line=stopped_at.line if stopped_at else msgspec.UNSET,
            exit_code=int(code),
            dry_run=self._run.dry_run or msgspec.UNSET,
        )

    def _error(self, file: TakenFile, error: OrdercliError) -> FileError:
        message = error.message.replace(str(file.path), self._shown(file))
        return FileError(cast("Any", error.rule), printable(message), error.hint)

    def _batch_of(self, key: str) -> str | None:
        if not exists(self._database):
            return None
        with closing(read_database(self._database)) as store:
            found = batches.by_key(store, key)
        return found.id if found else None

    def _write_orders(self, target: Path, batch_id: str) -> str | None:
        """Write the accepted orders, if any. The store knows them even if the run that accepted them was killed."""
        with batch_orders(self._database, batch_id) as page:
            first = list(islice(page.rows, 1))
            lines = (json_text.encode(each) + b"\n" for each in chain(first, page.rows))
            return _write(target, ORDERS, lines) if first else None


def _require_unchanged(file: TakenFile, *, is_readable: bool) -> None:
    if not is_readable:
        raise BadInputError("this file cannot be read", hint="let the user of ordercli read it")
    if file.is_changed:
        raise _changed("it was changed after a run had taken it, which was then killed")


def require_whole(path: Path, run: Run, max_bytes: int) -> None:
    """Read a file once, and refuse it if a part of it is missing, or if it has lines of a rejects file.

    Raises:
        BadInputError: it is incomplete, damaged or a rejects file.
    """
    if run.sheets:
        run.sheets.require_whole(str(path))
        return
    end, last = b"", None

    def remembered() -> Iterator[bytes]:
        nonlocal end
        for chunk in read_chunks(str(path), BytesRead()):
            end = chunk[-1:] or end
            yield chunk

    for record in cut_records(remembered(), str(path), input_format=run.input_format, max_bytes=max_bytes):
        if record.reject is not None:
            raise RejectLinesError(
                f"line {record.line} is of a rejects file, which a drop folder does not take",
                hint="send it with `ordercli rejects submit FILE`",
            )
        last = record
    if last and _is_cut_off(last, end):
        data = last.data.lstrip()
        if not data or data.startswith((b"{", b"[")):
            raise BadInputError(f"line {last.line} is incomplete; nothing was accepted", hint=_RENAME)
        expected = "JSON" if _is_text(data) else "text"
        raise BadInputError(f"line {last.line} is not {expected}; nothing was accepted", hint=_WHAT_IS_TAKEN)


def _is_cut_off(last: Record, end: bytes) -> bool:
    """Return whether the last document ends in its middle, where the file has this last byte."""
    if last.problem is not None:
        return last.problem.kind == "not-json"
    if end == b"\n" or not last.data:
        return False
    try:
        _is_json(last.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    return False


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _changed(how: str) -> ConflictError:
    return ConflictError(
        f"{how}; the orders that were accepted are listed beside it",
        hint=f"send the others in a file of their own; {_RENAME}",
    )


def _write(target: Path, suffix: str, lines: Iterator[bytes] | list[bytes]) -> str:
    """Write a file beside the target, at once or not at all; return its path."""
    path = f"{target}{suffix}"
    with OutputFile("", path, force=True).complete() as write:
        for line in lines:
            write(line)
    return printable(path)


def _pause(stop: Stop) -> bool:
    """Wait until it is time to look again; return False, at once, if a signal has asked to stop."""
    try:
        with stop.waiting():
            sleep(LOOKS_EVERY_SECONDS)
    except Interrupted:
        return False
    return True
