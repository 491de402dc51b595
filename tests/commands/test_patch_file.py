from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, product_orders
from support.stored import column, rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]


CURRENCY = "In-flight revision to order currency not supported"


def error(code: str, pointer: str, message: str, line: int, column: int = 1) -> dict[str, object]:
    """One error as receipts and rejects have it."""
    place = {"code": code, "pointer": pointer, "line": line, "column": column}
    return {**place, "message": message, "suggestion": None}


@pytest.fixture
def ids(ordercli: Ordercli) -> list[str]:
    """The ids of three orders, PO-1 to PO-3."""
    return ordercli("submit", "-o", "id", stdin=ndjson(*product_orders(3))).stdout.split()


def test_each_patch_has_its_own_outcome(ordercli: Ordercli, ids: list[str], tmp_path: Path) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order("PO-9")))
    waiting = ordercli("queue", "list", "-o", "ndjson").json["orderId"]
    ordercli("patch", "PO-3", "--set", "state=rejected")
    (tmp_path / "changes.ndjson").write_bytes(
        ndjson(
            {"id": "PO-1", "channel": [{"id": "web"}]},
            {"id": ids[1], "orderCurrency": "USD"},
            b'{"id": "PO-1", "channel"',
            {"id": "nobody", "state": "in_progress"},
            {"id": "PO-3", "channel": [{"id": "web"}]},
            {"id": "PO-9", "channel": [{"id": "web"}]},
            {"channel": [{"id": "web"}]},
            {"id": 7, "channel": []},
            {"id": "PO-1"},
            {"id": "PO-1", "channel": [{"id": "shop"}]},
            {"id": "PO-2", "state": "new"},
        )
    )

    result = ordercli("patch", "--from", "changes.ndjson", "-o", "ndjson")

    final = "The order is rejected and cannot become different; allowed: nothing, for this state is final"
    waits = "This order is yet to be created in customer order table. Please check in inbound queue for more details."
    reported = [(each["id"], each["line"], each["outcome"], each["version"], each["errors"]) for each in result.ndjson]
    broken = reported.pop(2)
    assert result.exit_code == 1
    assert (broken[:4], broken[4][0]["code"]) == ((None, 3, "rejected", None), "ORD001")
    assert reported == [
        (ids[0], 1, "patched", 2, []),
        (ids[1], 2, "rejected", 1, [error("ORD403", "/orderCurrency", CURRENCY, 2)]),
        ("nobody", 4, "not-found", None, [error("ORD404", "/id", "Invalid order ID.", 4, 7)]),
        (ids[2], 5, "conflict", 2, [error("ORD405", "/state", final, 5)]),
        (waiting, 6, "conflict", None, [error("ORD401", "/id", waits, 6, 7)]),
        (None, 7, "rejected", None, [error("ORD114", "/id", "Invalid payload: id is missing", 7)]),
        (None, 8, "rejected", None, [error("ORD120", "/id", "Invalid payload: id must be a string", 8, 7)]),
        (None, 9, "rejected", None, [error("ORD101", "", "Invalid payload: Request body missing", 9)]),
        (ids[0], 10, "patched", 3, []),
        (ids[1], 11, "patched", 1, []),
    ]


def test_refused_patches_can_be_repaired_and_sent_again(ordercli: Ordercli, ids: list[str], tmp_path: Path) -> None:
    changes = tmp_path / "changes.ndjson"
    changes.write_bytes(
        ndjson({"id": "PO-1", "orderCurrency": "USD", "channel": [{"id": "web"}]}, {"id": "PO-2", "state": "rejected"})
    )
    ordercli("patch", "--from", "changes.ndjson")
    rejects = tmp_path / "changes.ndjson.rejects.ndjson"
    (refused,) = [json.loads(line) for line in rejects.read_text().splitlines()]

    rejects.write_text(rejects.read_text().replace('"orderCurrency":"USD",', ""))
    again = ordercli("patch", "--from", str(rejects), "-o", "ndjson")

    assert rejects.stat().st_mode & 0o777 == 0o600
    assert refused == {
        "$reject": {
            "batchId": refused["$reject"]["batchId"],
            "request": "patch",
            "source": "cli",
            "profile": "servicenow",
            "resource": "productOrder",
            "mode": "sync",
            "target": None,
            "file": "changes.ndjson",
            "line": 1,
            "record": 1,
            "errors": [error("ORD403", "/orderCurrency", CURRENCY, 1)],
        },
        "order": {"id": "PO-1", "orderCurrency": "USD", "channel": [{"id": "web"}]},
    }
    assert [(each["id"], each["outcome"], each["version"]) for each in again.ndjson] == [(ids[0], "patched", 2)]


