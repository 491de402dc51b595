"""Which engine a connection leads to, for the few statements that have a twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.postgres import PostgresConnection
    from ordercli.database.store import Store

# Both engines take it for "no limit".
NO_LIMIT = 2**63 - 1
_EXCLUSIVE = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"
_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))"


def is_postgresql(connection: Store) -> TypeGuard[PostgresConnection]:
    """Whether it is a server; SQLite's own connections say nothing of themselves."""
    return hasattr(connection, "is_postgresql")


def is_read_only(connection: Store) -> bool:
    """Whether nothing can be written through a connection: to a file that this user may only read."""
    return not is_postgresql(connection) and connection.execute("PRAGMA query_only").fetchone()[0] == 1


def stream(connection: Store, statement: str, parameters: Sequence[Any] = (), *, at_once: int = 500) -> Iterator[Any]:
    """The rows of a query that may be long, few in memory (of a server `at_once`); to be called in a transaction."""
    if is_postgresql(connection):
        return connection.stream(statement, parameters, at_once)
    return iter(connection.execute(statement, parameters))


def lock(connection: Store, name: str, *, shared: bool = False) -> None:
    """Hold what the name stands for until the transaction ends; SQLite's write transactions hold everything."""
    if is_postgresql(connection):
        connection.execute(_SHARED if shared else _EXCLUSIVE, (f"ordercli {name}",))
