from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.service_order.examples import GOOD_ORDER
from support.builders import encoded, ndjson, product_order

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli


pytestmark = pytest.mark.every_engine


@pytest.fixture(autouse=True)
def order(ordercli: Ordercli) -> None:
    """A service order with the line items 10, 20 and 30, and a product order."""
    ordercli("submit", stdin=ndjson(GOOD_ORDER, product_order()))


def report(external_id: str = "OSS-2007", **states: str) -> dict[str, Any]:
    items = [{"id": name.removeprefix("line"), "state": state} for name, state in states.items()]
    return {"externalId": external_id, "serviceOrderItem": items}


def receipts(ordercli: Ordercli, *reports: Any, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    done = ordercli("fulfil", "-", "-o", "ndjson", *options, stdin=ndjson(*reports))
    return [json.loads(each) for each in done.stdout.splitlines()]


def states(ordercli: Ordercli) -> tuple[str, list[str]]:
    shown = json.loads(ordercli("show", "OSS-2007", "-o", "json").stdout)
    return shown["state"], [item["state"] for item in shown["serviceOrderItem"]]


def test_lines_move_as_reported_and_the_order_follows(ordercli: Ordercli) -> None:
    pending = receipts(ordercli, report(line10="pending", line20="fulfilled"))
    halfway = states(ordercli)
    ended = receipts(ordercli, report(line10="fulfilled", line30="error"))
    again = receipts(ordercli, report(line10="fulfilled", line30="error"))

    order_id = json.loads(ordercli("show", "OSS-2007", "-o", "json").stdout)["id"]
    done = {"id": order_id, "line": 1, "outcome": "updated", "errors": []}
    assert (pending, ended, again) == ([{**done, "version": 2}], [{**done, "version": 3}], [{**done, "version": 3}])
    assert halfway == ("in_progress", ["awaiting_information", "completed", "new"])
    assert states(ordercli) == ("partial", ["completed", "completed", "failed"])
    assert ordercli("db", "check").exit_code == 0


def test_a_report_of_every_line_completes_a_new_order(ordercli: Ordercli) -> None:
    receipts(ordercli, report(line10="fulfilled", line20="fulfilled", line30="fulfilled"))

    assert states(ordercli) == ("completed", ["completed"] * 3)


@pytest.mark.of_a_file
@pytest.mark.parametrize(
    ("sent", "outcome", "errors"),
    [
        (
            {"serviceOrderItem": [{"id": "10", "state": "error"}]},
            "rejected",
            [("ORD114", "/externalId", "Invalid payload: externalId is missing")],
        ),
        (
            {"externalId": "OSS-2007"},
            "rejected",
            [("ORD114", "/serviceOrderItem", "Invalid payload: serviceOrderItem is missing")],
        ),
        (
            {"externalId": "OSS-2007", "serviceOrderItem": [{"id": "10"}]},
            "rejected",
            [("ORD114", "/serviceOrderItem/0/state", "Invalid payload: serviceOrderItem state is missing")],
        ),
        (
            {"externalId": "OSS-2007", "serviceOrderItem": [{"state": "error"}]},
            "rejected",
            [
                (
                    "ORD114",
                    "/serviceOrderItem/0/id",
                    "Invalid domain order id. Please pass the correct domain order id",
                )
            ],
        ),
        (
            report(line10="done"),
            "rejected",
            [
                (
                    "ORD121",
                    "/serviceOrderItem/0/state",
                    "Invalid fulfilment state: Please provide correct fulfilment state",
                )
            ],
        ),
        (
            report(line99="error"),
            "rejected",
            [("ORD202", "/serviceOrderItem/0/id", "Domain order id passed is not associated with external id")],
        ),
        (
            report("PO-1", line1="error"),
            "not-found",
            [("ORD404", "/externalId", "Invalid external id. Please pass the correct external id")],
        ),
        ({}, "rejected", [("ORD101", "", "Invalid payload: Request body missing")]),
    ],
)
def test_a_report_is_refused_in_the_words_of_the_page(
    ordercli: Ordercli, sent: dict[str, Any], outcome: str, errors: list[tuple[str, str, str]]
) -> None:
    (receipt,) = receipts(ordercli, sent)

    assert receipt["outcome"] == outcome
    assert [(each["code"], each["pointer"], each["message"]) for each in receipt["errors"]] == errors
    assert states(ordercli) == ("new", ["new"] * 3)


def test_a_final_line_stays(ordercli: Ordercli) -> None:
    first, second = receipts(ordercli, report(line10="fulfilled"), report(line10="error"))

    assert (first["outcome"], second["outcome"]) == ("updated", "conflict")
    assert [(each["code"], each["message"]) for each in second["errors"]] == [
        ("ORD405", "Line item 10 is completed and cannot become failed; allowed: nothing, for this state is final")
    ]


def test_refused_reports_are_sent_again_from_the_rejects_file(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "reports.ndjson"
    file.write_bytes(ndjson(report(line10="fulfilled"), report("OSS-1", line10="fulfilled")))

    refused = ordercli("fulfil", str(file))
    ordercli("submit", stdin=encoded({**GOOD_ORDER, "externalId": "OSS-1"}))
    accepted = ordercli("fulfil", f"{file}.rejects.ndjson")
    shown = json.loads(ordercli("show", "OSS-1", "-o", "json").stdout)

    assert (refused.exit_code, accepted.exit_code) == (1, 0)
    assert shown["serviceOrderItem"][0]["state"] == "completed"


def test_a_dry_run_writes_nothing(ordercli: Ordercli) -> None:
    (receipt,) = receipts(ordercli, report(line10="fulfilled"), options=("--dry-run",))

    assert receipt["outcome"] == "updated"
    assert states(ordercli) == ("new", ["new"] * 3)
