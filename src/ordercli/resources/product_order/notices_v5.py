"""The events of an order of TMF622 v5, and the requests to cancel and to patch it, as v5.0.0 writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordercli.resources.resource import Notices

Json = dict[str, Any]

_REPORTER = {"@type": "EntityRef", "id": "ordercli", "name": "ordercli"}
# A request that was denied is rejected; v4 has no such state of a task.
_STATES = {"terminatedWithError": "rejected"}


def event(notice: Mapping[str, Any], source: str) -> Json:
    """Return an event of v4 in the form of v5 (BaseEvent); `source` is the system that sent the order."""
    written = {name: member for name, member in notice.items() if name != "fieldPath"}
    written |= {"@type": notice["eventType"], "timeOccurred": notice["eventTime"], "reportingSystem": _REPORTER}
    if source:
        written["source"] = {"@type": "EntityRef", "id": source}
    if request := notice["event"].get("cancelProductOrder"):
        names = ("cancellationReason", "requestedCancellationDate")
        reasons = {name: request[name] for name in names if name in request}
        href = request["productOrder"]["href"]
        written["event"] = {"cancelProductOrder": cancellation(request["id"], href, reasons, request["state"])}
    return written


def cancellation(order_id: str, href: str, reasons: Mapping[str, str], state: str) -> Json:
    """Return a request to cancel an order (CancelProductOrder); `href` is the address of the order."""
    return {
        "@type": "CancelProductOrder",
        "id": order_id,
        "href": href,
        **reasons,
        "productOrder": {"@type": "ProductOrderRef", "id": order_id, "href": href},
        "state": _STATES.get(state, state),
    }


def cancel_request(order_id: str, reasons: Mapping[str, str]) -> Json:
    """Return a new request to cancel an order (CancelProductOrder_FVO)."""
    reference = {"@type": "ProductOrderRef", "id": order_id}
    return {"@type": "CancelProductOrder", **reasons, "productOrder": reference}


def patch_request(members: Mapping[str, Any], order: Mapping[str, Any]) -> Json:
    """Return a merge patch in which the order and its line items have their types (ProductOrder_MVO)."""
    return _typed(members, order, "ProductOrder")


def _typed(members: Mapping[str, Any], before: Mapping[str, Any], usual: str) -> Json:
    typed = {"@type": before.get("@type", usual), **members}
    if items := typed.get(_ITEMS):
        known = {each["id"]: each for each in before.get(_ITEMS, ())}
        typed[_ITEMS] = [_typed(each, known.get(each.get("id"), {}), "ProductOrderItem") for each in items]
    return typed


_ITEMS = "productOrderItem"

NOTICES = Notices(event, cancellation, cancel_request, patch_request)
