from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.service_order.examples import GOOD_ORDER
from support.builders import encoded, product_order

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

LINE = "/serviceOrderItem/0"


@pytest.fixture(autouse=True)
def order(ordercli: Ordercli) -> None:
    """A service order, and a product order with the same external id."""
    ordercli("submit", stdin=encoded(GOOD_ORDER))
    ordercli("submit", stdin=encoded({**product_order(), "externalId": "PO-1"}))


def order_id(ordercli: Ordercli) -> str:
    return str(json.loads(ordercli("show", "OSS-2007", "-o", "json").stdout)["id"])


def findings(ordercli: Ordercli, patch: Any) -> list[tuple[str, str, str]]:
    done = ordercli("patch", "OSS-2007", "-", "-o", "json", stdin=json.dumps(patch).encode())
    details = json.loads(done.stderr.splitlines()[-1])["details"]
    return [(each["rule"], each["datapath"], each["message"]) for each in details]


@pytest.mark.of_a_file
@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        ({"relatedParty": None}, ("ORD111", "/relatedParty", "Invalid payload: relatedParty is missing")),
        (
            {"relatedParty": [{"id": "contact-88", "@referredType": "CustomerContact"}]},
            ("ORD112", "/relatedParty", "Invalid payload: Customer Account or Consumer is missing"),
        ),
        (
            {"serviceOrderItem": None},
            ("ORD102", "/serviceOrderItem", "Invalid payload: serviceOrderItem is missing"),
        ),
        (
            {"serviceOrderItem": [{"action": "add"}]},
            ("ORD103", f"{LINE}/id", "Invalid payload: serviceOrderItem id is missing"),
        ),
        (
            {"serviceOrderItem": [{"id": "10", "action": None}]},
            ("ORD104", f"{LINE}/action", "Invalid payload: serviceOrderItem action is missing"),
        ),
        (
            {"serviceOrderItem": [{"id": "10", "serviceOffering": {}}]},
            ("ORD105", f"{LINE}/serviceOffering", "Invalid payload: serviceOrderItem serviceOffering is missing"),
        ),
        (
            {"serviceOrderItem": [{"id": "10", "serviceOffering": {"name": "Home"}}]},
            ("ORD106", f"{LINE}/serviceOffering/id", "Invalid payload: serviceOffering id is missing"),
        ),
        (
            {"serviceOrderItem": [{"id": "10", "service": None}]},
            ("ORD107", f"{LINE}/service", "Invalid payload: serviceOrderItem service is missing"),
        ),
        (
            # The service of line item 20 has another member; nothing is left of that of 10.
            {"serviceOrderItem": [{"id": "20", "service": {"serviceSpecification": None}}]},
            (
                "ORD108",
                "/serviceOrderItem/1/service/serviceSpecification",
                "Invalid payload: service serviceSpecification is missing",
            ),
        ),
        (
            {"serviceOrderItem": [{"id": "10", "service": {"serviceSpecification": {"id": None}}}]},
            (
                "ORD109",
                f"{LINE}/service/serviceSpecification/id",
                "Invalid payload: serviceSpecification id is missing",
            ),
        ),
        (
            {"serviceOrderItem": [{"id": "20", "action": "change"}]},
            ("ORD110", "/serviceOrderItem/1/service/id", "Invalid payload: Service inventory ID is missing"),
        ),
        (
            {"productOrderItem": [{"id": "10"}]},
            (
                "ORD406",
                "/productOrderItem",
                "productOrderItem cannot be patched: a service order has serviceOrderItem",
            ),
        ),
        ({"orderCurrency": "EUR"}, ("ORD403", "/orderCurrency", "In-flight revision to order currency not supported")),
    ],
)
def test_a_patch_is_refused_in_the_words_of_the_page(
    ordercli: Ordercli, patch: dict[str, Any], wanted: tuple[str, str, str]
) -> None:
    assert findings(ordercli, patch) == [wanted]


def test_a_patch_of_a_service_order_is_merged_line_by_line(ordercli: Ordercli) -> None:
    before = json.loads(ordercli("show", "OSS-2007", "-o", "json").stdout)

    patch = {"serviceOrder": {"serviceOrderItem": [{"id": "10", "quantity": 3}]}}
    after = json.loads(ordercli("patch", "OSS-2007", "-", "-o", "json", stdin=json.dumps(patch).encode()).stdout)

    wanted = deepcopy(before)
    wanted["version"] = wanted["serviceOrderItem"][0]["version"] = "2"
    wanted["serviceOrderItem"][0]["quantity"] = 3
    assert after == wanted


def test_a_line_is_not_cancelled_while_its_fulfilment_is_in_progress(ordercli: Ordercli) -> None:
    ordercli("patch", "OSS-2007", "--set", "serviceOrderItem.10.state=in_progress")
    why = (
        "Line item 10 is in_progress and cannot become canceled;"
        " allowed: awaiting_information, on_hold, completed, failed, revision_in_progress"
    )

    line = findings(ordercli, {"serviceOrderItem": [{"id": "10", "revisionOperation": "cancel"}]})
    whole = ordercli("cancel", "OSS-2007", "--reason", "late", "-o", "json")

    assert line == [("ORD405", f"{LINE}/revisionOperation", why)]
    assert whole.exit_code == 4
    assert [(each["datapath"], each["message"]) for each in json.loads(whole.stderr)["details"]] == [
        (f"{LINE}/state", why)
    ]


def test_a_service_order_is_cancelled_by_the_body_of_the_vendor(ordercli: Ordercli) -> None:
    known = order_id(ordercli)
    body = {"cancellationReason": "Duplicate order", "serviceOrder": {"id": known}, "@type": "CancelServiceOrder"}

    done = ordercli("cancel", "-o", "json", stdin=json.dumps(body).encode())

    address = f"/api/sn_tmf_api/order/serviceOrder/{known}"
    assert json.loads(done.stdout) == {
        "id": known,
        "href": address,
        "cancellationReason": "Duplicate order",
        "@type": "CancelServiceOrder",
        "serviceOrder": {"id": known, "href": address, "@referredType": "ServiceOrder"},
        "state": "done",
    }
    assert json.loads(ordercli("show", known, "-o", "json").stdout)["state"] == "canceled"


@pytest.mark.parametrize(("member", "id_"), [("serviceOrder", "PO-1"), ("productOrder", "OSS-2007")])
def test_a_cancellation_finds_only_orders_of_the_kind_that_it_names(ordercli: Ordercli, member: str, id_: str) -> None:
    body = {"cancellationReason": "Duplicate order", member: {"id": id_}}

    done = ordercli("cancel", "-o", "json", stdin=json.dumps(body).encode())

    assert done.exit_code == 3
    assert [(each["rule"], each["message"]) for each in json.loads(done.stderr)["details"]] == [
        ("ORD404", "Invalid order ID.")
    ]
