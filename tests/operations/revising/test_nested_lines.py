from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded
from support.stored import present

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.usefixtures("audited")

TMF622 = {"ORDERCLI_PROFILE": "tmf622"}


def item(item_id: str, *nested: Json, **members: Any) -> Json:
    """A line item of the profile tmf622, with lines in it."""
    below = {"productOrderItem": list(nested)} if nested else {}
    return {"id": item_id, "action": "add", **members, **below}


def lines(connection: Store) -> list[tuple[int, str, str | None, int]]:
    """Number, id, parent and version of each line."""
    return [
        (row["n"], row["item_id"], row.get("parent_item_id"), row["version"])
        for row in present(connection, "order_line_item")
    ]


def test_a_line_added_inside_another_moves_those_behind_it_on(ordercli: Ordercli, connection: Store) -> None:
    speed = {"product": {"productCharacteristic": [{"name": "Speed", "value": "1"}]}}
    order = {"externalId": "PO-1", "productOrderItem": [item("1", item("1a")), item("2", **speed), item("3")]}
    ordercli("submit", stdin=encoded(order), **TMF622)
    connection.execute("INSERT INTO order_line_work_note (order_seq, line_n, n, date, text) VALUES (1, 2, 0, '', 'x')")
    patch = {"productOrderItem": [item("1", item("1b", item("1c"))), {"id": "3", "quantity": 2}]}

    result = ordercli("patch", "PO-1", "-o", "json", stdin=encoded(patch))

    first = result.json["productOrderItem"][0]
    assert result.exit_code == 0
    assert [child["id"] for child in first["productOrderItem"]] == ["1a", "1b"]
    assert lines(connection) == [
        (0, "1", None, 1),
        (1, "1a", "1", 1),
        (2, "1b", "1", 1),
        (3, "1c", "1b", 1),
        (4, "2", None, 1),
        (5, "3", None, 2),
    ]
    assert present(connection, "order_characteristic_value") == [
        {"order_seq": 1, "line_n": 4, "n": 0, "name": "Speed", "value": "1"}
    ]
    assert [note["line_n"] for note in present(connection, "order_line_work_note")] == [4]


def test_lines_may_be_put_inside_a_line_that_had_none(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded({"externalId": "PO-1", "productOrderItem": [item("1"), item("2")]}), **TMF622)

    result = ordercli("patch", "PO-1", stdin=encoded({"productOrderItem": [item("1", item("1a"))]}))

    assert (result.exit_code, lines(connection)) == (0, [(0, "1", None, 1), (1, "1a", "1", 1), (2, "2", None, 1)])


def test_nested_lines_are_cancelled_and_changed_by_their_id(ordercli: Ordercli, connection: Store) -> None:
    order = {"externalId": "PO-1", "productOrderItem": [item("1", item("1a"), item("1b"))]}
    ordercli("submit", stdin=encoded(order), **TMF622)

    cancelled = ordercli("patch", "PO-1", "--set", "productOrderItem.1a.revisionOperation=cancel", "-o", "json")
    changed = ordercli("patch", "PO-1", "--set", "productOrderItem.1b.quantity=2", "-o", "json")

    shown = cancelled.json["productOrderItem"][0]["productOrderItem"]
    assert [(child["id"], child["state"]) for child in shown] == [("1a", "cancelled"), ("1b", "acknowledged")]
    assert "revisionOperation" not in str(changed.json)
    assert lines(connection) == [(0, "1", None, 1), (1, "1a", "1", 2), (2, "1b", "1", 2)]


@pytest.mark.parametrize("nested", [None, "1a", [{"quantity": 1}], [{"id": "1"}]])
def test_nested_lines_that_cannot_be_told_apart_are_refused(ordercli: Ordercli, nested: Any) -> None:
    ordercli("submit", stdin=encoded({"externalId": "PO-1", "productOrderItem": [item("1", item("1a"))]}), **TMF622)

    result = ordercli("patch", "PO-1", stdin=encoded({"productOrderItem": [{"id": "1", "productOrderItem": nested}]}))

    assert (result.exit_code, ordercli("show", "PO-1", "-o", "json").json["version"]) == (1, "1")


def test_the_parts_of_a_new_line_that_cannot_be_told_apart_are_refused(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded({"externalId": "PO-1", "productOrderItem": [item("1")]}), **TMF622)

    result = ordercli("patch", "PO-1", "--set", 'productOrderItem.2={"action":"add","productOrderItem":[{"id":"1"}]}')

    reported = "error[ORD201]: /productOrderItem/1/productOrderItem/0/id: Another line item has the id 1 already\n"
    assert (result.exit_code, result.stderr) == (1, reported)
