"""A database that is not there is not made by looking; what names one is understood or refused."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING

import pytest

from ordercli.database.address import masked
from ordercli.database.opening import exists
from ordercli.database.store import SCHEMA_VERSION
from support.builders import ndjson, product_order, write_orders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.running import Ordercli
    from support.servers import Server

pytestmark = pytest.mark.slow

LOOKING = (
    "list",
    "show PO-1",
    "history PO-1",
    "events",
    "batch list",
    "batch show 1",
    "batch show 1 --orders",
    "batch resume 1",
    "report",
    "report night.md",
    "report --batch 1",
    "queue run",
    "queue run --watch --max-runtime 1s",
    "queue status",
    "queue status --check",
    "queue status --metrics-file queue.prom",
    "queue list",
    "queue show PO-1",
    "queue pause",
    "queue resume",
    "queue purge",
    "queue purge --dry-run",
    "queue retry PO-1",
    "queue retry --state error",
    "queue retry --state error --dry-run",
    "queue create PO-1",
    "queue discard PO-1 --reason x",
    "queue discard --state error --reason x --yes",
    "queue export --to failed.ndjson",
    "patch PO-1 --set description=x",
    "patch PO-1 --set description=x --dry-run",
    "patch --from patches.ndjson",
    "patch --from patches.ndjson --dry-run",
    "cancel PO-1 --reason x",
    "cancel PO-1 PO-2 --reason x --yes",
    "cancel --from patches.ndjson --yes",
    "reference list Customer",
    "reference diff records.ndjson",
    "reference delete Customer 1",
    "reference show Customer 1",
    "reference stats",
    "reference export",
    "db check",
    "db backup backup.db",
    "db info",
)


@pytest.fixture
def nowhere(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where no database is: a path in a folder that is not there, or a server's database without tables."""
    if engine == "sqlite":
        yield str(tmp_path / "folder/none.db")
        return
    server: Server = request.getfixturevalue("server")
    address = server.empty_database()
    yield address
    server.drop(address)


def files(folder: Path) -> dict[str, int]:
    return {str(each): each.stat().st_size for each in folder.rglob("*")}


@pytest.mark.parametrize("command", LOOKING)
def test_looking_makes_nothing(ordercli: Ordercli, tmp_path: Path, command: str) -> None:
    (tmp_path / "patches.ndjson").write_bytes(b"{}\n")
    before = files(tmp_path)
    path = tmp_path / "folder/none.db"

    result = ordercli(*shlex.split(command), "--database", str(path))

    printed = f"error: there is no database {path} (from --database)"
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (6, "", printed)
    assert files(tmp_path) == before


@pytest.mark.every_engine
@pytest.mark.parametrize("command", ["list", "queue run", "queue status --check", "events", "patch A --set b=c"])
def test_tables_are_not_made_by_looking(ordercli: Ordercli, nowhere: str, engine: str, command: str) -> None:
    result = ordercli(*shlex.split(command), "--database", nowhere)

    printed = {
        "sqlite": f"error: there is no database {nowhere} (from --database)",
        "postgresql": f"error: {masked(nowhere)} (from --database) has no tables of ordercli",
    }
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (6, "", printed[engine])
    assert not exists(nowhere)


def test_a_new_file_of_0_bytes_holds_no_database_and_stays_empty(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()

    results = [ordercli(*shlex.split(command), "--database", "new.db") for command in LOOKING]

    assert {(each.exit_code, each.stderr.splitlines()[0]) for each in results} - {
        (6, "error: Cannot read patches.ndjson: No such file or directory")
    } == {(6, "error: there is no database new.db (from --database)")}
    assert (tmp_path / "new.db").stat().st_size == 0


@pytest.mark.parametrize("origin", ["--database", "ORDERCLI_DATABASE", "mine.toml", "the default"])
def test_the_message_says_where_the_path_comes_from(ordercli: Ordercli, tmp_path: Path, origin: str) -> None:
    path = str(tmp_path / "none.db")
    (tmp_path / "mine.toml").write_text("database = 'none.db'")
    arguments = {"--database": ("--database", path), "mine.toml": ("--config", "mine.toml")}.get(origin, ())
    variable = path if origin == "ORDERCLI_DATABASE" else ""

    result = ordercli("list", *arguments, "-o", "json", ORDERCLI_DATABASE=variable, XDG_DATA_HOME=str(tmp_path))

    found = {"mine.toml": "none.db", "the default": f"{tmp_path}/ordercli/orders.db"}.get(origin, path)
    assert (result.exit_code, json.loads(result.stderr)["message"]) == (
        6,
        f"there is no database {found} (from {origin})",
    )


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("submit orders.ndjson -o id", 0), ("reference import records.ndjson", 0), ("db upgrade", 0)],
)
def test_commands_that_make_a_database_say_so_once(
    ordercli: Ordercli, nowhere: str, tmp_path: Path, command: str, exit_code: int
) -> None:
    write_orders(tmp_path / "orders.ndjson", product_order())
    (tmp_path / "records.ndjson").write_bytes(ndjson({"@type": "Customer", "id": "1", "name": "Funco"}))
    reported = f"new database: {masked(nowhere)} (from --database)"

    first, second = (ordercli.process(*command.split(), "--database", nowhere) for _ in range(2))

    assert [each.exit_code for each in (first, second)] == [exit_code] * 2
    assert (first.stderr.splitlines()[0], reported in second.stderr) == (reported, False)
    assert exists(nowhere)


