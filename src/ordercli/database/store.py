"""An open database: what every engine offers, transactions, and the version of the schema."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.errors import BadDatabaseError
from ordercli.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Protocol

    class Cursor(Protocol):
        """What a statement gives back."""

        @property
        def rowcount(self) -> int: ...  # noqa: D102
        def __iter__(self) -> Any: ...  # noqa: ANN401 - rows are tuples of whatever was selected
        def fetchone(self) -> Any: ...  # noqa: ANN401, D102
        def fetchall(self) -> list[Any]: ...  # noqa: D102

    class Store(Protocol):
        """The part of a driver's connection that store functions use."""

        @property
        def in_transaction(self) -> bool: ...  # noqa: D102
        def execute(self, statement: str, parameters: Any = ..., /) -> Cursor: ...  # noqa: ANN401, D102
        def executemany(self, statement: str, parameters: Iterable[Any], /) -> Cursor: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102


@contextmanager
def transaction(connection: Store, name: str) -> Iterator[Store]:
    """One write transaction: the write lock is taken at once, so that nothing read in it can go stale.

    By its `name` (see failpoints.py) tests break it before and after its commit.
    """
    _begin(connection)
    try:
        yield connection
        failpoint(f"{name}-before-commit")
        connection.execute("COMMIT")
    except BaseException:
        # A full disk and I/O errors have rolled back by themselves.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    failpoint(f"{name}-after-commit")


def _begin(connection: Store) -> None:
    """Begin, or leave nothing begun: SQLite opens a transaction before it meets trouble with the journal's file."""
    is_nested = connection.in_transaction
    try:
        connection.execute("BEGIN IMMEDIATE")
    except BaseException:
        if connection.in_transaction and not is_nested:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(connection: Store) -> Iterator[Store]:
    """A part of a transaction that can fail alone."""
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
    """One read transaction: every statement in it sees the same state."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


APPLICATION_ID = 0x4F524443  # "ORDC"
# The number of the last migration.
SCHEMA_VERSION = 5
PAGE_SIZE = 16384


def refuse_newer(version: int, database: str) -> None:
    """See that this program knows a schema.

    Raises:
        BadDatabaseError: it does not.
    """
    if version > SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{database} has schema {version}; this ordercli knows schemas up to {SCHEMA_VERSION}",
            hint="install a newer ordercli",
        )
