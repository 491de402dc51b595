"""Whatever a patch, a request to cancel or a report of fulfilment says, it is answered, and a changed order is whole.

The first byte of the input says which of the three it is; nothing is kept.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

from fuzz import seeds as known
from ordercli.database.opening import make_database
from ordercli.database.store import transaction
from ordercli.intake import json_text
from ordercli.intake.record import Record
from ordercli.operations.cancel import CancelHandler
from ordercli.operations.find import document_of
from ordercli.operations.fulfil import FulfilHandler
from ordercli.operations.patch import PatchHandler
from ordercli.operations.revise import Author
from ordercli.orders import order_store
from ordercli.queue.entries import PayloadRow, digest, keep_payloads
from ordercli.resources.product_order.examples import GOOD_ORDER
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.service_order.examples import GOOD_ORDER as GOOD_SERVICE_ORDER
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.settings import Settings
from support.builders import Json, accepted, encoded
from support.stored import start_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.bulk.request_lines import SourceHandler
    from ordercli.database.store import Store

ORDER_ID, SERVICE_ORDER_ID, V5_ORDER_ID = (f"{n:032}" for n in (1, 2, 3))
V5_ORDER: Json = as_v5(
    {
        "externalId": "CRM-1008",
        "note": [{"text": "x"}],
        "channel": [{"id": "web"}],
        "relatedParty": [{"id": "c-1", "role": "buyer", "@referredType": "Customer"}],
        "productOrderItem": [
            {
                "id": "10",
                "action": "add",
                "product": {
                    "place": [{"id": "site-1", "role": "site"}],
                    "productSpecification": {"id": "s"},
                    "productCharacteristic": [{"name": "Colour", "value": "white"}, {"name": "Ports", "value": 4}],
                },
                "productOrderItem": [{"id": "11", "action": "modify", "product": {"id": "p-1"}}],
            }
        ],
    }
)
PATCHES: list[Json] = [
    {"state": "in_progress"},
    {"note": [{"text": "ring"}], "requestedCompletionDate": None},
    {"productOrderItem": [{"id": "10", "quantity": 2, "product": {"productCharacteristic": [{"name": "Colour"}]}}]},
    {"productOrderItem": [{"id": "30", "revisionOperation": "cancel"}, {"id": "20", "state": "in_progress"}]},
    {"productOrderItem": [{"id": "40", "action": "add", "productOffering": {"id": "x"}, "product": None}]},
    {"orderCurrency": "USD", "externalId": "x", "relatedParty": []},
    {"id": "CRM-1007", "description": "known by its external id"},
    {
        "patch": [
            {"op": "test", "path": "/version", "value": "1"},
            {"op": "replace", "path": "/description", "value": 1.5},
        ]
    },
    {"patch": [{"op": "add", "path": "/productOrderItem/0/revisionOperation", "value": "cancel"}]},
    {
        "patch": [
            {"op": "add", "path": "/productOrderItem/-", "value": {"id": "40"}},
            {"op": "remove", "path": "/note/0"},
        ]
    },
    {"patch": [{"op": "copy", "from": "", "path": "/x"}, {"op": "move", "from": "/x/note", "path": "/a~1b/-"}]},
    {"patch": [{"op": "replace", "path": "/productOrderItem/0/product", "value": None}, {"op": "add"}, 1]},
]
SERVICE_PATCHES: list[Json] = [
    {"state": "in_progress"},
    {"serviceOrderItem": [{"id": "10", "quantity": 2, "service": {"serviceCharacteristic": [{"name": "Protocol"}]}}]},
    {"serviceOrderItem": [{"id": "30", "revisionOperation": "cancel"}, {"id": "20", "state": "in_progress"}]},
    {"serviceOrderItem": [{"id": "40", "action": "add", "serviceOffering": {"name": "x"}, "service": None}]},
    {"relatedParty": None},
    {"patch": [{"op": "add", "path": "/serviceOrderItem/-", "value": {"id": "40"}}]},
]
V5_PATCHES: list[Json] = [
    {"state": "inProgress.accepted"},
    {"cancellationDate": "2026-03-01T08:00:00Z", "cancellationReason": "moved", "requestedInitialState": "draft"},
    {"externalId": [{"@type": "ExternalIdentifier", "id": "CRM-1008"}, {"@type": "ExternalIdentifier", "id": "PO-1"}]},
    {"relatedParty": [{"@type": "x", "role": "buyer", "partyOrPartyRole": {"@type": "PartyRef", "id": "c-2"}}]},
    {"relatedParty": [{"id": "c-2", "@referredType": "Customer"}], "channel": [{"channel": {"id": "shop"}}]},
    {"productOrderItem": [{"id": "10", "state": "partial", "note": [{"@type": "Note", "text": "ring"}]}]},
    {"productOrderItem": [{"id": "10", "productOrderItem": [{"id": "11", "revisionOperation": "cancel"}]}]},
    {"productOrderItem": [{"id": "10", "product": {"productCharacteristic": [{"@type": "Characteristic"}]}}]},
    {
        "patch": [
            {"op": "add", "path": "/externalId/-", "value": {"@type": "ExternalIdentifier", "id": "PO-2"}},
            {"op": "replace", "path": "/productOrderItem/0/product/place/0/place/@type", "value": "GeographicSite"},
            {"op": "test", "path": "/productOrderItem/0/product/productCharacteristic/1/value", "value": 4.0},
        ]
    },
    {
        "patch": [
            {"op": "move", "from": "/relatedParty/0/partyOrPartyRole", "path": "/channel/0/channel"},
            {"op": "copy", "from": "/productOrderItem/0/product", "path": "/productOrderItem/0/product/product"},
            {"op": "add", "path": "/productOrderItem/-", "value": {"@type": "ProductOrderItem", "id": "12"}},
        ]
    },
    {"patch": [{"op": "remove", "path": "/externalId/0"}, {"op": "remove", "path": "/@type"}]},
]
REPORTS: list[Json] = [
    {
        "externalId": "OSS-2007",
        "serviceOrderItem": [{"id": "10", "state": "fulfilled"}, {"id": "20", "state": "error"}],
    },
    {"externalId": SERVICE_ORDER_ID, "serviceOrderItem": [{"id": "10", "state": "pending"}, {"id": "99"}]},
    {"externalId": "CRM-1007", "serviceOrderItem": []},
]


def seeds() -> Iterator[bytes]:
    """Patches, requests to cancel, reports, and orders taken for one of these."""
    for patch in PATCHES:
        yield b"\x00" + encoded({"id": ORDER_ID, **patch})
    for patch in SERVICE_PATCHES:
        yield b"\x00" + encoded({"id": SERVICE_ORDER_ID, **patch})
    for patch in V5_PATCHES:
        yield b"\x00" + encoded({"id": V5_ORDER_ID, **patch})
    yield b"\x01" + encoded({"@type": "CancelProductOrder", "productOrder": {"@type": "x", "id": V5_ORDER_ID}})
    yield b"\x01" + encoded({"cancellationReason": "moved", "serviceOrder": {"id": SERVICE_ORDER_ID}})
    for report in REPORTS:
        yield b"\x02" + encoded(report)
    yield b"\x01" + encoded({"cancellationReason": "moved", "productOrder": {"id": ORDER_ID}})
    yield b"\x01" + encoded({"cancellationReason": " ", "requestedCancellationDate": "2026", "productOrder": []})
    for order in known.orders():
        with suppress(ValueError):
            document = json.loads(order)
            if isinstance(document, dict):
                yield b"\x00" + encoded({**document, "id": ORDER_ID})
                yield b"\x00" + encoded({**document, "id": SERVICE_ORDER_ID})
                yield b"\x00" + encoded({**document, "id": V5_ORDER_ID})


class _Undo(Exception):  # noqa: N818 - what was done is taken back
    pass


class _Room(NamedTuple):
    connection: Store
    handlers: tuple[SourceHandler, ...]


@cache
def _room() -> _Room:
    """A database with one order of each kind and one of TMF622 v5, and those that answer requests."""
    connection = make_database(str(Path(mkdtemp()) / "orders.db"))
    body, service, body_v5 = encoded(GOOD_ORDER), encoded(GOOD_SERVICE_ORDER), encoded(V5_ORDER)
    with transaction(connection, "test"):
        start_batch(connection, mode="sync")
        for seq, each in ((1, body), (2, service), (3, body_v5)):
            keep_payloads(connection, [PayloadRow(seq, digest(each), each)])
        at = "2026-03-01T08:00:00.000Z"
        second = accepted(2, order_id=SERVICE_ORDER_ID, external_id="OSS-2007")
        third = accepted(3, order_id=V5_ORDER_ID, external_id="CRM-1008", profile="tmf622-v5")
        orders = [
            PRODUCT_ORDER.to_rows(accepted(external_id="CRM-1007"), body, at),
            SERVICE_ORDER.to_rows(second, service, at),
            PRODUCT_ORDER.to_rows(third, body_v5, at),
        ]
        order_store.create(connection, orders, "fuzz")
    settings = Settings(actor="fuzz")
    patch = PatchHandler(connection, settings, Author("fuzz", "f" * 32), dry_run=False)
    cancel = CancelHandler(connection, settings, Author("fuzz"))
    return _Room(connection, (patch, cancel, FulfilHandler(connection, Author("fuzz"), dry_run=False)))


def check(data: bytes) -> None:
    """Answer one request, look at the orders that come of it, and take everything back."""
    room = _room()
    handle = room.handlers[data[0] % len(room.handlers) if data else 0]
    record = Record(data[1:].strip(b" \t\r\n"), "requests.ndjson", 1, 1, 1)
    with suppress(_Undo), transaction(room.connection, "requests"):
        answer = handle(record, None)

        json_text.encode(answer.receipt())
        assert answer.refused == any(each.severity == "error" for each in answer.findings), answer
        if not answer.refused:
            for order_id in (ORDER_ID, SERVICE_ORDER_ID, V5_ORDER_ID):
                order = order_store.by_order_id(room.connection, order_id)
                assert order
                json_text.encode(document_of(room.connection, order))
        raise _Undo
