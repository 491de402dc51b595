"""The store of a PostgreSQL database, and the listener for its notifications."""

from __future__ import annotations

import os
from contextlib import nullcontext
from datetime import UTC, datetime
from select import select
from time import sleep
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from ordercli.database.store import Cursor


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"
_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))"
# The types of the columns of the tables that are written with a binary COPY.
_BINARY_TYPES = {"seq": "int8", "order_seq": "int8", "sha256": "bytea", "body": "bytea"}
CONNECT_TIMEOUT_SECONDS = "10"
_IN_TRANSACTION = {TransactionStatus.ACTIVE, TransactionStatus.INTRANS, TransactionStatus.INERROR}


def connect(url: str, *, autocommit: bool = True, **parameters: str) -> psycopg.Connection:
    """Connect; keep no session state between transactions, so that a transaction pooler can be used."""
    given: dict[str, Any] = conninfo_to_dict(url)
    defaults = {"application_name": "ordercli"}
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        defaults["connect_timeout"] = CONNECT_TIMEOUT_SECONDS
    # The driver uses UTF-8, whatever the role, the database or PGCLIENTENCODING say.
    fixed = {"client_encoding": "UTF8"}
    return psycopg.connect(
        **{**defaults, **given, **parameters, **fixed}, autocommit=autocommit, prepare_threshold=None
    )


