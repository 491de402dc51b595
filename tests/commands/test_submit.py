from __future__ import annotations

import gzip
import hashlib
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.reference.record_types import PRODUCT_ORDER_TYPES
from support.builders import encoded, line, ndjson, product_order, product_orders, write_orders
from support.printed import summary
from support.stored import column, present, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


BAD = product_order("BAD", orderCurrency=...)
MISSING_CURRENCY = {
    "code": "ORD113",
    "pointer": "/orderCurrency",
    "column": 1,
    "message": "Invalid payload: orderCurrency is required",
    "suggestion": None,
}


def test_orders_are_created_at_once(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(2))

    result = ordercli("submit", "orders.ndjson", "--source", "crm", "--track-id", "T-1")

    (batch,) = present(connection, "batch")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.json == {
        "batchId": batch["id"],
        "mode": "sync",
        "profile": "servicenow",
        "source": "crm",
        "read": 2,
        "accepted": 2,
        "duplicates": 0,
        "conflicts": 0,
        "rejected": 0,
        "warnings": 0,
        "knownElsewhere": {},
        "statusCode": 201,
        "rejectsFile": None,
        "elapsedSeconds": result.json["elapsedSeconds"],
        "trackId": "T-1",
        "dryRun": False,
        "referenceRules": "off",
        "missingReferenceTypes": [*PRODUCT_ORDER_TYPES],
        "repeated": False,
        "groups": [],
        "otherGroups": 0,
        "exitCode": 0,
    }
    assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2"]
    assert rows(connection, "inbound_entry") == []


def test_orders_are_put_in_the_queue(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(2))

    result = ordercli("submit", "orders.ndjson", "--async", "-o", "json")

    assert result.exit_code == 0
    assert summary(result, "mode", "accepted", "statusCode", "exitCode") == {
        "mode": "async",
        "accepted": 2,
        "statusCode": 202,
        "exitCode": 0,
    }
    assert column(connection, "inbound_entry", "state") == ["new", "new"]
    assert rows(connection, "customer_order") == []


def test_the_batch_keeps_what_was_read_and_what_became_of_it(ordercli: Ordercli, connection: Store) -> None:
    legacy = product_order("PO-2", orderCurrency=..., currencyCode="EUR")
    other = product_order("PO-1", orderCurrency="USD")
    write_orders(Path("orders.ndjson"), product_order("PO-1"), product_order("PO-1"), other, BAD, legacy)

    result = ordercli("submit", "orders.ndjson", "--async")

    (batch,) = present(connection, "batch")
    assert result.exit_code == 1
    expected = {
        "source": "cli",
        "mode": "async",
        "profile": "servicenow",
        "status": "completed",
        "read": 5,
        "accepted": 2,
        "duplicates": 1,
        "conflicts": 1,
        "rejected": 1,
        "warnings": 1,
    }
    assert {name: batch[name] for name in expected} == expected
    assert json.loads(batch["inputs"]) == ["orders.ndjson"]
    assert batch["rejects_file"] == "orders.ndjson.rejects.ndjson"
    assert batch["rejects_bytes"] == Path("orders.ndjson.rejects.ndjson").stat().st_size
    assert batch["finished_at"] >= batch["started_at"]


