"""Stores that the settings name: `--store NAME`, and stores that ask before they are changed."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import typer

from ordercli.cli.app import COMMANDS
from ordercli.database.address import is_same_place, masked
from ordercli.errors import UsageError
from ordercli.settings_loading import load
from ordercli.stores import NamedStore, StoreSettings, store_named
from support.builders import product_order
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support.running import Ordercli

ORDERS = json.dumps(product_order("CRM-1")).encode()
CONFIRMED = "this changes the store production, {}"


@pytest.fixture
def stores(ordercli: Ordercli) -> Path:
    """Two stores in the settings of the user; the one that matters asks."""
    file = ordercli.folder / ".config/ordercli/ordercli.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[stores.test]\ndatabase = 'test.db'\n[stores.production]\ndatabase = 'live.db'\nconfirm = true\n")
    return file.parent


@pytest.mark.parametrize(
    ("options", "variables", "used"),
    [
        (["--store", "test"], {}, "test.db"),
        ([], {"ORDERCLI_STORE": "test", "ORDERCLI_DATABASE": ""}, "test.db"),
        (["--store", "test"], {"ORDERCLI_STORE": "production", "ORDERCLI_DATABASE": ""}, "test.db"),
        (["--database", "other.db"], {"ORDERCLI_STORE": "test", "ORDERCLI_DATABASE": ""}, "other.db"),
    ],
)
def test_the_stronger_of_store_and_database_counts(
    ordercli: Ordercli, stores: Path, options: list[str], variables: dict[str, Any], used: str
) -> None:
    done = ordercli("submit", "--async", *options, stdin=ORDERS, **variables)

    named = "test" if used == "test.db" else None
    made = (ordercli.folder if used == "other.db" else stores) / used
    assert (done.exit_code, done.json.get("store"), made.exists()) == (0, named, True)
    assert not (stores / "live.db").exists()


def test_a_setting_chooses_a_store_unless_a_variable_names_a_database(ordercli: Ordercli, stores: Path) -> None:
    file = stores / "ordercli.toml"
    file.write_text(f"store = 'test'\n{file.read_text()}")

    by_setting = ordercli("config", "show", "-o", "json", ORDERCLI_DATABASE="").json
    by_variable = ordercli("config", "show", "-o", "json", ORDERCLI_DATABASE="/data/other.db").json

    assert (by_setting["store"], by_setting["database"]) == ("test", str(stores / "test.db"))
    assert (by_variable["store"], by_variable["database"]) == (None, "/data/other.db")


@pytest.mark.parametrize(
    ("options", "variables", "message"),
    [
        (
            ["--store", "test", "--database", "other.db"],
            {},
            "error: --store and --database both say where orders are stored\n  hint: give one of them\n",
        ),
        (
            [],
            {"ORDERCLI_STORE": "test"},
            (
                "error: the environment: `store` and `database` both say where orders are stored\n"
                "  hint: give one of them\n"
            ),
        ),
        (
            ["--store", "live"],
            {},
            "error: --store: no store is named 'live'\n  hint: the settings have: production, test\n",
        ),
    ],
)
def test_a_store_that_cannot_be_meant_is_refused(
    ordercli: Ordercli, stores: Path, options: list[str], variables: dict[str, Any], message: str
) -> None:
    done = ordercli("list", *options, **variables)

    assert (done.exit_code, done.stdout, done.stderr) == (2, "", message)
    assert stores.exists()


def test_without_stores_the_hint_says_where_they_are_defined(ordercli: Ordercli) -> None:
    done = ordercli("list", "--store", "test")

    assert (done.exit_code, done.stderr) == (
        2,
        (
            "error: --store: no store is named 'test'\n  hint: add a table [stores.NAME] with its `database` to your"
            " settings file (`ordercli config path --store test`)\n"
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stores = 1", "{}: `stores` must hold tables such as [stores.test]"),
        ("[stores]\ntest = 'orders.db'", "{}: `stores` must hold tables such as [stores.test]"),
        ("[stores.test]", "{}: [stores.test]: `database` is missing"),
        ("[stores.test]\ndatabase = 1", "{}: [stores.test]: `database` must be text, not 1"),
        ("[stores.test]\nconfirm = 'maybe'", "{}: [stores.test]: `confirm` must be true or false, not 'maybe'"),
        ("[stores.test]\ndatabse = 'orders.db'", "{}: [stores.test]: unknown setting `databse`"),
        ("store = 'test'\ndatabase = 'x'", "{}: `store` and `database` both say where orders are stored"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)

    with pytest.raises(UsageError) as refused:
        store_named(load({}, config=str(file), environ={}), "test")

    assert refused.value.message == message.format(file)


def test_a_wrong_table_of_another_store_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[stores.test]\ndatabase = 'test.db'\n[stores.other]\nnothing = 1")

    found = store_named(load({}, config=str(file), environ={}), "test")

    assert found == NamedStore("test", tmp_path, StoreSettings("test.db"))


@pytest.mark.parametrize("text", ["store = 'test'", "[stores.test]\ndatabase = 'theirs.db'"])
def test_a_project_names_no_store(tmp_path: Path, text: str) -> None:
    (tmp_path / "ordercli.toml").write_text(text)

    found = load({}, environ={"HOME": str(tmp_path / "home")}, folder=tmp_path)

    name = text.partition(" ")[0] if text.startswith("store") else "stores"
    variable = ", with ORDERCLI_STORE" if name == "store" else ""
    assert (found.store, found.stores) == (None, {})
    reason = f"`{name}` is ignored, because a project must not choose where orders are stored"
    help_ = f"set it in your own settings file (`ordercli config path`){variable}, or name this file with --config"
    assert found.notes == (f"{tmp_path}/ordercli.toml: {reason}; {help_}",)


def test_a_store_that_asks_is_not_changed_without_a_terminal(ordercli: Ordercli, stores: Path) -> None:
    refused = ordercli("submit", "--async", "--store", "production", stdin=ORDERS)
    tried = ordercli("submit", "--async", "--dry-run", "--store", "production", stdin=ORDERS)
    taken = ordercli("submit", "--async", "--store", "production", "--yes", stdin=ORDERS)
    run = ordercli("queue", "run", "-y", "--store", "production", "-o", "json")

    consequence = CONFIRMED.format(stores / "live.db")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (
        2,
        "",
        f"error: {consequence}: this needs --yes without a terminal\n  hint: nothing was done; add --yes to go on\n",
    )
    assert (tried.exit_code, tried.json["accepted"]) == (0, 1)
    assert (taken.exit_code, taken.json["accepted"], taken.json["store"]) == (0, 1, "production")
    assert (run.exit_code, run.json["completed"], run.json["store"]) == (0, 1, "production")


@pytest.mark.every_engine
def test_a_store_on_either_engine_is_named_and_asks(ordercli: Ordercli) -> None:
    file = ordercli.folder / ".config/ordercli/ordercli.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f"[stores.live]\ndatabase = '{ordercli.database}'\nconfirm = true\n")
    live: Any = {"ORDERCLI_STORE": "live", "ORDERCLI_DATABASE": ""}

    refused = ordercli("submit", "--async", stdin=ORDERS, **live)
    by_address = ordercli("submit", "--async", stdin=ORDERS)
    taken = ordercli("submit", "--async", "--yes", "-o", "json", stdin=ORDERS, **live)
    discarded = ordercli("queue", "discard", "--state", "new", "--reason", "twice", **live)
    listed = ordercli("queue", "list", "-o", "ndjson", **live).ndjson

    changed = f"error: this changes the store live, {masked(ordercli.database)}: this needs --yes without a terminal"
    assert [(each.exit_code, each.stderr.splitlines()[0]) for each in (refused, by_address)] == [(2, changed)] * 2
    assert (taken.exit_code, taken.json["accepted"], taken.json["store"]) == (0, 1, "live")
    assert (discarded.exit_code, "1 entry will be discarded: this needs --yes" in discarded.stderr) == (2, True)
    assert [(each["externalId"], each["state"]) for each in listed] == [("CRM-1", "new")]


def test_the_summary_of_each_run_names_the_store(ordercli: Ordercli, stores: Path) -> None:
    with (stores / "ordercli.toml").open("a") as file:
        file.write("[targets.crm]\nurl = 'https://crm.example.com'\n")
    live = ("--store", "production", "--yes", "-o", "json")
    batch = ordercli("submit", "--async", *live, stdin=ORDERS).json["batchId"]
    assert ordercli("db", "backup", "saved.db", "--store", "production").exit_code == 0
    (ordercli.folder / "none.ndjson").touch()
    assert (
        ordercli("submit", "--target", "crm", *live, stdin=json.dumps(product_order("FAR-1")).encode()).exit_code == 0
    )
    assert ordercli("forward", "pause", "crm", *live[:3]).exit_code == 0

    found = {
        words: ordercli(*words.split(), *live).json
        for words in (
            f"batch cancel {batch} --reason twice",
            "forward run",
            "queue run",
            "reference import none.ndjson",
            "db restore saved.db",
        )
    }

    shown = [each[0] if isinstance(each, list) else each for each in found.values()]
    assert [each["store"] for each in shown] == ["production"] * len(found)


# Every command that changes what a store holds, with arguments that it accepts.
CHANGING = (
    "submit orders.json",
    "serve",
    "serve token add crm",
    "serve token revoke crm",
    "queue run",
    "queue create CRM-1",
    "queue retry CRM-1",
    "queue discard CRM-1 --reason twice",
    "queue export",
    "queue purge",
    "queue pause",
    "queue resume",
    "patch CRM-1 --set priority=1",
    "cancel CRM-1 --reason twice",
    "fulfil orders.json",
    "reference import orders.json",
    "reference delete Customer CUST-1",
    "rejects submit rejects.ndjson",
    "batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f",
    "hub enable 1",
    "hub remove 1",
    "db upgrade",
    "db restore saved.db",
    "forward run",
    "forward follow",
    "forward resolve CRM-1 --not-sent",
    "forward retry CRM-1",
    "forward discard CRM-1 --reason twice",
    "forward pause crm",
    "forward resume crm",
)
# Every other command.
# They say what they will do in the question that also names the store.
ASKING_THEMSELVES = {
    "db restore saved.db": "live.db is replaced by saved.db",
    "queue discard --state new --reason twice": "1 entry will be discarded",
    "queue purge --completed 0s --error 0s": "1 entry will be deleted",
    "reference import records.ndjson --replace Currency": "this deletes every Currency that the files lack",
    "batch cancel BATCH --reason wrong": "batch BATCH: 1 waiting or failed entry will be discarded",
}
READING = (
    "validate",
    "quote convert",
    "convert",
    "serve token list",
    "queue status",
    "queue list",
    "queue show",
    "list",
    "show",
    "history",
    "events",
    "report",
    "reference list",
    "reference show",
    "reference diff",
    "reference stats",
    "reference export",
    "rules",
    "explain",
    "schema",
    "rejects show",
    "rejects fix",
    "rejects edit",
    "batch list",
    "batch show",
    "batch watch",
    "hub list",
    "config show",
    "config path",
    "forward status",
    "forward list",
    "forward show",
    "target list",
    "target check",
    "db backup",
    "db info",
    "doctor",
    "db check",
    "db copy",
)


@pytest.mark.parametrize("words", CHANGING)
def test_each_command_that_changes_a_store_asks(
    ordercli: Ordercli, stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.json").write_bytes(ORDERS)
    (tmp_path / "rejects.ndjson").write_text(json.dumps({"$reject": {"batchId": "b", "record": 1, "order": {}}}))
    with (stores / "ordercli.toml").open("a") as file:
        file.write("[targets.crm]\nurl = 'https://crm.example.com'\n")
    assert ordercli("db", "upgrade", "--store", "production", "--yes").exit_code == 0

    done = ordercli(*words.split(), "--store", "production")

    refused = f"error: {CONFIRMED.format(stores / 'live.db')}: this needs --yes without a terminal\n"
    assert (done.exit_code, done.stderr.splitlines(keepends=True)[0]) == (2, refused)


def test_each_command_is_known_to_change_a_store_or_not() -> None:
    changing = (*CHANGING, *ASKING_THEMSELVES)
    known = {next(name for name in _commands() if f"{words} ".startswith(f"{name} ")) for words in changing}

    assert known | {*READING} == {*_commands()}
    assert not known & {*READING}


def _commands() -> list[str]:
    """Return the commands with their subcommands, the longest names first."""
    names = []
    for name, entry in COMMANDS.items():
        command = typer.main.get_command(import_module(f"ordercli.cli.{entry.module}").app)
        more = [import_module(f"ordercli.cli.{module}").app for module in entry.more]
        names += _names_below(name, command, [each.name for app in more for each in app.registered_commands])
    return sorted(set(names), key=len, reverse=True)


def _names_below(name: str, command: Any, more: Iterable[str | None] = ()) -> list[str]:
    """Return the names of the commands of a group; of a command that is no group, or works without one, its own."""
    children = getattr(command, "commands", {})
    if name == "serve":
        return [name, *(found for child in children.values() for found in _names_below(f"{name} {child.name}", child))]
    if name in children or not children:
        return [name]
    below = [found for child in children.values() for found in _names_below(f"{name} {child.name}", child)]
    return [*below, *(f"{name} {each}" for each in more)]


def test_the_question_is_answered_on_a_terminal_and_the_summary_names_the_store(
    ordercli: Ordercli, stores: Path
) -> None:
    (ordercli.folder / "orders.json").write_bytes(ORDERS)
    environment = {**ordercli.environment(), "ORDERCLI_DATABASE": ""}
    command = [*COMMAND, "submit", "orders.json", "--async", "--store", "production"]

    no = on_terminal(command, ordercli.folder, environment)
    no.expect("Go on?")
    no.sendline("n")
    refused = ended(no)
    yes = on_terminal(command, ordercli.folder, environment)
    yes.expect("Go on?")
    yes.sendline("y")
    taken = ended(yes)

    question = f"{CONFIRMED.format(stores / 'live.db')}. Go on? [y/N]:"
    assert (refused.exit_code, " ".join(refused.screen.split())) == (1, f"{question} n nothing was done")
    assert taken.exit_code == 0
    assert ", store production\n" in taken.screen
    assert "  create the orders: ordercli queue run --store production\n" in taken.screen


@pytest.mark.parametrize(("words", "consequence"), ASKING_THEMSELVES.items())
@pytest.mark.usefixtures("stores")
def test_a_command_that_asks_itself_asks_once_and_names_the_store(
    ordercli: Ordercli, words: str, consequence: str
) -> None:
    live = ("--store", "production", "--yes")
    (ordercli.folder / "records.ndjson").write_text('{"@type": "Currency", "id": "EUR"}')
    for name in ("CRM-1", "CRM-2"):
        assert ordercli("submit", "--async", *live, stdin=json.dumps(product_order(name)).encode()).exit_code == 0
    assert ordercli("queue", "discard", "CRM-2", "--reason", "twice", *live).exit_code == 0
    assert ordercli("db", "backup", "saved.db", "--store", "production").exit_code == 0
    batch = ordercli("batch", "list", "--store", "production", "-o", "id").stdout.split()[-1]
    words, consequence = words.replace("BATCH", batch), consequence.replace("BATCH", batch)

    environment = {**ordercli.environment(), "ORDERCLI_DATABASE": ""}
    asked = on_terminal([*COMMAND, *words.split(), "--store", "production"], ordercli.folder, environment, 300)
    asked.expect("Go on?")
    asked.sendline("y")
    done = ended(asked)

    question = done.screen[: done.screen.index(". Go on?")]
    assert (done.exit_code, done.screen.count("Go on?")) == (0, 1), done.screen
    assert consequence in question
    assert question.endswith("; this changes the store production")


def test_names_of_stores_are_completed(ordercli: Ordercli, stores: Path) -> None:
    asked: dict[str, Any] = {
        "_ORDERCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": "ordercli list --store ",
        "COMP_CWORD": "3",
    }

    assert stores.exists()
    assert ordercli.process(**asked).stdout.split() == ["production", "test"]


@pytest.mark.parametrize(
    "words", ["submit orders.json --database {}", "db copy source.db {}", "reference import orders.json --database {}"]
)
@pytest.mark.parametrize("path", ["ordercli/live.db", "../.config/ordercli/live.db", "linked.db"])
def test_a_store_asks_whatever_names_its_database(
    ordercli: Ordercli, stores: Path, monkeypatch: pytest.MonkeyPatch, words: str, path: str
) -> None:
    monkeypatch.chdir(stores.parent)
    (stores.parent / "orders.json").write_bytes(ORDERS)
    (stores.parent / "linked.db").symlink_to("ordercli/live.db")
    assert ordercli("db", "upgrade", "--database", "source.db").exit_code == 0

    refused = ordercli(*words.format(path).split())
    agreed = ordercli(*words.format(path).split(), "--yes")

    asked = f"error: {CONFIRMED.format(path)}: this needs --yes without a terminal\n"
    assert (refused.exit_code, refused.stderr.splitlines(keepends=True)[0]) == (2, asked)
    assert (agreed.exit_code, (stores / "live.db").exists()) == (1 if "reference" in words else 0, True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("orders.db", "./x/../orders.db", True),
        ("orders.db", "other.db", False),
        ("postgresql://a:secret@DB.example/orders", "postgres://b@db.example:5432/orders?sslmode=require", True),
        ("postgresql:///orders?host=/run/pg&port=5433", "postgresql://x@/orders?port=5433&host=/run/pg", True),
        ("postgresql://db.example/orders", "postgresql://db.example/test", False),
        ("postgresql://db.example/orders", "postgresql://db.example:5433/orders", False),
        ("postgresql://db.example/orders", "orders", False),
    ],
)
def test_two_names_of_the_same_database_are_recognized(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert (is_same_place(one, other), is_same_place(other, one)) == (expected, expected)
