"""The paths of the API, and what differs between them: which orders they serve, and how they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.intake import json_text
from ordercli.operations.find import document_of, queued_answer
from ordercli.queue.entries import EntryState, digest, read_payload
from ordercli.resources.product_order import profiles
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.service_order import profiles as service_profiles
from ordercli.resources.service_order.service_order import SERVICE_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ordercli.database.store import Store
    from ordercli.orders.order_rows import OrderView
    from ordercli.queue.entries import EntryView
    from ordercli.resources.resource import Profile, Resource
    from ordercli.settings import ProfileName

Json = dict[str, Any]


class Api(NamedTuple):
    """The paths of a standard, all below `base`: its collection (answers use the first path), and its cancellations.

    It serves orders of the kind `resource`; `reports` is the path for reports of fulfilment, `hub` that for
    subscriptions to events, if it has these; `hub_members` are in each answer about a subscription. New orders are
    validated as `profile`; `form` is the profile of the orders that it serves. `statuses` maps the codes of refused
    requests to HTTP statuses that differ from those of the outcome; `cancel_statuses` and `report_statuses` likewise.
    `patched` and `cancelled` are the statuses of success, `empty` that of an empty page. `error` writes an error body,
    `waiting` the answer for an order that was not created.
    """

    base: str
    collections: tuple[str, ...]
    cancel: str
    resource: Resource
    profile: ProfileName
    form: Profile
    patched: int
    cancelled: int
    empty: int
    statuses: Mapping[str, int]
    cancel_statuses: Mapping[str, int]
    error: Callable[[Json, int], Json]
    waiting: Callable[[Store, EntryView, Api], Json]
    hub: str | None = None
    hub_members: Mapping[str, str] = {}
    reports: str | None = None
    report_statuses: Mapping[str, int] = {}

    def href(self, order_id: str) -> str:
        """Return the path of an order."""
        return f"{self.collections[0]}/{order_id}"

    def document(self, store: Store, order: OrderView) -> Json:
        """Return the document of an order as these paths show it."""
        return self.with_hrefs(document_of(store, order))

    def with_hrefs(self, document: Json) -> Json:
        """Return the document of an order, or of a cancellation, with `href` below these paths."""
        mine = {**document, "href": self.href(document["id"])}
        order = document.get(self.resource.name)
        if isinstance(order, dict):
            mine[self.resource.name] = {**order, "href": self.href(order["id"])}
        return mine


def _plain_error(body: Json, _status: int) -> Json:
    return body


def _standard_error(body: Json, status: int) -> Json:
    """Return an error body in the form of the standard (TMF622 v4.0.0, Error)."""
    return {**body, "code": str(body["code"]), "status": str(status), "@type": "Error"}


def _in_queue(_store: Store, entry: EntryView, _api: Api) -> Json:
    return queued_answer(entry)


def _acknowledged(store: Store, entry: EntryView, api: Api) -> Json:
    """Return the order as it was accepted; it is acknowledged while it waits, and rejected where it failed."""
    answer = queued_answer(entry)
    failed = entry.state in {EntryState.ERROR, EntryState.CANCELLED}
    shown: Json = {"id": entry.order_id, "href": api.href(entry.order_id)}
    stored = read_payload(store, entry.seq)
    if stored and digest(stored[1]) == stored[0]:
        order = json_text.decode_given(stored[1])
        shown = {**order, **shown} if isinstance(order, dict) else shown
    shown |= {"state": "rejected" if failed else "acknowledged", api.form.created_at: entry.created_at}
    reason = {"message": answer["message"]} if failed else {}
    return {**shown, **reason, "queueEntry": answer["queueEntry"]}


# ServiceNow Product Order Open API.
_VENDOR = "/api/sn_ind_tmt_orm"
SERVICENOW = Api(
    base=_VENDOR,
    collections=(f"{_VENDOR}/order/productOrder", f"{_VENDOR}/productorder"),
    cancel=f"{_VENDOR}/cancelproductorder",
    resource=PRODUCT_ORDER,
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
_STANDARD = "/tmf-api/productOrderingManagement/v4"
TMF622_V4 = Api(
    base=_STANDARD,
    collections=(f"{_STANDARD}/productOrder",),
    cancel=f"{_STANDARD}/cancelProductOrder",
    hub=f"{_STANDARD}/hub",
    resource=PRODUCT_ORDER,
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
_STANDARD_V5 = "/tmf-api/productOrderingManagement/v5"
TMF622_V5 = TMF622_V4._replace(
    base=_STANDARD_V5,
    collections=(f"{_STANDARD_V5}/productOrder",),
    cancel=f"{_STANDARD_V5}/cancelProductOrder",
    hub=f"{_STANDARD_V5}/hub",
    hub_members={"@type": "Hub"},
    form=profiles.TMF622_V5,
)
# ServiceNow Service Order Open API.
_VENDOR_OF_SERVICES = "/api/sn_tmf_api/order/serviceOrder"
SERVICENOW_SERVICES = SERVICENOW._replace(
    base=_VENDOR_OF_SERVICES,
    collections=(_VENDOR_OF_SERVICES,),
    cancel=f"{_VENDOR_OF_SERVICES}/cancelserviceorder",
    resource=SERVICE_ORDER,
    form=service_profiles.SERVICENOW,
    reports=f"{_VENDOR_OF_SERVICES}/outboundresponse",
    report_statuses={"ORD401": 400, "ORD404": 400, "ORD408": 412},
)
# TMF641 v4.1.0.
_STANDARD_OF_SERVICES = "/tmf-api/serviceOrdering/v4"
TMF641 = TMF622_V4._replace(
    base=_STANDARD_OF_SERVICES,
    collections=(f"{_STANDARD_OF_SERVICES}/serviceOrder",),
    cancel=f"{_STANDARD_OF_SERVICES}/cancelServiceOrder",
    hub=f"{_STANDARD_OF_SERVICES}/hub",
    resource=SERVICE_ORDER,
    profile="tmf641",
    form=service_profiles.TMF641,
)
APIS = (SERVICENOW, TMF622_V4, TMF622_V5, SERVICENOW_SERVICES, TMF641)


def api_of(resource: str, profile: str) -> Api:
    """Return the paths that serve the orders of a kind and profile."""
    return next(each for each in APIS if (resource, profile) == (each.resource.name, each.form.name))


def api_at(path: str) -> Api | None:
    """Return the API that has this path; None if none has it."""
    return next((each for each in APIS if f"{path}/".startswith(f"{each.base}/")), None)
