"""Put a backup in the place of a database that nobody uses, and keep the replaced one beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import closing, contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, NamedTuple

from msgspec import UNSET, Meta

from ordercli import clock
from ordercli.database import faults
from ordercli.database.address import beside, is_server
from ordercli.database.opening import open_as_it_is, open_database
from ordercli.database.sqlite import connect
from ordercli.database.sqlite_file import find_file, nearest_folder, refuse_network
from ordercli.database.store import INSTALL_NEWER, SCHEMA_VERSION, refuse_newer, snapshot, transaction
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError, UsageError
from ordercli.forwarding import pauses
from ordercli.forwarding.pauses import TargetPauseRow
from ordercli.operations.backup import copied, tidied, verify
from ordercli.orders.order_store import oldest_and_newest
from ordercli.output_files.output_file import OutputFile
from ordercli.queue import claims, target_claims
from ordercli.queue.workers import workers_at_work
from ordercli.result_types import Count, Position, Result, Seconds, StoreName, Time
from ordercli.run_control import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.run_control import OnProgress

_LOGS = ("-wal", "-journal", "-shm")
PAUSED = "paused by ordercli db restore: orders may have been sent after the backup was made"
_CHOOSE_ANOTHER = "nothing was done; choose another backup"
QUEUE_PAUSED = "ordercli db restore: what waits may have been created after the backup was made"


class Restored(Result):
    """A database that was replaced by a backup."""

    database: str
    backup: str
    kept: Annotated[str | None, Meta(description="the replaced database; null if there was none")]
    schema_version: Annotated[Position, Meta(description="of the database now; that of the backup may be older")]
    rows: dict[str, Count]
    newest_order: Time | None
    paused_targets: Annotated[list[str], Meta(description="for which orders wait; `ordercli forward resume NAME`")]
    doubted: Annotated[Count, Meta(description="orders for targets that are looked for before they are sent")]
    elapsed_seconds: Seconds
    store: StoreName = UNSET


class Replacement(NamedTuple):
    """What a restore would replace, and by what: the times of the newest orders, where they are known."""

    is_there: bool
    newest_order: str | None
    newest_of_backup: str | None


def plan_restore(database: str, backup: str) -> Replacement:
    """Check that the backup can take the place of the database; change nothing.

    Raises:
        BadDatabaseError: there is no backup, or it belongs to another program or a newer ordercli, or is damaged.
        TryAgainError: a process uses the database.
        UsageError: the database is on a server, or the backup is the database itself.
    """
    refuse_server(database, backup)
    if os.path.realpath(database) == os.path.realpath(backup):
        raise UsageError(f"{backup} is the database itself", hint="name a backup")
    with _advice_for_backup():
        newest = _newest(backup)
    if workers := _workers(database):
        raise _in_use(database, f": {', '.join(workers)}")
    is_there, current = _is_replaceable(database), None
    if is_there:
        with suppress(OrdercliError):  # a damaged database is what a restore is for
            current = _newest(database)
    return Replacement(is_there, current, newest)


def _is_replaceable(database: str) -> bool:
    """Return whether there is a file that a restore may replace; an empty one is a damaged database.

    Raises:
        BadDatabaseError, UsageError: it is a folder, has several names, or lies on a network file system.
    """
    refuse_network(database, nearest_folder(database).stat())
    place = Path(database)
    if place.is_dir() or (place.exists() and place.stat().st_size):
        find_file(database)
    return place.exists()


def restore(
    database: str,
    backup: str,
    actor: str,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
) -> Restored | None:
    """Copy the backup, check the copy, and put it in the place of the database, which is kept under another name.

    The queue is paused, and so is each target for which orders wait: these may have been sent after the backup was
    made, and are looked for there first. `on_progress` is called with the bytes copied and the total. Return None if
    `stop` returned True; the database is as it was then, and so it is after an error.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `plan_restore`; or the disk is full.
    """
    plan_restore(database, backup)
    started, place = monotonic(), os.path.realpath(database)
    now = clock.now()
    kept = _free_name(f"{place}.replaced-{now:%Y%m%dT%H%M%SZ}")
    try:
        Path(place).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            _exclusive(database) as is_there,
            OutputFile("", place, force=True).whole() as draft,
            tidied(draft),
        ):
            with _advice_for_backup():
                found = copied(backup, draft, stop, on_progress)
                verify(draft, found, backup, stop)
            targets, doubted = _paused_copy(str(draft), clock.timestamp(now), actor)
            newest = _newest(str(draft))
            if is_there:
                _copy_mode(draft, Path(place))
            _keep_replaced(place, kept)
    except Interrupted:
        return None
    except faults.driver_errors() as error:
        if stop():
            return None
        explained = faults.explain(error, backup)
        if isinstance(explained, BadDatabaseError):
            explained.hint = _CHOOSE_ANOTHER
        raise explained or error from error
    except OSError as error:
        raise TryAgainError(f"Cannot write {database}: {error.strerror}") from error
    return Restored(
        database=str(database),
        backup=backup,
        kept=kept if is_there else None,
        schema_version=SCHEMA_VERSION,
        rows=found.rows,
        newest_order=newest,
        paused_targets=targets,
        doubted=doubted,
        elapsed_seconds=round(monotonic() - started, 3),
    )


def refuse_server(database: str, backup: str) -> None:
    """Refuse a database, or a backup, that is on a server, and a backup without a name.

    Raises:
        UsageError: one of them is the address of a server, or the backup has no name.
    """
    if not backup:
        raise UsageError("`db restore` needs the file of a backup, and the name given is empty", hint="name a backup")
    if is_server(database):
        raise UsageError(
            "`db restore` replaces a SQLite file, not a server's database",
            hint="use pg_restore into a new database, and name that one (docs/how-to/postgresql.md)",
        )
    if is_server(backup):
        raise UsageError(
            "`db restore` takes the file of a backup, not a server's database", hint="`ordercli db copy` copies one"
        )


@contextmanager
def _advice_for_backup() -> Iterator[None]:
    """Let an error of the backup advise to choose another one: the usual hints are for a database that is in use."""
    try:
        yield
    except BadDatabaseError as error:
        if error.hint != INSTALL_NEWER:
            error.hint = _CHOOSE_ANOTHER
        raise


def _newest(database: str) -> str | None:
    """Return the time of the newest order; None if there is none, or the schema is an older one."""
    with closing(open_as_it_is(database)) as store, snapshot(store):
        version = store.execute("PRAGMA user_version").fetchone()[0]
        refuse_newer(version, database)
        try:
            return oldest_and_newest(store)[1] if version == SCHEMA_VERSION else None
        except faults.driver_errors() as error:
            raise faults.explain(error, database) or error from error


def _workers(database: str) -> list[str]:
    return workers_at_work(database) if beside(database, "-workers").is_dir() else []


def _in_use(database: str, by: str = "") -> TryAgainError:
    return TryAgainError(
        f"{database} is in use{by}", hint="stop what uses it: cron jobs, services, submissions, shells of sqlite3"
    )


@contextmanager
def _exclusive(database: str) -> Iterator[bool]:
    """Keep others out of the database, and fold its log into its file; yield whether there is one.

    SQLite leaves the write-ahead log only if no other process has the file open. A damaged database is not locked.

    Raises:
        TryAgainError: another process has it open.
    """
    if not Path(database).exists():
        yield False
        return
    with closing(connect(database)) as store:
        try:
            if store.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise _in_use(database)
            store.execute("BEGIN EXCLUSIVE")
        except faults.driver_errors() as error:
            explained = faults.explain(error, database)
            if faults.classify(error) == "passing":
                raise _in_use(database) from error
            if not isinstance(explained, BadDatabaseError):
                raise explained or error from error
        yield True


def _paused_copy(draft: str, now: str, actor: str) -> tuple[list[str], int]:
    """Upgrade the copy, pause it and its targets, and have what waits looked for there; return targets and number."""
    with closing(open_database(draft)) as store, transaction(store, "pause"):
        claims.resume(store)  # a pause that the backup has says nothing of the restore
        claims.pause(store, now, actor, QUEUE_PAUSED)
        waiting = sorted(target_claims.count_by_state(store))
        for target in waiting:
            pauses.pause(store, TargetPauseRow(target, now, None, 0, PAUSED))
        return waiting, target_claims.doubt(store, now)


def _copy_mode(draft: Path, place: Path) -> None:
    """Give the copy the mode of the database, and as root its owner."""
    status = place.stat()
    draft.chmod(status.st_mode & 0o777)
    if os.geteuid() == 0:
        shutil.chown(draft, status.st_uid, status.st_gid)


def _keep_replaced(place: str, kept: str) -> None:
    """Give the database a second name, and move its logs, which SQLite would apply to the restored one."""
    with suppress(FileNotFoundError):
        try:
            os.link(place, kept)
        except PermissionError:  # a file system without hard links
            Path(place).rename(kept)
    for suffix in _LOGS:
        if Path(f"{place}{suffix}").exists():
            Path(f"{place}{suffix}").rename(f"{kept}{suffix}")


def _free_name(name: str) -> str:
    return next(each for each in chain([name], (f"{name}.{n}" for n in count(2))) if not os.path.lexists(each))
