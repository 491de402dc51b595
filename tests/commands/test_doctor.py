from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.store import SCHEMA_VERSION
from support.builders import encoded, ndjson, product_order
from support.other_user import as_stranger, is_root
from support.records import currency, customer, offering
from support.running import COMMAND, Result
from support.stored import enqueue

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli


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


def test_a_path_that_the_system_cannot_look_at_is_a_failure(ordercli: Ordercli, tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 300)

    done = ordercli("doctor", "--database", str(folder / "orders.db"), "-o", "ndjson")

    assert [(each["check"], each["message"]) for each in done.ndjson if each["level"] == "failure"] == [
        ("disk", f"File name too long: {folder}"),
        ("database", f"Cannot read {folder / 'orders.db'}: File name too long"),
    ]
    assert done.exit_code == 1


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


@pytest.mark.every_engine
def test_the_age_of_reference_data_is_told_and_too_great_an_age_is_a_warning(
    ordercli: Ordercli, connection: Store
) -> None:
    for days, record in ((45, customer("c-1")), (1.001, currency()), (0, offering("fiber", None))):
        shifted: Any = {"ORDERCLI_TESTING": "1", "ORDERCLI_CLOCK_OFFSET": str(-86_400 * days)}
        file = ordercli.folder / f"{record['@type']}.ndjson"
        file.write_bytes(ndjson(record))
        assert ordercli("reference", "import", str(file), **shifted).exit_code == 0

    def told(**limit: Any) -> tuple[str, str]:
        checks = ordercli("doctor", "-o", "ndjson", **limit).ndjson
        (found,) = [each for each in checks if each["check"] == "reference"]
        return found["level"], found["message"].replace(f"{ordercli.folder}/", "")

    oldest = "Customer from Customer.ndjson, 45 days ago"
    assert told() == ("ok", f"3 records of 3 types; the oldest import: {oldest}")
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="46d")[0] == "ok"
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="30d") == ("warning", f"not imported for 30d: {oldest}")
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="12h") == (
        "warning",
        f"not imported for 12h: Currency from Currency.ndjson, 1 day ago; {oldest}",
    )

    connection.execute("DELETE FROM reference_import WHERE type <> 'Customer'")  # as schemas before 23 leave them
    unknown = "the age of Currency, ProductOffering is not known"
    assert told() == ("ok", f"3 records of 3 types; the oldest import: {oldest}; {unknown}")
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="46d") == ("warning", unknown)
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="30d") == (
        "warning",
        f"not imported for 30d: {oldest}; {unknown}",
    )
    connection.execute("DELETE FROM reference_import")
    every = "the age of Currency, Customer, ProductOffering is not known"
    assert told() == ("ok", f"3 records of 3 types; {every}")
    assert told(ORDERCLI_VALIDATION_REFERENCE_MAX_AGE="46d") == ("warning", every)


@pytest.mark.every_engine
def test_a_clock_that_is_late_is_a_warning(ordercli: Ordercli, connection: Store, engine: str) -> None:
    assert connection
    assert ordercli("submit", stdin=encoded(product_order("CRM-1"))).exit_code == 0

    done = ordercli("doctor", "-o", "ndjson", ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET="-3600")

    message = next(each["message"] for each in done.ndjson if each["check"] == "clock")
    if engine == "postgresql":
        assert (done.exit_code, checked(done)["clock"]) == (0, ("warning", "set them by NTP"))
        assert message in {f"this clock and that of the server are {n} s apart" for n in (-3600, -3601)}
    else:
        assert (done.exit_code, checked(done)["clock"]) == (0, ("warning", "set the clock by NTP"))
        assert message.startswith("the newest order is of ")


def test_locks_that_this_user_may_not_write_are_a_failure(ordercli: Ordercli) -> None:
    assert ordercli("submit", stdin=encoded(product_order("CRM-1"))).exit_code == 0
    locks, file = Path(f"{ordercli.database}-workers"), Path(ordercli.database)
    locks.mkdir(exist_ok=True)
    locks.chmod(0o500)
    file.chmod(0o644)

    done = as_stranger(ordercli, "doctor", "-o", "ndjson")
    ours = ordercli("doctor", "-o", "ndjson")

    message = next(each["message"] for each in done.ndjson if each["check"] == "locks")
    advised = f"chown -R --reference={file} {locks}"
    assert (done.exit_code, checked(done)["locks"]) == (1, ("failure", advised))
    assert message == f"you may not write {locks}: no run can start"
    assert not is_root() or checked(ours)["locks"] == ("ok", None)


def on_a_disk_of(size: str, folder: Path, command: str) -> list[str]:
    """Return a command that runs another one with a new file system of this size in the folder."""
    return [
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f"mount -t tmpfs -o size={size} none {folder} && {command}",
    ]


def can_mount(folder: Path) -> bool:
    return subprocess.run(on_a_disk_of("1m", folder, "true"), capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("size", "code", "level"), [("2g", 0, "ok"), ("512m", 0, "warning"), ("50m", 1, "failure")])
def test_a_disk_that_is_nearly_full_is_reported(ordercli: Ordercli, size: str, code: int, level: str) -> None:
    disk = ordercli.folder / "disk"
    disk.mkdir()
    if not can_mount(disk):
        pytest.skip("this user may mount no file system")
    command = shlex.join([*COMMAND, "doctor", "-o", "ndjson", "--database", str(disk / "orders.db")])

    done = subprocess.run(
        on_a_disk_of(size, disk, command), capture_output=True, check=False, env=ordercli.environment()
    )

    found = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    message = next(each["message"] for each in found.ndjson if each["check"] == "disk")
    assert (found.exit_code, checked(found)["disk"]) == (
        code,
        (
            level,
            None if level == "ok" else f"make room, or `ordercli queue purge --database {disk}/orders.db`",
        ),
    )
    assert message.endswith(f" MiB are free in {disk}")
