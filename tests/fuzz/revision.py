"""Whatever a patch or a request to cancel says, it is answered, and an order that it changed is whole.

The first byte of the input says which of the two it is; nothing is kept.
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
from ordercli.operations.patch import PatchHandler
from ordercli.operations.revise import Author
from ordercli.orders import order_store
from ordercli.queue import payloads
from ordercli.resources.product_order.convert import to_rows
from ordercli.resources.product_order.examples import GOOD_ORDER
from ordercli.settings import Settings
from support.builders import Json, accepted, encoded
from support.stored import start_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.bulk.requests import SourceHandler
    from ordercli.database.store import Store

ORDER_ID = "0" * 31 + "1"
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


def seeds() -> Iterator[bytes]:
    """Patches, requests to cancel, and orders taken for one or the other."""
    for patch in PATCHES:
        yield b"\x00" + encoded({"id": ORDER_ID, **patch})
    yield b"\x01" + encoded({"cancellationReason": "moved", "productOrder": {"id": ORDER_ID}})
    yield b"\x01" + encoded({"cancellationReason": " ", "requestedCancellationDate": "2026", "productOrder": []})
    for order in known.orders():
        with suppress(ValueError):
            document = json.loads(order)
            if isinstance(document, dict):
                yield b"\x00" + encoded({**document, "id": ORDER_ID})


class _Undo(Exception):  # noqa: N818 - what was done is taken back
    pass


class _Room(NamedTuple):
    connection: Store
    handlers: tuple[SourceHandler, ...]


@cache
def _room() -> _Room:
    """A database with one order, and those that answer requests."""
    connection = make_database(str(Path(mkdtemp()) / "orders.db"))
    body = encoded(GOOD_ORDER)
    with transaction(connection, "test"):
        start_batch(connection, mode="sync")
        payloads.keep(connection, [payloads.PayloadRow(1, payloads.digest(body), body)])
        rows = to_rows(accepted(external_id="CRM-1007"), body, "2026-03-01T08:00:00.000Z")
        order_store.create(connection, [rows], "fuzz")
    settings = Settings(actor="fuzz")
    patch = PatchHandler(connection, settings, Author("fuzz", "f" * 32), dry_run=False)
    return _Room(connection, (patch, CancelHandler(connection, settings, Author("fuzz"))))


def check(data: bytes) -> None:
    """Answer one request, look at the order that comes of it, and take everything back."""
    room = _room()
    handle = room.handlers[data[0] % 2 if data else 0]
    record = Record(data[1:].strip(b" \t\r\n"), "requests.ndjson", 1, 1, 1)
    with suppress(_Undo), transaction(room.connection, "requests"):
        answer = handle(record, None)

        json_text.encode(answer.receipt())
        assert answer.refused == any(each.severity == "error" for each in answer.findings), answer
        if not answer.refused:
            order = order_store.by_order_id(room.connection, ORDER_ID)
            assert order
            json_text.encode(document_of(room.connection, order))
        raise _Undo
