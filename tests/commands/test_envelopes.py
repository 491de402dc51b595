"""Orders inside other documents: `--at`, the wrapper `productOrder`, and the finding that names the place."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, ndjson, product_order, product_orders
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

BAD = product_order("BAD", orderCurrency="EURO")


def reported(result: Result) -> list[tuple[str, str, int, int]]:
    """Code, pointer, line and column of every diagnostic of `validate -o ndjson`."""
    return [(each["code"], each["pointer"], each["line"], each["column"]) for each in result.ndjson]


def event(*orders: Any, **members: Any) -> Any:
    return {"eventId": "7", **members, "event": {"productOrders": list(orders)}}


@pytest.mark.every_engine
def test_what_is_stored_is_the_inner_object(ordercli: Ordercli, connection: Store) -> None:
    inner = b'{ "externalId":"PO-1" , ' + encoded(product_order(None))[1:]
    Path("wrapped.json").write_bytes(b'{"productOrder":\n ' + inner + b"}")
    Path("bare.json").write_bytes(inner)
    Path("event.json").write_bytes(b'{"data": [ ' + inner + b"]}")

    accepted = ordercli("submit", "wrapped.json", "--async", "-o", "ndjson").ndjson
    again = [
        ordercli("submit", *each, "--async", "-o", "ndjson").ndjson[0]
        for each in (("bare.json",), ("event.json", "--at", "/data"), ("event.json", "--at", "data.0"))
    ]
    ordercli("queue", "run")
    shown = ordercli("show", accepted[0]["orderId"], "-o", "json").json

    assert [(each["outcome"], each["line"], each["externalId"]) for each in accepted] == [("accepted", 2, "PO-1")]
    assert [(each["outcome"], each["orderId"]) for each in again] == [("duplicate", accepted[0]["orderId"])] * 3
    assert column(connection, "payload", "body") == [inner]
    assert column(connection, "payload", "sha256") == [sha256(inner).digest()]
    assert ("productOrder" in shown, shown["externalId"]) == (False, "PO-1")


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_wrapped_order_is_validated_inside_in_every_profile(ordercli: Ordercli, profile: str, jobs: str) -> None:
    lines = [{"productOrder": BAD}, product_order("PO-1"), {"productOrder": product_order("PO-2")}]
    Path("orders.ndjson").write_bytes(ndjson(*lines))

    result = ordercli("validate", "orders.ndjson", "--profile", profile, "--jobs", jobs, "-o", "ndjson")

    place = encoded(lines[0]).index(b'"EURO"') + 1
    assert reported(result) == [("ORD124", "/productOrder/orderCurrency", 1, place)]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_wrapped_orders_are_accepted_by_several_processes(ordercli: Ordercli, connection: Store, jobs: str) -> None:
    orders = product_orders(3)
    Path("orders.ndjson").write_bytes(ndjson({"productOrder": orders[0]}, orders[1], {"productOrder": orders[2]}))

    result = ordercli("submit", "orders.ndjson", "--async", "--jobs", jobs, "-o", "json")

    assert (result.json["accepted"], result.json["rejected"]) == (3, 0)
    assert column(connection, "payload", "body") == [encoded(each) for each in orders]


@pytest.mark.parametrize(
    ("document", "pointer", "advice"),
    [
        ({"event": {"productOrder": BAD}}, "/event/productOrder", "An order stands inside this document: read it"),
        ({"productOrder": BAD, "id": "7"}, "/productOrder", "An order stands inside this document: read it"),
        ({"data": [BAD, BAD]}, "/data", "Orders stand inside this document: read them"),
        ({"data": [{"productOrder": BAD}]}, "/data", "Orders stand inside this document: read them"),
        ({"specversion": "1.0", "type": "x", "data": BAD}, "/data", "An order stands inside this document: read it"),
        ({"a b": {"it's": BAD}}, "/a b/it's", "An order stands inside this document: read it"),
        (
            {"item": [{"name": "create", "request": {"body": {"mode": "raw", "raw": json.dumps(BAD, indent=1)}}}]},
            "/item/0/request/body/raw",
            "An order stands inside this document: read it",
        ),
    ],
)
def test_one_finding_names_the_pointer_and_the_pointer_works(
    ordercli: Ordercli, document: Json, pointer: str, advice: str
) -> None:
    Path("in.json").write_text(json.dumps(document, indent=1))

    result = ordercli("validate", "in.json", "-o", "ndjson")

    (only,) = result.ndjson
    quoted = "'/a b/it'\"'\"'s'" if " " in pointer else pointer
    assert (only["code"], only["pointer"], only["message"]) == ("ORD012", pointer, f"{advice} with --at {quoted}")
    inside = ordercli("validate", "in.json", "--at", pointer, "-o", "ndjson").ndjson
    assert {each["code"] for each in inside} == {"ORD124"}
    assert all(each["pointer"].startswith(pointer) for each in inside)


def test_orders_at_many_places_are_named_by_one_dotted_path_where_there_is_one(ordercli: Ordercli) -> None:
    Path("alike.json").write_text(json.dumps({"events": [{"event": {"productOrder": BAD}}] * 3}))
    Path("unlike.json").write_text(json.dumps({"a": BAD, "b": {"c": BAD}}))

    alike, unlike = ordercli("validate", "alike.json", "unlike.json", "-o", "ndjson").ndjson

    assert alike["message"] == ("Orders stand inside this document: read them with --at events.event.productOrder")
    assert unlike["message"] == ("Orders stand at 2 places of this document, the first at /a: read it with --at /a")
    inside = ordercli("validate", "alike.json", "--at", "events.event.productOrder", "-o", "ndjson").ndjson
    assert [each["pointer"] for each in inside] == [f"/events/{n}/event/productOrder/orderCurrency" for n in range(3)]


@pytest.mark.parametrize("name", ["in.json", "in.ndjson", "-"])
def test_files_of_any_format_and_standard_input_are_read_with_a_pointer(ordercli: Ordercli, name: str) -> None:
    documents = [event(product_order("PO-1"), BAD), event(), event(BAD)]
    data = json.dumps(documents[0], indent=1).encode() if name == "in.json" else ndjson(*documents)
    Path("in.ndjson" if name == "-" else name).write_bytes(data)
    stdin = data if name == "-" else b""

    result = ordercli("submit", name, "--at", "/event/productOrders", "-o", "ndjson", stdin=stdin)

    found = [(each["record"], each["externalId"], each["outcome"]) for each in result.ndjson]
    expected = [(1, "PO-1", "accepted"), (2, "BAD", "rejected"), (3, "BAD", "rejected")]
    assert found == expected[: 2 if name == "in.json" else 3]


def test_a_folder_is_read_with_a_pointer(ordercli: Ordercli) -> None:
    Path("in").mkdir()
    for n, order in enumerate(product_orders(2)):
        Path(f"in/{n}.json").write_bytes(encoded(event(order)))

    result = ordercli("submit", "in", "--at", "event.productOrders", "-o", "ndjson")

    assert [(each["file"], each["externalId"], each["outcome"]) for each in result.ndjson] == [
        ("in/0.json", "PO-1", "accepted"),
        ("in/1.json", "PO-2", "accepted"),
    ]


def test_a_rejects_file_holds_the_inner_order_and_names_the_place_in_the_envelope(ordercli: Ordercli) -> None:
    Path("in.json").write_text(json.dumps(event(product_order("PO-1"), BAD), indent=1))

    ordercli("submit", "in.json", "--at", "/event/productOrders")

    path = Path("in.json.rejects.ndjson")
    (line,) = [json.loads(each) for each in path.read_text().splitlines()]
    (error,) = line["$reject"]["errors"]
    assert (line["order"], line["$reject"]["record"]) == (BAD, 2)
    assert error["pointer"] == "/event/productOrders/1/orderCurrency"
    text = Path("in.json").read_text().splitlines()[error["line"] - 1]
    assert text[error["column"] - 1 :].startswith('"EURO"')
    path.write_text(path.read_text().replace("EURO", "EUR"))
    again = ordercli("submit", str(path), "--at", "/event/productOrders", "-o", "ndjson").ndjson
    assert [(each["externalId"], each["outcome"]) for each in again] == [("BAD", "accepted")]


def test_a_run_with_a_pointer_is_resumed_with_it(ordercli: Ordercli) -> None:
    Path("in.ndjson").write_bytes(ndjson(event(product_order("PO-1"), BAD), event(product_order("PO-2"))))
    stopped = ordercli("submit", "in.ndjson", "--at", "/event/productOrders", "--max-rejects", "1", "-o", "json").json

    resumed = ordercli("batch", "resume", stopped["batchId"], "--max-rejects", "100%", "-o", "json").json

    assert (stopped["read"], stopped["accepted"]) == (2, 1)
    assert (resumed["read"], resumed["accepted"], resumed["rejected"]) == (3, 2, 1)


def test_an_idempotency_key_belongs_to_a_pointer(ordercli: Ordercli) -> None:
    Path("in.json").write_bytes(encoded({"a": [product_order("PO-1")], "b": [product_order("PO-2")]}))
    options = ("submit", "in.json", "--idempotency-key", "night", "-o", "json")

    first, same, other = (ordercli(*options, "--at", at) for at in ("/a", "/a", "/b"))

    assert (first.json["accepted"], same.json["repeated"], other.exit_code) == (1, True, 4)


@pytest.mark.parametrize("form", ["text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif"])
def test_every_format_names_the_place_in_the_envelope(ordercli: Ordercli, form: str) -> None:
    Path("in.json").write_text(json.dumps({"productOrder": BAD}, indent=1))
    lines = Path("in.json").read_text().splitlines()
    number = next(n for n, text in enumerate(lines, 1) if "EURO" in text)

    result = ordercli("validate", "in.json", "--format", form)

    assert result.exit_code == 1
    assert str(number) in result.stdout
    if form not in {"concise", "github", "gitlab", "junit"}:
        assert "/productOrder/orderCurrency" in result.stdout


def test_a_sidecar_names_places_in_the_envelope(ordercli: Ordercli) -> None:
    Path("in.json").write_bytes(encoded({"productOrder": BAD}))
    expected = [{"code": "ORD124", "pointer": "/productOrder/orderCurrency"}]
    Path("in.expect.json").write_bytes(encoded({"findings": expected}))
    met = ordercli("validate", "in.json", "-o", "json")
    Path("in.expect.json").write_bytes(
        encoded({"findings": [*expected, {"code": "ORD113", "pointer": "/productOrder/orderCurrency"}]})
    )
    missed = ordercli("validate", "in.json", "-o", "ndjson")

    assert (met.exit_code, met.json["expected"], met.json["diagnostics"]) == (0, 1, [])
    assert reported(missed) == [
        ("ORD113", "/productOrder/orderCurrency", 1, encoded({"productOrder": BAD}).index(b'"EURO"') + 1)
    ]


def test_a_pointer_that_leads_nowhere_is_one_finding_a_document(ordercli: Ordercli) -> None:
    Path("in.ndjson").write_bytes(ndjson(product_order("PO-1"), event(BAD)))

    result = ordercli("submit", "in.ndjson", "--at", "/event/productOrders", "-o", "ndjson")

    first, second = result.ndjson
    assert [(each["code"], each["pointer"], each["message"]) for each in first["errors"]] == [
        ("ORD012", "", "Nothing stands at /event/productOrders in this document")
    ]
    assert (first["line"], second["line"], second["errors"][0]["code"]) == (1, 2, "ORD124")


@pytest.mark.parametrize("command", ["validate", "submit"])
def test_a_pointer_that_is_none_is_a_usage_error(ordercli: Ordercli, command: str) -> None:
    result = ordercli(command, "in.json", "--at", "data..order")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "error: --at takes a JSON Pointer or a dotted path, not 'data..order'",
    )


@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_with_many_orders_may_be_larger_than_an_order(ordercli: Ordercli, indent: int | None) -> None:
    Path("page.json").write_text(json.dumps({"total": 40, "data": product_orders(40)}, indent=indent))

    plain = ordercli("submit", "page.json", "-o", "ndjson", ORDERCLI_LIMITS_MAX_ORDER_BYTES="4000")
    opened = ordercli("submit", "page.json", "--at", "/data", "-o", "ndjson", ORDERCLI_LIMITS_MAX_ORDER_BYTES="4000")

    assert [each["errors"][0]["code"] for each in plain.ndjson] == ["ORD007"]
    assert [(each["record"], each["outcome"]) for each in opened.ndjson] == [(n, "accepted") for n in range(1, 41)]


@pytest.mark.parametrize(
    ("damage", "place"),
    [(b'"to\x97al": 40', ("ORD005", 2, 6)), (b"total: 40", ("ORD001", 2, 3)), (b'"to\x01al": 40', ("ORD001", 2, 6))],
)
def test_a_large_document_with_a_name_that_is_none_is_one_finding_at_its_place(
    ordercli: Ordercli, damage: bytes, place: tuple[str, int, int]
) -> None:
    orders = encoded(product_orders(40))
    Path("page.json").write_bytes(b'{"data": ' + orders + b",\n  " + damage + b"}")

    opened = ordercli("validate", "page.json", "--at", "/data", "-o", "ndjson", ORDERCLI_LIMITS_MAX_ORDER_BYTES="4000")

    assert (opened.exit_code, "Traceback" in opened.stderr) == (1, False)
    assert [(each["code"], each["line"], each["column"]) for each in opened.ndjson] == [place]


@pytest.mark.parametrize(("text", "code"), [(b'"{\x01}"', "ORD001"), (b'"{\x97}"', "ORD005")])
def test_a_text_in_a_large_document_that_is_no_json_is_one_finding_at_its_place(
    ordercli: Ordercli, text: bytes, code: str
) -> None:
    orders = encoded(product_orders(40))[1:-1]
    Path("page.json").write_bytes(b'{"data": [' + orders + b",\n  " + text + b"]}")

    opened = ordercli("validate", "page.json", "--at", "/data", "-o", "ndjson", ORDERCLI_LIMITS_MAX_ORDER_BYTES="4000")

    assert (opened.exit_code, "Traceback" in opened.stderr) == (1, False)
    assert [(each["code"], each["line"]) for each in opened.ndjson] == [(code, 2)]


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        ({"productOrder": {"externalId": "PO-1"}}, "ORD102", "/productOrder/productOrderItem"),
        ({"productOrder": {"productOrderItem": None, "id": "7"}}, "ORD102", "/productOrder/productOrderItem"),
        ({"productOrder": {}}, "ORD101", "/productOrder"),
    ],
)
def test_an_order_without_lines_is_read_in_its_wrapper_too(
    ordercli: Ordercli, document: object, code: str, pointer: str
) -> None:
    Path("in.json").write_text(json.dumps(document))

    found = ordercli("validate", "in.json", "--profile", "tmf622-v4", "-o", "ndjson").ndjson

    assert [(each["code"], each["pointer"]) for each in found if each["severity"] == "error"] == [(code, pointer)]
    assert "ORD901" not in {each["code"] for each in found}