def test_an_upgrade_that_is_only_planned_makes_nothing(ordercli: Ordercli, tmp_path: Path) -> None:
    result = ordercli("db", "upgrade", "--dry-run", "--database", "none.db", "-o", "json")

    assert (result.exit_code, result.stderr, result.json["schemaVersion"]) == (0, "", 0)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "command",
    [
        "validate orders.ndjson",
        "submit --dry-run orders.ndjson",
        "rules",
        "explain ORD101",
        "schema order-servicenow",
        "config show",
        "config path",
        "--help",
    ],
)
def test_what_needs_no_database_works_without_and_makes_none(ordercli: Ordercli, tmp_path: Path, command: str) -> None:
    write_orders(tmp_path / "orders.ndjson", product_order())
    before = files(tmp_path)

    result = ordercli(*command.split(), ORDERCLI_DATABASE=str(tmp_path / "folder/none.db"))

    assert (result.exit_code, "new database" in result.stderr) == (0, False), result.stderr
    assert files(tmp_path) == before


def test_completion_stays_silent(ordercli: Ordercli, tmp_path: Path) -> None:
    before = files(tmp_path)

    result = ordercli.process(
        ORDERCLI_DATABASE=str(tmp_path / "folder/none.db"),
        ORDERCLI_DATABSE="x",
        _ORDERCLI_COMPLETE="complete_bash",
        COMP_WORDS="ordercli show 01",
        COMP_CWORD="2",
    )

    assert (result.exit_code, result.stdout.strip(), result.stderr) == (0, "", "")
    assert files(tmp_path) == before


