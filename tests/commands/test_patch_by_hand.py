from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.intake import json_text
from support.builders import encoded, line, product_order
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]


@pytest.fixture
def order_id(ordercli: Ordercli) -> str:
    """An order with two lines; its id."""
    order = product_order(channel=[{"id": "1"}], agreement=[{"id": "A"}], items=[line("10"), line("20", quantity=1.50)])
    return ordercli("submit", "-o", "id", stdin=encoded(order)).stdout.strip()


def test_values_are_set_one_by_one(ordercli: Ordercli, order_id: str) -> None:
    result = ordercli(
        *("patch", order_id, "-o", "json"),
        *("--set", "channel.0.name=Shop", "--set", "productOrderItem.10.quantity=2", "--set", "agreement=null"),
    )

    assert result.exit_code == 0
    assert (result.json["channel"], "agreement" in result.json) == ([{"id": "1", "name": "Shop"}], False)
    assert [(item["quantity"], item["version"]) for item in result.json["productOrderItem"]] == [(2, "2"), (1.5, "1")]


def test_a_file_and_values_make_one_revision(ordercli: Ordercli, order_id: str, tmp_path: Path) -> None:
    change = tmp_path / "change.json"
    change.write_bytes(encoded({"channel": [{"id": "2"}]}))

    result = ordercli("patch", order_id, str(change), "--set", "channel.0.name=Shop", "-o", "json")

    assert (result.json["version"], result.json["channel"]) == ("2", [{"id": "2", "name": "Shop"}])


def test_values_alone_leave_standard_input_unread(ordercli: Ordercli, order_id: str) -> None:
    result = ordercli("patch", order_id, "--set", "state=in_progress", "-o", "id", stdin=b"not a patch")

    assert (result.exit_code, result.stdout) == (0, f"{order_id}\n")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--set", "nothing"), "error: --set takes PATH=VALUE, not 'nothing'"),
        (("--set", "channel.7=x"), "error: --set channel.7: there is no element 7 among 1"),
        (("two.ndjson",), "error: two.ndjson holds more than one patch"),
        (("--from", "two.ndjson"), "error: --from cannot be combined with an ID, --set or --if-version"),
        (("--if-version", "0"), "error: Invalid value for '--if-version': 0 is not in the range x>=1."),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    ordercli: Ordercli, order_id: str, tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "two.ndjson").write_bytes(b'{"state":"in_progress"}\n{"state":"on_hold"}\n')

    result = ordercli("patch", order_id, *options)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, reason)


def test_a_patch_file_that_is_missing_is_bad_input(ordercli: Ordercli, order_id: str) -> None:
    result = ordercli("patch", order_id, "missing.json")

    assert (result.exit_code, result.stderr) == (6, "error: missing.json: No such file or directory\n")


CHANGES = ("--set", "productOrderItem.20.quantity=2.50", "--set", "channel.-.id=web", "--set", "agreement=null")


def test_a_dry_run_shows_the_difference_as_it_is_read(ordercli: Ordercli, order_id: str) -> None:
    before = ordercli("show", order_id, "-o", "json").json

    result = ordercli("patch", order_id, "--dry-run", *CHANGES, "--set", "state=in_progress")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Order PO-1, version 1 -> 2 (dry run, nothing was written)",
        "~ state: new -> in_progress",
        "~ line 20, quantity: 1.5 -> 2.50",
        '+ channel.1: {"id":"web"}',
        '- agreement: [{"id":"A"}]',
    ]
    assert ordercli("show", order_id, "-o", "json").json == before


def test_a_dry_run_of_nothing_says_so(ordercli: Ordercli, order_id: str) -> None:
    result = ordercli("patch", order_id, "--dry-run", "--set", "state=new")

    assert result.stdout == "Order PO-1: nothing would change, version 1 stays\n"


def test_the_json_patch_of_a_dry_run_leads_to_the_order_after_it(ordercli: Ordercli, order_id: str) -> None:
    shown = json_text.decode(ordercli("show", order_id, "-o", "ndjson").stdout.encode())
    operations = ordercli("patch", order_id, "--dry-run", "-o", "json", *CHANGES).json

    after = ordercli("patch", order_id, "-o", "json", *CHANGES).json

    assert [(each["op"], each["path"]) for each in operations] == [
        ("replace", "/version"),
        ("replace", "/productOrderItem/1/quantity"),
        ("replace", "/productOrderItem/1/version"),
        ("add", "/channel/1"),
        ("remove", "/agreement"),
    ]
    assert patched(json.loads(json_text.encode(shown)), operations) == after


def test_a_dry_run_of_a_patch_that_is_refused_ends_like_the_patch(ordercli: Ordercli, order_id: str) -> None:
    dry, real = (
        ordercli("patch", order_id, "--set", "orderCurrency=USD", *options) for options in (("--dry-run",), ())
    )

    assert (dry.exit_code, dry.stderr) == (real.exit_code, real.stderr) == (1, real.stderr)


def test_on_a_terminal_the_difference_has_colours(ordercli: Ordercli, order_id: str) -> None:
    environment = ordercli.environment({"TERM": "xterm-256color"})

    shown = ended(on_terminal([*COMMAND, "patch", order_id, "--dry-run", *CHANGES], ordercli.folder, environment))

    colours = [line[:5] for line in shown.sent.splitlines()[1:]]
    assert (shown.exit_code, colours) == (0, ["\x1b[33m", "\x1b[32m", "\x1b[31m"])


def patched(document: Any, operations: list[dict[str, Any]]) -> Any:
    """The document after the operations of a JSON Patch."""
    for operation in operations:
        parent: Any = document
        path: list[str] = operation["path"].split("/")[1:]
        for name in path[:-1]:
            parent = parent[int(name) if isinstance(parent, list) else name]
        place: Any = int(path[-1]) if isinstance(parent, list) else path[-1]
        if operation["op"] == "remove":
            del parent[place]
        elif isinstance(parent, list) and operation["op"] == "add":
            parent.insert(place, operation["value"])
        else:
            parent[place] = operation["value"]
    return document
