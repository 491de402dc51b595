from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.cli.app import COMMANDS
from ordercli.clients import subscriptions
from ordercli.clients.subscriptions import SubscriptionRow
from support.builders import product_order
from support.commands import TREE, command_at
from support.other_user import as_stranger, is_root
from support.running import Result
from support.stored import BATCH, enqueue, order_id

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.slow


def completed(ordercli: Ordercli, words: str, **env: Any) -> list[str]:
    """What a shell is offered for the last of these words."""
    asked: dict[str, Any] = {
        "_ORDERCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    done = ordercli.process(**asked, **env)
    assert done.stderr == ""
    return done.stdout.split()


# What is one of a list that the program knows, by the names of options and the values of arguments.
OF_A_LIST = {
    *("--action", "--batch", "--code", "--currency", "--ignore", "--replace", "--resource", "--select", "--state"),
    *("--target", "--type", "CODE", "TYPE", "[TYPE]", "A,B", "CODE=LEVEL", "FORMAT=PATH"),
}


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_value_of_a_list_that_is_known_is_completed(path: list[str]) -> None:
    wanted = [each for each in command_at(path).params if {*each.opts, each.metavar} & OF_A_LIST]

    assert [each.name for each in wanted if not is_completed(each)] == []


def is_completed(parameter: Any) -> bool:
    return parameter._custom_shell_complete is not None or hasattr(parameter.type, "choices")


def test_names_of_commands_are_completed(ordercli: Ordercli) -> None:
    assert completed(ordercli, "ordercli ") == list(COMMANDS)
    assert completed(ordercli, "ordercli sub") == ["submit"]
    assert completed(ordercli, "ordercli queue re") == ["retry", "resume"]


def test_options_are_completed(ordercli: Ordercli) -> None:
    assert completed(ordercli, "ordercli queue run --max") == ["--max-runtime"]
    assert completed(ordercli, "ordercli --ver") == ["--version", "--verbose"]


def test_kinds_of_orders_are_completed(ordercli: Ordercli) -> None:
    assert completed(ordercli, "ordercli list --resource ") == ["productOrder", "serviceOrder"]
    assert completed(ordercli, "ordercli queue retry --resource s") == ["serviceOrder"]


@pytest.mark.parametrize("command", ["show", "queue show", "queue create", "queue retry", "queue discard"])
def test_ids_of_orders_are_completed(ordercli: Ordercli, connection: Store, command: str) -> None:
    enqueue(connection, product_order("CRM-1"), product_order("CRM-2"), product_order(None))

    assert completed(ordercli, f"ordercli {command} CRM") == ["CRM-1", "CRM-2"]
    assert completed(ordercli, f"ordercli {command} ") == [order_id(3), "CRM-2", "CRM-1"]


def test_ids_of_batches_are_completed(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("CRM-1"))

    assert completed(ordercli, "ordercli batch show b") == [BATCH]


def test_the_database_that_is_named_on_the_line_is_asked(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    enqueue(connection, product_order("CRM-1"))
    elsewhere = {"ORDERCLI_DATABASE": str(tmp_path / "none.db")}

    assert completed(ordercli, "ordercli show CRM", **elsewhere) == []
    assert completed(ordercli, f"ordercli --database {ordercli.database} show CRM", **elsewhere) == ["CRM-1"]
    assert not (tmp_path / "none.db").exists()


def test_trouble_is_kept_from_the_prompt(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "ordercli.toml").write_text("this is no TOML")

    assert completed(ordercli, "ordercli show CRM") == []


def installed(ordercli: Ordercli, shell: str) -> Result:
    """The call that installs completion, for a shell that is named and not looked for."""
    return ordercli.process("--install-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".bash_completions/ordercli.sh"),
        ("bash", ".bashrc"),
        ("zsh", ".zfunc/_ordercli"),
        ("zsh", ".zshrc"),
        ("fish", ".config/fish/completions/ordercli.fish"),
    ],
)
@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_completion_script_is_not_written_over_the_database(
    ordercli: Ordercli, tmp_path: Path, shell: str, file: str, link: str
) -> None:
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    getattr(target, link)(ordercli.database)
    before = (tmp_path / "orders.db").read_bytes()

    result = installed(ordercli, shell)

    reported = f"error: --install-completion {target} would overwrite the database\n  hint: choose another file\n"
    assert result == Result(2, "", reported)
    assert (tmp_path / "orders.db").read_bytes() == before


def test_the_settings_of_zsh_are_guarded_where_zdotdir_has_them(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "zsh").mkdir()
    (tmp_path / "zsh/.zshrc").symlink_to(ordercli.database)
    before = (tmp_path / "orders.db").read_bytes()

    result = ordercli.process(
        "--install-completion",
        "zsh",
        _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1",
        ZDOTDIR=str(tmp_path / "zsh"),
    )

    reported = f"--install-completion {tmp_path}/zsh/.zshrc would overwrite the database"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"error: {reported}")
    assert (tmp_path / "orders.db").read_bytes() == before