ACCEPTED = "  hint: name the path of a file, or an address such as postgresql://USER@HOST/DATABASE"
REFUSED = [
    ("", "the name of the database is empty"),
    ("  ", "the name of the database is empty"),
    (":memory:", "`:memory:` is not accepted: a database must outlive the command"),
    ("file:orders.db", "addresses that begin with `file:` are not accepted"),
    ("FILE:///tmp/orders.db?mode=ro", "addresses that begin with `file:` are not accepted"),
    (
        "host=db.example dbname=orders password=secret",
        "a connection string of the form `host=… dbname=…` is not accepted",
    ),
    ("dbname=orders", "a connection string of the form `host=… dbname=…` is not accepted"),
    (
        "postgresql:/ana:secret@db.example/orders",
        "the address of a server begins with postgresql:// (lower case, two slashes)",
    ),
    ("POSTGRESQL://ana:secret@h/orders", "the address of a server begins with postgresql:// (lower case, two slashes)"),
    ("postgresql+psycopg://ana:secret@h/orders", "only addresses that begin with postgresql:// are known"),
    ("mysql://ana:secret@h/orders", "only addresses that begin with postgresql:// are known"),
    ("sqlite:///orders.db", "only addresses that begin with postgresql:// are known"),
    ("jdbc:postgresql://ana:secret@h/orders", "only addresses that begin with postgresql:// are known"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_neither_a_path_nor_an_address_is_refused(
    ordercli: Ordercli, tmp_path: Path, text: str, reason: str
) -> None:
    write_orders(tmp_path / "orders.ndjson", product_order())
    (tmp_path / "mine.toml").write_text(f"database = {json.dumps(text)}")
    before = files(tmp_path)

    results = {
        "--database": ordercli("submit", "orders.ndjson", "--database", text),
        "mine.toml": ordercli("list", "--config", "mine.toml", ORDERCLI_DATABASE=""),
        "SOURCE": ordercli("db", "copy", text, "copy.db"),
        "TARGET": ordercli("db", "copy", ordercli.database, text),
    }
    if text:  # an empty variable is as good as none
        results["ORDERCLI_DATABASE"] = ordercli("list", ORDERCLI_DATABASE=text)

    assert {origin: (each.exit_code, each.stdout, each.stderr) for origin, each in results.items()} == {
        origin: (2, "", f"error: {origin}: {reason}\n{ACCEPTED}\n") for origin in results
    }
    assert files(tmp_path) == before


def test_a_tilde_is_the_home_folder_wherever_the_database_is_named(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("database = '~/a/orders.db'")
    home, wanted = str(tmp_path / "home"), str(tmp_path / "home/a/orders.db")

    shown = [
        ordercli.process("config", "show", "--database", "~/a/orders.db", HOME=home),
        ordercli.process("config", "show", ORDERCLI_DATABASE="~/a/orders.db", HOME=home),
        ordercli.process("config", "show", "--config", "mine.toml", ORDERCLI_DATABASE="", HOME=home),
    ]
    made = ordercli.process("db", "upgrade", "--database", "~/a/orders.db", HOME=home)

    assert [each.json["database"] for each in shown] == [wanted] * 3
    assert (made.exit_code, exists(wanted)) == (0, True)
    assert not (tmp_path / "~").exists()


def test_a_path_in_a_settings_file_is_relative_to_that_file(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "conf/ordercli").mkdir(parents=True)
    (tmp_path / "conf/ordercli/ordercli.toml").write_text("database = 'data/orders.db'")

    shown = ordercli.process("config", "show", "--origin", ORDERCLI_DATABASE="", XDG_CONFIG_HOME=f"{tmp_path}/conf")

    (row,) = (row for row in shown.ndjson if row["key"] == "database")
    assert (row["value"], row["origin"]) == (
        f"{tmp_path}/conf/ordercli/data/orders.db",
        f"{tmp_path}/conf/ordercli/ordercli.toml",
    )


def test_an_address_in_a_settings_file_is_no_path(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("database = 'postgresql://ana:secret@h/orders'")

    shown = ordercli("config", "show", "--config", "mine.toml", ORDERCLI_DATABASE="")

    assert shown.json["database"] == "postgresql://ana:***@h/orders"


def test_the_database_of_a_project_is_ignored_and_told(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "ordercli.toml").write_text("database = 'project.db'\noutput = 'json'")

    result = ordercli("db", "info")
    quiet = ordercli("db", "info", "--quiet")

    assert (result.exit_code, result.json["schemaVersion"]) == (0, SCHEMA_VERSION)
    printed = json.loads(result.stderr)
    assert printed.pop("message").startswith("ordercli.toml: `database` is ignored, because a project must not choose")
    assert printed == {"severity": "warning"}
    assert (len(result.stderr.splitlines()), quiet.stderr) == (1, "")
    assert not (tmp_path / "project.db").exists()


def test_an_unknown_variable_is_reported_once(ordercli: Ordercli) -> None:
    result = ordercli("queue", "status", "-o", "json", ORDERCLI_DATABSE="/data/orders.db")

    message = "ORDERCLI_DATABSE is no setting and is ignored; did you mean ORDERCLI_DATABASE?"
    assert (result.exit_code, json.loads(result.stderr)) == (0, {"severity": "warning", "message": message})


def test_paths_tell_which_files_are_ignored(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "ordercli.toml"
    file.write_text("output = 'csv'")
    file.chmod(0o666)

    rows = ordercli("config", "path", "-o", "ndjson").ndjson

    assert rows[-1] == {
        "path": "ordercli.toml",
        "exists": True,
        "ignored": "others can write it (mode 0666); `chmod go-w ordercli.toml`",
    }


@pytest.mark.parametrize("command", ["list", "submit orders.ndjson", "db info", "validate"])
def test_a_working_folder_that_was_deleted_is_reported(ordercli: Ordercli, tmp_path: Path, command: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        relative = ordercli(*command.split(), "--database", "orders.db", stdin=ndjson(product_order()))
        absolute = ordercli("list", stdin=ndjson(product_order()))
    finally:
        os.chdir(tmp_path)

    assert (relative.exit_code, relative.stdout, relative.stderr.splitlines()) == (
        2,
        "",
        [
            "error: --database: orders.db is relative to the working folder, which was deleted",
            "  hint: change to another folder, or give an absolute path",
        ],
    )
    assert (absolute.exit_code, absolute.stderr) == (0, "")


def test_absolute_paths_do_without_a_working_folder(ordercli: Ordercli, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.ndjson", tmp_path / "bad.ndjson"
    write_orders(good, product_order("PO-1"))
    write_orders(bad, product_order("PO-2", orderCurrency=...))
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        created = ordercli("submit", str(good), "-o", "json")
        validated = ordercli("validate", str(bad), "--format", "github")
        relative = ordercli("submit", str(good), "--accepted", "receipts.ndjson")
    finally:
        os.chdir(tmp_path)

    assert (created.exit_code, created.json["accepted"], created.stderr) == (0, 1, "")
    assert (validated.exit_code, validated.stdout.partition(",")[0]) == (1, f"::error file={bad.relative_to('/')}")
    assert (relative.exit_code, relative.stderr.splitlines()[0]) == (
        6,
        "error: --accepted receipts.ndjson cannot be written: it is relative to the working folder, which was deleted",
    )


@pytest.mark.parametrize(
    "command",
    [
        "db upgrade",
        "db backup copy.db",
        "db copy orders.db copy.db",
        "queue purge --yes",
        "reference import ref.ndjson",
    ],
)
def test_ids_that_the_result_does_not_have_are_refused_before_anything_is_done(
    ordercli: Ordercli, tmp_path: Path, command: str
) -> None:
    (tmp_path / "ref.ndjson").write_text('{"@type":"Place","id":"7"}\n')
    there = sorted(each.name for each in tmp_path.iterdir())

    result = ordercli(*command.split(), "-o", "id", "--database", "new.db")

    printed = "error: the result of this command has no id\n  hint: choose another format with -o\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", printed)
    assert sorted(each.name for each in tmp_path.iterdir()) == there
