"""The sample orders against the sample reference data: good as they are, and broken reference by reference."""

from __future__ import annotations

import json
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.bulk.reference_files import reference_of_files
from ordercli.database.opening import make_database
from ordercli.operations.validate import rulebook
from ordercli.reference.store import reference_data
from ordercli.settings import Settings
from support.records import Refusals, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.reference.lookup import ReferenceData
    from ordercli.settings import ProfileName
    from support.builders import Json

SAMPLES = Path(__file__).parents[2] / "samples"
SINGLE = ("consumer-mobile", "home-fibre-bundle", "enterprise-sd-wan", "change", "suspend", "resume", "disconnect")
PARTIES = {"Consumer": "ORD305", "Customer": "ORD306", "CustomerContact": "ORD310"}


@pytest.fixture(scope="module", params=["version 4", "version 5"])
def reference(request: pytest.FixtureRequest) -> Iterator[ReferenceData]:
    refusals = Refusals()
    with (
        reference_of_files([str(SAMPLES / "reference.ndjson")], Settings(), refusals.refused) as database,
        closing(make_database(database)) as connection,
    ):
        if request.param == "version 5":
            lines = (SAMPLES / "catalogue-v5.ndjson").read_bytes().splitlines()
            assert loaded(connection, *lines)["updated"] == len(lines)
        found = reference_data(connection, Settings())
        assert refusals.received == []
        assert found is not None
        yield found


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
def test_the_samples_have_no_finding(reference: ReferenceData, profile: ProfileName) -> None:
    book = rulebook(Settings(profile=profile), mode="sync", reference=reference)
    documents = [path.read_bytes() for path in (*SAMPLES.glob("*.json"), *SAMPLES.glob("current/*.json"))]
    documents += (SAMPLES / "orders.ndjson").read_bytes().splitlines()
    if profile == "tmf622":
        documents = [(SAMPLES / "tmf622" / "standard.json").read_bytes()]
        documents += (SAMPLES / "tmf622" / "orders-v5.ndjson").read_bytes().splitlines()

    assert [finding for document in documents for finding in book.validate(document).findings] == []


def broken_references(order: Json) -> Iterator[tuple[str, str, Json]]:
    """Code, pointer and document of the order with each single reference broken."""
    for pointer, code in references(order):
        broken = deepcopy(order)
        *path, last = pointer.split("/")[1:]
        parent: Any = broken
        for step in path:
            parent = parent[int(step) if isinstance(parent, list) else step]
        parent[last] = "nowhere"
        yield code, pointer, broken
    text = json.dumps(order).replace(f'"{order["orderCurrency"]}"', '"HRK"')
    yield "ORD307", "/orderCurrency", json.loads(text)


def references(order: Json) -> Iterator[tuple[str, str]]:
    """The pointers of all that an order points at, with the code for what is unknown."""
    for n, _ in enumerate(order.get("channel", ())):
        yield f"/channel/{n}/id", "ORD308"
    for n, party in enumerate(order["relatedParty"]):
        yield f"/relatedParty/{n}/id", PARTIES[party["@referredType"]]
    for n, line in enumerate(order["productOrderItem"]):
        at = f"/productOrderItem/{n}"
        yield f"{at}/productOffering/id", "ORD301"
        yield f"{at}/product/productSpecification/id", "ORD302"
        if "id" in line["product"]:
            yield f"{at}/product/id", "ORD303"
        if "place" in line["product"]:
            yield f"{at}/product/place/id", "ORD309"


@pytest.mark.parametrize("name", SINGLE)
def test_each_broken_reference_is_the_one_finding(reference: ReferenceData, name: str) -> None:
    book = rulebook(Settings(), mode="sync", reference=reference)
    order = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))

    found = [
        [(each.code, each.pointer) for each in book.validate(json.dumps(broken).encode()).findings]
        for _, _, broken in broken_references(order)
    ]

    assert found == [[(code, pointer)] for code, pointer, _ in broken_references(order)]


def references_v5(order: Json) -> Iterator[tuple[str, str]]:
    """The same for an order of TMF622 v5, where lines stand in lines."""
    for n, _ in enumerate(order.get("channel", ())):
        yield f"/channel/{n}/channel/id", "ORD308"
    for n, party in enumerate(order["relatedParty"]):
        yield f"/relatedParty/{n}/partyOrPartyRole/id", PARTIES[party["role"]]
    yield from line_references_v5(order, "")


def line_references_v5(holder: Json, above: str) -> Iterator[tuple[str, str]]:
    for n, line in enumerate(holder.get("productOrderItem", ())):
        at = f"{above}/productOrderItem/{n}"
        yield f"{at}/productOffering/id", "ORD301"
        yield f"{at}/product/productSpecification/id", "ORD302"
        if "id" in line["product"]:
            yield f"{at}/product/id", "ORD303"
        for place in range(len(line["product"].get("place", ()))):
            yield f"{at}/product/place/{place}/place/id", "ORD309"
        yield from line_references_v5(line, at)


def test_each_broken_reference_of_an_order_of_v5_is_the_one_finding(reference: ReferenceData) -> None:
    book = rulebook(Settings(profile="tmf622"), mode="sync", reference=reference)
    lines = (SAMPLES / "tmf622" / "orders-v5.ndjson").read_text("utf-8").splitlines()
    businesses = {order["externalId"][0]["id"][:3]: order for order in map(json.loads, lines)}
    places = [(order, pointer, code) for order in businesses.values() for pointer, code in references_v5(order)]

    found = []
    for order, pointer, _ in places:
        broken = deepcopy(order)
        *path, last = pointer.split("/")[1:]
        parent: Any = broken
        for step in path:
            parent = parent[int(step) if isinstance(parent, list) else step]
        parent[last] = "nowhere"
        found.append([(each.code, each.pointer) for each in book.validate(json.dumps(broken).encode()).findings])

    assert {"MOB", "FIB", "SDW", "CHG", "DIS"} == businesses.keys()
    assert found == [[(code, pointer)] for _, pointer, code in places]
