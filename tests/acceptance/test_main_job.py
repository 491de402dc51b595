"""Files of orders become customer orders with every line, characteristic, contact and relation, field by field."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, product_order
from support.stored import audit, present, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

REPOSITORY = Path(__file__).parents[2]
SAMPLES = {
    "productOrder": REPOSITORY / "samples" / "orders.ndjson",
    "serviceOrder": REPOSITORY / "samples" / "service-orders.ndjson",
}
SEEDS = REPOSITORY.parent / "shared" / "seeds"
LINE_TABLES = (
    "order_line_item",
    "order_characteristic_value",
    "order_line_item_contact",
    "order_line_related_item",
)


# What the tables have to hold, told once more and independently of the program


def in_words_of_products(order: Json) -> Json:
    """A service order with its members where a product order has them."""
    return {**order, "productOrderItem": [item_in_words_of_products(item) for item in order["serviceOrderItem"]]}


def item_in_words_of_products(item: Json) -> Json:
    service = item["service"]
    renamed = {
        f"product{name.removeprefix('service')}": member
        for name, member in service.items()
        if name not in {"id", "@type"}
    }
    beside = {name: item[name] for name in ("place", "relatedParty") if name in item}
    named = {"id": service["id"]} if "id" in service else {}
    return {
        **item,
        "product": renamed | beside | named,
        "productOrderItemRelationship": item.get("orderRelationship", []),
    }


def expected_order(order: Json, seq: int) -> Json:
    parties = {party["@referredType"]: party["id"] for party in reversed(order["relatedParty"])}
    return {
        "seq": seq,
        "external_id": order["externalId"],
        "source": "cli",
        "resource": "serviceOrder" if "serviceOrderItem" in order else "productOrder",
        "profile": "servicenow",
        "state": "new",
        "version": 1,
        "fulfillment_type": order.get("fulfillmentType", "deliver"),
        "currency": order.get("orderCurrency"),
        "customer_id": parties.get("Customer") or parties.get("Consumer"),
        "channel_id": order["channel"][0]["id"] if order.get("channel") else None,
        "requested_start_date": order.get("requestedStartDate"),
        "requested_completion_date": order.get("requestedCompletionDate"),
        "committed_due_date": order.get("committedDueDate"),
    }


def expected_line(item: Json, seq: int, n: int) -> Json:
    product = item["product"]
    parents = [
        each["id"] for each in item.get("productOrderItemRelationship", ()) if each["relationshipType"] == "HasParent"
    ]
    inventory = [each["externalProductInventoryId"] for each in item.get("externalProductInventory", ())]
    return {
        "order_seq": seq,
        "n": n,
        "item_id": item["id"],
        "parent_item_id": parents[0] if parents else None,
        "action": item["action"],
        "action_reason": item.get("actionReason"),
        "state": "new",
        "version": 1,
        "ponr": 0,
        "quantity": str(item["quantity"]) if "quantity" in item else None,
        "mrc": total(item, "recurring"),
        "nrc": total(item, "nonRecurring"),
        "product_offering_id": item.get("productOffering", {}).get("id"),
        "product_specification_id": product.get("productSpecification", {}).get("id"),
        "product_id": product.get("id"),
        "place_id": product["place"]["id"] if "place" in product else None,
        "committed_due_date": item.get("committedDueDate"),
        "external_inventory_id": json.dumps(inventory, separators=(",", ":")) if inventory else None,
    }


def total(item: Json, price_type: str) -> str | None:
    values = [
        each["price"]["taxIncludedAmount"]["value"]
        for each in item.get("itemPrice", ())
        if each["priceType"] == price_type and "taxIncludedAmount" in each.get("price", {})
    ]
    return str(sum(values[1:], start=values[0])) if values else None


def expected_children(item: Json, seq: int, n: int) -> dict[str, list[Json]]:
    product = item["product"]
    key = {"order_seq": seq, "line_n": n}
    related = [("line", each) for each in item.get("productOrderItemRelationship", ())]
    related += [("product", each) for each in product.get("productRelationship", ())]
    return {
        "order_characteristic_value": [
            {**key, "n": m, "name": each["name"], "value": each["value"], "previous_value": each.get("previousValue")}
            for m, each in enumerate(product.get("productCharacteristic", ()))
        ],
        "order_line_item_contact": [
            {
                **key,
                "n": m,
                "party_id": each.get("id"),
                "name": each.get("name"),
                "first_name": each.get("firstName"),
                "last_name": each.get("lastName"),
                "email": each.get("email"),
                "phone": each.get("phone"),
            }
            for m, each in enumerate(product.get("relatedParty", ()))
        ],
        "order_line_related_item": [
            {**key, "n": m, "kind": kind, "related_id": each["id"], "relationship_type": each["relationshipType"]}
            for m, (kind, each) in enumerate(related)
        ],
    }


def expected_tables(orders: list[Json]) -> dict[str, list[Json]]:
    tables: dict[str, list[Json]] = {"customer_order": [], **{table: [] for table in LINE_TABLES}}
    for seq, order in enumerate(orders, 1):
        tables["customer_order"].append(expected_order(order, seq))
        for n, item in enumerate(order["productOrderItem"]):
            tables["order_line_item"].append(expected_line(item, seq, n))
            for table, children in expected_children(item, seq, n).items():
                tables[table] += children
    return {
        table: [{name: value for name, value in row.items() if value is not None} for row in found]
        for table, found in tables.items()
    }


def read(text: str) -> Json:
    """An order with exact numbers."""
    order: Json = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return order


def created_tables(connection: Store) -> dict[str, list[Json]]:
    """The tables, less what only the run knows."""
    made_by_the_run = {"order_id", "batch_id", "created_at", "updated_at"}
    found = {table: present(connection, table) for table in ("customer_order", *LINE_TABLES)}
    found["customer_order"] = [
        {name: value for name, value in row.items() if name not in made_by_the_run} for row in found["customer_order"]
    ]
    return found


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("mode", ["--async", ""])
def test_the_tables_hold_every_field_of_the_samples(
    ordercli: Ordercli, connection: Store, mode: str, kind: str
) -> None:
    texts = SAMPLES[kind].read_text("utf-8").splitlines()
    orders = [read(text) for text in texts]

    submitted = ordercli("submit", str(SAMPLES[kind]), *filter(None, [mode]), "-o", "json")
    run = ordercli("queue", "run", "-o", "json")

    queued = bool(mode)
    assert (submitted.exit_code, submitted.stderr) == (0, "")
    counts = {name: submitted.json[name] for name in ("statusCode", "read", "accepted", "rejected", "warnings")}
    assert counts == {
        "statusCode": 202 if queued else 201,
        "read": len(texts),
        "accepted": len(texts),
        "rejected": 0,
        "warnings": 0,
    }
    assert (run.exit_code, run.json["completed"]) == (0, len(texts) if queued else 0)
    assert created_tables(connection) == expected_tables(
        [in_words_of_products(order) if kind == "serviceOrder" else order for order in orders]
    )
    assert [row["body"].decode() for row in rows(connection, "payload")] == texts
    assert audit(connection) == {}


def as_created(payload: Json, row: Json) -> Json:
    """The order as contract section 7 shows it."""
    new = {"state": "new", "version": "1", "ponr": "false"}
    return {
        **payload,
        **new,
        "id": row["order_id"],
        "href": f"/api/sn_ind_tmt_orm/order/productOrder/{row['order_id']}",
        "orderDate": row["created_at"],
        "expectedCompletionDate": payload["requestedCompletionDate"],
        "productOrderItem": [{**item, **new} for item in payload["productOrderItem"]],
    }


def seed_examples() -> dict[str, bytes]:
    """The request bodies of seed 003: of the asynchronous, the synchronous and the deprecated endpoint."""
    files = sorted(SEEDS.glob("003_*.txt"))
    if not files:
        pytest.skip("the seed documents are not there")
    text = files[0].read_text("utf-8")
    names = {"order/productOrder?mode=async": "async", "order/productOrder": "sync", "productorder": "deprecated"}
    found = {}
    endpoints = "|".join(map(re.escape, names))
    for call in re.finditer(rf"curl -X POST .*?sn_ind_tmt_orm/({endpoints})['\"]", text):
        start = text.index("{", call.end())
        _, end = json.JSONDecoder().raw_decode(text, start)
        found[names[call[1]]] = text[start:end].encode()
    return found


OWN_EXAMPLE = encoded(
    product_order(
        "PO-7",
        requestedStartDate="2026-03-02T08:00:00.000Z",
        requestedCompletionDate="2026-03-20T17:00:00.000Z",
        orderDate="2026-03-01T08:00:00.000Z",
        note=[{"id": "1", "author": "Ana Duarte", "date": "2026-02-27T15:04:05Z", "text": "Please ring"}],
        items=[
            line(
                "100",
                actionReason="moving house",
                product={
                    "isBundle": True,
                    "@type": "Product",
                    "relatedParty": [{"firstName": "Ana", "@referredType": "OrderLineItemContact"}],
                    "productRelationship": [{"id": "installed-1", "relationshipType": "Requires"}],
                },
                productOrderItemRelationship=[{"id": "110", "relationshipType": "HasChild"}],
            ),
            line(
                "110",
                itemPrice=[
                    {
                        "name": "Monthly fee",
                        "priceType": "recurring",
                        "recurringChargePeriod": "month",
                        "price": {"taxRate": 19, "taxIncludedAmount": {"unit": "EUR", "value": 34.9}},
                    }
                ],
                product={"productCharacteristic": [{"name": "Speed", "valueType": "string", "value": "1 Gbit/s"}]},
                productOrderItemRelationship=[{"id": "100", "relationshipType": "HasParent"}],
            ),
        ],
        **{"@type": "ProductOrder"},
    )
)


@pytest.mark.parametrize("example", ["own", "seed"])
def test_the_asynchronous_example_is_queued_created_and_shown_whole(
    ordercli: Ordercli, connection: Store, example: str
) -> None:
    document = OWN_EXAMPLE if example == "own" else seed_examples()["async"]
    payload = json.loads(document)
    del payload["orderDate"]  # the server's own

    submitted = ordercli("submit", "--async", "-o", "ndjson", stdin=document)
    waiting = ordercli("show", payload["externalId"])
    run = ordercli("queue", "run", "-o", "json")
    shown = ordercli("show", payload["externalId"])

    (row,) = rows(connection, "customer_order")
    assert [(each["statusCode"], each["orderId"]) for each in submitted.ndjson] == [(202, row["order_id"])]
    assert waiting.json["code"] == 102
    assert (run.json["completed"], run.exit_code) == (1, 0)
    assert shown.json == as_created(payload, row)
    assert ordercli("list", "-o", "ndjson").json == shown.json
    assert len(rows(connection, "order_line_item")) == len(payload["productOrderItem"])


def test_an_order_as_it_was_exported_goes_in_again_as_a_duplicate(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=OWN_EXAMPLE)

    again = ordercli("submit", "-o", "ndjson", stdin=ordercli("list", "-o", "ndjson").stdout.encode())

    assert [each["outcome"] for each in again.ndjson] == ["duplicate"]


def diagnosed(ordercli: Ordercli, document: bytes) -> list[tuple[str, str]]:
    Path("example.json").write_bytes(document)
    report = ordercli("validate", "example.json", "--format", "json", "--no-lint")
    return [(each["severity"], each["code"]) for each in report.json["diagnostics"]]


LEGACY_EXAMPLE = OWN_EXAMPLE.replace(b"orderCurrency", b"currencyCode").replace(
    b'"orderDate":"2026-03-01T08:00:00.000Z",', b""
)
WITHOUT_CURRENCY = LEGACY_EXAMPLE.replace(b'"currencyCode":"EUR",', b"")


@pytest.mark.parametrize("example", ["own", "seed"])
def test_the_synchronous_example_passes_with_its_currency_under_the_old_name(
    ordercli: Ordercli, connection: Store, example: str
) -> None:
    document = LEGACY_EXAMPLE if example == "own" else seed_examples()["sync"]
    payload = json.loads(document)

    submitted = ordercli("submit", "-o", "json", stdin=document)

    (row,) = rows(connection, "customer_order")
    assert diagnosed(ordercli, document) == [("warning", "ORD902")]
    assert (submitted.exit_code, submitted.json["statusCode"], submitted.json["warnings"]) == (0, 201, 1)
    assert row["currency"] == payload["currencyCode"]
    assert ordercli("show", payload["externalId"]).json == as_created(payload, row)


@pytest.mark.parametrize(("example", "currency"), [("own", "EUR"), ("seed", "USD")])
def test_the_deprecated_example_needs_a_default_currency(
    ordercli: Ordercli, connection: Store, example: str, currency: str
) -> None:
    document = WITHOUT_CURRENCY if example == "own" else seed_examples()["deprecated"]
    payload = json.loads(document)
    default: dict[str, Any] = {"ORDERCLI_VALIDATION_DEFAULT_CURRENCY": currency}

    refused = ordercli("submit", "-o", "ndjson", "--rejects", "none", stdin=document)
    filled = ordercli("submit", "-o", "ndjson", stdin=document, **default)

    (row,) = rows(connection, "customer_order")
    assert diagnosed(ordercli, document) == [("error", "ORD113")]
    assert [[error["code"] for error in each["errors"]] for each in refused.ndjson] == [["ORD113"]]
    assert [(each["statusCode"], each["orderId"]) for each in filled.ndjson] == [(201, row["order_id"])]
    assert (row["currency"], row["filled_currency"]) == (currency, currency)
    assert ordercli("show", payload["externalId"]).json == {**as_created(payload, row), "orderCurrency": currency}
