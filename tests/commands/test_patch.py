from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.common.rules.order import SERVER_OWNED_FIELD
from support.builders import encoded, line, product_order
from support.printed import errors
from support.stored import present, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]


NOT_CREATED_YET = (
    "This order is yet to be created in customer order table. Please check in inbound queue for more details."
)

LINE_STATES = (
    "new, acknowledged, in_progress, awaiting_information, on_hold, assessing_cancellation, cancellation_in_progress,"
    " rejected, canceled, completed, failed"
)


@pytest.fixture
def create(ordercli: Ordercli) -> Callable[..., Json]:
    """Creates an order at once, and gives its document."""

    def create(order: Json | None = None, *options: str) -> Json:
        ordercli("submit", *options, stdin=encoded(order or product_order()))
        shown: Json = ordercli("show", (order or product_order())["externalId"], "-o", "json").json
        return shown

    return create


def patch(ordercli: Ordercli, change: Any, *options: str, identifier: str = "PO-1", **env: str) -> Result:
    """Patch the order with a document on standard input."""
    return ordercli("patch", identifier, "-o", "json", *options, stdin=encoded(change), **env)


def test_a_patch_is_answered_with_the_order_after_it(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    before = create()

    result = patch(ordercli, {"channel": [{"id": "1", "name": "Agent Assist"}]})

    after = {**before, "version": "2", "channel": [{"id": "1", "name": "Agent Assist"}]}
    assert (result.exit_code, result.stderr, result.json) == (0, "", after)
    assert ordercli("show", "PO-1", "-o", "json").json == after
    assert ordercli("list", "-o", "ndjson").json == after


def test_line_items_are_merged_by_their_id(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    before = create(product_order(items=[line("10"), line("20")]))

    result = patch(ordercli, {"productOrderItem": [{"id": "20", "quantity": 3, "product": {"isBundle": True}}]})

    first, second = before["productOrderItem"]
    product = {**second["product"], "isBundle": True}
    changed = {**second, "version": "2", "quantity": 3, "product": product}
    assert result.json == {**before, "version": "2", "productOrderItem": [first, changed]}


def test_a_new_line_is_added(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    before = create()

    result = patch(ordercli, {"productOrderItem": [line("2", state="completed", ponr="true", version="7")]})

    new = {**line("2"), "state": "new", "version": "1", "ponr": "false"}
    assert result.json == {**before, "version": "2", "productOrderItem": [*before["productOrderItem"], new]}
    assert [json.loads(each) for each in result.stderr.splitlines()] == [
        {
            "severity": "warning",
            "message": SERVER_OWNED_FIELD.says.format(field=name),
            "rule": "ORD903",
            "datapath": f"/productOrderItem/1/{name}",
        }
        for name in ("state", "version", "ponr")
    ]


def test_a_member_that_is_null_goes(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    before = create(product_order(channel=[{"id": "1"}]))

    result = patch(ordercli, {"channel": None})

    assert result.json == {**{name: before[name] for name in before if name != "channel"}, "version": "2"}


def test_a_member_of_a_line_that_is_null_goes(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create(product_order(items=[line("1", actionReason="moving", product={"isBundle": True})]))

    result = patch(ordercli, {"productOrderItem": [{"id": "1", "actionReason": None, "product": {"isBundle": None}}]})

    (item,) = result.json["productOrderItem"]
    assert item == {**line("1"), "state": "new", "version": "2", "ponr": "false"}


def test_a_null_in_a_list_counts_as_absent(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()

    result = patch(ordercli, {"channel": [{"id": "web", "name": None}]})

    assert result.json["channel"] == [{"id": "web"}]


@pytest.mark.parametrize("added", [[{"text": "two", "weight": 1.5}], [[1.5]], [1.5]])
def test_a_fraction_in_a_note_is_compared_as_a_number(
    ordercli: Ordercli, create: Callable[..., Json], added: list[Any]
) -> None:
    create(product_order(note=[{"text": "one", "weight": 1.5}]))

    same = patch(ordercli, {"note": [{"text": "one", "weight": 1.50}]})
    result = patch(ordercli, {"note": added})

    assert (same.exit_code, len(same.json["note"])) == (0, 1)
    assert result.exit_code == (0 if isinstance(added[0], dict) else 1)
    assert "Traceback" not in result.stderr
    shown = ordercli("show", "PO-1").json["note"]
    assert shown == [{"text": "one", "weight": 1.5}, *(added if result.exit_code == 0 else [])]


def test_notes_are_added(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    before = create(product_order(note=[{"text": "one"}]))

    result = patch(ordercli, {"note": [{"text": "two"}]})

    assert result.json == {**before, "version": "2", "note": [{"text": "one"}, {"text": "two"}]}


def test_numbers_keep_their_text(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    price = '"itemPrice":[{"priceType":"recurring","price":{"taxIncludedAmount":{"unit":"EUR","value":19.90}}}]'
    create(product_order(items=[line("1"), line("2")]))
    change = b'{"productOrderItem":[{"id":"1",' + price.encode() + b',"quantity":1.50}]}'

    ordercli("patch", "PO-1", stdin=change)

    shown = ordercli("show", "PO-1", "-o", "ndjson").stdout
    assert price in shown
    assert '"quantity":1.50' in shown


def test_the_tables_follow_the_document(ordercli: Ordercli, connection: Store, create: Callable[..., Json]) -> None:
    create(product_order(items=[line("1"), line("2")]))
    price = {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}}
    product = {"productCharacteristic": [{"name": "Speed", "value": "1000"}], "place": {"id": "site-1"}}
    relation = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "Requires"}]}
    change = {
        "requestedStartDate": "2026-03-02T08:00:00Z",
        "channel": [{"id": "shop"}],
        "productOrderItem": [{"id": "2", "itemPrice": [price], "product": product, **relation}],
    }
    known = present(connection, "customer_order")[0]

    patch(ordercli, change)

    (order,) = present(connection, "customer_order")
    expected = {"version": 2, "channel_id": "shop", "requested_start_date": "2026-03-02T08:00:00Z"}
    assert order == {**known, **expected, "updated_at": order["updated_at"]}
    lines = present(connection, "order_line_item")
    assert [(each["item_id"], each["version"], each.get("mrc"), each.get("place_id")) for each in lines] == [
        ("1", 1, None, None),
        ("2", 2, "19.9", "site-1"),
    ]
    seq = {"order_seq": 1, "line_n": 1, "n": 0}
    assert present(connection, "order_characteristic_value") == [{**seq, "name": "Speed", "value": "1000"}]
    assert present(connection, "order_line_related_item") == [
        {**seq, "kind": "line", "related_id": "1", "relationship_type": "Requires"}
    ]


def test_what_was_accepted_is_never_changed(ordercli: Ordercli, connection: Store, create: Callable[..., Json]) -> None:
    create()
    payload = rows(connection, "payload")

    patch(ordercli, {"channel": [{"id": "shop"}]})

    assert rows(connection, "payload") == payload


def test_an_order_that_was_patched_is_still_a_duplicate_of_itself(
    ordercli: Ordercli, create: Callable[..., Json]
) -> None:
    create()
    patch(ordercli, {"channel": [{"id": "shop"}]})

    again = ordercli("submit", "-o", "json", stdin=encoded(product_order()))

    assert (again.json["duplicates"], again.json["conflicts"]) == (1, 0)


def test_an_exported_order_sent_back_changes_nothing(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    order = product_order(note=[{"text": "one"}], channel=[{"id": "1"}], items=[line("1", quantity=1.5)])
    before = create(order)

    result = patch(ordercli, before)

    assert (result.exit_code, result.stderr, result.json) == (0, "", before)
    assert [each["version"] for each in ordercli("history", "PO-1", "-o", "ndjson").ndjson] == [1]


@pytest.mark.parametrize(
    "change", [{"orderCurrency": "EUR"}, {"currencyCode": "EUR"}, {"id": ...}, {"externalId": "PO-1"}, {"state": "new"}]
)
def test_what_is_so_already_is_no_change(ordercli: Ordercli, create: Callable[..., Json], change: Json) -> None:
    before = create()

    result = patch(ordercli, {name: before["id"] if value is ... else value for name, value in change.items()})

    assert (result.exit_code, result.json) == (0, before)


@pytest.mark.parametrize(
    ("change", "code", "pointer", "message"),
    [
        (b"", "ORD101", "", "Invalid payload: Request body missing"),
        (b"null", "ORD101", "", "Invalid payload: Request body missing"),
        ({}, "ORD101", "", "Invalid payload: Request body missing"),
        (b"[]", "ORD101", "", "Invalid payload: Request body missing"),
        (b"1", "ORD008", "", "Not an object: an order is a JSON object, not a number"),
        ({"orderCurrency": "USD"}, "ORD403", "/orderCurrency", "In-flight revision to order currency not supported"),
        ({"orderCurrency": None}, "ORD403", "/orderCurrency", "In-flight revision to order currency not supported"),
        ({"currencyCode": "USD"}, "ORD403", "/currencyCode", "In-flight revision to order currency not supported"),
        ({"id": "other"}, "ORD406", "/id", "id cannot be patched"),
        ({"href": "/other"}, "ORD406", "/href", "href cannot be patched"),
        ({"orderDate": None}, "ORD406", "/orderDate", "orderDate cannot be patched"),
        ({"externalId": "PO-2"}, "ORD406", "/externalId", "externalId cannot be patched"),
        ({"completionDate": "2026-03-20T08:00:00Z"}, "ORD406", "/completionDate", "completionDate cannot be patched"),
        ({"state": 1}, "ORD120", "/state", "Invalid payload: state must be a string"),
        (
            {"state": "inProgress"},
            "ORD121",
            "/state",
            f"state `inProgress` is none of {LINE_STATES}, partial",
        ),
        ({"productOrderItem": None}, "ORD102", "/productOrderItem", "Invalid payload: productOrderItem is missing"),
        ({"productOrderItem": {}}, "ORD120", "/productOrderItem", "Invalid payload: productOrderItem must be an array"),
        (
            {"productOrderItem": [1]},
            "ORD120",
            "/productOrderItem/0",
            "Invalid payload: productOrderItem must be an object",
        ),
        (
            {"productOrderItem": [{"quantity": 1}]},
            "ORD103",
            "/productOrderItem/0/id",
            "Invalid payload: productOrderItem id is missing",
        ),
        (
            {"productOrderItem": [{"id": 1}]},
            "ORD120",
            "/productOrderItem/0/id",
            "Invalid payload: productOrderItem.id must be a string",
        ),
        (
            {"productOrderItem": [{"id": "1"}, {"id": "1"}]},
            "ORD201",
            "/productOrderItem/1/id",
            "Another line item has the id 1 already",
        ),
        (
            {"productOrderItem": [{"id": "9", "revisionOperation": "cancel"}]},
            "ORD202",
            "/productOrderItem/1/id",
            "The order has no line item 9",
        ),
        (
            {"productOrderItem": [{"id": "1", "revisionOperation": "stop"}]},
            "ORD121",
            "/productOrderItem/0/revisionOperation",
            "revisionOperation `stop` is none of cancel",
        ),
        (
            {"productOrderItem": [{"id": "1", "ponr": "soon"}]},
            "ORD120",
            "/productOrderItem/0/ponr",
            "Invalid payload: productOrderItem.ponr must be a boolean",
        ),
        (
            {"productOrderItem": [{"id": "1", "state": "partial"}]},
            "ORD121",
            "/productOrderItem/0/state",
            f"state `partial` is none of {LINE_STATES}",
        ),
        (
            {"productOrderItem": [{"id": "2", "action": "add"}]},
            "ORD105",
            "/productOrderItem/1/productOffering",
            "Invalid payload: productOrderItem productOffering is missing",
        ),
        ({"relatedParty": None}, "ORD111", "/relatedParty", "Invalid payload: relatedParty is missing"),
    ],
)
def test_a_patch_that_is_wrong_is_refused(
    ordercli: Ordercli,
    create: Callable[..., Json],
    change: Any,
    code: str,
    pointer: str,
    message: str,
) -> None:
    before = create()

    raw = change if isinstance(change, bytes) else encoded(change)
    result = ordercli("patch", "PO-1", "-o", "json", stdin=raw)

    assert (result.exit_code, result.stdout, errors(result)[0]) == (1, "", (code, pointer, message))
    assert ordercli("show", "PO-1", "-o", "json").json == before


def test_all_that_is_wrong_is_reported_at_once(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()
    change = {"orderCurrency": "USD", "externalId": "PO-2", "productOrderItem": [{"id": "1", "state": "completed"}]}

    result = patch(ordercli, change)

    assert [code for code, _, _ in errors(result)] == ["ORD406", "ORD403", "ORD405"]


@pytest.mark.parametrize(
    ("patch", "code", "pointers"),
    [
        ({"relatedParty": [{}] * 5}, "ORD114", ["/relatedParty/0/@referredType", "/relatedParty/1/@referredType"]),
        ([{"op": "add"}] * 5, "ORD412", ["/0", "/1"]),
    ],
)
def test_no_more_findings_are_reported_than_the_setting_allows(
    ordercli: Ordercli, create: Callable[..., Json], patch: Any, code: str, pointers: list[str]
) -> None:
    create()
    limit = {"ORDERCLI_LIMITS_MAX_FINDINGS": "2"}
    line_of_file = {"id": "PO-1", "patch": patch} if isinstance(patch, list) else {"id": "PO-1", **patch}

    one = ordercli("patch", "PO-1", "-o", "json", stdin=encoded(patch), **limit)
    shown = ordercli("patch", "PO-1", "-o", "table", stdin=encoded(patch), **limit)
    many = ordercli("patch", "--from", "-", "-o", "json", stdin=encoded(line_of_file), **limit)

    assert [(found, pointer) for found, pointer, _ in errors(one)] == [(code, each) for each in pointers]
    assert (shown.stderr.count(code), shown.stderr.count("ORD009")) == (2, 1)
    assert [each["code"] for each in many.json[0]["errors"]] == [code, code]


def test_the_result_is_validated_as_a_whole(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    def child_of(parent: str) -> list[Json]:
        return [{"id": parent, "relationshipType": "HasParent"}]

    create(product_order(items=[line("1"), line("2", productOrderItemRelationship=child_of("1"))]))

    result = patch(ordercli, {"productOrderItem": [{"id": "1", "productOrderItemRelationship": child_of("2")}]})

    assert (result.exit_code, {code for code, _, _ in errors(result)}) == (1, {"ORD204"})


def test_an_unknown_order_is_not_found(ordercli: Ordercli) -> None:
    result = patch(ordercli, {"state": "in_progress"}, identifier="nobody")

    assert result.exit_code == 3
    assert json.loads(result.stderr) == {
        "code": 60,
        "reason": "Not found",
        "message": "Invalid order ID.",
        "details": [{"message": "Invalid order ID.", "datapath": "", "rule": "ORD404"}],
        "exitCode": 3,
        "hint": "nothing is known as 'nobody'",
    }


def test_an_external_id_of_several_sources_is_narrowed(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()
    ordercli("submit", "--source", "crm", stdin=encoded(product_order()))

    ambiguous = patch(ordercli, {"state": "in_progress"})
    narrowed = patch(ordercli, {"state": "in_progress"}, "--source", "crm")

    assert (ambiguous.exit_code, errors(ambiguous)[0][2][:32]) == (4, "'PO-1' stands in several sources")
    assert (narrowed.exit_code, narrowed.json["state"]) == (0, "in_progress")


def test_an_order_that_waits_cannot_be_patched(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order()))

    result = patch(ordercli, {"state": "in_progress"})

    assert (result.exit_code, errors(result)) == (4, [("ORD401", "", NOT_CREATED_YET)])


def test_only_orders_that_are_delivered_are_patched(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create(product_order(fulfillmentType="collect"))

    result = patch(ordercli, {"channel": [{"id": "1"}]})

    reported = "Patch request cannot be made as the order's fulfillment type is not 'deliver'."
    assert (result.exit_code, errors(result)) == (4, [("ORD402", "", reported)])


def test_a_final_order_is_not_patched(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()
    patch(ordercli, {"state": "rejected"})

    content = patch(ordercli, {"channel": [{"id": "1"}]})
    state = patch(ordercli, {"state": "new"})

    printed = "The order is rejected and cannot become {}; allowed: nothing, for this state is final"
    assert (content.exit_code, errors(content)) == (4, [("ORD405", "/state", printed.format("different"))])
    assert (state.exit_code, errors(state)) == (4, [("ORD405", "/state", printed.format("new"))])


def test_a_stale_version_is_a_conflict(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()
    first = patch(ordercli, {"channel": [{"id": "1"}]}, "--if-version", "1")

    second = patch(ordercli, {"channel": [{"id": "2"}]}, "--if-version", "1")

    assert first.exit_code == 0
    assert (second.exit_code, errors(second)) == (
        4,
        [("ORD408", "/version", "The order is at version 2, not 1")],
    )
    assert ordercli("show", "PO-1", "-o", "json").json == first.json


def test_without_json_each_finding_is_a_line(ordercli: Ordercli, create: Callable[..., Json]) -> None:
    create()

    result = ordercli("patch", "PO-1", "--set", "orderCurrency=USD", "--set", "version=9")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error[ORD403]: /orderCurrency: In-flight revision to order currency not supported\n"
