from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, ndjson, product_order, product_orders
from support.stored import change_entry, column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.slow, pytest.mark.every_engine]


@pytest.fixture
def order_id(ordercli: Ordercli) -> str:
    """An order that was submitted, patched, set to a state and cancelled; its id."""
    order = product_order(items=[line("1"), line("2")])
    ordercli("submit", "--track-id", "T-1", stdin=encoded(order), ORDERCLI_ACTOR="ana")
    change = {"productOrderItem": [{"id": "2", "quantity": 2}], "note": [{"text": "call"}]}
    ordercli("patch", "PO-1", "--actor", "ben", stdin=encoded(change))
    ordercli("patch", "PO-1", "--set", "productOrderItem.1.state=in_progress", "--actor", "cleo")
    ordercli("cancel", "PO-1", "--reason", "left", "--actor", "dora")
    found: str = ordercli("show", "PO-1", "-o", "json").json["id"]
    return found


def test_everything_that_happened_is_reported(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    result = ordercli("history", order_id, "-o", "ndjson")

    times = column(connection, "order_history", "at")
    canceled = [
        {"pointer": "/state", "before": "in_progress", "after": "canceled"},
        {"pointer": "/productOrderItem/0/state", "before": "in_progress", "after": "canceled"},
        {"pointer": "/productOrderItem/1/state", "before": "new", "after": "canceled"},
    ]
    lifted = [
        {"pointer": "/state", "before": "new", "after": "in_progress"},
        {"pointer": "/productOrderItem/0/state", "before": "new", "after": "in_progress"},
    ]
    revised: list[Json] = [
        {"pointer": "/productOrderItem/1/quantity", "before": 1, "after": 2},
        {"pointer": "/note", "before": None, "after": [{"text": "call"}]},
    ]
    batch = {"batchId": rows(connection, "batch")[0]["id"], "trackId": "T-1"}
    expected: list[tuple[str, str, list[str], list[Json], Json]] = [
        ("ana", "creation", [], [], batch),
        ("ben", "revision", ["Quantity", "Other"], revised, {}),
        ("cleo", "stateChange", ["State"], lifted, {}),
        ("dora", "cancellation", ["State"], canceled, {"cancellationReason": "left"}),
    ]
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.ndjson == [
        {"time": at, "actor": who, "version": n, "kind": kind, "changeTypes": types, "changes": changes, **more}
        for n, (at, (who, kind, types, changes, more)) in enumerate(zip(times, expected, strict=True), start=1)
    ]


def test_work_notes_are_reported_with_what_left_them(ordercli: Ordercli) -> None:
    specification = {
        "@type": "ProductSpecification",
        "id": "access",
        "productSpecCharacteristic": [{"name": "Speed", "productSpecCharacteristicValue": [{"value": "100"}]}],
    }
    ordercli("reference", "import", "-", stdin=encoded(specification))
    options = ("-o", "json")
    wrong = {"productCharacteristic": [{"name": "Colour", "value": "red"}]}
    created = ordercli("submit", *options, stdin=encoded(product_order(items=[line("1", product=wrong), line("2")])))
    worse = {"productCharacteristic": [{"name": "Speed", "value": "7"}]}
    patched = ordercli("patch", "PO-1", *options, stdin=encoded({"productOrderItem": [{"id": "2", "product": worse}]}))

    reported = ordercli("history", "PO-1", "-o", "ndjson").ndjson

    shown = ordercli("show", "PO-1", "-o", "json").json
    notes = [note for item in shown["productOrderItem"] for note in item["workNote"]]
    assert (created.exit_code, patched.exit_code, [len(item["workNote"]) for item in shown["productOrderItem"]]) == (
        0,
        0,
        [1, 1],
    )
    assert [(each["kind"], each["version"]) for each in reported] == [
        ("creation", 1),
        ("workNote", 1),
        ("revision", 2),
        ("workNote", 2),
    ]
    assert [reported[1]["changes"], reported[3]["changes"]] == [
        [{"pointer": f"/productOrderItem/{n}/workNote/0", "before": None, "after": note}]
        for n, note in enumerate(notes)
    ]


def test_a_note_that_stands_there_is_not_left_again(ordercli: Ordercli) -> None:
    specification = {
        "@type": "ProductSpecification",
        "id": "access",
        "productSpecCharacteristic": [{"name": "Speed", "productSpecCharacteristicValue": [{"value": "100"}]}],
    }
    ordercli("reference", "import", "-", stdin=encoded(specification))
    wrong = {"productCharacteristic": [{"name": "Colour", "value": "red"}]}
    ordercli("submit", stdin=encoded(product_order(items=[line("1", product=wrong)])))
    before = ordercli("show", "PO-1", "-o", "json").json["productOrderItem"][0]["workNote"]

    result = ordercli("patch", "PO-1", "--set", "productOrderItem.1.quantity=5", "-o", "json")

    assert result.json["productOrderItem"][0]["workNote"] == before


def test_every_format_tells_the_same(ordercli: Ordercli, order_id: str) -> None:
    lines = ordercli("history", order_id, "-o", "ndjson").ndjson

    as_json = ordercli("history", order_id, "-o", "json").json
    as_csv = list(csv.DictReader(StringIO(ordercli("history", order_id, "-o", "csv").stdout)))
    as_table = ordercli("history", order_id, "-o", "table", COLUMNS="200").stdout.splitlines()

    assert as_json == lines
    assert [(each["time"], each["kind"], json.loads(each["changes"])) for each in as_csv] == [
        (each["time"], each["kind"], each["changes"]) for each in lines
    ]
    assert [each.split()[2:5] for each in as_table if "  creation" in each or "  revision" in each] == [
        ["ana", "1", "creation"],
        ["ben", "2", "revision"],
    ]


def test_the_events_have_the_envelope_of_the_standard(ordercli: Ordercli, order_id: str) -> None:
    result = ordercli("history", order_id, "--events", "-o", "ndjson")

    history = ordercli("history", order_id, "-o", "ndjson").ndjson
    expected = [
        (1, 1, "ProductOrderCreateEvent", "Product order created"),
        (2, 1, "ProductOrderAttributeValueChangeEvent", "Product order revised"),
        (3, 1, "ProductOrderStateChangeEvent", "Product order changed its state"),
        (4, 1, "CancelProductOrderCreateEvent", "Cancellation of product order requested"),
        (4, 2, "ProductOrderStateChangeEvent", "Product order changed its state"),
    ]
    paths = {"ProductOrderAttributeValueChangeEvent": {"fieldPath": "/productOrderItem/1/quantity, /note"}}
    envelopes = [{name: each[name] for name in each if name != "event"} for each in result.ndjson]
    assert envelopes == [
        {
            "eventId": f"{order_id}-{version}-{number}",
            "eventTime": history[version - 1]["time"],
            "eventType": kind,
            "correlationId": "T-1",
            "domain": "productOrdering",
            "title": title,
            "description": f"{title}: PO-1, version {version}",
            **paths.get(kind, {}),
        }
        for version, number, kind, title in expected
    ]


def test_an_event_has_the_order_as_it_was_then(ordercli: Ordercli) -> None:
    seen = []
    ordercli("submit", stdin=encoded(product_order(items=[line("1"), line("2")])))
    for change in (
        {"requestedCompletionDate": "2026-03-20T17:00:00Z"},
        {"productOrderItem": [{"id": "2", "quantity": 2.50}, line("3")], "state": "acknowledged"},
        {"productOrderItem": [{"id": "3", "ponr": True}], "note": [{"text": "call"}]},
        {"requestedCompletionDate": None, "note": None},
    ):
        seen.append(ordercli("show", "PO-1", "-o", "json").json)
        assert ordercli("patch", "PO-1", stdin=encoded(change)).exit_code == 0
    seen.append(ordercli("show", "PO-1", "-o", "json").json)

    events = ordercli("history", "PO-1", "--events", "-o", "ndjson").ndjson

    reported = [each["event"]["productOrder"] for each in events]
    assert [document["version"] for document in reported] == ["1", "2", "3", "3", "4", "5"]
    assert reported == [seen[int(document["version"]) - 1] for document in reported]


def test_a_cancellation_that_is_approved_gives_events_of_its_own(ordercli: Ordercli) -> None:
    approval: dict[str, Any] = {"ORDERCLI_ORDERS_CANCELLATION_APPROVAL": "true"}
    ordercli("submit", stdin=encoded(product_order()))
    ordercli("patch", "PO-1", "--set", "state=in_progress")
    for options in (["--reason", "left"], ["--deny"], ["--reason", "gone"], ["--approve"]):
        assert ordercli("cancel", "PO-1", *options, **approval).exit_code == 0

    events = ordercli("history", "PO-1", "--events", "-o", "ndjson").ndjson

    reported = [each for each in events if each["eventType"].startswith("Cancel")]
    assert [
        (
            each["eventType"].removeprefix("CancelProductOrder"),
            each["event"]["cancelProductOrder"]["state"],
            each["event"]["cancelProductOrder"]["cancellationReason"],
        )
        for each in reported
    ] == [
        ("CreateEvent", "inProgress", "left"),
        ("StateChangeEvent", "terminatedWithError", "left"),
        ("CreateEvent", "inProgress", "gone"),
        ("StateChangeEvent", "done", "gone"),
    ]


@pytest.mark.parametrize("options", [(), ("--events",)])
def test_an_order_that_waits_has_no_history_yet(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order()))

    result = ordercli("history", "PO-1", *options)

    entry = ordercli("queue", "list", "-o", "ndjson").json
    printed = f"no order has been created: its entry is new; see `ordercli queue show {entry['orderId']}`\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", printed)


