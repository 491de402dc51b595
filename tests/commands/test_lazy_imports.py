"""What a start of the command imports: heavy things only where they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.cli.app import COMMANDS
from support.builders import encoded, product_order
from support.stored import enqueue_many

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
PROBE = """
import sys
try:
    from ordercli.__main__ import main
    main()
except SystemExit:
    pass
finally:
    sys.stderr.write("\\n" + " ".join(sys.modules))
"""
SERVER = {"starlette", "uvicorn", "httptools", "uvloop", "anyio"}
HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "pydantic", "psycopg", *SERVER}


def imported(ordercli: Ordercli, *args: str, **env: str) -> set[str]:
    """The modules that one call of the command has imported, by itself: its coverage is not measured."""
    variables = ordercli.environment(env, measured=False)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *args],
        capture_output=True,
        check=True,
        stdin=subprocess.DEVNULL,
        cwd=ordercli.folder,
        env=variables,
    )
    return set(done.stderr.decode().splitlines()[-1].split())


def completing(words: str) -> dict[str, str]:
    """The environment in which a shell asks for the completion of these words."""
    return {"_ORDERCLI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}


@pytest.mark.parametrize(
    "args",
    [
        ["show", "PO-1"],
        ["queue", "status"],
        ["queue", "create", "PO-1"],
        ["queue", "discard", "PO-1", "--reason", "why"],
        ["queue", "purge"],
        ["batch", "list"],
        ["config", "show"],
        ["db", "backup", "backup.db"],
        ["db", "info"],
        ["db", "upgrade", "--dry-run"],
    ],
)
@pytest.mark.every_engine
def test_no_database_toolkit_is_imported(engine: str, ordercli: Ordercli, connection: Store, args: list[str]) -> None:
    enqueue_many(connection, 1)
    driver = {"psycopg"} if engine == "postgresql" else set()

    assert imported(ordercli, *args) & (HEAVY - driver) == set()


@pytest.mark.parametrize("args", [["submit", "--dry-run", "-"], ["list"], ["serve", "--help"]])
def test_only_a_server_imports_what_answers_http(ordercli: Ordercli, args: list[str]) -> None:
    assert imported(ordercli, *args) & SERVER == set()


def test_a_server_imports_no_database_toolkit_before_somebody_asks_for_its_description() -> None:
    words = "import sys, ordercli.http.server; print(*sys.modules)"

    modules = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True).stdout.split()

    assert set(modules) & {"sqlmodel", "sqlalchemy", "alembic", "pydantic"} == set()


def test_an_idle_run_imports_nothing_that_creates_orders(ordercli: Ordercli) -> None:
    modules = imported(ordercli, "queue", "run")

    assert (
        modules
        & {
            *HEAVY,
            "ordercli.cli.queue_changes",
            "ordercli.operations.drain",
            "ordercli.resources.validator",
            "rich",
            "logging",
            "json",
            "dataclasses",
            "orjson",
            "msgspec",
            "getpass",
            "hashlib",
            "ordercli.typed_times",
        }
        == set()
    )


def test_one_order_as_json_imports_no_other_way_to_show_it(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)
    ordercli("queue", "run")

    modules = imported(ordercli, "show", "PO-1", ORDERCLI_OUTPUT="json")

    unneeded = {"getpass", "ordercli.orders.states", "ordercli.typed_times"}
    assert modules & {*HEAVY, *unneeded, "rich", "logging", "csv", "json", "orjson"} == set()


def test_a_list_of_ids_imports_neither_hashes_nor_what_parses_times(ordercli: Ordercli) -> None:
    assert imported(ordercli, "list", "-o", "id") & {"hashlib", "_hashlib", "getpass", "ordercli.typed_times"} == set()


def test_an_order_with_a_wrong_shape_is_not_read_in_another_form(ordercli: Ordercli) -> None:
    (ordercli.folder / "order.json").write_bytes((SAMPLES / "bad" / "ORD120-wrong-type.json").read_bytes())

    modules = imported(ordercli, "validate", "order.json")

    assert {each for each in modules if each.startswith("ordercli.resources.product_order.shapes")} == {
        "ordercli.resources.product_order.shapes"
    }


def test_findings_that_are_printed_need_no_output_file(ordercli: Ordercli) -> None:
    (ordercli.folder / "order.json").write_bytes((SAMPLES / "tmf622" / "standard.json").read_bytes())

    modules = imported(ordercli, "validate", "--format", "sarif", "order.json")

    assert {each for each in modules if each.startswith("ordercli.output_files")} == set()


def test_lines_that_are_queued_need_neither_displays_nor_processes_nor_what_reads_documents(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_bytes(encoded(product_order("PO-1")) + b"\n")

    modules = imported(ordercli, "submit", "--async", "orders.ndjson")

    unneeded = {
        "ordercli.bulk.worker_pool",
        "ordercli.intake.envelopes",
        "ordercli.intake.json_values",
        "ordercli.operations.diagnostics",
        "ordercli.output.event_log",
        "ordercli.output.progress",
    }
    assert modules & unneeded == set()


def test_only_a_report_as_html_imports_what_fills_templates(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    printed, written = (imported(ordercli, "report", *args) for args in ([], ["report.html"]))

    assert printed & {*HEAVY, "jinja2", "markupsafe", "rich", "urllib3"} == set()
    assert written & {*HEAVY, "jinja2", "rich", "urllib3"} == {"jinja2"}


@pytest.mark.parametrize("module", ["settings", "cli.app", "cli.invocation", "cli.queue"])
def test_annotations_that_are_read_at_a_start_are_no_texts(module: str) -> None:
    """Typer would compile the text of each option twice, at every start."""
    assert not hasattr(import_module(f"ordercli.{module}"), "annotations")


@pytest.mark.parametrize("args", [["list"], ["queue", "list"], ["queue", "run", "--watch", "--max-runtime", "0s"]])
def test_a_file_needs_no_driver_of_a_server(ordercli: Ordercli, args: list[str]) -> None:
    assert imported(ordercli, *args) & {"psycopg", "ordercli.database.postgres"} == set()


def test_product_orders_import_no_other_kind_of_order_and_no_other_version(ordercli: Ordercli) -> None:
    (ordercli.folder / "order.json").write_bytes((SAMPLES / "tmf622" / "standard.json").read_bytes())
    named = {"service_order", "service_order.service_order", "service_order.profiles"}
    others = ("service_order.", "product_order.shapes_v5", "product_order.members_v5", "product_order.notices_v5")

    imports = [
        imported(ordercli, "submit", "--profile", "tmf622-v4", "order.json"),
        imported(ordercli, "submit", "--profile", "tmf622-v4", "--source", "other", "--async", "order.json"),
        imported(ordercli, "queue", "run"),
        imported(ordercli, "show", "CHG-2026-C109", "--source", "other"),
        imported(ordercli, "patch", "CHG-2026-C109", "--source", "other", "--set", "description=changed"),
    ]

    of_kinds = [{each.removeprefix("ordercli.resources.") for each in modules} for modules in imports]
    assert [{each for each in modules - named if each.startswith(others)} for modules in of_kinds] == [set()] * 5
    assert [{"product_order.rulebook", "common.convert"} & modules for modules in of_kinds] == [
        {"product_order.rulebook", "common.convert"},
        {"product_order.rulebook"},
        {"common.convert"},
        set(),
        {"product_order.rulebook", "common.convert"},
    ]


@pytest.mark.parametrize("args", [["--help"], ["queue", "--help"], ["submit", "--help"]])
def test_help_imports_no_database_toolkit(ordercli: Ordercli, args: list[str]) -> None:
    assert imported(ordercli, *args) & HEAVY == set()


def test_the_list_of_commands_imports_none_of_them(ordercli: Ordercli) -> None:
    commands = {f"ordercli.cli.{entry.module}" for entry in COMMANDS.values()}

    assert imported(ordercli, "--help") & commands == set()
    assert imported(ordercli, **completing("ordercli ")) & commands == set()
    assert imported(ordercli, **completing("ordercli qu")) & (commands | HEAVY) == set()


def test_completing_an_id_imports_no_database_toolkit(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    assert imported(ordercli, **completing("ordercli show PO")) & HEAVY == set()


def test_the_version_is_reported_without_the_rest_of_the_program(ordercli: Ordercli) -> None:
    found = imported(ordercli, "--version")

    assert {name for name in found if name.startswith("ordercli")} == {
        "ordercli",
        "ordercli.__main__",
        "ordercli.version",
    }
    assert found & {"typing", "typer", *HEAVY} == set()
