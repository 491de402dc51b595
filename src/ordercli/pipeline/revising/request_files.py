"""Runs over many requests, from a file or from the command line, to their answers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.connection import open_database, read_database
from ordercli.database.transaction import transaction
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import read_records
from ordercli.intake.record import STDIN, Record
from ordercli.pipeline.outcomes.reject_line import Context
from ordercli.pipeline.outcomes.rejects import Rejects, Wanted
from ordercli.pipeline.resending.contexts import Contexts, Given
from ordercli.pipeline.revising.addressing import Address
from ordercli.pipeline.revising.cancel_requests import CancelHandler
from ordercli.pipeline.revising.patch_requests import PatchHandler
from ordercli.pipeline.revising.request_lines import RequestLines
from ordercli.pipeline.revising.requests import RequestRun, handle_requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.pipeline.outcomes.reject_line import Request
    from ordercli.pipeline.revising.cancelling import Decision
    from ordercli.pipeline.revising.handled import Handled
    from ordercli.pipeline.revising.request_lines import SourceHandler
    from ordercli.settings import Settings


class Requested(NamedTuple):
    """How a run over a file was asked for; `source` narrows external ids."""

    path: str
    source: str | None = None
    rejects: Wanted = None
    dry_run: bool = False
    override_context: bool = False


class Decided(NamedTuple):
    """What was decided about orders by hand; `said` goes into their history."""

    identifiers: Sequence[str]
    decision: Decision
    said: dict[str, str]
    source: str | None = None


def patch_file(database: str, requested: Requested, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Patch order after order; those that are refused go into a rejects file.

    Raises:
        BadInputError: the file is missing or cannot be read, or the database is none.
        UsageError: the rejects file would overwrite the input.
        TryAgainError: the surroundings of the database are in trouble.
    """
    with closing((read_database if requested.dry_run else open_database)(database)) as connection:
        handler = PatchHandler(connection, settings, run.run_id, dry_run=requested.dry_run)
        yield from _handle_file(connection, requested, settings, handler, run, "patch")


def cancel_file(database: str, requested: Requested, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Cancel order after order; requests that are refused go into a rejects file.

    Raises:
        BadInputError, UsageError, TryAgainError: as `patch_file`.
    """
    with closing(open_database(database)) as connection:
        handler = CancelHandler(connection, settings, run.run_id)
        yield from _handle_file(connection, requested, settings, handler, run, "cancel")


def count_requests(path: str, settings: Settings) -> int:
    """How many requests a file holds.

    Raises:
        BadInputError: the file is missing or cannot be read.
    """
    return sum(1 for _ in read_records(expand_paths([path]), max_bytes=settings.limits.max_order_bytes))


def _handle_file(
    connection: Connection,
    requested: Requested,
    settings: Settings,
    handler: SourceHandler,
    run: RequestRun,
    request: Request,
) -> Iterator[Handled]:
    inputs = expand_paths([requested.path])
    rejects = Rejects(inputs, "none" if requested.dry_run else requested.rejects)
    records = read_records(inputs, max_bytes=settings.limits.max_order_bytes)
    options = Context(request, requested.source, settings.profile, "sync")
    stated = () if requested.source is None else ("source",)
    contexts = Contexts(connection, Given(options, stated, requested.override_context))
    lines = RequestLines(connection, contexts, handler, run.run_id, inputs, dry_run=requested.dry_run)
    return handle_requests(connection, records, lines, run, rejects)


def cancel_orders(database: str, decided: Decided, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Cancel these orders, or approve or deny that, one after the other.

    Raises:
        BadDatabaseError, TryAgainError: the database is none, or its surroundings are in trouble.
    """
    with closing(open_database(database)) as connection:
        handler = CancelHandler(connection, settings, run.run_id)

        def decide(record: Record) -> Handled:
            address = Address(decided.identifiers[record.record - 1], decided.source)
            return handler.decide(record, address, decided.decision, decided.said)

        records = (Record(b"", STDIN, n, 1, n) for n in range(1, len(decided.identifiers) + 1))
        yield from handle_requests(connection, records, decide, run, Rejects((), "none"))


def cancel_order(database: str, decided: Decided, settings: Settings) -> Handled:
    """Cancel one order, or approve or deny that.

    Raises:
        BadDatabaseError, TryAgainError: as `cancel_orders`.
    """
    with closing(open_database(database)) as connection, transaction(connection, "cancel"):
        address = Address(decided.identifiers[0], decided.source)
        record = Record(b"", STDIN, 1, 1, 1)
        return CancelHandler(connection, settings).decide(record, address, decided.decision, decided.said)
