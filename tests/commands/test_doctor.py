from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.store import SCHEMA_VERSION
from support.builders import product_order
from support.stored import enqueue

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result


def checked(result: Result) -> dict[str, tuple[str, str | None]]:
    return {each["check"]: (each["level"], each["toDo"]) for each in result.ndjson}


@pytest.mark.every_engine
def test_a_new_database_only_lacks_reference_data(ordercli: Ordercli, connection: Store) -> None:
    assert connection
    done = ordercli("doctor", "-o", "ndjson")

    found = checked(done)
    of_a_file = {"disk": ("ok", None), "permissions": ("ok", None), "locks": ("ok", None)}
    assert done.exit_code == 0
    assert found.pop("reference") == ("warning", "`ordercli reference import --help` tells how to load it")
    expected = dict.fromkeys(("version", "settings", "database", "schema", "integrity", "clock", "queue"), ("ok", None))
    assert {**of_a_file, **found} == {**of_a_file, **expected}


def test_without_a_database_it_says_how_to_make_one(ordercli: Ordercli, tmp_path: Path) -> None:
    none = str(tmp_path / "none.db")
    done = ordercli("doctor", "-o", "ndjson", "--database", none)

    advised = f"`ordercli db upgrade --database {none}`"
    assert (done.exit_code, checked(done)["database"]) == (
        0,
        ("warning", f"{advised} makes it, as the first `submit` does"),
    )
    assert not Path(none).exists()
    assert ordercli(*advised.strip("`").split()[1:]).exit_code == 0
    assert checked(ordercli("doctor", "-o", "ndjson", "--database", none))["database"] == ("ok", None)


def test_what_is_no_database_is_a_failure(ordercli: Ordercli) -> None:
    Path(ordercli.database).write_bytes(b"this is no database" * 1000)

    done = ordercli("doctor", "-o", "ndjson")

    assert (done.exit_code, checked(done)["database"][0]) == (1, "failure")


@pytest.mark.every_engine
def test_a_queue_that_nobody_drains_or_that_is_paused_is_a_warning(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("CRM-1"))

    late = ordercli("doctor", "-o", "ndjson")
    ordercli("queue", "pause")
    paused = ordercli("doctor", "-o", "ndjson")

    drained = "`ordercli queue run`, from cron or a systemd timer each minute"
    assert (late.exit_code, checked(late)["queue"]) == (0, ("warning", drained))
    assert (paused.exit_code, checked(paused)["queue"]) == (0, ("warning", "`ordercli queue resume`"))


def test_a_newer_schema_is_a_failure_and_an_older_one_a_warning(ordercli: Ordercli, connection: Store) -> None:
    levels: dict[int, Any] = {}
    for version in (SCHEMA_VERSION + 1, SCHEMA_VERSION - 1):
        connection.execute("UPDATE alembic_version SET version_num = ?", (f"{version:04}",))
        connection.execute(f"PRAGMA user_version = {version}")
        done = ordercli("doctor", "-o", "ndjson")
        levels[version - SCHEMA_VERSION] = (done.exit_code, *checked(done)["schema"])

    assert levels == {1: (1, "failure", "update ordercli"), -1: (0, "warning", "`ordercli db upgrade`")}


def test_a_file_that_everybody_can_use_and_a_secret_that_others_can_read_are_reported(ordercli: Ordercli) -> None:
    Path(ordercli.database).chmod(0o666)
    secret, file = ordercli.folder / "crm.token", ordercli.folder / ".config/ordercli/ordercli.toml"
    secret.write_text("geheim")
    secret.chmod(0o644)
    file.parent.mkdir(parents=True)
    file.write_text(f"[targets.crm]\nurl = 'https://crm.example/'\nauth = 'bearer'\ntoken_file = '{secret}'\n")

    done = ordercli("doctor", "-o", "ndjson")

    found = checked(done)
    assert (done.exit_code, found["permissions"]) == (1, ("warning", f"chmod o-rwx {ordercli.database}"))
    assert found["secrets"] == ("failure", f"chmod 600 {secret}")
    assert "geheim" not in done.stdout


def test_an_ignored_settings_file_is_a_warning(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ordercli.folder)
    (ordercli.folder / "ordercli.toml").write_text("database = 'theirs.db'")

    done = ordercli("doctor", "-o", "ndjson")

    assert (done.exit_code, checked(done)["settings"][0]) == (0, "warning")
    assert "`database` is ignored" in next(each["message"] for each in done.ndjson if each["check"] == "settings")