def test_an_unknown_order_is_not_found(ordercli: Ordercli) -> None:
    result = ordercli("history", "nobody", "-o", "json")

    assert (result.exit_code, json.loads(result.stderr)["code"]) == (3, 60)


def test_an_entry_of_an_earlier_version_is_created_in_the_name_of_the_run(
    ordercli: Ordercli, connection: Store
) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order("PO-1")), ORDERCLI_ACTOR="ana")
    change_entry(connection, 1, submitted_by=None)
    ordercli("queue", "run", ORDERCLI_ACTOR="cron")

    assert ordercli("history", "PO-1", "-o", "json").json[0]["actor"] == "cron"


def test_orders_from_the_queue_are_reported_by_who_submitted_them(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", stdin=ndjson(*product_orders(2)), ORDERCLI_ACTOR="ana")
    ordercli("queue", "run", ORDERCLI_ACTOR="cron")

    reported = [ordercli("history", name, "-o", "ndjson").json for name in ("PO-1", "PO-2")]

    assert [(each["actor"], each["kind"], each["version"]) for each in reported] == [("ana", "creation", 1)] * 2


def test_tables_and_csv_tell_why_an_order_was_cancelled(ordercli: Ordercli, order_id: str) -> None:
    table = ordercli("history", order_id, "-o", "table", COLUMNS="200").stdout
    rows_of_csv = list(csv.DictReader(StringIO(ordercli("history", order_id, "-o", "csv").stdout)))

    assert [line.split()[-2:] for line in table.splitlines() if "cancellation" in line] == [
        ["cancellationReason:", "left"]
    ]
    assert [row["cancellationReason"] for row in rows_of_csv] == ["", "", "", "left"]


def test_a_cell_of_a_table_has_one_form_of_dates(ordercli: Ordercli) -> None:
    first, second = "2026-04-01T00:00:00.000Z", "2026-05-01T00:00:00Z"
    ordercli("submit", stdin=encoded(product_order(requestedCompletionDate=first)))
    ordercli("patch", "PO-1", "--set", f"requestedCompletionDate={second}")

    table = ordercli("history", "PO-1", "-o", "table", COLUMNS="200").stdout

    assert f"/requestedCompletionDate: {first} -> {second}" in table
