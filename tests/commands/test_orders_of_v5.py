"""Orders of TMF622 v5 through the command: their external identifiers, states, events, cancellations and notes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.product_order.examples_v5 import as_v5
from support.builders import encoded, ndjson, product_order
from support.records import characteristic, specification
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]

V5: dict[str, Any] = {"ORDERCLI_PROFILE": "tmf622"}


def identifier(name: str, kind: str | None = None, owner: str | None = None) -> Json:
    members = {"id": name, "externalIdentifierType": kind, "owner": owner}
    return {"@type": "ExternalIdentifier"} | {key: value for key, value in members.items() if value}


def order_v5(*identifiers: str | Json, **members: Any) -> Json:
    """A good order of v5 with these external identifiers."""
    given = [identifier(each) if isinstance(each, str) else each for each in identifiers]
    return as_v5(product_order("x")) | {"externalId": given} | members


def submitted(ordercli: Ordercli, *orders: Json, options: tuple[str, ...] = (), **env: str) -> Result:
    return ordercli("submit", "-", "-o", "ndjson", "--rejects", "none", *options, stdin=ndjson(*orders), **V5, **env)


def outcomes(result: Result) -> list[tuple[str, str | None, list[str]]]:
    """Outcome, key and messages of each order."""
    return [
        (each["outcome"], each["externalId"], [error["message"] for error in each.get("errors", [])])
        for each in result.ndjson
    ]


MODES = pytest.mark.parametrize("mode", [(), ("--async",), ("--dry-run",)], ids=["sync", "async", "dry-run"])


@MODES
def test_an_id_is_one_order_s_whether_it_is_its_key_or_another_identifier(
    ordercli: Ordercli, mode: tuple[str, ...]
) -> None:
    first = order_v5("A-1", "PO-1")
    others = [
        order_v5("PO-1"),  # its key is another identifier of the first
        order_v5("B-1", "A-1"),  # another identifier of it is the key of the first
        order_v5("C-1", "PO-1"),  # two orders may share another identifier
        first,
    ]

    result = submitted(ordercli, first, *others, options=mode)

    told = [(outcome, key) for outcome, key, _ in outcomes(result)]
    assert told == [
        ("accepted", "A-1"),
        ("conflict", "PO-1"),
        ("conflict", "B-1"),
        ("accepted", "C-1"),
        ("duplicate", "A-1"),
    ]


@pytest.mark.parametrize("mode", [(), ("--async",)], ids=["sync", "async"])
def test_in_a_later_run_too(ordercli: Ordercli, mode: tuple[str, ...]) -> None:
    first = order_v5("A-1", "PO-1")
    turned = order_v5("PO-1", "A-1")
    submitted(ordercli, first, options=mode)

    results = [submitted(ordercli, each, options=mode) for each in (turned, order_v5("B-1", "A-1"), first)]

    told = [(outcome, key) for result in results for outcome, key, _ in outcomes(result)]
    assert told == [("conflict", "PO-1"), ("conflict", "B-1"), ("duplicate", "A-1")]


def test_a_dry_run_remembers_further_identifiers_over_many_orders(ordercli: Ordercli) -> None:
    many = [order_v5(f"N-{n}") for n in range(600)]

    result = submitted(ordercli, order_v5("A-1", "PO-1"), *many, order_v5("PO-1"), options=("--dry-run",))

    told = [(outcome, key) for outcome, key, _ in outcomes(result)]
    assert told == [*(("accepted", key) for key in ("A-1", *(f"N-{n}" for n in range(600)))), ("conflict", "PO-1")]


def test_two_identifiers_that_are_alike_are_refused(ordercli: Ordercli) -> None:
    alike, apart = (
        (identifier("A-1", "order"), identifier("A-1", "order")),
        (identifier("A-1"), identifier("A-1", "po")),
    )

    results = [submitted(ordercli, order_v5(*each)) for each in (alike, apart)]

    (refused,) = results[0].ndjson
    assert [(each["code"], each["pointer"]) for each in refused["errors"]] == [("ORD212", "/externalId/1")]
    assert [outcome for outcome, *_ in outcomes(results[1])] == ["accepted"]


def test_the_same_id_in_the_other_version_is_a_conflict_that_says_so(ordercli: Ordercli) -> None:
    v4 = {"externalId": "A-1", "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "o"}}]}

    both = [submitted(ordercli, *orders) for orders in ((v4, as_v5(v4)), (as_v5(v4),))]

    told = [each for result in both for each in result.ndjson]
    assert [each["outcome"] for each in told] == ["accepted", "conflict", "conflict"]
    messages = {error["message"] for each in told for error in each.get("errors", [])}
    assert messages == {"externalId 'A-1' is known in source 'cli' in another version, tmf622-v4"}


def test_a_setting_chooses_which_identifier_is_the_key(ordercli: Ordercli) -> None:
    order = order_v5(identifier("A-1", "order"), identifier("PO-1", "purchase"), "Z-1")
    chosen: dict[str, Any] = {"ORDERCLI_KEY_IDENTIFIER_TYPE": "purchase"}

    result = submitted(ordercli, order, order_v5("B-1"), **chosen)
    by_key, by_other = (ordercli("patch", each, "--set", "category=b2c", **V5) for each in ("PO-1", "A-1"))

    assert [key for _, key, _ in outcomes(result)] == ["PO-1", "B-1"]
    assert (by_key.exit_code, by_other.exit_code) == (0, 3)
    assert ordercli("show", "A-1", "-o", "json").json["externalId"] == order["externalId"]


def test_an_order_is_shown_and_listed_by_each_identifier(ordercli: Ordercli) -> None:
    ids = [
        each["orderId"] for each in submitted(ordercli, order_v5("A-1", "PO-1", "S-1"), order_v5("B-1", "S-1")).ndjson
    ]

    shown = [ordercli("show", each, "-o", "id") for each in ("A-1", "PO-1", "B-1")]
    listed = [ordercli("list", "--external-id", each, "-o", "id").stdout.split() for each in ("A-1", "PO-1", "S-1")]
    shared = ordercli("show", "S-1")

    assert [each.stdout.strip() for each in shown] == [ids[0], ids[0], ids[1]]
    assert [sorted(each) for each in listed] == [[ids[0]], [ids[0]], sorted(ids)]
    assert (shared.exit_code, shared.stdout) == (4, "")
    assert "'S-1' is an external identifier of several orders" in shared.stderr
    assert all(each in shared.stderr for each in ids)


@pytest.mark.parametrize(
    "command",
    [
        ("patch", "PO-1", "--set", "category=b2c"),
        ("cancel", "PO-1", "--reason", "late"),
        ("history", "PO-1"),
        ("queue", "retry", "PO-1"),
    ],
)
def test_what_changes_an_order_names_the_one_that_has_the_id_as_another_identifier(
    ordercli: Ordercli, connection: Store, command: tuple[str, ...]
) -> None:
    (order_id,) = [each["orderId"] for each in submitted(ordercli, order_v5("A-1", "PO-1")).ndjson]

    result = ordercli(*command)

    assert (result.exit_code, column(connection, "customer_order", "version")) == (3, [1])
    assert f"'PO-1' is a further external identifier of order {order_id}: give the order id" in result.stderr


def test_requests_of_a_file_are_reported_too_and_several_orders_are_named(ordercli: Ordercli) -> None:
    ids = [
        each["orderId"] for each in submitted(ordercli, order_v5("A-1", "PO-1"), order_v5("B-1", "PO-1", "C-1")).ndjson
    ]
    patches = ndjson(*({"id": name, "category": "b2c"} for name in ("PO-1", "C-1", "A-1")))

    told = ordercli("patch", "--from", "-", "-o", "ndjson", "--rejects", "none", stdin=patches).ndjson

    assert [(each["outcome"], each.get("hint")) for each in told] == [
        ("not-found", f"'PO-1' is a further external identifier of the orders {ids[0]}, {ids[1]}: give the order id"),
        ("not-found", f"'C-1' is a further external identifier of order {ids[1]}: give the order id"),
        ("patched", None),
    ]


def test_an_entry_is_shown_by_another_identifier(ordercli: Ordercli) -> None:
    options = ("--async",)
    (order_id,) = [each["orderId"] for each in submitted(ordercli, order_v5("A-1", "PO-1"), options=options).ndjson]
    submitted(ordercli, order_v5("B-1", "PO-2"))

    queued, created, unknown = (ordercli("queue", "show", each, "-o", "json") for each in ("PO-1", "PO-2", "X"))

    assert queued.json["orderId"] == order_id
    assert (created.exit_code, unknown.exit_code) == (3, 3)
    assert "has no entry in the inbound queue: it was created synchronously" in created.stderr
    assert "nothing is known as 'X'" in unknown.stderr


@MODES
def test_a_key_of_v4_is_no_other_identifier_of_an_order_of_v5(ordercli: Ordercli, mode: tuple[str, ...]) -> None:
    line = {"id": "1", "action": "add", "productOffering": {"id": "o"}}
    v4 = {"externalId": "V-4", "productOrderItem": [line]}
    orders = [v4, order_v5("A-1", "PO-1"), order_v5("B-1", "V-4"), {**v4, "externalId": "PO-1"}, order_v5("V-4"), v4]

    result = submitted(ordercli, *orders, options=mode)

    told = [(outcome, key) for outcome, key, _ in outcomes(result)]
    assert told == [
        ("accepted", "V-4"),
        ("accepted", "A-1"),
        ("conflict", "B-1"),
        ("conflict", "PO-1"),
        ("conflict", "V-4"),
        ("duplicate", "V-4"),
    ]
    codes = [[(error["code"], error["pointer"]) for error in each.get("errors", [])] for each in result.ndjson]
    assert codes == [
        [],
        [],
        [("ORD420", "/externalId/1/id")],
        [("ORD420", "/externalId")],
        [("ORD420", "/externalId/0/id")],
        [],
    ]


@pytest.mark.parametrize("mode", [(), ("--async",)], ids=["sync", "async"])
def test_nor_in_a_later_run(ordercli: Ordercli, mode: tuple[str, ...]) -> None:
    def vendors(name: str) -> Result:
        given = ndjson(product_order(name))
        return ordercli("submit", "-", "-o", "ndjson", "--rejects", "none", *mode, stdin=given)

    submitted(ordercli, order_v5("A-1", "PO-1"), options=mode)
    vendors("SN-1")

    results = [submitted(ordercli, order_v5("B-1", "SN-1"), options=mode), vendors("PO-1"), vendors("SN-1")]

    assert [(outcome, key) for result in results for outcome, key, _ in outcomes(result)] == [
        ("conflict", "B-1"),
        ("conflict", "PO-1"),
        ("duplicate", "SN-1"),
    ]


def test_the_reason_of_a_cancellation_is_patched_into_an_order_of_v5(ordercli: Ordercli) -> None:
    submitted(ordercli, order_v5("A-1"))
    cancellation = {"cancellationReason": "late", "cancellationDate": "2026-03-02T08:00:00Z"}

    patched = ordercli("patch", "A-1", stdin=encoded(cancellation))
    again = ordercli("patch", "A-1", "--set", "category=b2c")
    mixed = ordercli("patch", "A-1", stdin=encoded({"relatedParty": [{"id": "1", "role": "x", "@type": "PartyRef"}]}))

    assert (patched.exit_code, again.exit_code, mixed.exit_code) == (0, 0, 1)
    assert "error[ORD013]: /relatedParty/0/id: The order mixes TMF622 v4" in mixed.stderr
    shown = ordercli("show", "A-1", "-o", "json").json
    assert {name: shown[name] for name in cancellation} == cancellation


def test_of_a_key_and_another_identifier_the_key_is_meant(ordercli: Ordercli) -> None:
    ids = [each["orderId"] for each in submitted(ordercli, order_v5("A-1", "PO-1")).ndjson]
    ids += [each["orderId"] for each in submitted(ordercli, order_v5("PO-1"), options=("--source", "crm")).ndjson]

    assert ordercli("show", "PO-1", "-o", "id").stdout.split() == [ids[1]]
    assert ordercli("show", "PO-1", "--source", "cli", "-o", "id").stdout.split() == [ids[0]]


@pytest.mark.parametrize(
    ("word", "ours"), [("acknowledged", "acknowledged"), ("inProgress", "in_progress"), ("cancelled", "canceled")]
)
def test_a_draft_goes_on(ordercli: Ordercli, connection: Store, word: str, ours: str) -> None:
    submitted(ordercli, order_v5("A-1", requestedInitialState="draft"))
    first = ordercli("show", "A-1", "-o", "json").json["state"]

    result = ordercli("patch", "A-1", "--set", f"state={word}", "-o", "json", **V5)

    assert (first, result.exit_code) == ("draft", 0)
    assert column(connection, "customer_order", "state") == [ours]
    assert ordercli("show", "A-1", "-o", "json").json["state"] == word


def test_a_draft_goes_nowhere_else(ordercli: Ordercli, connection: Store) -> None:
    submitted(ordercli, order_v5("A-1", requestedInitialState="draft"), options=("--async",))
    ordercli("queue", "run")

    result = ordercli("patch", "A-1", "--set", "state=completed", "-o", "json")

    assert (result.exit_code, column(connection, "customer_order", "state")) == (4, ["draft"])


def test_an_order_in_progress_is_accepted_and_ends(ordercli: Ordercli, connection: Store) -> None:
    submitted(ordercli, order_v5("A-1"))

    codes = [
        ordercli("patch", "A-1", "--set", f"state={word}").exit_code
        for word in ("acknowledged", "inProgress.accepted", "acknowledged", "completed")
    ]

    assert (codes, column(connection, "customer_order", "state")) == ([0, 0, 4, 0], ["completed"])


def test_events_are_written_as_v5_has_them(ordercli: Ordercli) -> None:
    v4 = {"externalId": "V-4", "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "o"}}]}
    submitted(ordercli, order_v5("A-1"), v4)
    ordercli("cancel", "A-1", "--reason", "late")

    new, cancelled, changed = ordercli("history", "A-1", "--events", "-o", "ndjson").ndjson
    (older,) = ordercli("history", "V-4", "--events", "-o", "ndjson").ndjson

    for each in (new, cancelled, changed):
        assert each["@type"] == each["eventType"]
        assert each["timeOccurred"] == each["eventTime"]
        assert "timeOcurred" not in each
        assert each["source"] == {"@type": "EntityRef", "id": "cli"}
        assert each["reportingSystem"] == {"@type": "EntityRef", "id": "ordercli", "name": "ordercli"}
    assert new["event"]["productOrder"]["externalId"] == [identifier("A-1")]
    request = cancelled["event"]["cancelProductOrder"]
    assert (request["@type"], request["state"]) == ("CancelProductOrder", "done")
    assert changed["event"]["productOrder"]["state"] == "cancelled"
    assert "timeOccurred" not in older
    assert older["event"]["productOrder"]["externalId"] == "V-4"


def test_a_request_of_v5_to_cancel_needs_no_reason_and_is_answered_in_v5(ordercli: Ordercli) -> None:
    (order_id,) = [each["orderId"] for each in submitted(ordercli, order_v5("A-1")).ndjson]
    ref = {"@type": "ProductOrderRef", "id": order_id}

    older = ordercli("cancel", "--from", "-", stdin=encoded({"productOrder": {"id": order_id}}))
    result = ordercli("cancel", "-o", "json", stdin=encoded({"@type": "CancelProductOrder", "productOrder": ref}))

    assert older.exit_code != 0
    assert (result.exit_code, result.stderr) == (0, "")
    href = result.json["productOrder"]["href"]
    assert result.json == {
        "@type": "CancelProductOrder",
        "id": order_id,
        "href": href,
        "productOrder": {**ref, "href": href},
        "state": "done",
    }


def test_a_table_of_orders_shows_the_key_and_the_date_of_an_order_of_v5(ordercli: Ordercli) -> None:
    submitted(ordercli, order_v5("A-1", "PO-1"))

    (document,) = ordercli("list", "-o", "ndjson").ndjson
    tabular = {form: ordercli("list", "-o", form).stdout.split("\n")[1].strip() for form in ("csv", "table")}
    further = ordercli("list", "-o", "csv", "--fields", "externalId,creationDate").stdout.splitlines()

    date, name = document["creationDate"], document["id"]
    assert tabular["csv"] == f"{name},A-1,acknowledged,{date}"
    assert tabular["table"].split() == [name, "A-1", "acknowledged", date[:10], f"{date[11:19]}Z"]
    assert further[1].startswith(f'{name},{document["href"]},"[{{')
    assert further[1].endswith(f",{date}")


def test_a_dry_run_of_a_patch_names_the_order_by_its_key(ordercli: Ordercli) -> None:
    submitted(ordercli, order_v5(identifier("A-1", "order", "crm"), "PO-1"))

    changed = ordercli("patch", "A-1", "--set", "category=B2B", "--dry-run")
    same = ordercli("patch", "A-1", "--set", "state=acknowledged", "--dry-run")

    assert changed.stdout.splitlines() == [
        "Order A-1, version 1 -> 2 (dry run, nothing was written)",
        "+ category: B2B",
    ]
    assert same.stdout == "Order A-1: nothing would change, version 1 stays\n"


def test_remarks_on_characteristics_stay_with_the_lines_of_v5(ordercli: Ordercli) -> None:
    spec = specification("access", productSpecCharacteristic=[characteristic("Colour", "white")])
    ordercli("reference", "import", stdin=ndjson(spec))
    order = order_v5("A-1")
    order["productOrderItem"][0]["product"]["productCharacteristic"] = [
        {"@type": "StringCharacteristic", "name": "Colour", "value": "mauve"}
    ]

    submitted(ordercli, order)

    (item,) = ordercli("show", "A-1", "-o", "json").json["productOrderItem"]
    remark = (
        "Order Item characteristic: Colour with characteristic value: mauve is invalid. Correct the characteristic"
        " values before approving the order."
    )
    assert [each["text"] for each in item["workNote"]] == [remark]


def test_a_rejected_order_of_v5_is_sent_again_in_its_version(ordercli: Ordercli) -> None:
    wrong = order_v5("A-1")
    del wrong["productOrderItem"][0]["action"]
    ordercli("submit", "-", "--rejects", "rejects.ndjson", stdin=ndjson(wrong), **V5)
    (line,) = [json.loads(each) for each in Path("rejects.ndjson").read_text("utf-8").splitlines()]
    assert (line["$reject"]["profile"], line["order"]) == ("tmf622", wrong)

    line["order"]["productOrderItem"][0]["action"] = "add"
    again = ordercli("submit", "-", "-o", "ndjson", stdin=ndjson(line))

    assert [(each["outcome"], each["externalId"]) for each in again.ndjson] == [("accepted", "A-1")]
    assert ordercli("show", "A-1", "-o", "json").json["@type"] == "ProductOrder"


def test_an_exported_entry_of_v5_is_sent_again(ordercli: Ordercli) -> None:
    wrong = order_v5("A-1", "PO-1") | {"productOrderItem": 7}
    off: dict[str, Any] = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
    submitted(ordercli, wrong, options=("--async",), **off)
    ordercli("queue", "run")
    ordercli("queue", "export", "--to", "failed.ndjson")

    (line,) = [json.loads(each) for each in Path("failed.ndjson").read_text("utf-8").splitlines()]
    line["order"]["productOrderItem"] = order_v5()["productOrderItem"]
    again = ordercli("submit", "-", "--async", "-o", "ndjson", stdin=ndjson(line))
    ordercli("queue", "run")

    assert (line["$reject"]["profile"], line["order"]["externalId"]) == ("tmf622-v5", wrong["externalId"])
    assert [(each["outcome"], each["externalId"]) for each in again.ndjson] == [("accepted", "A-1")]
    assert ordercli("show", "PO-1", "-o", "json").json["externalId"] == wrong["externalId"]
