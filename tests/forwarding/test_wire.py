"""Every request that is sent is one that the contract of its standard has: TMF622 v4 and v5, TMF641 v4, ServiceNow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator

from support.builders import product_order, product_order_v5, service_line, service_order
from support.peer import close, status
from support.serving import V4, V5, serving

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer

# By member: what an object there must have, as the contracts say of new orders.
PRODUCT_V4 = {
    "": {"productOrderItem"},
    "productOrderItem": {"id", "action"},
    "relatedParty": {"id", "@referredType"},
    "productOffering": {"id"},
}
PRODUCT_V5 = {
    "": {"@type", "productOrderItem"},
    "productOrderItem": {"@type", "id", "action"},
    "externalId": {"@type", "id"},
}
SERVICE_V4 = {
    "": {"serviceOrderItem"},
    "serviceOrderItem": {"id", "action", "service"},
    "relatedParty": {"id", "@referredType", "@type"},
}
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"
ACTIONS = {"add", "modify", "delete", "noChange"}


class Standard(NamedTuple):
    """A contract: its paths, what an order must have, and where an external id finds one."""

    resource: str
    profile: str
    order: dict[str, Any]
    base: str
    collection: str
    found: str
    required: dict[str, set[str]]


def _service_order(external_id: str) -> dict[str, Any]:
    party = {"id": "customer-1", "@type": "RelatedParty", "@referredType": "Customer"}
    return service_order(external_id, relatedParty=[party])


STANDARDS = {
    "tmf622-v4": Standard(
        *("productOrder", "tmf622-v4", product_order("P/1 ä"), "/productOrderingManagement/v4"),
        *("/productOrder", "/productOrder/P%2F1%20%C3%A4", PRODUCT_V4),
    ),
    "tmf622-v5": Standard(
        *("productOrder", "tmf622-v5", product_order_v5("P/1 ä"), "/productOrderingManagement/v5"),
        *("/productOrder", "/productOrder/P%2F1%20%C3%A4", PRODUCT_V5),
    ),
    "tmf641": Standard(
        *("serviceOrder", "tmf641", _service_order("P/1 ä"), "/serviceOrdering/v4"),
        *("/serviceOrder", "/serviceOrder/P%2F1%20%C3%A4", SERVICE_V4),
    ),
    "servicenow": Standard(
        *("productOrder", "servicenow", product_order("P/1 ä"), "/api/sn_ind_tmt_orm"),
        *("/order/productOrder", "/productorder/P%2F1%20%C3%A4", PRODUCT_V4),
    ),
    "servicenow services": Standard(
        *("serviceOrder", "servicenow", service_order("P/1 ä", items=[service_line()]), "/api/sn_tmf_api"),
        *("/order/serviceOrder", "/order/serviceOrder/P%2F1%20%C3%A4", {"": {"serviceOrderItem"}}),
    ),
}


def sent_by(forwarding: Forwarding, peer: Peer, standard: Standard, lookup: str) -> list[Any]:
    """Send an order that does not arrive, look for it, and send it again; return the bodies that were sent."""
    bodies: list[Any] = []

    def keep_body(handler: Handler) -> None:
        bodies.append(json.loads(handler.body))
        (close if len(bodies) == 1 else _create)(handler)

    resource = f'resource = "{standard.resource}"\n'
    forwarding.use(f"{peer.url}{standard.base}", profile=standard.profile, lookup=lookup, more=resource)
    # What a target without any order answers, so that its path says nothing.
    peer.answers["POST"] = [keep_body, keep_body]
    peer.answers["GET"] = [_nothing if lookup == "filter" else None] * 9
    submitted = forwarding.submit(standard.order, options=("--profile", standard.profile))
    assert submitted.exit_code == 0, submitted.stdout
    for _ in range(4):
        forwarding.wait_until_due()
        forwarding.run()
    return bodies


def _create(handler: Handler) -> None:
    handler.answer(201, {"id": "remote-1", "state": "acknowledged"})


def _nothing(handler: Handler) -> None:
    handler.answer(200, [])


@pytest.mark.parametrize("lookup", ["path", "filter"])
@pytest.mark.parametrize("name", STANDARDS)
def test_what_is_sent_is_in_the_contract(forwarding: Forwarding, peer: Peer, name: str, lookup: str) -> None:
    standard = STANDARDS[name]
    bodies = sent_by(forwarding, peer, standard, lookup)

    paths = [(method, urlsplit(path).path, parse_qsl(urlsplit(path).query)) for method, path, _ in peer.requests]
    found_at, query = (standard.found, [])
    if lookup == "filter":
        found_at, query = standard.collection, [("externalId", "P/1 ä"), ("limit", "10")]
    post = ("POST", f"{standard.base}{standard.collection}", list[tuple[str, str]]())
    look_up = ("GET", f"{standard.base}{found_at}", query)
    assert paths == [post, look_up, look_up, post]
    assert bodies == [standard.order, standard.order]
    for method, _, headers in peer.requests:
        assert headers["Accept"] == "application/json"
        assert headers.get("Content-Type") == ("application/json" if method == "POST" else None)
    for place, members in standard.required.items():
        found = _objects(bodies[0], place)
        assert found
        assert all(members <= each.keys() for each in found), place
    items = _objects(bodies[0], f"{standard.resource}Item")
    assert {each["action"] for each in items} <= ACTIONS


CHANGES = ("requestedCompletionDate=2027-01-01T00:00:00Z", "productOrderItem.1.quantity=2", 'note=[{"@type": "Note"}]')


def test_changes_of_an_order_of_v5_are_in_its_contract(forwarding: Forwarding, peer: Peer) -> None:
    standard = STANDARDS["tmf622-v5"]
    item = {"id": "1", "action": "add", "@type": "MyItem"}
    order = product_order_v5("P-1", **{"@type": "MyOrder", "productOrderItem": [item]})
    forwarding.use(f"{peer.url}{standard.base}", profile="tmf622")
    forwarding.submit(order, options=("--profile", "tmf622"))
    forwarding.run()

    patched = forwarding("patch", "P-1", *(word for each in CHANGES for word in ("--set", each)))
    canceled = forwarding("cancel", "P-1", "--reason", "not wanted")

    assert (patched.exit_code, canceled.exit_code) == (0, 0), patched.stderr
    (_, patch_path, patch), (_, cancel_path, request) = peer.changes
    assert (patch_path, cancel_path) == (
        f"{standard.base}/productOrder/remote-1",
        f"{standard.base}/cancelProductOrder",
    )
    assert patch == {
        "@type": "MyOrder",
        "requestedCompletionDate": "2027-01-01T00:00:00Z",
        "note": [{"@type": "Note"}],
        "productOrderItem": [{"@type": "MyItem", "id": "1", "quantity": 2}],
    }
    assert request == {
        "@type": "CancelProductOrder",
        "cancellationReason": "not wanted",
        "productOrder": {"@type": "ProductOrderRef", "id": "remote-1"},
    }
    schemas = json.loads(OPENAPI.read_text())["components"]
    asked = {"$ref": "#/components/schemas/cancel-request-v5", "components": schemas}
    assert not [*Draft202012Validator(asked).iter_errors(request)]


def test_a_cancellation_that_a_target_of_v5_rejects_is_not_done(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.use(f"{peer.url}/v5", profile="tmf622-v5")
    forwarding.submit(product_order_v5("P-1"), options=("--profile", "tmf622-v5"))
    forwarding.run()
    peer.answers["CANCEL"] = [status(201, {"@type": "CancelProductOrder", "state": "rejected"})]

    result = forwarding("cancel", "P-1", "--reason", "not wanted")

    assert (result.exit_code, result.stderr) == (4, "error: The target crm does not cancel the order\n")
    assert forwarding("show", "P-1", "-o", "json").json["state"] == "acknowledged"


def test_another_ordercli_takes_changes_of_both_versions(forwarding: Forwarding) -> None:
    orders = {V4: product_order("P-4"), V5: product_order_v5("P-5")}
    other = str(forwarding.ordercli.folder / "other.db")
    with serving(forwarding.ordercli, ORDERCLI_DATABASE=other) as served:
        forwarding.use(served.address + V4.removesuffix("/productOrder"), profile="tmf622")
        forwarding.submit(*orders.values(), options=("--profile", "tmf622"))
        forwarding.run()
        patched = [forwarding("patch", name, "--set", CHANGES[0]) for name in ("P-4", "P-5")]
        there = [served.client.get(f"{path}/{name}").json() for path, name in zip(orders, ("P-4", "P-5"), strict=True)]
        canceled = forwarding("cancel", "P-4", "P-5", "--reason", "not wanted")
        ended = [served.client.get(f"{path}/{name}").json() for path, name in zip(orders, ("P-4", "P-5"), strict=True)]

    assert [each.exit_code for each in (*patched, canceled)] == [0, 0, 0]
    assert [each["requestedCompletionDate"] for each in there] == ["2027-01-01T00:00:00Z"] * 2
    assert [each["state"] for each in ended] == ["cancelled"] * 2
    assert [forwarding("show", name, "-o", "json").json["state"] for name in ("P-4", "P-5")] == ["cancelled"] * 2


def _objects(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects at a member, anywhere; "" is the document itself."""
    if not name:
        return [document]
    found: list[dict[str, Any]] = []
    for member, value in document.items():
        inner = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
        found += inner if member == name else []
        found += [each for one in inner for each in _objects(one, name)]
    return found
