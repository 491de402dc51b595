"""Rules that look at a whole order first find exactly what they find line by line, whatever was looked up before."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ordercli.operations.validate import validate_records
from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.registry import RESOURCES
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import KindValidator, OrderValidator
from support.builders import encoded, record
from validation.damage.service import has_standard_actions, in_standard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.resources.resource import Resource
    from ordercli.rulebook.rule import Finding
    from support.builders import Json

SAMPLES = Path(__file__).parents[2] / "samples"
BATCHES, ORDERS_IN_BATCH = 2, 40
FOUND = {"ORD209", "ORD302", "ORD303", "ORD305", "ORD309", "ORD320", "ORD321"}
# Members whose values rules look up or compare, and objects that have them.
NAMED = ("id", "version", "internalVersion", "name", "value", "quantity", "@referredType", "orderCurrency")
HOLDERS = ("product", "service", "place", "partyOrPartyRole", "productSpecification")
# Values that no record has, or of a wrong type.
STRANGE: tuple[Any, ...] = ("gone", "7", 0, 99, True, ["white"], [{"deep": 1}], {"deep": 1}, "Consumer", "Customer")


def read(name: str) -> list[Json]:
    return [json.loads(line) for line in (SAMPLES / name).read_text("utf-8").splitlines()]


def in_v4(order: Json) -> Json:
    """A product order of ServiceNow's profile as TMF622 v4 writes it."""
    actions = {"change": "modify", "resume": "modify", "suspend": "modify", "no-change": "noChange"}
    lines = []
    for line in order["productOrderItem"]:
        product = {name: member for name, member in line["product"].items() if name != "productRelationship"}
        if place := product.get("place"):
            product["place"] = [{**place, "role": "installation"}]
        product["relatedParty"] = []
        lines.append({**line, "action": actions.get(line["action"], line["action"]), "product": product})
    return {**order, "productOrderItem": lines}


PRODUCTS, SERVICES = read("orders.ndjson"), read("service-orders.ndjson")
ORDERS: dict[str, tuple[str, list[Json]]] = {
    "servicenow": ("servicenow", PRODUCTS),
    "tmf622-v4": ("tmf622", list(map(in_v4, PRODUCTS))),
    "tmf622-v5": ("tmf622", [as_v5(in_v4(order)) for order in PRODUCTS]),
    "servicenow, services": ("servicenow", SERVICES),
    "tmf641": ("tmf641", [in_standard(order) for order in SERVICES if has_standard_actions(order)]),
}
RECORDS = read("reference.ndjson")


def objects(value: Any) -> Iterator[Json]:
    """Every object in a document, the document too."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from objects(each)
    if isinstance(value, dict):
        yield value


def altered(order: Json, others: list[Json], rng: Random) -> bytes:
    """The order with a line item and a few values of other orders, or with values of none."""
    changed, other = (json.loads(json.dumps(each)) for each in (order, rng.choice(others)))
    items = "productOrderItem" if "productOrderItem" in order else "serviceOrderItem"
    if rng.random() < 0.5:
        changed[items].append({**rng.choice(other[items]), "id": "from another order"})
    if rng.random() < 0.3:
        line = rng.choice(changed[items])
        line["quantity"] = 0
        line["product" if "product" in line else "service"].pop("id", None)
    places = [(holder, name) for holder in objects(changed) for name in NAMED + HOLDERS if name in holder]
    for holder, name in rng.sample(places, k=rng.randrange(4)):
        alike = [each[name] for each in objects(rng.choice(others)) if name in each]
        holder[name] = rng.choice([*alike, *rng.sample(STRANGE, k=2)])
    return encoded(changed)


def line_by_line(resource: Resource) -> Resource:
    """The kind of order, with rules that are asked for every line item and every party."""
    rulebook = resource.load_rulebook()
    rules = tuple(replace(rule, may_break=None) for rule in rulebook.rules)
    return replace(resource, load_rulebook=lambda: replace(rulebook, rules=rules))


def alone(data: bytes, records: list[Json], profile: str) -> list[Finding]:
    """The findings in one order by itself, with reference data of which nothing was looked up before."""
    resource = line_by_line(SERVICE_ORDER if b'"serviceOrderItem"' in data else PRODUCT_ORDER)
    validator = OrderValidator(profile, resource=resource, reference=ReferenceData(HeldRecords(*records)))
    return validator.validate(data).findings


@pytest.mark.parametrize("form", ORDERS)
def test_a_batch_has_the_findings_of_its_orders_one_by_one_and_line_by_line(form: str) -> None:
    profile, orders = ORDERS[form]
    codes: set[str] = set()
    clean = 0
    for seed in range(BATCHES):
        rng = Random(f"{form} {seed}")  # noqa: S311 - no secret
        records = [each for each in RECORDS if rng.random() < 0.97]
        batch = [altered(rng.choice(orders), orders, rng) for _ in range(ORDERS_IN_BATCH)]
        reference = ReferenceData(HeldRecords(*records))

        together = validate_records(
            [record(data, n) for n, data in enumerate(batch, 1)],
            KindValidator(lambda kind: OrderValidator(profile, resource=kind, reference=reference)),  # noqa: B023
            reference,
        )

        assert [each.findings for each in together] == [alone(data, records, profile) for data in batch]
        codes.update(finding.code for each in together for finding in each.findings)
        clean += sum(not each.findings for each in together)
    # Rules of reference data found something, and some orders are fine.
    assert codes >= (FOUND | {"ORD110"} if profile == "servicenow" else FOUND)
    assert clean


def test_every_rule_of_line_items_or_parties_that_asks_reference_data_looks_at_whole_orders_first() -> None:
    slow = [
        rule.code
        for resource in RESOURCES.values()
        for rule in resource.load_rulebook().rules
        if rule.check and rule.asks_reference and rule.level.name in {"ITEM", "PARTY"} and rule.may_break is None
    ]

    assert slow == []
