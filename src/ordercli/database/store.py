"""The store: what every database engine offers to the rest of the program, and its transactions.

`SqliteStore` (sqlite.py) and `PostgresStore` (postgres.py) are the two implementations; `opening.py` opens one.

A function that uses a store takes it first, runs one statement, and does not commit:

    def bodies(store: Store, seqs: Sequence[int]) -> dict[int, bytes]:
        rows = store.execute(f"SELECT seq, body FROM payload WHERE seq {store.IN_LIST}", (json.dumps(seqs),))
        return dict(rows)

Statements are written once, with `?` for each parameter. Where the engines use different words, an f-string takes the
words from the store, which has them as constants: `IN_LIST`, `WANTED`, `FOR_UPDATE`, `SKIP_LOCKED`. New rows are
written with `insert_rows(store, rows)` (statements.py), which calls `store.insert(table, columns, rows)`.
What an engine does in its own way is a method, such as `lock`, `stream`, `notify` or `next_keys`.
If the engines need different statements, a dictionary has them by engine: `TEXTS[store.engine]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from ordercli.errors import BadDatabaseError
from ordercli.failpoints import ARMED, failpoint

# Both engines accept it for "no limit".
NO_LIMIT = 2**63 - 1


class Cursor(Protocol):
    """The result of a statement; rows are tuples of what was selected."""

    @property
    def rowcount(self) -> int:
        """Return the number of rows that were written."""

    def __iter__(self) -> Any:
        """Iterate over the rows."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all remaining rows."""


class Store(Protocol):
    """An open database of one engine."""

    engine: ClassVar[Literal["sqlite", "postgresql"]]
    # Begin a transaction: one that writes takes the write lock at once, one that reads sees a single state.
    BEGIN_WRITE: ClassVar[str]
    BEGIN_READ: ClassVar[str]
    # `seq {IN_LIST}`: the column is one of the integers of a JSON list, which is the parameter.
    IN_LIST: ClassVar[str]
    # `FROM {WANTED}`: the texts of a JSON list, which is the parameter, as `wanted.value`.
    WANTED: ClassVar[str]
    # At the end of a SELECT: lock the rows until the transaction ends. Both are empty for SQLite, whose transaction
    # locks the whole database.
    FOR_UPDATE: ClassVar[str]
    SKIP_LOCKED: ClassVar[str]
    # Whether one transaction writes at a time, so that keys are given in the order of commits.
    one_writer: ClassVar[bool]
    # Whether each statement is a round trip, so that one large query is better than many small ones.
    is_remote: ClassVar[bool]

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction is open."""

    @property
    def is_read_only(self) -> bool:
        """Return whether nothing can be written through this store."""

    def execute(self, statement: str, parameters: Any = ..., /) -> Cursor:  # a sequence of any values
        """Run one statement."""

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Cursor:
        """Run one statement for each row of parameters."""

    def stream(self, statement: str, parameters: Sequence[Any] = (), *, at_once: int = 500) -> Iterator[Any]:
        """Iterate over the rows of a query without holding all of them; call it in a transaction.

        A server sends `at_once` rows at a time.
        """

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write new rows as fast as the engine can."""

    def insert_all_or_none(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, order_by: str
    ) -> bool:
        """Write new rows; return False, with nothing written, if a unique value of one was taken by another process.

        Rows are written in the order of the column `order_by`, so that two processes with the same values cannot
        deadlock.
        """

    def next_keys(self, table: str, count: int) -> Sequence[int]:
        """Return `count` free values of the column `seq`, each greater than those before.

        SQLite: they stay free until the transaction ends. PostgreSQL: nobody else gets them; unused ones are lost.
        """

    def last_key(self, table: str) -> int:
        """Return the greatest value that the column `seq` has ever been given; 0 if another table numbers its rows."""

    def continue_after(self, table: str, key: int) -> None:
        """Give only values greater than `key` to the column `seq` from now on."""

    def lock(self, name: str, *, shared: bool = False) -> None:
        """Hold the lock of this name until the transaction ends; SQLite's write transactions exclude each other."""

    def lock_tables(self, tables: Iterable[str]) -> None:
        """Keep others from writing to these tables until the transaction ends."""

    def defer_references(self) -> None:
        """Check references between rows when the transaction is committed, not after each statement."""

    def limit_lock_waits(self, seconds: float) -> None:
        """Wait for the locks of other processes no longer than this, from now on."""

    def begin_write(self) -> None:
        """Begin a write transaction, as soon as the database lets it."""

    def notify(self, channel: str) -> None:
        """Wake processes that listen to the channel, after the commit; SQLite does nothing, as they poll the file."""

    def now(self) -> datetime:
        """Return the current moment in UTC, by the clock of the server if there is one."""

    def ended_by_signals(self) -> AbstractContextManager[None]:
        """End a statement of this block that runs for long when a signal comes whose handler raises an exception."""

    def damage(self) -> Iterator[str]:
        """Check the pages of the file and describe each fault; a server checks its pages itself."""

    def broken_references(self) -> Iterator[tuple[str, int, str]]:
        """Find rows that refer to missing ones: (table, row, missing table); a server keeps references intact."""

    def close(self) -> None:
        """Close the database."""


class Listener(Protocol):
    """Waits for a notification of a channel."""

    def wait(self, seconds: float) -> bool:
        """Return after a notification, at the latest after this time, and tell whether there was one."""

    def close(self) -> None:
        """Stop listening."""


@contextmanager
def transaction(connection: Store, name: str) -> Iterator[Store]:
    """Run the block in one write transaction; it takes the write lock at once, so that what it reads cannot go stale.

    Tests use its `name` to interrupt it before and after the commit (see failpoints.py).
    """
    _begin(connection)
    try:
        yield connection
        if ARMED:
            failpoint(f"{name}-before-commit")
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after a full disk or an I/O error.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if ARMED:
        failpoint(f"{name}-after-commit")


def _begin(connection: Store) -> None:
    """Begin a transaction. If that fails, close it: SQLite may fail at the journal file with the transaction open."""
    is_nested = connection.in_transaction
    try:
        connection.begin_write()
    except BaseException:
        if connection.in_transaction and not is_nested:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(connection: Store) -> Iterator[Store]:
    """Run the block as a part of a transaction that can be rolled back alone."""
    connection.execute("SAVEPOINT part")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


@contextmanager
def snapshot(connection: Store) -> Iterator[Store]:
    """Run the block in one read transaction, in which every statement sees the same state."""
    connection.execute(connection.BEGIN_READ)
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


_MIGRATIONS = Path(__file__).with_name("migrations") / "versions"
APPLICATION_ID = 0x4F524443  # "ORDC"
# The number of the newest migration, with which the name of its file begins.
SCHEMA_VERSION = max(int(file.stem[:4]) for file in _MIGRATIONS.iterdir() if file.stem[:4].isdigit())
PAGE_SIZE = 16384
INSTALL_NEWER = "install a newer ordercli"


def refuse_newer(version: int, database: str) -> None:
    """Refuse a schema that is newer than this program.

    Raises:
        BadDatabaseError: the schema is newer.
    """
    if version > SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{database} has schema {version}; this ordercli knows schemas up to {SCHEMA_VERSION}",
            hint=INSTALL_NEWER,
        )
