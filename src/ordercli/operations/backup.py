"""Back up a database that is in use, and check the backup before it gets its name."""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.database.address import is_server
from ordercli.database.copying import Contents, contents, copy, faults_of
from ordercli.database.sqlite import STEPS_BETWEEN_CALLS, connect
from ordercli.database.sqlite_file import open_as_it_is
from ordercli.database.store import refuse_newer, snapshot
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError, UsageError
from ordercli.result_types import Count, Position, Result, Seconds, Sha256
from ordercli.run_control import Interrupted, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.database.sqlite import SqliteStore
    from ordercli.output_files.output_file import OutputFile
    from ordercli.run_control import OnProgress

_BESIDE = ("-wal", "-shm", "-journal")
_MEBIBYTE = 2**20


class Backup(Result):
    """A backup that was checked; `rows` counts each of its tables."""

    database: str
    backup: str
    bytes: Position
    sha256: Sha256
    schema_version: Position
    rows: dict[str, Count]
    elapsed_seconds: Seconds


def back_up(
    database: str,
    file: OutputFile,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
) -> Backup | None:
    """Copy a consistent state of the database, whatever its schema; other processes can continue to write to it.

    The copy gets its name when it was checked and synced to disk; after an error there is no file of this name.
    `on_progress` is called after each step with the number of bytes copied and the total. Return None if `stop`
    returned True.

    Raises:
        BadDatabaseError: there is no database, it belongs to another program or a newer ordercli, or it is damaged.
        TryAgainError: the disk is full or fails, or the database is locked.
        UsageError: the database is on a server, or the file of the backup is in a place where no database may be.
    """
    started, path = monotonic(), file.path
    _refuse(database, file)
    try:
        with file.whole() as draft, tidied(draft):
            found = copied(database, draft, stop, on_progress)
            verify(draft, found, database, stop)
            size, sha256 = draft.stat().st_size, _digest(draft)
            _end_where_asked(stop)
    except Interrupted:
        return None
    except faults.driver_errors() as error:
        if stop():
            return None
        raise _explained(error, database, path) or error from error
    except OSError as error:
        raise TryAgainError(f"Cannot write {path}: {error.strerror}") from error
    elapsed = round(monotonic() - started, 3)
    return Backup(str(database), path, size, sha256, found.schema_version, found.rows, elapsed)


def _refuse(database: str, file: OutputFile) -> None:
    if is_server(database):
        raise UsageError("`db backup` copies a SQLite file, not a server's database", hint="use pg_dump instead")
    if file.stream is not None:
        raise UsageError(f"{file.path} is not a regular file", hint="name the file to which the backup is written")
    # SQLite would apply existing files of these names as the newest changes to the backup.
    for beside in (Path(f"{file.path}{suffix}") for suffix in _BESIDE):
        if beside.exists():
            raise UsageError(f"{beside} belongs to a database that is or was in use", hint="choose another file")


def copied(database: str, draft: Path, stop: Callable[[], bool], on_progress: OnProgress | None) -> Contents:
    """Copy one consistent state into the draft, and return what the copy must contain."""

    def step(done: int, total: int) -> None:
        _end_where_asked(stop)
        if on_progress:
            on_progress(Progress(done, done // _MEBIBYTE, total=total))

    with closing(open_as_it_is(database)) as source, snapshot(source):
        _call_between_steps(source, stop)
        found = contents(source)
        refuse_newer(found.schema_version, database)
        copy(source, str(draft), step)
    return found


def verify(draft: Path, expected: Contents, database: str, stop: Callable[[], bool]) -> None:
    """Check the copy of a database.

    Raises:
        BadDatabaseError: the copy is damaged, or lacks something.
    """
    with closing(connect(str(draft))) as store:
        _call_between_steps(store, stop)
        wrong = faults_of(store)
        if not wrong and contents(store) != expected:
            wrong = ["its contents differ from those of the database"]
    if wrong:
        raise BadDatabaseError(
            f"the copy of {database} is damaged and was deleted: {wrong[0]}",
            hint="`ordercli db check` tells what is wrong with the database",
        )


@contextmanager
def tidied(draft: Path) -> Iterator[None]:
    """Remove the files that SQLite leaves beside the draft when the block ends."""
    try:
        yield
    finally:
        for suffix in _BESIDE:
            Path(f"{draft}{suffix}").unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _explained(error: Exception, database: str, path: str) -> OrdercliError | None:
    """Return the error to report: damage concerns the database, any other fault (a full disk) the backup."""
    reported = faults.explain(error, path)
    return faults.explain(error, database) if isinstance(reported, BadDatabaseError) else reported


def _end_where_asked(stop: Callable[[], bool]) -> None:
    if stop():
        raise Interrupted


def _call_between_steps(store: SqliteStore, stop: Callable[[], bool]) -> None:
    """Make SQLite call `stop` while a statement runs, and abort the statement when it returns True."""
    store.set_progress_handler(stop, STEPS_BETWEEN_CALLS)
