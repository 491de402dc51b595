"""A member of a product order in a service order, and the other way round: one finding at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.registry import RESOURCES
from ordercli.resources.validator import OrderValidator
from support.builders import encoded, product_order, service_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.forms import Fields
    from support.builders import Json

WHAT_IS_ORDERED = {"productOrder": "product", "serviceOrder": "service"}
VALUES = ["x", {"id": "1"}, [{"id": "1"}], []]


def order_of(kind: str, profile: str) -> Json:
    if kind == "serviceOrder":
        return service_order()
    return as_v5(product_order()) if profile == "tmf622-v5" else product_order()


def fields_by_path(kind: str, profile: str) -> dict[tuple[str, ...], Fields]:
    """The known fields of the order, of its line items, and of the product or service of one."""
    known = RESOURCES[kind].profiles[profile].load_form().known_fields.fields
    items = known[RESOURCES[kind].items] or {}
    return {(): known, ("items",): items, ("items", "ordered"): items[WHAT_IS_ORDERED[kind]] or {}}


def foreign_members() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Each member that an object of one kind of order does not have, but the same object of the other kind has."""
    for kind, other in [("productOrder", "serviceOrder"), ("serviceOrder", "productOrder")]:
        for profile in RESOURCES[kind].profiles:
            own = fields_by_path(kind, profile)
            theirs = [fields_by_path(other, each) for each in RESOURCES[other].profiles]
            for path, fields in own.items():
                for name in sorted({name for each in theirs for name in each[path]} - {*fields}):
                    yield kind, profile, path, name


FOREIGN = list(foreign_members())


@pytest.mark.parametrize(
    ("kind", "profile", "path", "name"), FOREIGN, ids=["-".join([*f[:2], *f[2], f[3]]) for f in FOREIGN]
)
def test_a_member_of_the_other_kind_is_one_unknown_field(
    kind: str, profile: str, path: tuple[str, ...], name: str
) -> None:
    validator = OrderValidator(profile, resource=RESOURCES[kind], lint=True)
    items = RESOURCES[kind].items
    steps = {(): [], ("items",): [items, 0], ("items", "ordered"): [items, 0, WHAT_IS_ORDERED[kind]]}[path]
    found = []
    for value in VALUES:
        order = order_of(kind, profile)
        holder: Any = order
        for step in steps:
            holder = holder[step]
        holder[name] = value
        found.append([(each.code, each.severity, each.pointer) for each in validator.validate(encoded(order)).findings])

    unknown = [("ORD901", "warning", "".join(f"/{step}" for step in (*steps, name)))]
    is_list_of_items = not path and name in {each.items for each in RESOURCES.values()}
    lines = [("ORD011", "error", f"/{name}")] if is_list_of_items else unknown
    assert found == [unknown, unknown, lines, unknown]


def test_each_kind_has_members_of_its_own_in_each_object() -> None:
    for kind in RESOURCES:
        for path in fields_by_path(kind, next(iter(RESOURCES[kind].profiles))):
            assert [each for each in FOREIGN if (each[0], each[2]) == (kind, path)]
