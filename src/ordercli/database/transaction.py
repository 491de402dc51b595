"""The only place that begins, commits and rolls back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection


@contextmanager
def transaction(connection: Connection, name: str) -> Iterator[Connection]:
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


def _begin(connection: Connection) -> None:
    """Begin, or leave nothing begun: SQLite opens a transaction before it meets trouble with the journal's file."""
    is_nested = connection.in_transaction
    try:
        connection.execute("BEGIN IMMEDIATE")
    except BaseException:
        if connection.in_transaction and not is_nested:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(connection: Connection) -> Iterator[Connection]:
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
def snapshot(connection: Connection) -> Iterator[Connection]:
    """One read transaction: every statement in it sees the same state."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
