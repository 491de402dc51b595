"""The store of a SQLite database; the SQLite library of this process, and the journal mode that is safe with it."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Any, ClassVar, Literal

from ordercli import clock
from ordercli.run_control import STOP_SIGNALS

BUSY_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.0005
_BUSY = 5
# How many steps SQLite takes between two calls of Python: a millisecond of work, or as many pages that are checked.
STEPS_BETWEEN_CALLS = 10_000


def _load() -> Any:  # a module with the interface of sqlite3
    """Return the bundled, current SQLite if its wheel is installed, else the interpreter's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


sqlite: Any = _load()
# The driver searches for an adapter of each value that is neither a number nor a text. In pysqlite3 a search that finds
# none costs a microsecond, as much as binding ten texts; creating an order binds 41 such values.
sqlite.register_adapter(type(None), {None: None}.get)
sqlite.register_adapter(bool, int)
sqlite.register_adapter(bytes, bytes)


class SqliteStore(sqlite.Connection):  # type: ignore[misc]
    """A connection to a database file."""

    engine: ClassVar[Literal["sqlite", "postgresql"]] = "sqlite"
    BEGIN_WRITE: ClassVar[str] = "BEGIN IMMEDIATE"
    longest_wait: float | None = None
    BEGIN_READ: ClassVar[str] = "BEGIN"
    IN_LIST: ClassVar[str] = "IN (SELECT value FROM json_each(?))"
    WANTED: ClassVar[str] = "json_each(?) AS wanted"
    FOR_UPDATE: ClassVar[str] = ""
    SKIP_LOCKED: ClassVar[str] = ""
    one_writer: ClassVar[bool] = True
    is_remote: ClassVar[bool] = False

    @property
    def is_read_only(self) -> bool:
        """Return whether the file is open for reading only."""
        return bool(self.execute("PRAGMA query_only").fetchone()[0])

    def stream(self, statement: str, parameters: Sequence[Any] = (), *, at_once: int = 500) -> Iterator[Any]:  # noqa: ARG002 - as Store
        """Iterate over the rows of a query."""
        return iter(self.execute(statement, parameters))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write new rows."""
        marks = ", ".join("?" * len(columns))
        # A plain tuple is bound in less time than a named one.
        self.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", map(tuple, rows))

    def insert_all_or_none(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        order_by: str,  # noqa: ARG002 - as Store
    ) -> bool:
        """Write new rows; nobody else can have taken a value since this transaction began."""
        self.insert(table, columns, rows)
        return True

    def next_keys(self, table: str, count: int) -> Sequence[int]:
        """Return the next values of the column `seq`; they stay free until the transaction ends."""
        first = self.last_key(table) + 1
        return range(first, first + count)

    def last_key(self, table: str) -> int:
        """Return the greatest value that the column `seq` has ever been given."""
        row = self.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return row[0] if row else 0

    def continue_after(self, table: str, key: int) -> None:
        """Give only values greater than `key` to the column `seq` from now on."""
        if key:
            # SQLite makes the row with the first row of a table that numbers its own rows.
            self.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_schema WHERE name = ?"
                " AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)",
                (table,),
            )
            self.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (key, table))

    def lock(self, name: str, *, shared: bool = False) -> None:
        """Do nothing: a write transaction holds the whole database."""

    def lock_tables(self, tables: Iterable[str]) -> None:
        """Do nothing: a write transaction holds the whole database."""

    def defer_references(self) -> None:
        """Check references between rows when the transaction is committed."""
        self.execute("PRAGMA defer_foreign_keys = ON")

    def limit_lock_waits(self, seconds: float) -> None:
        """Wait for the locks of other processes no longer than this, from now on, and ask for the write lock often."""
        self.longest_wait = seconds
        self.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def begin_write(self) -> None:
        """Begin a write transaction.

        SQLite asks for the lock less and less often, up to ten times a second. A process that writes all the time, such
        as a run of the queue, would then keep out a server, which cannot wait so long.
        """
        if self.longest_wait is None:
            self.execute(self.BEGIN_WRITE)
            return
        until = monotonic() + self.longest_wait
        self.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    self.execute(self.BEGIN_WRITE)
                    break
                except sqlite.OperationalError as error:
                    if getattr(error, "sqlite_errorcode", 0) & 0xFF != _BUSY or monotonic() > until:
                        raise
                sleep(_POLL_SECONDS)
        finally:
            self.execute(f"PRAGMA busy_timeout = {int(self.longest_wait * 1000)}")

    def notify(self, channel: str) -> None:
        """Do nothing: waiting processes poll the file."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return clock.now()

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """End a statement when a signal comes whose handler raises; main thread only.

        Python handles a signal between two of its own instructions, so SQLite has to call it now and then. What a
        handler raises there ends the statement, but is lost: the driver reports an interrupted statement.
        """
        handlers = {each: handler for each in STOP_SIGNALS if callable(handler := signal.getsignal(each))}
        come: list[int] = []

        def handle(number: int, frame: FrameType | None) -> None:
            come.append(number)
            handlers[signal.Signals(number)](number, frame)

        for each in handlers:
            signal.signal(each, handle)
        self.set_progress_handler(lambda: None, STEPS_BETWEEN_CALLS)
        try:
            yield
        except sqlite.OperationalError:
            for number in come:
                handlers[signal.Signals(number)](number, None)
            raise
        finally:
            self.set_progress_handler(None, 0)
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def damage(self) -> Iterator[str]:
        """Check the pages of the file and describe each fault."""
        return (message for (message,) in self.execute("PRAGMA integrity_check").fetchall() if message != "ok")

    def broken_references(self) -> Iterator[tuple[str, int, str]]:
        """Find rows that refer to missing ones."""
        for table, row, parent, _ in self.execute("PRAGMA foreign_key_check").fetchall():
            yield table, row, parent


class Timer:
    """Wait for the timeout only, since a file sends no notifications."""

    def wait(self, seconds: float) -> bool:
        """Sleep, and return False."""
        sleep(seconds)
        return False

    def close(self) -> None:
        """Do nothing."""


def connect(path: str) -> SqliteStore:
    """Return a connection with the settings that SQLite keeps per connection; the file is not checked."""
    # An absolute path is a file, whatever its name: never `:memory:`, never a `file:` address.
    opened: SqliteStore = sqlite.connect(
        Path(path).absolute(), timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, factory=SqliteStore
    )
    opened.execute("PRAGMA foreign_keys = ON")
    return opened


def is_safe_in_wal(version: tuple[int, ...]) -> bool:
    """Return whether this SQLite has the WAL-reset fix (3.51.3, 3.50.7, 3.44.6), needed for several writers in WAL."""
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45)
        or version < (3, 7, 0)
    )


def journal_settings(version: tuple[int, ...]) -> tuple[str, str]:
    """Return the journal mode and synchronous setting that keep every acknowledged commit through a power cut."""
    return ("WAL", "FULL") if is_safe_in_wal(version) else ("PERSIST", "EXTRA")
