"""What a program reads on standard error: a JSON object a line, whatever is told there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import Json, encoded, ndjson, product_order, product_orders, write_orders
from support.running import COMMAND, Result
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

WARNING = {
    "severity": "warning",
    "message": "ORDERCLI_OUTPUTT is no setting and is ignored; did you mean ORDERCLI_OUTPUT?",
}


def reported(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stderr.splitlines()]


def kinds(result: Result) -> list[str]:
    """The severity of each line; of an error body, its exit code."""
    return [str(each.get("severity", each.get("exitCode"))) for each in reported(result)]


@pytest.mark.parametrize("options", ["-o json", "-o ndjson"])
def test_a_warning_stands_before_the_error(ordercli: Ordercli, options: str) -> None:
    result = ordercli("show", "none", *options.split(), ORDERCLI_OUTPUTT="json")
    quiet = ordercli("show", "none", *options.split(), "--quiet", ORDERCLI_OUTPUTT="json")

    warning, error = reported(result)
    assert (warning, error["exitCode"], kinds(quiet)) == (WARNING, 3, ["3"])


@pytest.mark.parametrize("option", ["--format", "-o"])
def test_validate_tells_errors_and_warnings_as_it_prints_findings(ordercli: Ordercli, option: str) -> None:
    for name in ("json", "ndjson"):
        result = ordercli("validate", "missing.json", option, name, ORDERCLI_OUTPUTT="json")

        assert kinds(result) == ["warning", "6"]


def test_notes_of_a_run_are_json(ordercli: Ordercli) -> None:
    bad = product_order("BAD", orderCurrency="Euro")
    write_orders(Path("orders.ndjson"), product_order("PO-1"), bad, product_order("PO-2"))

    result = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json")

    batch = result.json["batchId"]
    assert reported(result) == [
        {"severity": "note", "message": "stopped at orders.ndjson:2; nothing after it was accepted"},
        {"severity": "note", "message": f"go on: ordercli batch resume {batch}"},
    ]


def test_an_alarm_is_json(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", "-", stdin=ndjson(product_order()))

    result = ordercli("queue", "status", "--check", "--max-age", "0s", "-o", "json")

    assert (result.exit_code, kinds(result)) == (1, ["error"])


def test_warnings_of_a_patch_are_json(ordercli: Ordercli) -> None:
    ordercli("submit", "-", stdin=ndjson(product_order("PO-1")))
    patch: Json = {"@type": "ProductOrder", "requestedCompletionDate": "2031-01-01T00:00:00Z", "note_": "x"}

    result = ordercli("patch", "PO-1", "-", "-o", "json", stdin=encoded(patch))

    assert [each["severity"] for each in reported(result)] == ["warning"] * len(reported(result)), result.stderr
    assert reported(result)


def test_a_bug_is_reported_as_an_error(ordercli: Ordercli, connection: Store) -> None:
    connection.execute("CREATE TRIGGER bug BEFORE INSERT ON batch BEGIN SELECT json('no json'); END")

    result = ordercli("submit", "-", "-o", "json", stdin=encoded(product_order()))

    assert (result.exit_code, result.stdout, kinds(result)) == (70, "", ["70"])


def test_on_a_terminal_warnings_are_in_words(ordercli: Ordercli) -> None:
    ordercli("submit", "-", stdin=ndjson(*product_orders(1)))
    environment = ordercli.environment({"ORDERCLI_OUTPUTT": "json"})

    shown = ended(on_terminal([*COMMAND, "queue", "status", "-o", "json"], ordercli.folder, environment))

    assert (shown.exit_code, shown.screen.splitlines()[0]) == (0, f"warning: {WARNING['message']}")


@pytest.mark.parametrize("command", ["show none", "submit --max-rejects x", "submit missing.json"])
def test_errors_are_json_where_a_settings_file_asks_for_it(ordercli: Ordercli, command: str) -> None:
    by_option = ordercli(*command.split(), "-o", "json")
    (ordercli.folder / "mine.toml").write_text('output = "json"\n')

    by_file = ordercli(*command.split(), "--config", "mine.toml")
    (ordercli.folder / "ordercli.toml").write_text('output = "json"\n')
    by_project = ordercli(*command.split())

    assert json.loads(by_file.stderr)["exitCode"] == by_option.exit_code
    assert by_project.stderr == by_option.stderr
    assert json.loads(ordercli("lst").stderr)["exitCode"] == 2


def test_errors_about_broken_settings_are_reported_in_words(ordercli: Ordercli) -> None:
    (ordercli.folder / "mine.toml").write_text("output = json")

    assert ordercli("show", "none", "--config", "mine.toml").stderr.startswith("error: ")
