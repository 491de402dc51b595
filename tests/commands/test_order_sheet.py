"""What `show` and `patch` print for people: a sheet about the order, and what has changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, line, product_order, service_line, service_order
from support.running import COMMAND
from support.stored import enqueue
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


def price(kind: str, value: float) -> dict[str, object]:
    return {"priceType": kind, "price": {"taxIncludedAmount": {"unit": "EUR", "value": value}}}


CONTACT = {
    "id": "c-1",
    "@type": "RelatedParty",
    "@referredType": "OrderLineItemContact",
    "name": "Ann",
    "email": "a@b.example",
}
CHILD = [{"id": "1", "relationshipType": "HasParent"}]
ORDER = product_order(
    "PO-1",
    requestedCompletionDate="2026-03-20T17:00:00Z",
    items=[
        line(
            "1", itemPrice=[price("recurring", 19.90), price("nonRecurring", 100)], product={"relatedParty": [CONTACT]}
        ),
        line(
            "2",
            offering="tv",
            quantity=2,
            itemPrice=[price("recurring", 5)],
            productOrderItemRelationship=CHILD,
            product={"productCharacteristic": [{"name": "speed", "value": "1 \x1b[31mGbit/s"}]},
        ),
    ],
)


def sheet(ordercli: Ordercli, identifier: str, *options: str) -> list[str]:
    shown = ordercli("show", identifier, "-o", "table", *options)
    assert (shown.exit_code, shown.stderr) == (0, "")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TIME", shown.stdout)
    return re.sub(r"\b[0-9a-f]{32}\b", "ID", text).splitlines()


def test_an_order_is_shown_as_a_sheet(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(ORDER), ORDERCLI_ACTOR="ann")
    ordercli("patch", "PO-1", "--set", "state=in_progress", ORDERCLI_ACTOR="bob")

    assert sheet(ordercli, "PO-1") == [
        "PO-1  in_progress",
        "  id          ID",
        "  kind        productOrder, servicenow, from cli",
        "  customer    customer-1 Funco Intl",
        "  version     2",
        "  created     TIME",
        "  updated     TIME",
        "  completion  TIME",
        "  total mrc   24.9 EUR",
        "  total nrc   100 EUR",
        "",
        "Line items",
        "item  action  state  ordered  quantity  mrc   nrc",
        "1     add     new    fiber    1         19.9  100",
        ". 2   add     new    tv       2         5",
        "",
        "Characteristics",
        "item  name   value",
        "2     speed  1 \\x1b[31mGbit/s",
        "",
        "Contacts",
        "of     id          name        role      email",
        "order  customer-1  Funco Intl  Customer",
        "1      c-1         Ann                   a@b.example",
        "",
        "History",
        "time                  version  actor  what",
        "TIME  1        ann    creation",
        "TIME  2        bob    stateChange: State",
    ]


def test_a_service_order_has_the_same_sheet(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(service_order("SO-1", items=[service_line("1"), service_line("2")])))

    shown = sheet(ordercli, "SO-1")

    assert shown[:2] == ["SO-1  new", "  id          ID"]
    assert shown[shown.index("Line items") : shown.index("Contacts")] == [
        "Line items",
        "item  action  state  ordered",
        "1     add     new    Access",
        "2     add     new    Access",
        "",
    ]


def test_an_order_that_waits_is_shown_with_its_lines(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, ORDER)

    shown = sheet(ordercli, "PO-1")

    assert shown[0] == "PO-1  new"
    assert shown[shown.index("Line items") :] == [
        "Line items",
        "item  action  ordered  quantity",
        "1     add     fiber    1",
        "2     add     tv       2",
    ]


def test_only_the_newest_history_is_shown(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(ORDER))
    for n in range(6):
        ordercli("patch", "PO-1", "--set", f"description=d{n}")

    shown = sheet(ordercli, "PO-1")

    history = shown[shown.index("History") :]
    assert [row.split()[1] for row in history[2:-1]] == ["3", "4", "5", "6", "7"]
    assert history[-1] == "  2 older entries: ordercli history ID"


def test_a_program_gets_the_document(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(ORDER))

    assert ordercli("show", "PO-1").json["externalId"] == "PO-1"
    assert ordercli("patch", "PO-1", "--set", "description=x").json["description"] == "x"


def test_on_a_terminal_a_patch_says_what_has_changed(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(ORDER))

    def patched() -> list[str]:
        command = [*COMMAND, "patch", "PO-1", "--set", "productOrderItem.2.quantity=3"]  # the first line is a warning
        return ended(on_terminal(command, ordercli.folder, ordercli.environment())).screen.splitlines()

    assert patched()[1:] == ["Order PO-1, version 1 -> 2", "~ line 2, quantity: 2 -> 3"]
    assert patched() == ["Order PO-1: nothing changed, version 2 stays"]
