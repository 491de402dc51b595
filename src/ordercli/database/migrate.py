"""Upgrade the schema from any released version to the current one."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ordercli.database.sqlite import connect, sqlite
from ordercli.database.store import APPLICATION_ID, PAGE_SIZE, SCHEMA_VERSION
from ordercli.failpoints import ARMED, failpoint


def engine(path: str) -> Engine:
    """Return a SQLAlchemy engine for the file; its transactions take the write lock when they begin."""
    made = create_engine("sqlite://", creator=lambda: connect(path), module=sqlite, poolclass=NullPool)
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return made


def upgrade(path: str, to: int = SCHEMA_VERSION) -> None:
    """Run the missing migrations in one transaction. If several processes try, one does it and the others wait.

    `to` is the schema version at which to stop; tests use it to make a database of an older ordercli.

    Raises:
        DriverError: the database cannot be written; nothing was changed.
    """
    made = engine(path)
    try:
        with made.connect() as connection:
            raw = connection.connection.driver_connection
            raw.execute(f"PRAGMA page_size = {PAGE_SIZE}")  # type: ignore[union-attr]
            # A migration may drop a table that others refer to, and put a new one in its place.
            raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
            with connection.begin():
                if _version(connection) < to:
                    _run(connection, to)
                if ARMED:
                    failpoint("migration-before-commit")
            if ARMED:
                failpoint("migration-after-commit")
    except DBAPIError as error:
        raise error.orig or error from error
    finally:
        made.dispose()


def pending(version: int) -> list[str]:
    """Return what an upgrade from this schema version would do: one line per migration, in order."""
    script = ScriptDirectory.from_config(_config())
    revisions = reversed(list(script.walk_revisions()))
    return [f"{each.revision}: {each.doc}" for each in revisions if int(each.revision) > version]


def _run(connection: Connection, to: int) -> None:
    run_missing(connection, to)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {to}")


def run_missing(connection: Connection, to: int = SCHEMA_VERSION) -> None:
    """Run the missing migrations on a connection that is in a transaction."""
    configuration = _config()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, f"{to:04}")


def _version(connection: Connection) -> int:
    version: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    return version


def _config() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(files("ordercli.database") / "migrations"))
    return configuration
