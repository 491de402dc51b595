"""The paths of the API, and what differs between them: which orders they serve, and how they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.intake import json_text
from ordercli.operations.find import document_of, queued_answer
from ordercli.queue import payloads
from ordercli.queue.entries import EntryState
from ordercli.resources.product_order import profiles
from ordercli.resources.product_order.product_order import PRODUCT_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ordercli.database.store import Store
    from ordercli.orders.order_rows import OrderView
    from ordercli.queue.entries import EntryView
    from ordercli.resources.resource import Profile
    from ordercli.settings import ProfileName

Json = dict[str, Any]


class Api(NamedTuple):
    """The paths of a standard: those of its collection (the first one is told), and that of cancellations.

    New orders are validated as `profile`; `form` is the profile of the orders that it serves. `statuses` leads from
    the codes of refused requests to statuses where the outcome does not decide; `cancel_statuses` likewise.
    `patched` and `cancelled` are the statuses of success, `empty` that of an empty page. `error` is how an error body
    is written, `waiting` what is told of an order that was not created.
    """

    collections: tuple[str, ...]
    cancel: str
    profile: ProfileName
    form: Profile
    patched: int
    cancelled: int
    empty: int
    statuses: Mapping[str, int]
    cancel_statuses: Mapping[str, int]
    error: Callable[[Json, int], Json]
    waiting: Callable[[Store, EntryView, Api], Json]

    def href(self, order_id: str) -> str:
        """Return the path of an order."""
        return f"{self.collections[0]}/{order_id}"

    def document(self, store: Store, order: OrderView) -> Json:
        """Return the document of an order as it is told here."""
        return self.told(document_of(store, order))

    def told(self, document: Json) -> Json:
        """Return the document of an order, or of a cancellation, with the paths that lead here."""
        mine = {**document, "href": self.href(document["id"])}
        order = document.get(PRODUCT_ORDER.name)
        if isinstance(order, dict):
            mine[PRODUCT_ORDER.name] = {**order, "href": self.href(order["id"])}
        return mine


def _plain_error(body: Json, _status: int) -> Json:
    return body


def _standard_error(body: Json, status: int) -> Json:
    """Write an error body as TMF622 has it: TMF622 v4.0.0, Error."""
    return {**body, "code": str(body["code"]), "status": str(status), "@type": "Error"}


def _in_queue(_store: Store, entry: EntryView, _api: Api) -> Json:
    return queued_answer(entry)


def _acknowledged(store: Store, entry: EntryView, api: Api) -> Json:
    """Return the order as it was accepted; it is acknowledged while it waits, and rejected where it failed."""
    answer = queued_answer(entry)
    failed = entry.state in {EntryState.ERROR, EntryState.CANCELLED}
    told: Json = {"id": entry.order_id, "href": api.href(entry.order_id)}
    kept = payloads.read(store, entry.seq)
    if kept and payloads.digest(kept[1]) == kept[0]:
        order = json_text.without_nulls(json_text.decode(kept[1]))
        told = {**order, **told} if isinstance(order, dict) else told
    told |= {"state": "rejected" if failed else "acknowledged", api.form.created_at: entry.created_at}
    reason = {"message": answer["message"]} if failed else {}
    return {**told, **reason, "queueEntry": answer["queueEntry"]}


_BASE, _STANDARD = "/api/sn_ind_tmt_orm", "/tmf-api/productOrderingManagement"

# ServiceNow Product Order Open API.
SERVICENOW = Api(
    (f"{_BASE}/order/productOrder", f"{_BASE}/productorder"),
    f"{_BASE}/cancelproductorder",
    profile="servicenow",
    form=profiles.SERVICENOW,
    patched=201,
    cancelled=200,
    empty=404,
    statuses={"ORD401": 400, "ORD402": 400, "ORD408": 412},
    cancel_statuses={"ORD401": 400, "ORD404": 400, "ORD408": 412},
    error=_plain_error,
    waiting=_in_queue,
)
# TMF622 v4.0.0.
TMF622_V4 = Api(
    (f"{_STANDARD}/v4/productOrder",),
    f"{_STANDARD}/v4/cancelProductOrder",
    profile="tmf622",
    form=profiles.TMF622_V4,
    patched=200,
    cancelled=201,
    empty=200,
    statuses={"ORD408": 412},
    cancel_statuses={"ORD408": 412},
    error=_standard_error,
    waiting=_acknowledged,
)
# TMF622 v5.0.0. Whichever of the two paths gets an order, its form decides about its version.
TMF622_V5 = TMF622_V4._replace(
    collections=(f"{_STANDARD}/v5/productOrder",),
    cancel=f"{_STANDARD}/v5/cancelProductOrder",
    form=profiles.TMF622_V5,
)
APIS = (SERVICENOW, TMF622_V4, TMF622_V5)


def api_of(profile: str) -> Api:
    """Return the paths that serve the orders of a profile."""
    return next(each for each in APIS if profile == each.form.name)


def api_at(path: str) -> Api | None:
    """Return whose path this is."""
    return next((each for each in APIS if path.startswith(_base(each))), None)


def _base(api: Api) -> str:
    return f"{api.cancel.rpartition('/')[0]}/"
