"""The sample service orders are many, fit the sample reference data, and break reference by reference."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.validate import rulebook
from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.settings import Settings
from samples.conftest import SAMPLES, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.settings import ProfileName
    from samples.conftest import Catalogue, Json

PROFILES: tuple[ProfileName, ...] = ("servicenow", "tmf641")
PARTIES = {"Consumer": "ORD305", "Customer": "ORD306", "CustomerContact": "ORD310"}
STATES = {
    "change": {"active"},
    "suspend": {"active"},
    "resume": {"suspended", "inactive"},
    "delete": {"active", "suspended", "inactive"},
    "no-change": {"active", "suspended", "inactive"},
}


@pytest.fixture(scope="module")
def exported() -> list[Json]:
    return [read(line) for line in (SAMPLES / "service-orders.ndjson").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def standard() -> Json:
    return read((SAMPLES / "tmf641" / "standard.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def reference(records: list[Json]) -> ReferenceData:
    return ReferenceData(HeldRecords(*records))


def inventory(service_id: str, catalogue: Catalogue) -> Json:
    """A service or a product, as TMF638 and TMF637 have it."""
    return catalogue.get(("Service", service_id)) or catalogue["Product", service_id]


def test_two_businesses_have_at_least_sixty_orders_with_every_action(exported: list[Json]) -> None:
    ids = Counter(order["externalId"].split("-")[0] for order in exported)
    actions = {line["action"] for order in exported for line in order["serviceOrderItem"]}

    assert len({order["externalId"] for order in exported}) == len(exported) >= 60
    assert ids == {"BBS": 40, "MBS": 40}
    assert actions == STATES.keys() | {"add"}


def test_a_child_line_names_its_parent_and_is_part_of_it_in_the_catalogue(
    exported: list[Json], catalogue: Catalogue
) -> None:
    stray = set()

    for order in exported:
        lines = {line["id"]: line for line in order["serviceOrderItem"]}
        for line in lines.values():
            for relation in line.get("orderRelationship", ()):
                other = lines[relation["id"]]
                if relation["relationshipType"] == "HasChild":
                    back = {"id": line["id"], "relationshipType": "HasParent"}
                    own, part = (
                        catalogue["ServiceSpecification", each["service"]["serviceSpecification"]["id"]]
                        for each in (line, other)
                    )
                    parts = {each["id"] for each in own["serviceSpecRelationship"]}
                    if back not in other["orderRelationship"] or part["id"] not in parts:
                        stray.add((order["externalId"], line["id"]))

    assert stray == set()


def test_services_on_record_allow_what_is_done_to_them(exported: list[Json], catalogue: Catalogue) -> None:
    installed = [line for order in exported for line in order["serviceOrderItem"] if line["action"] != "add"]
    records = [(line["action"], inventory(line["service"]["id"], catalogue)) for line in installed]

    assert {record["@type"] for _, record in records} == {"Service", "Product"}
    assert [each for each in records if each[1].get("state", each[1].get("status")) not in STATES[each[0]]] == []


def test_a_service_order_names_the_product_order_that_gave_rise_to_it(exported: list[Json]) -> None:
    named = [each for order in exported for each in order.get("orderRelationship", ())]

    assert len(named) >= 10
    assert {each["relationshipType"] for each in named} == {"dependency"}


@pytest.mark.parametrize(
    ("profile", "name"), [("servicenow", "service-orders.ndjson"), ("tmf641", "tmf641/standard.json")]
)
def test_the_samples_have_no_finding(reference: ReferenceData, profile: ProfileName, name: str) -> None:
    book = rulebook(Settings(profile=profile), mode="sync", lint=True, reference=reference)
    data = (SAMPLES / name).read_bytes()
    documents = data.splitlines() if name.endswith("ndjson") else [data]

    validations = [book.validate(document) for document in documents]

    assert {each.resource for each in validations} == {"serviceOrder"}
    assert [finding for each in validations for finding in each.findings] == []


def references(order: Json) -> Iterator[tuple[str, str]]:
    """The pointers of all that an order points at, with the code for what is unknown."""
    for n, party in enumerate(order["relatedParty"]):
        yield f"/relatedParty/{n}/id", PARTIES[party["@referredType"]]
    yield from line_references(order, "")


def line_references(holder: Json, above: str) -> Iterator[tuple[str, str]]:
    for n, line in enumerate(holder.get("serviceOrderItem", ())):
        at = f"{above}/serviceOrderItem/{n}"
        if "serviceSpecification" in line["service"]:
            yield f"{at}/service/serviceSpecification/id", "ORD302"
        if "id" in line["service"]:
            yield f"{at}/service/id", "ORD303"
        if "place" in line:
            yield f"{at}/place/id", "ORD309"
        for place in range(len(line["service"].get("place", ()))):
            yield f"{at}/service/place/{place}/id", "ORD309"
        yield from line_references(line, at)


def broken(order: Json, pointer: str) -> bytes:
    document = deepcopy(order)
    *path, last = pointer.split("/")[1:]
    parent: Any = document
    for step in path:
        parent = parent[int(step) if isinstance(parent, list) else step]
    parent[last] = "nowhere"
    return json.dumps(document).encode()


def test_each_broken_reference_is_the_one_finding(
    reference: ReferenceData, exported: list[Json], standard: Json
) -> None:
    books = {name: rulebook(Settings(profile=name), mode="sync", reference=reference) for name in PROFILES}
    orders: list[tuple[ProfileName, Json]] = [("servicenow", order) for order in exported] + [("tmf641", standard)]
    places = [(books[name], order, *place) for name, order in orders for place in references(order)]

    found = [
        [(each.code, each.pointer) for each in book.validate(broken(order, pointer)).findings]
        for book, order, pointer, _ in places
    ]

    assert found == [[(code, pointer)] for _, _, pointer, code in places]
    assert {code for _, _, _, code in places} == {"ORD302", "ORD303", "ORD305", "ORD306", "ORD309", "ORD310"}
