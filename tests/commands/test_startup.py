"""What a command does not need it does not import: scripts and cron call it often."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.version import __version__
from support.builders import encoded, product_order

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.slow

HEAVY = ("sqlmodel", "sqlalchemy", "alembic", "pydantic")
SCRIPT = """
import atexit, runpy, sys
atexit.register(lambda: sys.stderr.write("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules}))))
sys.argv = ["ordercli", *sys.argv[1:]]
runpy.run_module("ordercli", run_name="__main__")
"""


def imported(ordercli: Ordercli, *args: str) -> set[str]:
    """The packages that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=ordercli.folder,
        env=ordercli.environment(),
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["queue run", "show PO-1", "show PO-1 -o json", "queue status", "queue show PO-2"])
def test_frequent_commands_import_nothing_heavy(ordercli: Ordercli, command: str) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    ordercli("submit", "--async", stdin=encoded(product_order("PO-2")))
    ordercli("queue", "run")

    found = imported(ordercli, *command.split())

    assert found & {*HEAVY, "rich"} == set()


@pytest.mark.parametrize("command", ["--help", "queue --help", "submit --help"])
def test_the_help_imports_rich_alone(ordercli: Ordercli, command: str) -> None:
    assert imported(ordercli, *command.split()) & set(HEAVY) == set()


def test_the_version_does_not_even_import_typer(ordercli: Ordercli) -> None:
    assert imported(ordercli, "--version") & {*HEAVY, "rich", "typer", "orjson", "msgspec"} == set()


@pytest.mark.parametrize("arguments", ["--version", "-q --version", "--version list"])
def test_the_version_is_reported_wherever_it_is_asked_for(ordercli: Ordercli, arguments: str) -> None:
    result = ordercli.process(*arguments.split())

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"ordercli {__version__}\n", "")


def test_global_options_are_taken_before_and_after_the_name_of_a_command(ordercli: Ordercli) -> None:
    ordercli("submit", "--database", "other.db", stdin=encoded(product_order("PO-1")))

    before = ordercli("--database", "other.db", "-o", "ndjson", "list")
    after = ordercli("list", "--database", "other.db", "-o", "ndjson")
    nearest = ordercli("--database", "none.db", "-o", "id", "list", "--database", "other.db", "-o", "ndjson")

    assert [each["externalId"] for each in before.ndjson] == ["PO-1"]
    assert before.stdout == after.stdout == nearest.stdout
    assert not (ordercli.folder / "none.db").exists()


def test_the_list_of_commands_stands_in_the_help(ordercli: Ordercli) -> None:
    result = ordercli("--help")

    assert (result.exit_code, result.stderr) == (0, "")
    for command in ("submit", "queue", "list", "show", "db"):
        assert f" {command} " in result.stdout


def test_the_database_lies_in_the_data_folder_unless_told_otherwise(ordercli: Ordercli) -> None:
    result = ordercli("db", "upgrade", XDG_DATA_HOME=str(ordercli.folder / "data"), ORDERCLI_DATABASE="")

    assert result.json["database"] == str(ordercli.folder / "data" / "ordercli" / "orders.db")


def test_garbage_is_searched_for_among_new_containers_alone_and_seldom(ordercli: Ordercli) -> None:
    script = (
        "import atexit, gc, runpy, sys\n"
        "facts = lambda: (gc.isenabled(), gc.get_threshold()[0], gc.get_freeze_count() > 0)\n"
        "atexit.register(lambda: sys.stderr.write(repr(facts())))\n"
        "sys.argv = ['ordercli', 'explain', 'ORD101']\n"
        "runpy.run_module('ordercli', run_name='__main__')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=ordercli.environment()
    )

    assert done.stderr == "(True, 50000, True)"