@pytest.mark.usefixtures("ids")
def test_a_file_whose_500th_line_is_broken(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    patches = [{"id": f"PO-{n % 3 + 1}", "channel": [{"id": str(n)}]} for n in range(1, 1001)]
    lines = [encoded(each) for each in patches]
    lines[499] = lines[499][:-2]
    (tmp_path / "changes.ndjson").write_bytes(b"\n".join(lines))

    result = ordercli("patch", "--from", "changes.ndjson", "-o", "ndjson")

    refused = [(each["line"], each["errors"][0]["code"]) for each in result.ndjson if each["outcome"] != "patched"]
    assert (result.exit_code, refused) == (1, [(500, "ORD001")])
    assert sum(column(connection, "customer_order", "version")) == 3 + 999


def test_the_run_is_named_in_the_history(ordercli: Ordercli, connection: Store, ids: list[str]) -> None:
    changes = ndjson(*({"id": each, "state": "in_progress"} for each in ids))

    result = ordercli("patch", "--from", "-", "--actor", "night shift", stdin=changes)

    written = [row for row in rows(connection, "order_history") if row["kind"] != "creation"]
    assert result.exit_code == 0
    assert {(row["actor"], row["run_id"]) for row in written} == {("night shift", written[0]["run_id"])}
    assert len(written[0]["run_id"]) == 32


def test_ids_are_those_of_orders_that_were_patched(ordercli: Ordercli, ids: list[str]) -> None:
    changes = ndjson({"id": "PO-2", "state": "in_progress"}, {"id": "nobody", "state": "in_progress"})

    result = ordercli("patch", "--from", "-", "-o", "id", "--rejects", "none", stdin=changes)

    assert (result.exit_code, result.stdout) == (1, f"{ids[1]}\n")


@pytest.mark.usefixtures("ids")
def test_a_dry_run_writes_nothing(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    changes = ndjson({"id": "PO-1", "state": "in_progress"}, {"id": "nobody", "state": "in_progress"})
    before = rows(connection, "customer_order")

    result = ordercli("patch", "--from", "-", "--dry-run", "-o", "ndjson", stdin=changes)

    assert [(each["outcome"], each["version"]) for each in result.ndjson] == [("patched", 2), ("not-found", None)]
    assert (result.exit_code, rows(connection, "customer_order")) == (1, before)
    assert list(tmp_path.glob("*.rejects.ndjson")) == []


def test_an_external_id_of_several_sources_is_a_conflict(ordercli: Ordercli, ids: list[str]) -> None:
    other = ordercli("submit", "--source", "crm", "-o", "id", stdin=encoded(product_order())).stdout.strip()
    change = ndjson({"id": "PO-1", "state": "in_progress"})

    ambiguous = ordercli("patch", "--from", "-", "-o", "ndjson", "--rejects", "none", stdin=change)
    narrowed = ordercli("patch", "--from", "-", "-o", "ndjson", "--source", "crm", stdin=change)

    printed = f"'PO-1' stands in several sources; choose with --source: {ids[0]} (cli), {other} (crm)"
    assert ambiguous.json["outcome"] == "conflict"
    assert [each["message"] for each in ambiguous.json["errors"]] == [printed]
    assert (narrowed.exit_code, narrowed.json["id"]) == (0, other)


def test_a_rejects_file_that_is_the_input_is_refused(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "changes.ndjson").write_bytes(b"{}\n")

    result = ordercli("patch", "--from", "changes.ndjson", "--rejects", "changes.ndjson")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "error: --rejects changes.ndjson would overwrite an input",
    )


def test_input_that_breaks_off_ends_the_run_and_leaves_what_was_done(
    ordercli: Ordercli, ids: list[str], tmp_path: Path
) -> None:
    import gzip

    packed = gzip.compress(ndjson(*({"id": ids[0], "channel": [{"id": "x" * 99 + str(n)}]} for n in range(1000))), 0)
    (tmp_path / "changes.ndjson.gz").write_bytes(packed[: len(packed) * 3 // 4])

    result = ordercli("patch", "--from", "changes.ndjson.gz", "-o", "ndjson")

    outcomes = {each["outcome"] for each in result.ndjson}
    shown = ordercli("show", "PO-1", "-o", "json").json
    assert (result.exit_code, outcomes) == (6, {"patched"})
    assert int(shown["version"]) == len(result.ndjson) + 1


def test_files_of_a_folder_that_cannot_be_read_are_reported_and_the_others_applied(
    ordercli: Ordercli, ids: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "changes"
    folder.mkdir()
    (folder / "1.ndjson").symlink_to("missing.ndjson")
    (folder / "2.ndjson").write_bytes(ndjson({"id": "PO-1", "state": "in_progress"}, {"id": "nobody", "state": "new"}))

    result = ordercli("patch", "--from", "changes", "-o", "ndjson")

    message = "changes/1.ndjson: No such file or directory"
    problem = {
        "code": 1,
        "reason": message,
        "message": message,
        "details": [{"message": message}],
        "exitCode": 6,
        "hint": None,
    }
    receipts = [(each["id"], each["outcome"]) for each in result.ndjson]
    assert (result.exit_code, receipts) == (6, [(ids[0], "patched"), ("nobody", "not-found")])
    assert [json.loads(line) for line in result.stderr.splitlines()] == [problem]
    assert [path.name for path in folder.glob("*.rejects.ndjson")] == ["2.ndjson.rejects.ndjson"]


def test_a_folder_of_which_no_file_can_be_read_is_bad_input(ordercli: Ordercli, ids: list[str], tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "1.ndjson").symlink_to("missing.ndjson")

    result = ordercli("patch", "--from", "changes")

    assert ids
    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.splitlines()[0] == "error: changes/1.ndjson: No such file or directory"
