"""Resume an interrupted run of submit after its last commit."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.bulk.batches import Followers, cancelled
from ordercli.bulk.submission import RejectLimit, Run, Submission
from ordercli.bulk.submit import kept_options, rejects_path, submit_context, take_up, with_rejects
from ordercli.database.opening import open_database
from ordercli.errors import ConflictError, NotFoundError, OrdercliError
from ordercli.intake.envelopes import OrderPath
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus

if TYPE_CHECKING:
    from ordercli.bulk.rejects_file import RejectsOption
    from ordercli.settings import Settings


def resume_batch(
    database: str,
    batch_id: str,
    settings: Settings,
    *,
    limit: RejectLimit | None = None,
    rejects: RejectsOption = None,
    followers: Followers | None = None,
) -> Submission:
    """Continue a batch after its last committed record, with the options of its run.

    `limit` replaces its limit and its --fail-fast, `rejects` its rejects file.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: the batch was completed or came over HTTP, its input was changed or was standard input, or its
            rejects went to a pipe.
        TryAgainError: its run still goes on.
    """
    with submit_context(database, settings, followers or Followers()) as run_context:
        batch = batches.by_id(run_context.connection, batch_id)
        if batch is None:
            raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
        if batch.kind == "http":
            raise ConflictError(f"Batch {batch_id} was received over HTTP: it has no input that could be read again")
        if batch.cancelled_at:
            raise cancelled(batch)
        if batch.status == BatchStatus.COMPLETED:
            raise ConflictError(f"Batch {batch_id} was completed at {batch.finished_at}; nothing is left to read")
        stored_options = kept_options(batch)
        sheets = None
        if stored_options.sheet_map:
            from ordercli.operations.convert_sheet import SheetReader  # few runs read sheets

            sheets = SheetReader.of_text(stored_options.sheet_map, settings.limits.max_order_bytes)
        given = stored_options.given(batch)
        run = Run(
            mode=given.options.mode,
            source=given.options.source or "",
            inputs=batches.input_paths(batch),
            actor=settings.acting,
            track_id=batch.track_id,
            limit=limit or stored_options.limit(),
            fail_fast=stored_options.fail_fast and limit is None,
            input_format=stored_options.input_format,
            at=None if stored_options.at is None else OrderPath.parse(stored_options.at),
            resource=stored_options.resource,
            target=stored_options.target,
            sheets=sheets,
            shown_as=stored_options.shown_as,
            lint=stored_options.lint,
            stated=given.stated,
            override_context=given.override,
        )
        return take_up(run_context, batch, run, given, stored_options.inputs(), rejects)


def files_of(database: str, batch_id: str) -> tuple[list[str], str | None]:
    """Return the inputs that resuming a batch would read, and its rejects file; [] and None if it cannot be resumed."""
    try:
        with closing(open_database(database)) as connection:
            batch = batches.by_id(connection, batch_id)
            return (
                (kept_options(batch).inputs(), rejects_path(with_rejects(connection, batch))) if batch else ([], None)
            )
    except OrdercliError:
        return [], None
