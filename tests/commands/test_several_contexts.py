"""Lines of several contexts in one input are batches of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order
from support.rejected import NAMELESS, codes, receipts, refused, repair
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


def test_lines_of_several_contexts_are_batches_of_their_own(ordercli: Ordercli, connection: Store) -> None:
    crm = refused(ordercli, "--source", "crm", name="one.ndjson", order=NAMELESS)
    queued = refused(ordercli, "--async", name="two.ndjson", order=NAMELESS)
    plain = encoded(product_order("PLAIN")).decode()
    text = [Path(repair(each)).read_text() for each in (crm, queued)]
    Path("all.ndjson").write_text(f"{text[0]}{plain}\n{text[1]}")
    before = len(rows(connection, "batch"))

    result = ordercli("submit", "all.ndjson", "--source", "shop", "--override-context", "--dry-run", "-o", "json")
    reported = ordercli("submit", "all.ndjson", "-o", "json")

    assert (result.json["read"], result.json["source"]) == (3, "shop")
    summaries = [(each["source"], each["mode"], each["read"], each["accepted"]) for each in reported.json]
    assert summaries == [("crm", "sync", 1, 1), ("cli", "sync", 1, 1), ("cli", "async", 1, 1)]
    assert len(rows(connection, "batch")) == before + 3
    assert column(connection, "customer_order", "source") == ["crm", "cli"]
    assert column(connection, "inbound_entry", "source") == ["cli"]
    ndjson_ = ordercli("submit", "all.ndjson", "-o", "ndjson")
    assert [outcome for outcome, *_ in receipts(ndjson_)] == ["duplicate"] * 3
    assert [each["line"] for each in ndjson_.ndjson] == [1, 2, 3]


@pytest.mark.parametrize("order", [NAMELESS, product_order("PO-1", orderCurrency=...)])
def test_a_dry_run_tells_of_a_line_in_two_contexts_what_the_run_tells(ordercli: Ordercli, order: Json) -> None:
    line = Path(repair(refused(ordercli, order=order))).read_text()
    others = [
        line.replace('"mode":"sync"', '"mode":"async"'),
        line.replace('"source":"cli"', '"source":"crm"'),
        line.replace('"source":"cli"', '"source":"crm"').replace("EUR", "USD"),
        line.replace("EUR", "USD"),
    ]
    assert line not in others
    Path("all.ndjson").write_text("".join((line, *others)))

    dry = ordercli("submit", "all.ndjson", "--dry-run", "-o", "ndjson")
    real = ordercli("submit", "all.ndjson", "-o", "ndjson")

    reported = [[outcome for outcome, *_ in receipts(each)] for each in (dry, real)]
    assert reported == [["accepted", "duplicate", "duplicate", "conflict", "conflict"]] * 2
    assert (codes(dry), dry.exit_code) == (codes(real), real.exit_code)


def test_a_dry_run_knows_external_ids_of_its_other_contexts(ordercli: Ordercli) -> None:
    options = ((), ("--async",), ("--source", "crm"))
    lines = [Path(repair(refused(ordercli, *each, name=f"{n}.ndjson"))).read_text() for n, each in enumerate(options)]
    Path("all.ndjson").write_text("".join(lines))

    dry, real = (
        [(each["accepted"], each["duplicates"], each["knownElsewhere"]) for each in result.json]
        for result in (ordercli("submit", "all.ndjson", *more, "-o", "json") for more in (("--dry-run",), ()))
    )

    assert dry == real == [(1, 0, {}), (0, 1, {}), (1, 0, {"cli": 1})]


def test_several_contexts_do_not_go_with_an_idempotency_key(ordercli: Ordercli, connection: Store) -> None:
    path = Path(repair(refused(ordercli, "--source", "crm")))
    both = path.read_bytes() + ndjson(product_order("PLAIN"))
    before = len(rows(connection, "batch"))

    file = ordercli.process("submit", "-", "--idempotency-key", "k", stdin=both)
    one = ordercli.process("submit", "-", "--idempotency-key", "k", "-o", "json", stdin=path.read_bytes())
    again = ordercli.process("submit", "-", "--idempotency-key", "k", "-o", "json", stdin=path.read_bytes())

    assert (file.exit_code, file.stdout) == (2, "")
    assert file.stderr == (
        "error: --idempotency-key needs lines of one source, profile and mode, and the input has several\n"
        "  hint: send the lines of each source, profile and mode as a file of their own\n"
    )
    assert len(rows(connection, "batch")) == before + 1
    assert (one.json["accepted"], one.json["source"]) == (1, "crm")
    assert (again.json["repeated"], again.json["source"]) == (True, "crm")


def test_a_limit_stops_all_contexts(ordercli: Ordercli, connection: Store) -> None:
    crm = refused(ordercli, "--source", "crm", name="one.ndjson")
    Path("all.ndjson").write_bytes(ndjson(product_order("A")) + crm.read_bytes() + ndjson(product_order("B")))

    result = ordercli("submit", "all.ndjson", "--fail-fast", "-o", "json")

    assert [(each["source"], each["read"], each["exitCode"]) for each in result.json] == [("cli", 1, 0), ("crm", 1, 1)]
    assert result.exit_code == 1
    assert column(connection, "customer_order", "external_id") == ["A"]
    assert column(connection, "batch", "status")[-2:] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("limit", "code", "read", "shown"),
    [
        ("3", 5, [2, 1], "stopped at all.ndjson:3; nothing after it was accepted"),
        ("60%", 5, [2, 2], "4 of 4 orders were refused, as many as --max-rejects allows or more"),
        ("5", 1, [2, 2], None),
    ],
)
def test_a_limit_counts_the_refused_orders_of_all_contexts(
    ordercli: Ordercli, connection: Store, limit: str, code: int, read: list[int], shown: str | None
) -> None:
    bad = product_order(externalId=..., orderCurrency=...)
    for name in ("one", "two"):
        Path(f"{name}.ndjson").write_bytes(ndjson(bad, bad))
        ordercli("submit", f"{name}.ndjson", "--source", name)
    text = [Path(f"{name}.ndjson.rejects.ndjson").read_text() for name in ("one", "two")]
    Path("all.ndjson").write_text("".join(text))
    before = len(rows(connection, "batch"))

    result = ordercli("submit", "all.ndjson", "--max-rejects", limit, "-o", "json")

    assert (result.exit_code, [each["read"] for each in result.json]) == (code, read)
    assert [each["exitCode"] for each in result.json] == [code, code]
    assert [line for line in result.notes.splitlines() if "refused" in line or "stopped" in line] == [shown][
        : code == 5
    ]
    assert column(connection, "batch", "read")[before:] == read


def test_lines_of_orders_without_a_source_go_on_where_their_run_broke_off(
    ordercli: Ordercli, connection: Store
) -> None:
    nameless = Path(repair(refused(ordercli, "--source", "", order=NAMELESS))).read_bytes()
    Path("all.ndjson").write_bytes(ndjson(product_order("A")) + nameless + ndjson(product_order("B")))
    killed = "submit-batch-before-commit:kill:3"
    ordercli.process("submit", "all.ndjson", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=killed)
    left = [row["id"] for row in rows(connection, "batch") if row["status"] == "processing"]

    resumed = ordercli("batch", "resume", left[0], "-o", "json")

    assert [(each["source"], each["read"], each["accepted"]) for each in resumed.json] == [("cli", 2, 2), ("", 1, 1)]
    assert column(connection, "customer_order", "source") == ["cli", "", "cli"]
    assert set(column(connection, "batch", "status")) == {"completed"}


def test_rejects_of_any_context_are_sent_again(ordercli: Ordercli, connection: Store) -> None:
    bad = refused(ordercli, "--source", "crm", name="one.ndjson", order=NAMELESS).read_bytes()
    Path("all.ndjson").write_bytes(ndjson(product_order("A"), product_order("B")) + bad)
    ordercli("submit", "all.ndjson")

    result = ordercli("submit", repair(Path("all.ndjson.rejects.ndjson")), "-o", "ndjson")

    assert [each["outcome"] for each in result.ndjson] == ["accepted"]
    assert column(connection, "customer_order", "source") == ["cli", "cli", "crm"]
