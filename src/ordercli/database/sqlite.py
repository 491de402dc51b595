"""What store functions use of a driver; which SQLite this process uses, and which journal is safe with it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

BUSY_TIMEOUT_SECONDS = 30

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, Self

    from ordercli.database.store import Store

    class FileConnection(Store, Protocol):
        """What SQLite's connections can do beside that."""

        def backup(self, target: Self, /, *, pages: int, progress: Callable[[int, int, int], None]) -> None: ...  # noqa: D102
        def set_progress_handler(self, handler: Callable[[], bool], n: int, /) -> None: ...  # noqa: D102


def _load() -> Any:  # noqa: ANN401 - a module with the interface of sqlite3
    """The bundled, current SQLite where its wheel exists, else the interpreter's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


sqlite = _load()


def connect(path: str) -> FileConnection:
    """A bare connection, with the settings that hold for a connection alone."""
    # An absolute path is a file, whatever its name: never `:memory:`, never a `file:` address.
    opened: FileConnection = sqlite.connect(Path(path).absolute(), timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    return opened


def is_safe_in_wal(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the WAL-reset fix (3.51.3, 3.50.7, 3.44.6), needed for WAL with several writers."""
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45)
        or version < (3, 7, 0)
    )


def journal_settings(version: tuple[int, ...]) -> tuple[str, str]:
    """The journal mode and the synchronous setting that lose nothing that was acknowledged at a power cut."""
    return ("WAL", "FULL") if is_safe_in_wal(version) else ("PERSIST", "EXTRA")
