"""Idempotency keys: a run with a key is done once; a repeated run reports the result of the first one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.bulk.submission import Submission
from ordercli.database.store import transaction
from ordercli.errors import BadInputError, IdempotencyConflictError, UsageError
from ordercli.intake.inputs import CHUNK
from ordercli.intake.record import STDIN
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedRandom

    from ordercli.bulk.batches import RunBatches, SubmitContext
    from ordercli.bulk.submission import Run
    from ordercli.intake.envelopes import OrderPath
    from ordercli.intake.record import Record
    from ordercli.operations.contexts import Context, Contexts, Resend
    from ordercli.queue.batches import BatchView
    from ordercli.run_control import Stop
    from ordercli.settings import ResourceName


def first_result(batch: BatchView, run: Run, stop: Stop, rejects_file: str | None, again: set[Resend]) -> Submission:
    """Return the result of the finished run with the same key; `rejects_file` is its path from the current folder."""
    run = replace(run, mode=batch.mode, source=batch.source)
    result = Submission(batch.id, run, batch.profile, counts=batch.counts, again=again, repeated=True)
    result.rejects_file = rejects_file if batch.rejects_bytes else None
    if batch.finished_at:
        took = datetime.fromisoformat(batch.finished_at) - datetime.fromisoformat(batch.started_at)
        result.elapsed_seconds = took.total_seconds()
    result.end(stop)
    return result


def input_digest(
    inputs: Sequence[str], at: OrderPath | None, resource: ResourceName | None = None, sheet_map: str | None = None
) -> str:
    """Return the SHA-256 of all inputs, of `--at`, of `--resource` and of the map of sheets, as hex.

    Standard input is copied, so that it can be read again.

    Raises:
        BadInputError: an input cannot be read.
    """
    whole = sha256()
    for file in inputs:
        try:
            with _standard_input_kept() if file == STDIN else Path(file).open("rb") as stream:
                whole.update(file_digest(stream, sha256).digest())
                stream.seek(0)
        except OSError as error:
            raise BadInputError(f"Cannot read {file}: {error.strerror}") from error
    if at:
        whole.update(at.text.encode())
    if resource:
        whole.update(resource.encode())
    if sheet_map:
        whole.update(sheet_map.encode())
    return whole.hexdigest()


def _standard_input_kept() -> BufferedRandom:
    """Copy standard input, and let standard input read the copy from now on."""
    if sys.stdin is None:
        raise BadInputError("standard input: closed")
    copied = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it; standard input stays open
    shutil.copyfileobj(sys.stdin.buffer, copied)
    copied.seek(0)
    os.dup2(copied.fileno(), sys.stdin.fileno())
    return copied


def rewind_standard_input() -> None:
    """Rewind the copy of standard input, so that it can be read again."""
    while sys.stdin.buffer.read(CHUNK):
        pass
    os.lseek(sys.stdin.fileno(), 0, os.SEEK_SET)


class Seen(NamedTuple):
    """The context of orders that are not validated yet, and how they can be sent again."""

    context: Context
    again: set[Resend]


def only_context(records: Iterator[Record], contexts: Contexts) -> Seen:
    """Return the context that all these orders have.

    Raises:
        UsageError: they have several contexts.
    """
    found, again = set(), set()
    with suppress(BadInputError):  # the run reports it
        for record in records:
            record_context = contexts.of(record)
            found.add(record_context.context)
            again.add(record_context.again)
            if len(found) > 1:
                raise UsageError(
                    "--idempotency-key needs lines of one source, profile and mode, and the input has several",
                    hint="send the lines of each source, profile and mode as a file of their own",
                )
    return Seen(found.pop() if found else contexts.plain.context, again)


def require_same_run(batch: BatchView, key: str | None, digest: str, context: Context) -> None:
    """Raise IdempotencyConflictError (ORD420) unless the run is the one that the key was first used for."""
    if (batch.input_sha256, batch.mode, batch.source) != (digest, context.mode, context.source):
        raise IdempotencyConflictError(
            f"The idempotency key {key!r} was used for another input, --at, --resource, --map, mode or source"
            f" (batch {batch.id})",
            hint="choose another key for another run",
        )


def open_batch(run_context: SubmitContext, parts: RunBatches, context: Context) -> BatchView | None:
    """Return the batch with the idempotency key of the run; if there is none, open it and return None."""
    key = parts.run.idempotency_key or ""
    with transaction(run_context.connection, "submit-open"):
        run_context.connection.lock(f"key {key}")
        known = batches.by_key(run_context.connection, key)
        if known is None or known.status != BatchStatus.COMPLETED:
            for file in run_context.followers.files:
                file.refuse_taken()
        if known is None:
            parts.begin(context)
    return known