class PostgresStore:
    """A connection to a database of a server."""

    engine: ClassVar[Literal["sqlite", "postgresql"]] = "postgresql"
    BEGIN_WRITE: ClassVar[str] = (
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s';"
        # Override a server that acknowledges commits before they are on disk; keep a stricter setting.
        " SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
    )
    BEGIN_READ: ClassVar[str] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    # An array, not a subselect: the planner knows how to look its elements up in an index.
    IN_LIST: ClassVar[str] = (
        "= ANY (ARRAY(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(? AS json)) AS value))"
    )
    WANTED: ClassVar[str] = "json_array_elements_text(CAST(? AS json)) AS wanted (value)"
    FOR_UPDATE: ClassVar[str] = "FOR UPDATE"
    SKIP_LOCKED: ClassVar[str] = "FOR UPDATE SKIP LOCKED"
    one_writer: ClassVar[bool] = False
    is_remote: ClassVar[bool] = True
    is_read_only: ClassVar[bool] = False

    def __init__(self, raw: psycopg.Connection) -> None:
        self.raw = raw
        self._streams = 0

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction is open; False on a lost connection."""
        return self.raw.info.transaction_status in _IN_TRANSACTION

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run one statement."""
        text = with_marks(statement)
        try:
            return self.raw.execute(text, parameters or None)
        except psycopg.DataError:
            if not _has_nul(parameters):
                raise
            return self.raw.execute(text, _without_nul(parameters))

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Cursor:
        """Run one statement for each row of parameters."""
        rows = parameters if isinstance(parameters, list) else list(parameters)
        text, cursor = with_marks(statement), self.raw.cursor()
        try:
            cursor.executemany(text, rows)
        except psycopg.DataError:
            if not any(map(_has_nul, rows)):
                raise
            cursor.executemany(text, [_without_nul(row) for row in rows])
        return cursor

    def stream(self, statement: str, parameters: Sequence[Any] = (), *, at_once: int = 500) -> Iterator[Any]:
        """Iterate over the rows of a query, `at_once` at a time in a transaction, else all together."""
        if not self.in_transaction:
            yield from self.execute(statement, parameters)
            return
        self._streams += 1
        with self.raw.cursor(name=f"stream_{self._streams}") as cursor:
            cursor.itersize = at_once
            cursor.execute(with_marks(statement), parameters or None)
            yield from cursor

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write new rows with COPY: binary if all columns are in `_BINARY_TYPES`, else text.

        Text would write each byte as two digits. Binary needs the types of the columns, and truncates a number that
        does not fit a column narrower than int8 without an error.
        """
        known = list(rows)
        if not known:
            return
        types = [_BINARY_TYPES[each] for each in columns] if _BINARY_TYPES.keys() >= set(columns) else None
        how = " (FORMAT BINARY)" if types else ""
        with self.raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN{how}") as copy:
            if types:
                copy.set_types(types)
            for row in known:
                copy.write_row(row)

    def insert_all_or_none(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, order_by: str
    ) -> bool:
        """Write new rows; return False, with nothing written, if a unique value of one was taken by another process."""
        names, new = ", ".join(columns), f"new_{table}"
        self.execute(f"CREATE TEMP TABLE {new} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
        self.insert(new, columns, rows)
        self.execute("SAVEPOINT rows")
        written = self.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {new} ORDER BY {order_by} ON CONFLICT DO NOTHING"
        ).rowcount
        if written < len(rows):
            self.execute("ROLLBACK TO rows")
        self.execute("RELEASE rows")
        self.execute(f"DROP TABLE {new}")
        return written == len(rows)

    def next_keys(self, table: str, count: int) -> Sequence[int]:
        """Return values of the column `seq` that nobody else gets; unused ones are lost."""
        rows = self.execute(
            "SELECT nextval(CAST(? AS regclass)) FROM generate_series(1, ?)", (f"{table}_seq_seq", count)
        )
        return [seq for (seq,) in rows]

    def last_key(self, table: str) -> int:
        """Return the greatest value that the column `seq` has ever been given; 0 if another table numbers its rows."""
        sequence = self._sequence(table)
        if sequence is None:
            return 0
        # The name comes from the server, quoted where it must be.
        row = self.execute(f"SELECT last_value FROM {sequence} WHERE is_called").fetchone()
        return row[0] if row else 0

    def continue_after(self, table: str, key: int) -> None:
        """Give only values greater than `key` to the column `seq` from now on."""
        if key and (sequence := self._sequence(table)):
            self.execute("SELECT setval(CAST(? AS regclass), ?)", (sequence, key))

    def lock(self, name: str, *, shared: bool = False) -> None:
        """Hold the lock of this name until the transaction ends."""
        self.execute(_LOCK_SHARED if shared else _LOCK, (f"ordercli {name}",))

    def lock_tables(self, tables: Iterable[str]) -> None:
        """Keep others from writing to these tables until the transaction ends."""
        self.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE MODE")

    def defer_references(self) -> None:
        """Check references between rows when the transaction is committed."""
        self.execute("SET CONSTRAINTS ALL DEFERRED")

    def limit_lock_waits(self, seconds: float) -> None:
        """Wait for the locks of other processes no longer than this, from now on."""
        begin = type(self).BEGIN_WRITE.replace("'30s'", f"'{int(seconds * 1000)}ms'")
        self.BEGIN_WRITE = begin  # type: ignore[misc] # of this connection alone

    def begin_write(self) -> None:
        """Begin a write transaction."""
        self.execute(self.BEGIN_WRITE)

    def notify(self, channel: str) -> None:
        """Wake processes that listen to the channel, after the commit."""
        self.execute("SELECT pg_notify(?, '')", (channel,))

    def now(self) -> datetime:
        """Return the current moment in UTC, by the clock of the server."""
        moment: datetime = self.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()[0]
        return moment.replace(tzinfo=UTC)

    def ended_by_signals(self) -> AbstractContextManager[None]:
        """Do nothing: the driver handles signals while it waits for the server."""
        return nullcontext()

    def damage(self) -> Iterator[str]:
        """Return nothing: a server checks its pages itself."""
        return iter(())

    def broken_references(self) -> Iterator[tuple[str, int, str]]:
        """Return nothing: a server keeps references intact."""
        return iter(())

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    def _sequence(self, table: str) -> str | None:
        """Return the sequence that numbers the rows; None if their numbers come from another table."""
        has_number = self.execute(
            "SELECT 1 FROM pg_attribute WHERE attrelid = CAST(? AS regclass) AND attname = 'seq'", (table,)
        ).fetchone()
        if not has_number:
            return None
        found: str | None = self.execute("SELECT pg_get_serial_sequence(?, 'seq')", (table,)).fetchone()[0]
        return found


def with_marks(statement: str) -> str:
    """Return the statement with the placeholders of psycopg: `%s` for `?`; no string in a statement contains `?`."""
    return statement.replace("%", "%%").replace("?", "%s")


def _has_nul(parameters: Sequence[Any]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in parameters)


def _without_nul(parameters: Sequence[Any]) -> list[Any]:
    """Replace U+0000, which PostgreSQL cannot store, by U+2400; no stored id matches such a text."""
    return [value.replace("\0", "\u2400") if isinstance(value, str) else value for value in parameters]


class ServerListener:
    """Wait for a notification or the timeout; a pooler may lose notifications, so callers poll after the timeout."""

    def __init__(self, url: str, channel: str) -> None:
        self._raw = connect(url)
        self._raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def wait(self, seconds: float) -> bool:
        """Wait for a notification, at most this long, and return whether one came."""
        if self._raw.closed:
            sleep(seconds)
            return False
        reported, _, _ = select([self._raw], [], [], seconds)
        return bool(reported) and self._take()

    def _take(self) -> bool:
        try:
            return len(list(self._raw.notifies(timeout=0))) > 0
        except psycopg.OperationalError:
            self._raw.close()  # the other connection reports whether the server works
            return False

    def close(self) -> None:
        """Stop listening."""
        self._raw.close()
