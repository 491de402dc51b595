"""A connection to a PostgreSQL server, and the statements that it takes."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from select import select
from time import sleep
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ordercli.database.store import Cursor


_BEGIN_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s';"
    # A server may be set to acknowledge what it has not written yet; what a stricter one does is left as it is.
    " SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
_WHOLE = {
    "BEGIN IMMEDIATE": _BEGIN_WRITE,
    "BEGIN": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "PRAGMA defer_foreign_keys = ON": "SET CONSTRAINTS ALL DEFERRED",
}
_OURS = re.compile(r"/\* postgresql: (.*?) \*/")
_KEYS = "IN (SELECT value FROM json_each(?))"
_TEXTS = "json_each(?) AS wanted"
_PLAIN_INSERT = re.compile(r"INSERT INTO (\w+ \([^)]*\)) VALUES \(\?(?:, \?)*\)")
# In text each byte is two digits. A binary COPY is told the types, and cuts a number that is too great for a column
# narrower than int8 without a word: it is for the tables of bytes alone.
_BINARY = {
    "payload (seq, sha256, body)": ("int8", "bytea", "bytea"),
    "revised_document (order_seq, sha256, body)": ("int8", "bytea", "bytea"),
}


class Copy(NamedTuple):
    """A COPY FROM STDIN; `types` are those of its columns where it is a binary one."""

    statement: str
    types: tuple[str, ...] = ()


@lru_cache(1024)
def translated(statement: str) -> str:
    """The statement as PostgreSQL and psycopg take it.

    Raises:
        ValueError: it has lists in a form that is not known here (a bug).
    """
    if statement in _WHOLE:
        return _WHOLE[statement]
    statement = _OURS.sub(r"\1", statement).replace("%", "%%")
    # An array, not a subselect: the planner knows how to look its elements up in an index.
    keys = "= ANY (ARRAY(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(? AS json)) AS value))"
    texts = "json_array_elements_text(CAST(? AS json)) AS wanted (value)"
    statement = statement.replace(_KEYS, keys).replace(_TEXTS, texts).replace("?", "%s")
    if "json_each" in statement:
        raise ValueError(f"json_each in a form that has no translation: {statement}")
    return statement


@lru_cache(64)
def as_copy(statement: str) -> Copy | None:
    """The COPY that does what many runs of a plain INSERT do; None for any other statement."""
    found = _PLAIN_INSERT.fullmatch(statement)
    if found is None:
        return None
    types = _BINARY.get(found[1], ())
    return Copy(f"COPY {found[1]} FROM STDIN{' (FORMAT BINARY)' if types else ''}", types)


CONNECT_TIMEOUT_SECONDS = "10"
_IN_TRANSACTION = {TransactionStatus.ACTIVE, TransactionStatus.INTRANS, TransactionStatus.INERROR}


def connect(url: str, *, autocommit: bool = True, **parameters: str) -> psycopg.Connection:
    """Connect; no state is kept between transactions, so that a pooler may lend the connection to others in between."""
    given: dict[str, Any] = conninfo_to_dict(url)
    defaults = {"application_name": "ordercli"}
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        defaults["connect_timeout"] = CONNECT_TIMEOUT_SECONDS
    # Whatever the role, the database or PGCLIENTENCODING say: the driver sends and takes UTF-8.
    fixed = {"client_encoding": "UTF8"}
    return psycopg.connect(
        **{**defaults, **given, **parameters, **fixed}, autocommit=autocommit, prepare_threshold=None
    )


class PostgresConnection:
    """Takes the statements of the store files."""

    is_postgresql = True

    def __init__(self, raw: psycopg.Connection) -> None:
        self.raw = raw
        self._streams = 0

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; none is on a connection that was lost."""
        return self.raw.info.transaction_status in _IN_TRANSACTION

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run one statement."""
        text = translated(statement)
        try:
            return self.raw.execute(text, parameters or None)
        except psycopg.DataError:
            if not _has_nul(parameters):
                raise
            return self.raw.execute(text, _without_nul(parameters))

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Cursor:
        """Run one statement for each row; a plain INSERT as a COPY."""
        rows = parameters if isinstance(parameters, list) else list(parameters)
        cursor = self.raw.cursor()
        if copy := as_copy(statement):
            self._copy(cursor, copy, rows)
            return cursor
        text = translated(statement)
        try:
            cursor.executemany(text, rows)
        except psycopg.DataError:
            if not any(map(_has_nul, rows)):
                raise
            cursor.executemany(text, [_without_nul(row) for row in rows])
        return cursor

    def stream(self, statement: str, parameters: Sequence[Any], at_once: int) -> Iterator[Any]:
        """The rows of a query, a few hundred at a time in a transaction, else all at once."""
        if not self.in_transaction:
            yield from self.execute(statement, parameters)
            return
        self._streams += 1
        with self.raw.cursor(name=f"stream_{self._streams}") as cursor:
            cursor.itersize = at_once
            cursor.execute(translated(statement), parameters or None)
            yield from cursor

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    @staticmethod
    def _copy(cursor: psycopg.Cursor[Any], how: Copy, rows: list[Any]) -> None:
        if rows:
            with cursor.copy(how.statement) as copy:
                if how.types:
                    copy.set_types(how.types)
                for row in rows:
                    copy.write_row(row)


def _has_nul(parameters: Sequence[Any]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in parameters)


def _without_nul(parameters: Sequence[Any]) -> list[Any]:
    """The same with U+2400 for U+0000, which PostgreSQL cannot hold; no id that it has is found by such a text."""
    return [value.replace("\0", "\u2400") if isinstance(value, str) else value for value in parameters]


class ServerBell:
    """Waits for a notification; one that is lost, as in a pooler, is made up for by looking after the time anyway."""

    def __init__(self, url: str, channel: str) -> None:
        self._raw = connect(url)
        self._raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def wait(self, seconds: float) -> None:
        """Wait until something was told, at most for so long."""
        if self._raw.closed:
            sleep(seconds)
            return
        told, _, _ = select([self._raw], [], [], seconds)
        if told:
            self._take()

    def _take(self) -> None:
        try:
            for _ in self._raw.notifies(timeout=0):
                continue
        except psycopg.OperationalError:
            self._raw.close()  # whether the server can be worked with, the other connection will tell

    def close(self) -> None:
        """Listen no longer."""
        self._raw.close()
