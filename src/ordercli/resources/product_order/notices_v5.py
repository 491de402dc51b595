"""The events of an order of TMF622 v5, and its request to be cancelled, as v5.0.0 writes them."""

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


NOTICES = Notices(event, cancellation)