@pytest.mark.skipif(not is_root(), reason="whoever runs the tests has a home folder")
def test_completion_is_not_installed_for_a_user_without_home(ordercli: Ordercli) -> None:
    result = as_stranger(
        ordercli, "--install-completion", "bash", HOME=None, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )

    assert (result.exit_code, result.stderr) == (
        2,
        "error: --install-completion: you have no home folder to write to\n  hint: set HOME\n",
    )


def test_a_completion_script_that_cannot_be_written_is_named(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / ".bash_completions/ordercli.sh").mkdir(parents=True)

    result = installed(ordercli, "bash")

    reported = f"--install-completion {tmp_path}/.bash_completions/ordercli.sh cannot be written: Is a directory"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (6, f"error: {reported}")


def test_completion_is_installed(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("alias ll=ls\n")

    result = installed(ordercli, "bash")

    assert (result.exit_code, result.stderr) == (0, "")
    assert (tmp_path / ".bashrc").read_text().startswith("alias ll=ls\n")
    assert (tmp_path / ".bash_completions/ordercli.sh").read_text() != ""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("list --state acc", []),
        ("list --state ack", ["acknowledged"]),
        ("list --action modi", ["modify"]),
        ("list --currency E", ["EUR"]),
        ("list --batch bbb", [BATCH]),
        ("queue list --state can", ["cancelled"]),
        ("queue retry --code ORD121", ["ORD121"]),
        ("explain ORD113", ["ORD113"]),
        ("reference list Cu", ["Customer", "CustomerContact", "Currency"]),
        ("forward list --state pend", ["pending"]),
        ("validate --ignore ORD113,ORD12", [f"ORD113,ORD12{n}" for n in (0, 1, 2, 3, 4, 5, 6, 7)]),
        ("events --type ServiceOrderS", ["ServiceOrderStateChangeEvent"]),
        ("schema batch-", ["batch-details", "batch-order", "batch-cancellation"]),
        ("--profile tmf622", ["tmf622", "tmf622-v4", "tmf622-v5"]),
        ("list --group-by state,cur", ["state,currency"]),
        ("list --fields externalId,orderC", ["externalId,orderCurrency"]),
        ("rejects show bad.ndjson --group-by code,p", ["code,pointer"]),
        ("validate --report s", ["sarif="]),
        ("validate --severity ORD20", [f"ORD20{n}=" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9)]),
        ("validate --severity ORD208=warning,ORD114=e", ["ORD208=warning,ORD114=error"]),
        ("serve token revoke d", ["dashboard"]),
        ("hub enable aa", ["a" * 32]),
    ],
)
def test_values_of_closed_lists_are_completed(
    ordercli: Ordercli, connection: Store, words: str, offered: list[str]
) -> None:
    enqueue(connection, product_order("PO-1"))
    ordercli("queue", "run")
    ordercli("serve", "token", "add", "dashboard", "--role", "read")
    wanted = ("productOrder", "tmf622-v4", None, "crm", "https://crm.example.com", "")
    subscriptions.add(connection, SubscriptionRow("a" * 32, *wanted, cursor="0", created_at="2026-03-01"))

    assert completed(ordercli, f"ordercli {words}") == offered
