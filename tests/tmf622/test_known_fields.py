"""The table of known fields agrees with the shapes, and is what its script makes."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import fields as members

from ordercli.intake.forms import shape_in
from ordercli.resources.product_order import shapes, shapes_current, shapes_v4, shapes_v5
from ordercli.resources.resource import LINE_MEMBERS, ORDER_MEMBERS

if TYPE_CHECKING:
    from ordercli.intake.forms import Fields

ROOT = Path(__file__).parents[2]
SOURCES = os.environ.get("ORDERCLI_SOURCES")
# A customer has no such fields in any table; where they stand all the same, they have a type.
OF_PERSONS = {"firstName", "lastName", "email", "phone"}


def names(shape: type) -> set[str]:
    return {each.encode_name for each in members(shape)}


def unknown(shape: type, fields: Fields, path: str = "", seen: frozenset[tuple[int, int]] = frozenset()) -> set[str]:
    if (id(shape), id(fields)) in seen:
        return set()
    found = set()
    for each in members(shape):
        name, inner = each.encode_name, shape_in(each.type)
        below = fields.get(name)
        if name not in fields:
            found.add(f"{path}/{name}")
        elif inner and below:
            found |= unknown(inner, below, f"{path}/{name}", seen | {(id(shape), id(fields))})
    return found


def test_every_member_of_the_servicenow_order_is_a_known_field() -> None:
    assert unknown(shapes.ProductOrder, shapes.KNOWN_FIELDS.fields) == {f"/relatedParty/{name}" for name in OF_PERSONS}


def test_every_member_of_the_current_form_is_a_known_field() -> None:
    assert unknown(shapes_current.ProductOrder, shapes.KNOWN_FIELDS.fields) == set()


def test_every_member_of_the_standard_order_is_a_known_field() -> None:
    assert unknown(shapes_v4.ProductOrder, shapes.KNOWN_FIELDS.fields) == {
        *(f"/relatedParty/{name}" for name in OF_PERSONS),
        "/productOrderItem/appointment/name",
    }


def test_every_member_of_the_order_of_v5_is_a_known_field() -> None:
    assert unknown(shapes_v5.ProductOrder, shapes_v5.KNOWN_FIELDS.fields) == set()


def test_server_owned_members_are_known_fields_and_in_both_shapes() -> None:
    items = shapes.KNOWN_FIELDS.fields["productOrderItem"] or {}

    for order in (shapes.ProductOrder, shapes_v4.ProductOrder):
        assert set(ORDER_MEMBERS) <= names(order) & shapes.KNOWN_FIELDS.fields.keys()
    for item in (shapes.ProductOrderItem, shapes_v4.ProductOrderItem):
        assert set(LINE_MEMBERS) <= names(item) & items.keys()


@pytest.mark.skipif(not SOURCES, reason="ORDERCLI_SOURCES names no folder with the documents")
def test_the_table_is_what_the_script_makes() -> None:
    script = runpy.run_path(str(ROOT / "scripts/make_known_fields.py"))

    for table in ("known_fields", "known_fields_v5", "known_fields_mef", "standard_types", "standard_types_v5"):
        made = script[table](Path(SOURCES or ""))
        kept = ROOT / f"src/ordercli/resources/product_order/{table}.json"
        assert made == json.loads(kept.read_text("utf-8"))
