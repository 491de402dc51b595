"""Old names, until every caller uses the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store


def is_postgresql(connection: Store) -> bool:
    """Return whether it is a server."""
    return connection.engine == "postgresql"


def stream(connection: Store, statement: str, parameters: Sequence[Any] = (), *, at_once: int = 500) -> Iterator[Any]:
    """Iterate over the rows of a query."""
    return connection.stream(statement, parameters, at_once=at_once)


def lock(connection: Store, name: str, *, shared: bool = False) -> None:
    """Hold the lock of this name until the transaction ends."""
    connection.lock(name, shared=shared)
