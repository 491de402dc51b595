"""Several processes open a new or an old database, or are killed while they do: the schema is made once, complete."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.killed_upgrades import STATEMENTS, opened, trial
from ordercli.database.opening import make_database
from ordercli.operations.audit import audit
from support.schemas import Content, content, database_of, upgrade_server_to, upgraded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.servers import Server

PROCESSES = 10
KILLS = 5
# The statements of an upgrade are one transaction; `make faults` kills before any of them.
STEP = {"sqlite": 16, "postgresql": 48}

pytestmark = pytest.mark.every_engine


@pytest.fixture(params=[0, 1])
def version(request: pytest.FixtureRequest) -> int:
    """The schema of the database before; 0 for no database."""
    found: int = request.param
    return found


@pytest.fixture
def before(engine: str, tmp_path: Path, version: int, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a database with that schema; on a server it has no orders."""
    if engine == "sqlite":
        yield database_of(version, tmp_path) if version else str(tmp_path / "new.db")
        return
    server: Server = request.getfixturevalue("server")
    address = server.empty_database()
    if version:
        upgrade_server_to(version, address)
    yield address
    server.drop(address)


@pytest.fixture
def expected(engine: str, before: str, version: int, database: str) -> Content:
    """Return what it must hold afterwards."""
    return upgraded(content(before), version) if version and engine == "sqlite" else content(database)


def test_of_many_processes_one_makes_the_schema_and_none_fails(before: str, expected: Content) -> None:
    met = opened("together", before, PROCESSES)

    assert met == ["ok"] * PROCESSES
    assert content(before) == expected
    assert list(audit(before)) == []


def test_what_a_process_left_that_was_killed_at_a_statement_the_next_one_completes(
    engine: str, before: str, expected: Content
) -> None:
    killed = opened("by-statement", before, STEP[engine])

    assert len(expected) < len(killed) * STEP[engine] < STATEMENTS
    for each in dict.fromkeys(killed):
        make_database(each).close()
        assert content(each) == expected, each
        assert list(audit(each)) == [], each


@pytest.mark.of_a_file
def test_what_a_process_left_that_was_killed_at_any_time_the_next_one_completes(before: str, expected: Content) -> None:
    killed = opened("by-chance", before, KILLS)

    for each in killed:
        make_database(each).close()
        assert content(each) == expected, each


@pytest.mark.of_a_file
def test_an_upgrade_that_dies_by_chance_is_a_trial_without_findings(tmp_path: Path) -> None:
    assert trial(tmp_path, Random(3)).findings == ()  # noqa: S311 - no secret
