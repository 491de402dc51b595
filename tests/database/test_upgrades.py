"""A database of every schema there ever was becomes one of today, with all that it held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.database.migrate import upgrade
from ordercli.database.opening import make_database
from ordercli.database.store import SCHEMA_VERSION
from ordercli.operations.audit import audit
from support.running import Ordercli
from support.schemas import DUMPS, content, database_of, definitions, upgraded

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

EVERY_SCHEMA = sorted(DUMPS)
LEFT = {"NEW-1", "NEW-2", "CLAIMED-1", "PENDING-1"}


def test_there_is_a_database_of_every_former_schema() -> None:
    missing = set(range(1, SCHEMA_VERSION)) - set(DUMPS)

    assert missing == set(), "run scripts/make_schema_dump.py on the last commit that had that schema"


@pytest.mark.parametrize("version", EVERY_SCHEMA)
def test_a_schema_that_is_made_now_is_the_one_of_its_time(tmp_path: Path, version: int) -> None:
    now = str(tmp_path / "now.db")

    upgrade(now, version)

    assert definitions(now) == definitions(database_of(version, tmp_path))


@pytest.mark.parametrize("version", EVERY_SCHEMA)
def test_an_upgrade_keeps_everything(tmp_path: Path, version: int) -> None:
    database = database_of(version, tmp_path)
    before = content(database)

    make_database(database).close()

    assert content(database) == upgraded(before, version)
    assert list(audit(database)) == []


@pytest.mark.parametrize("version", EVERY_SCHEMA)
def test_an_upgraded_queue_is_worked_off(tmp_path: Path, ordercli: Ordercli, version: int) -> None:
    database = database_of(version, tmp_path)
    created = {row["external_id"] for row in content(database)["customer_order"]}
    old = Ordercli(ordercli.folder, database)

    old("queue", "resume")
    run = old("queue", "run", "-o", "json")

    after = content(database)
    states = {row["external_id"]: row["state"] for row in after["inbound_entry"]}
    waiting = {"LATER-1": "pending", "DISCARDED-1": "cancelled", "BROKEN-1": "error"}
    assert (run.exit_code, run.json["completed"], run.json["remaining"]) == (0, len(LEFT), 0)
    assert {row["external_id"] for row in after["customer_order"]} == created | LEFT
    assert states.items() >= {**dict.fromkeys(LEFT, "completed"), **waiting}.items()
    assert list(audit(database)) == []


@pytest.mark.parametrize("version", EVERY_SCHEMA)
def test_an_order_of_old_is_known_again(tmp_path: Path, ordercli: Ordercli, version: int) -> None:
    old = Ordercli(ordercli.folder, database_of(version, tmp_path))

    shown = old("show", "SYNC-1", "-o", "json")
    patched = old("patch", "SYNC-1", "--set", "channel.0.id=web", "-o", "json")

    assert (shown.exit_code, patched.exit_code) == (0, 0)
    assert int(patched.json["version"]) == int(shown.json["version"]) + 1
