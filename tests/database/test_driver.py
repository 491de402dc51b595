from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest

from ordercli.database.sqlite import is_safe_in_wal, journal_settings, sqlite


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 6, 23), True),
        ((3, 7, 0), False),
        ((3, 37, 2), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_is_used_only_where_its_reset_is_fixed(version: tuple[int, ...], *, safe: bool) -> None:
    assert is_safe_in_wal(version) is safe
    assert journal_settings(version) == (("WAL", "FULL") if safe else ("PERSIST", "EXTRA"))


@pytest.mark.parametrize(("blocked", "module"), [("pysqlite3", "sqlite3"), ("nothing", "pysqlite3.dbapi2")])
def test_the_bundled_sqlite_is_taken_where_it_is_there(blocked: str, module: str) -> None:
    code = (
        f"import sys; sys.modules[{blocked!r}] = None\n"
        "from ordercli.database.sqlite import sqlite\nprint(sqlite.__name__)"
    )

    reported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert reported == f"{module}\n"


@pytest.mark.parametrize(
    ("value", "stored"),
    [(None, (None, "null")), (True, (1, "integer")), (False, (0, "integer")), (b"\0", (b"\0", "blob"))],
)
def test_values_of_rows_are_bound_without_a_search_for_their_adapter(value: object, stored: tuple[object, str]) -> None:
    assert (type(value), sqlite.PrepareProtocol) in sqlite.adapters
    with closing(sqlite.connect(":memory:")) as connection:
        assert connection.execute("SELECT ?1, typeof(?1)", (value,)).fetchone() == stored
