"""`ordercli rejects submit`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, service_order
from support.rejected import NAMELESS, reasons, receipts, refused, repair
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli


@pytest.mark.every_engine
def test_each_line_is_sent_as_it_was_sent_before(ordercli: Ordercli, connection: Store) -> None:
    crm = refused(ordercli, "--source", "crm", name="one.ndjson", order=NAMELESS)
    queued = refused(ordercli, "--async", name="two.ndjson", order=NAMELESS)
    Path("all.ndjson").write_bytes(b"".join(Path(repair(each)).read_bytes() for each in (crm, queued)))
    before = len(rows(connection, "batch"))

    result = ordercli("rejects", "submit", "all.ndjson", "-o", "json")
    again = ordercli("rejects", "submit", "all.ndjson", "-o", "ndjson")

    summaries = [(each["source"], each["mode"], each["read"], each["accepted"]) for each in result.json]
    assert (result.exit_code, summaries) == (0, [("crm", "sync", 1, 1), ("cli", "async", 1, 1)])
    assert len(rows(connection, "batch")) == before + 4
    assert column(connection, "customer_order", "source")[-1:] == ["crm"]
    assert [outcome for outcome, *_ in receipts(again)] == ["duplicate", "duplicate"]


def test_what_is_still_wrong_goes_into_the_next_file(ordercli: Ordercli) -> None:
    path = refused(ordercli)

    result = ordercli("rejects", "submit", str(path), "-o", "json")

    assert (result.exit_code, result.json["rejected"]) == (1, 1)
    assert result.json["rejectsFile"] == f"{path}.rejects.ndjson"
    assert Path(f"{path}.rejects.ndjson").exists()


def test_a_dry_run_sends_nothing(ordercli: Ordercli, connection: Store) -> None:
    path = repair(refused(ordercli))
    before = rows(connection, "batch")

    result = ordercli("rejects", "submit", path, "--dry-run", "-o", "json")

    assert (result.exit_code, result.json["accepted"], result.json["dryRun"]) == (0, 1, True)
    assert (rows(connection, "batch"), rows(connection, "customer_order")) == (before, [])


def test_it_waits_for_queued_orders(ordercli: Ordercli) -> None:
    path = repair(refused(ordercli, "--async"))

    result = ordercli("rejects", "submit", path, "--wait", "0s", "-o", "json")

    assert (result.exit_code, result.json["waiting"], result.json["failed"]) == (8, 1, 0)


def test_an_option_that_contradicts_a_line_is_refused(ordercli: Ordercli) -> None:
    path = repair(refused(ordercli))

    result = ordercli("--profile", "tmf622", "rejects", "submit", path, "-o", "ndjson")

    assert result.exit_code == 1
    assert reasons(result) == [
        (
            "it was refused with profile 'servicenow', not 'tmf622'; leave --profile out, or give --source cli"
            " --profile tmf622 --override-context"
        )
    ]


def test_rejects_of_another_database_are_sent_with_the_options_that_are_given(ordercli: Ordercli) -> None:
    Path("others.ndjson").write_bytes(LINE)

    refused_line = ordercli("rejects", "submit", "others.ndjson", "-o", "ndjson")
    sent = ordercli(
        "rejects", "submit", "others.ndjson", "--source", "crm", "--async", "--override-context", "-o", "json"
    )

    assert receipts(refused_line) == [("rejected", 400, None)]
    assert (sent.json["accepted"], sent.json["source"], sent.json["mode"]) == (1, "crm", "async")


def test_service_orders_are_sent_as_product_orders_are(ordercli: Ordercli) -> None:
    bad = service_order("S-1")
    bad["serviceOrderItem"][0]["action"] = "Add"
    Path("orders.ndjson").write_bytes(ndjson(bad))
    ordercli("--profile", "tmf641", "submit", "orders.ndjson")
    ordercli("rejects", "fix", "orders.ndjson.rejects.ndjson", "--apply-suggestions")

    result = ordercli("rejects", "submit", "orders.ndjson.rejects.ndjson", "-o", "json")

    assert (result.exit_code, result.json["accepted"], result.json["profile"]) == (0, 1, "tmf641")


PLAIN = encoded(product_order("PLAIN")) + b"\n"
LINE = ndjson({"$reject": {"errors": []}, "order": product_order("A-1")})
IT_IS_NONE = "it is no line of a rejects file: Object missing required field `$reject`"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no rejects file: it is empty"),
        (PLAIN, f"is no rejects file: of line 1, {IT_IS_NONE}"),
        (LINE + PLAIN, f"has lines that are none of a rejects file: of line 2, {IT_IS_NONE}"),
        (
            LINE + b"\n" + PLAIN * 7,
            (
                "has lines that are none of a rejects file: "
                + "; ".join(f"of line {n}, {IT_IS_NONE}" for n in range(3, 8))
                + "; and 2 more"
            ),
        ),
        (
            LINE + LINE[:60],
            (
                "has lines that are none of a rejects file: of line 2, it is not one JSON object: Input data was"
                " truncated; the file ends in the middle of it"
            ),
        ),
        (
            b'{"$reject": {"errors": "none"}, "order": {}}\n' + LINE,
            (
                "has lines that are none of a rejects file: of line 1, it is no line of a rejects file: Expected"
                " `array`, got `str` - at `$.$reject.errors`"
            ),
        ),
    ],
)
def test_a_file_with_other_lines_is_refused_as_a_whole(
    ordercli: Ordercli, connection: Store, content: bytes, message: str
) -> None:
    Path("night.ndjson").write_bytes(content)

    result = ordercli("rejects", "submit", "night.ndjson")

    assert (result.exit_code, result.stdout, rows(connection, "batch")) == (6, "", [])
    assert result.stderr.splitlines()[0] == f"error: night.ndjson {message}"


@pytest.mark.parametrize("path", ["missing.ndjson", ".", "-", "pipe"])
def test_only_a_file_can_be_sent(ordercli: Ordercli, path: str) -> None:
    os.mkfifo("pipe")

    result = ordercli("rejects", "submit", path)

    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.startswith("error: ")


def test_a_line_of_a_newer_version_is_refused_and_told(ordercli: Ordercli) -> None:
    path = refused(ordercli)
    path.write_text(path.read_text().replace('"target":null', '"target":"billing"').replace("null}}", '"EUR"}}'))

    result = ordercli("rejects", "submit", str(path), "-o", "ndjson")

    assert (result.exit_code, receipts(result)) == (1, [("rejected", 400, None)])
    assert reasons(result)[0].startswith("this version does not know its context; ")


def test_waiting_does_not_go_with_a_dry_run(ordercli: Ordercli) -> None:
    result = ordercli("rejects", "submit", "night.ndjson", "--dry-run", "--wait", "1s")

    assert (result.exit_code, result.stderr) == (2, "error: --wait cannot be combined with --dry-run\n")
