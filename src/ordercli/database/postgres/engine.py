"""SQLAlchemy over a PostgreSQL server, for migrations and SQLModel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from ordercli.database.postgres.connection import connect

if TYPE_CHECKING:
    from sqlalchemy import Engine


def server_engine(url: str) -> Engine:
    """An engine on the database of a server."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url, autocommit=False),
        poolclass=NullPool,
        use_native_hstore=False,  # asks the server for a type that nobody uses
    )