def test_a_receipt_an_order_in_the_order_of_the_input(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"), b"", BAD, b"no json", product_order(None))

    result = ordercli("submit", "orders.ndjson", "-o", "ndjson")

    first, last = column(connection, "customer_order", "order_id")
    place = {"file": "orders.ndjson"}
    not_json = {
        "code": "ORD001",
        "pointer": "",
        "line": 4,
        "column": 1,
        "message": result.ndjson[2]["errors"][0]["message"],
        "suggestion": None,
    }
    assert result.exit_code == 1
    assert result.ndjson == [
        {**place, "line": 1, "record": 1, "externalId": "PO-1", "orderId": first, "statusCode": 201,
         "outcome": "accepted", "errors": []},
        {**place, "line": 3, "record": 2, "externalId": "BAD", "orderId": None, "statusCode": 400,
         "outcome": "rejected", "errors": [{**MISSING_CURRENCY, "line": 3}]},
        {**place, "line": 4, "record": 3, "externalId": None, "orderId": None, "statusCode": 400,
         "outcome": "rejected", "errors": [not_json]},
        {**place, "line": 5, "record": 4, "externalId": None, "orderId": last, "statusCode": 201,
         "outcome": "accepted", "errors": []},
    ]  # fmt: skip


def test_full_receipts_carry_the_created_orders_as_show_gives_them(ordercli: Ordercli) -> None:
    amount = {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": "V"}}}
    priced = encoded(product_order("PO-1", items=[line(itemPrice=[amount])])).replace(b'"V"', b"19.90")
    write_orders(Path("orders.ndjson"), priced, BAD)

    result = ordercli("submit", "orders.ndjson", "-o", "ndjson", "--full")

    shown = ordercli("show", "PO-1", "-o", "ndjson")
    assert [list(each)[-1] for each in result.ndjson] == ["order", "errors"]
    assert result.ndjson[0]["order"] == shown.json
    assert '"value":19.90}' in result.stdout


def test_queued_orders_have_no_document_yet(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"))

    result = ordercli("submit", "orders.ndjson", "--async", "-o", "ndjson", "--full")

    assert "order" not in result.ndjson[0]


def test_ids_of_accepted_and_known_orders(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"), BAD, product_order("PO-1"), product_order("PO-2"))

    result = ordercli("submit", "orders.ndjson", "-o", "id")

    first, second = column(connection, "customer_order", "order_id")
    assert (result.exit_code, result.stdout) == (1, f"{first}\n{first}\n{second}\n")


@pytest.mark.parametrize("output", ["json", "ndjson", "csv", "id", "table", "auto"])
def test_every_format_of_the_result_goes_to_standard_output_alone(ordercli: Ordercli, output: str) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"))

    result = ordercli("submit", "orders.ndjson", "-o", output)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout


def test_the_accepted_orders_are_written_down(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), BAD, product_order("PO-1"), product_order("PO-1"))

    ordercli("submit", "orders.ndjson", "--accepted", "accepted.ndjson")

    (known,) = column(connection, "customer_order", "order_id")
    accepted = Path("accepted.ndjson")
    assert [json.loads(each) for each in accepted.read_text().splitlines()] == [
        {"file": "orders.ndjson", "line": 2, "record": 2, "externalId": "PO-1", "orderId": known}
    ]
    assert stat.S_IMODE(accepted.stat().st_mode) == 0o600


def test_order_ids_sort_by_time_and_stay_the_same_when_the_order_is_created(
    ordercli: Ordercli, connection: Store
) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(20))

    ids = ordercli("submit", "orders.ndjson", "--async", "-o", "id").stdout.split()
    ordercli("queue", "run")

    assert ids == sorted(ids) == column(connection, "customer_order", "order_id")
    assert {len(each) for each in ids} == {32}


@pytest.mark.parametrize("paths", [(), ("-",)])
def test_a_pipe_is_read_with_and_without_a_dash(ordercli: Ordercli, paths: tuple[str, ...]) -> None:
    result = ordercli("submit", *paths, "-o", "ndjson", stdin=gzip.compress(ndjson(*product_orders(2))))

    assert [(each["file"], each["line"]) for each in result.ndjson] == [("-", 1), ("-", 2)]


def test_several_inputs_are_one_batch(ordercli: Ordercli, connection: Store) -> None:
    Path("folder").mkdir()
    write_orders(Path("folder/a.ndjson"), product_order("PO-1"), BAD)
    Path("folder/b.json").write_bytes(encoded([product_order("PO-2"), product_order("PO-3")]))
    write_orders(Path("folder/a.ndjson.rejects.ndjson"), product_order("PO-9"))

    result = ordercli("submit", "folder", "--async")

    (batch,) = present(connection, "batch")
    rejects = f"ordercli-{batch['id']}.rejects.ndjson"
    assert summary(result, "read", "accepted", "rejectsFile") == {"read": 4, "accepted": 3, "rejectsFile": rejects}
    assert Path(rejects).is_file()
    assert [(row["file"], row["line"], row["record"]) for row in rows(connection, "inbound_entry")] == [
        ("folder/a.ndjson", 1, 1),
        ("folder/b.json", 1, 1),
        ("folder/b.json", 1, 2),
    ]


def test_the_bytes_of_an_order_are_kept_as_they_came(ordercli: Ordercli, connection: Store) -> None:
    spaced = json.dumps(product_order("PO-1", x="é"), indent=3).encode().replace(b"EUR", b"E\\u0055R")
    Path("order.json").write_bytes(b"\xef\xbb\xbf" + spaced + b"\r\n")

    ordercli("submit", "order.json")

    (payload,) = rows(connection, "payload")
    assert payload == {"seq": 1, "sha256": hashlib.sha256(spaced).digest(), "body": spaced}


def test_input_that_breaks_off_keeps_what_was_read_before(ordercli: Ordercli, connection: Store) -> None:
    Path("orders.gz").write_bytes(gzip.compress(ndjson(*product_orders(3)))[:-9])

    result = ordercli("submit", "orders.gz", "-o", "json")

    assert result.exit_code == 6
    assert json.loads(result.stderr)["message"] == "orders.gz: truncated gzip data"
    assert summary(result, "read", "accepted", "exitCode") == {"read": 3, "accepted": 3, "exitCode": 6}
    assert present(connection, "batch")[0]["status"] == "failed"
    assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2", "PO-3"]


def test_the_profile_is_kept_with_the_order(ordercli: Ordercli) -> None:
    standard = product_order(orderCurrency=..., relatedParty=..., items=[{"id": "1", "action": "noChange"}])

    ordercli("submit", "--profile", "tmf622", stdin=encoded(standard))

    shown = ordercli("show", "PO-1").json
    assert (shown["state"], shown["productOrderItem"][0]["action"]) == ("acknowledged", "noChange")


def test_a_default_currency_is_filled_in_and_kept(ordercli: Ordercli, connection: Store) -> None:
    without = encoded(product_order(orderCurrency=...))

    refused = ordercli("submit", "--async", "-o", "ndjson", "--rejects", "none", stdin=without)
    filled = ordercli("submit", "--async", stdin=without, ORDERCLI_VALIDATION_DEFAULT_CURRENCY="USD")
    created = ordercli("queue", "run", "--revalidate", "-o", "json")

    assert [error["code"] for error in refused.ndjson[0]["errors"]] == ["ORD113"]
    assert (filled.exit_code, created.json["completed"]) == (0, 1)
    assert column(connection, "inbound_entry", "filled_currency") == ["USD"]
    assert column(connection, "customer_order", "currency") == ["USD"]
    assert ordercli("show", "PO-1").json["orderCurrency"] == "USD"


UNVALIDATED = {f"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_{mode}": "false" for mode in ("SYNC", "ASYNC")}


def test_without_validation_what_cannot_be_created_is_ord190(ordercli: Ordercli, connection: Store) -> None:
    bare: list[Any] = [{"id": "1", "action": "add"}]
    documents = [
        {"externalId": "a", "productOrderItem": bare},
        {"externalId": 5, "productOrderItem": bare},
        {"externalId": "", "productOrderItem": bare},
        {"externalId": "b", "productOrderItem": []},
        ["no object"],
    ]
    content = b"\n".join(map(encoded, documents))

    at_once = ordercli("submit", "-o", "ndjson", "--source", "sync", stdin=content, **UNVALIDATED)
    queued = ordercli("submit", "--async", "-o", "ndjson", "--source", "async", stdin=content, **UNVALIDATED)
    run = ordercli("queue", "run", "-o", "json")

    assert [each["statusCode"] for each in at_once.ndjson] == [201, 201, 201, 400, 400]
    assert [[error["code"] for error in each["errors"]] for each in at_once.ndjson[3:]] == [
        ["ORD190", "ORD190"],
        ["ORD008"],
    ]
    assert [each["statusCode"] for each in queued.ndjson] == [202, 202, 202, 202, 400]
    assert (run.json["completed"], run.json["failed"], run.exit_code) == (3, 1, 1)
    assert column(connection, "customer_order", "external_id") == ["a", None, None] * 2
    assert column(connection, "inbound_entry", "error_code") == [None, None, None, "ORD190"]
