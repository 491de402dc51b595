"""Where a run of submit works: its database, its settings, and who is told of it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.database.connection import exists, make_database, open_database, read_database
from ordercli.database.transaction import snapshot
from ordercli.intake.inputs import total_bytes
from ordercli.intake.reader import read_records
from ordercli.intake.source import Progress
from ordercli.pipeline.judgement.judging import judge_all, rulebook
from ordercli.pipeline.judgement.standard import Standard
from ordercli.pipeline.loading.reference_data import inventory_versions, reference_data
from ordercli.pipeline.runs.chunks import chunks
from ordercli.pipeline.runs.stopping import Stop
from ordercli.pipeline.runs.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.intake.record import Record
    from ordercli.output_files.output_file import OutputFile
    from ordercli.pipeline.judgement.crew import Crew
    from ordercli.pipeline.judgement.judging import Judged
    from ordercli.pipeline.loading.inventory_versions import InventoryVersions
    from ordercli.pipeline.resending.contexts import Contexts, Standing
    from ordercli.pipeline.submitting.submission import Listener, Run
    from ordercli.reference.lookup import ReferenceData
    from ordercli.settings import Settings
    from ordercli.validation.rulebook import Rulebook


class Audience(NamedTuple):
    """Who follows a run: listeners hear of settled orders, `progress` of the bytes that were read.

    `files` are what they write, which must not be there when the run begins.
    """

    listeners: Sequence[Listener] = ()
    progress: Progress | None = None
    files: Sequence[OutputFile] = ()


class Workplace(NamedTuple):
    """What a run needs, whatever its input is; `database` is what its errors name."""

    database: str
    connection: Connection
    worker: Worker
    settings: Settings
    stop: Stop
    audience: Audience
    reference: ReferenceData | None
    inventory: InventoryVersions | None
    crew: Crew | None

    def judged(self, records: Iterator[Record], run: Run, contexts: Contexts) -> Iterator[list[Judged]]:
        """Return the records in batches of one context each, judged; by the crew, where there is one.

        Raises:
            UsageError: the settings make no rulebook.
        """

        @cache
        def book(standard: Standard) -> Rulebook:
            profile, mode = standard
            lint = run.lint or None
            return rulebook(self.settings, mode=mode, profile=profile, lint=lint, reference=self.reference)

        book(_standard(contexts.plain))
        batches = _by_context(chunks(records, self.stop), contexts)
        if self.crew:
            return self.crew.judge(batches)
        return (self._judge(batch, book(standard)) for standard, batch in batches)

    def _judge(self, batch: list[Record], rulebook: Rulebook) -> list[Judged]:
        with snapshot(self.connection):  # the rules look up reference data
            return judge_all(batch, rulebook, self.reference)

    def records(self, run: Run, inputs: Sequence[str]) -> Iterator[Record]:
        """What stands in the inputs."""
        progress = self.audience.progress or Progress()
        progress.total = total_bytes(inputs)
        max_bytes = self.settings.limits.max_order_bytes
        return read_records(inputs, input_format=run.input_format, max_bytes=max_bytes, progress=progress)


def _by_context(batches: Iterator[list[Record]], contexts: Contexts) -> Iterator[tuple[Standard, list[Record]]]:
    """Return the batches, each parted where the context of its records changes."""
    plain = _standard(contexts.plain)
    for batch in batches:
        if any(record.reject for record in batch):
            for context, records in groupby(batch, lambda record: contexts.of(record).context):
                yield Standard(context.profile, context.mode), list(records)
        else:
            yield plain, batch


def _standard(standing: Standing) -> Standard:
    return Standard(standing.context.profile, standing.context.mode)


@contextmanager
def workplace(
    database: str,
    settings: Settings,
    audience: Audience,
    crew: Crew | None = None,
    *,
    dry_run: bool = False,
    opening: Callable[[str], Connection] = open_database,
) -> Iterator[Workplace]:
    """Open the database, and be known as one who works there; signals are heard from now on.

    A dry run leaves no trace: where there is no database it looks into an empty one that is thrown away.
    Otherwise it is opened by `opening`.

    Raises:
        BadDatabaseError, TryAgainError: as `open_database`.
    """
    stop, named = Stop().listen(), database
    with ExitStack() as stack:
        if dry_run and not exists(database):
            database = f"{stack.enter_context(tempfile.TemporaryDirectory())}/orders.db"
            connection = stack.enter_context(closing(make_database(database)))
        elif dry_run:
            connection = stack.enter_context(closing(read_database(database)))
        else:
            connection = stack.enter_context(closing(opening(database)))
        if crew:
            stack.callback(crew.close)  # before the connection: the last one to close it clears the write-ahead log
        worker = Worker(database, uuid7().hex)
        if not dry_run:
            stack.enter_context(worker)
        reference = reference_data(connection, settings)
        inventory = inventory_versions(connection, reference, settings)
        yield Workplace(named, connection, worker, settings, stop, audience, reference, inventory, crew)
