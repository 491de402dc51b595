"""Copy a whole database to another engine or another place, and compare the copy with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from importlib import import_module
from itertools import islice
from pathlib import Path
from time import monotonic

from msgspec import field
from sqlalchemy import MetaData
from sqlmodel import SQLModel

from ordercli.clients.tokens import ApiTokenRow
from ordercli.database import copying
from ordercli.database.address import is_server, masked, where
from ordercli.database.copying import Content, Row, Table
from ordercli.database.opening import exists, make_database, read_database
from ordercli.database.store import Store, snapshot, transaction
from ordercli.errors import ConflictError, NoDatabaseError, UsageError
from ordercli.result_types import Count, ExitStatus, Result, Seconds, Sha256
from ordercli.run_control import OnProgress, Progress

_DECLARING_TABLES = (
    "ordercli.queue.queue_tables",
    "ordercli.reference.tables",
    "ordercli.orders.order_tables",
    "ordercli.clients.client_tables",
    "ordercli.forwarding.forward_tables",
)
CHUNK_ROWS = 1000
CHUNK_BYTES = 4 * 2**20


class CopiedTable(Result):
    """A table of the target: its number of rows, how many of them this run copied, and a SHA-256 over all rows."""

    columns = ("table", "rows", "copied", "sha256")

    table: str
    rows: Count
    copied: Count
    sha256: Sha256


class DatabaseCopy(Result, dict=True):
    """The result of copying a database; `tables` are those that were compared and are equal."""

    source: str
    target: str
    rows: Count = 0
    copied: Count = 0
    tables: list[CopiedTable] = field(default_factory=list)
    elapsed_seconds: Seconds = 0.0
    exit_code: ExitStatus = 0

    def __post_init__(self) -> None:
        """Set the number of rows that an earlier run has copied; it is not printed."""
        self.copied_before = 0

    @property
    def missing(self) -> int:
        """Return the number of rows that the target still lacks."""
        return self.rows - self.copied_before - self.copied


def move(
    source: str,
    target: str,
    *,
    with_tokens: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
) -> DatabaseCopy:
    """Copy every table of the source into the target, and compare them; the tokens of clients only if they are wanted.

    Nobody can write to the source in the meantime. The target is empty, or holds rows of an earlier run; these are
    compared with the source, and the copy continues after them. Call `on_progress` after each chunk of rows, then
    end the copy if `stop` returns True.

    Raises:
        ConflictError: the target holds other rows, or rows that have changed in the source.
        BadDatabaseError: there is no source.
    """
    _refuse(source, target)
    started = monotonic()
    tables = [each for each in all_tables() if with_tokens or each.name != ApiTokenRow.TABLE]
    result = DatabaseCopy(masked(source), masked(target))
    with closing(read_database(source)) as old, closing(make_database(target)) as new, _unchanged(old):
        old.lock_tables([table.name for table in tables])
        result.rows = sum(copying.count(old, table) for table in tables)
        copied_before = {table.name: _count_copied_before(old, new, table, result) for table in tables}
        for table in tables:
            if not stop():
                _copy(old, new, table, copied_before[table.name], result, stop, on_progress)
    result.elapsed_seconds = round(monotonic() - started, 3)
    return result


def metadata() -> MetaData:
    """Return the tables of ordercli; importing the modules that declare them fills the metadata of SQLModel."""
    for module in _DECLARING_TABLES:
        import_module(module)
    return SQLModel.metadata


def all_tables() -> list[Table]:
    """Return every table, each after those that it refers to."""
    return [
        Table(str(table.name), tuple(map(str, table.columns.keys())), tuple(map(str, table.primary_key.columns.keys())))
        for table in metadata().sorted_tables
    ]


def _unchanged(source: Store) -> AbstractContextManager[Store]:
    """Prevent writes to the source during the copy; if this user may only read it, read one consistent state."""
    return snapshot(source) if source.is_read_only else transaction(source, "copy-source")


def _refuse(source: str, target: str) -> None:
    if not exists(source):
        raise NoDatabaseError(f"there is no database {where(source)}")
    same = source == target or (_is_file(source) and _is_file(target) and Path(source).samefile(target))
    if same:
        raise UsageError("SOURCE and TARGET are the same database")


def _is_file(database: str) -> bool:
    return not is_server(database) and Path(database).exists()


def _count_copied_before(old: Store, new: Store, table: Table, result: DatabaseCopy) -> int:
    """Return the number of rows that an earlier run has copied.

    Raises:
        ConflictError: the rows of the target are not the first rows of the source.
    """
    copied, first = _content(new, table), Content()
    for row in islice(copying.every(old, table), copied.count):
        first.add(row)
    if copied.measure() != first.measure():
        raise ConflictError(
            f"{result.target} holds rows in {table.name} that {result.source} does not have",
            hint="copy into an empty database; a copy continues only if the rows copied so far are unchanged",
        )
    result.copied_before += copied.count
    return copied.count


def _copy(
    old: Store,
    new: Store,
    table: Table,
    copied_before: int,
    result: DatabaseCopy,
    stop: Callable[[], bool],
    on_progress: OnProgress | None,
) -> None:
    """Copy the missing rows, one transaction per chunk, and compare the whole table."""
    whole = Content()
    for chunk in _chunks(_counted(copying.every(old, table), whole), copied_before):
        with transaction(new, "copy"):
            new.insert(table.name, table.columns, chunk)
        result.copied += len(chunk)
        if on_progress:
            on_progress(Progress(result.rows - result.missing, result.copied, total=result.rows))
        if stop():
            return
    with transaction(new, "copy-end"):
        if table.key == ("seq",):
            new.continue_after(table.name, copying.last_key(old, table))
    if _content(new, table).measure() != whole.measure():
        raise ConflictError(
            f"{table.name} differs in {result.target}: somebody has written to it during the copy",
            hint="create the target again, and let nobody use it before the copy has ended",
        )
    count, checksum = whole.measure()
    result.tables.append(CopiedTable(table.name, count, count - copied_before, checksum))


def _content(store: Store, table: Table) -> Content:
    content = Content()
    with snapshot(store):
        for row in copying.every(store, table):
            content.add(row)
    return content


def _counted(found: Iterable[Row], content: Content) -> Iterator[Row]:
    for row in found:
        content.add(row)
        yield row


def _chunks(found: Iterator[Row], copied_before: int) -> Iterator[list[Row]]:
    """Yield the rows after those that were copied, in lists of limited length and size."""
    chunk: list[Row] = []
    size = 0
    for row in islice(found, copied_before, None):
        chunk.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
