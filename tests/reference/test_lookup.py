"""One suite over both places where records can lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.reference import store
from ordercli.reference.lookup import MOST_NEAR, OTHER_ANSWERS, Records, ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.reference.store import StoredRecords
from ordercli.resources.common.members import SpecificationRef
from ordercli.resources.product_order.shapes import ProductOrderItem
from support.builders import as_order
from support.records import currency, customer, load, offering, product, specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.builders import Json

    Kept = Callable[..., Records]


@pytest.fixture(params=["stored", "held"])
def kept(request: pytest.FixtureRequest) -> Kept:
    """A way to keep records."""
    if request.param == "held":
        return HeldRecords
    connection: Store = request.getfixturevalue("connection")

    def stored(*records: Json) -> StoredRecords:
        assert load(connection, *records) == []
        return StoredRecords(connection)

    return stored


def line(specification: Json | None = None, offering: str | None = None) -> Any:
    """A line item that orders the two."""
    named = {"productOffering": {"id": offering}} if offering else {}
    return as_order({**named, "product": {"productSpecification": specification}}, ProductOrderItem)


def test_a_record_is_known_by_its_id_and_its_external_id(kept: Kept) -> None:
    reference = ReferenceData(kept(customer("c-1", externalId="ACC-1"), customer("c-2")))

    lacking = [
        name for name in ("c-1", "ACC-1", "c-2", "c-3", "acc-1", "", "  ", None) if reference.lacks("Customer", name)
    ]

    assert lacking == ["c-3", "acc-1"]


def test_a_type_without_records_lacks_nothing(kept: Kept) -> None:
    reference = ReferenceData(kept(customer()))

    assert reference.loaded == {"Customer"}
    assert not reference.lacks("Consumer", "nobody")
    assert reference.ordered[line(offering="nothing")].unmatched_offering is None


def test_strictly_a_type_without_records_lacks_everything(kept: Kept) -> None:
    reference = ReferenceData(kept(), strict=True)

    assert reference.lacks("Consumer", "nobody")
    assert reference.ordered[line(offering="nothing")].unmatched_offering == "id"


@pytest.mark.parametrize("newest", [0, 1])
def test_an_id_goes_before_an_external_id(kept: Kept, newest: int) -> None:
    records = [product("a", externalId="b", quantity=1), product("b", quantity=2)]
    reference = ReferenceData(kept(*records[newest - 1 :], *records[: newest - 1]))

    found = reference.product("b")

    assert found is not None
    assert (found.id, found.quantity) == ("b", 2)


@pytest.mark.parametrize(
    ("versions", "unmatched"),
    [
        ({}, None),
        ({"version": "v1"}, None),
        ({"internalVersion": "1"}, None),
        ({"internalVersion": "1", "version": "v1"}, None),
        ({"internalVersion": None, "version": ""}, None),
        ({"version": "v2"}, "version"),
        ({"internalVersion": "2"}, "internalVersion"),
        ({"internalVersion": "2", "version": "v2"}, "internalVersion"),
        ({"internalVersion": "1", "version": "v2"}, "version"),
    ],
)
def test_a_reference_must_fit_the_versions_on_record(kept: Kept, versions: Json, unmatched: str | None) -> None:
    reference = ReferenceData(kept(specification("access", version="v1", internalVersion="1")))

    assert reference.ordered[line({"id": "access", **versions})].unmatched_specification == unmatched


def test_a_record_without_version_fits_every_version(kept: Kept) -> None:
    reference = ReferenceData(kept(specification("access")))

    assert reference.ordered[line({"id": "access", "version": "v7"})].unmatched_specification is None


def test_versions_under_one_external_id_are_distinguished_and_the_newest_is_meant_otherwise(kept: Kept) -> None:
    reference = ReferenceData(
        kept(
            specification("access-1", externalId="ACCESS", version="v1"),
            specification("access-2", externalId="ACCESS", version="v2"),
        )
    )

    found = {
        version: reference.specification(SpecificationRef("ACCESS", version)) for version in ("v1", "v2", None, "v3")
    }

    assert {version: each.id if each else None for version, each in found.items()} == {
        "v1": "access-1",
        "v2": "access-2",
        None: "access-2",
        "v3": None,
    }


def test_an_offering_offers_its_specification_its_parts_at_any_depth_and_those_of_bundled_offerings(kept: Kept) -> None:
    reference = ReferenceData(
        kept(
            offering("tv", "box", externalId="OFF-TV"),
            offering("home", "access", bundledProductOffering=[{"id": "OFF-TV"}]),
            specification("access", children=["router"], externalId="ACCESS"),
            specification("router"),
            specification("antenna", parents=["router"]),
            specification("screw", parents=["antenna"]),
            specification("box"),
            specification("remote", parents=["box"]),
            specification("building", children=["ACCESS"]),
            specification("stranger"),
        )
    )

    offered = [
        name
        for name in ("access", "router", "antenna", "screw", "box", "remote", "building", "stranger")
        if reference.ordered[line({"id": name}, "home")].fits
    ]

    assert offered == ["access", "router", "antenna", "screw", "box"]


def test_relations_in_a_circle_come_to_an_end(kept: Kept) -> None:
    reference = ReferenceData(
        kept(offering("home", "a"), specification("a", children=["b"]), specification("b", children=["a"]))
    )

    ordered = reference.ordered[line({"id": "b"}, "home")]

    assert ordered.specification is not None
    assert ordered.fits


def test_an_offering_that_names_no_specification_offers_any(kept: Kept) -> None:
    reference = ReferenceData(kept(offering("home", None), specification("access")))

    ordered = reference.ordered[line({"id": "access"}, "home")]

    assert ordered.specification is not None
    assert ordered.fits


@pytest.mark.parametrize(
    ("relations", "relates"),
    [
        ([], False),
        ([{"id": "b", "relationshipType": "substitution"}], False),
        ([{"id": "b", "relationshipType": "HasChild"}], True),
        ([{"id": "b", "relationshipType": "HasParent"}], True),
    ],
)
def test_only_child_and_parent_relate_specifications(kept: Kept, relations: list[Json], *, relates: bool) -> None:
    reference = ReferenceData(kept(specification("a", productSpecificationRelationship=relations), specification("b")))

    assert reference.relates_specifications is relates


def test_a_currency_is_found_by_its_code(kept: Kept) -> None:
    reference = ReferenceData(kept(currency("EUR"), currency("HRK", "inactive")))

    found = {code: reference.currency(code) for code in ("EUR", "HRK", "XXX")}

    assert {code: each.status if each else None for code, each in found.items()} == {
        "EUR": "active",
        "HRK": "inactive",
        "XXX": None,
    }


def test_what_line_items_order_is_reported_by_the_item_until_the_order_is_validated(kept: Kept) -> None:
    reference = ReferenceData(kept(offering("home", "access"), specification("access"), specification("tv")))
    items = [line({"id": "access"}, "home"), line({"id": "tv"}, "home"), line({"id": "gone"}, "home")]

    found = [reference.ordered[item] for item in (*items, *items)]

    assert [(each.fits, each.unmatched_specification) for each in found[:3]] == [
        (True, None),
        (False, None),
        (True, "id"),
    ]
    assert found[3:] == found[:3]
    assert list(reference.ordered) == items
    reference.order_validated()
    assert not reference.ordered


def test_the_nearest_id_or_external_id_of_the_type_is_found(kept: Kept) -> None:
    reference = ReferenceData(kept(customer("HF1000"), customer("c-2", externalId="ACC-1234"), currency("EUR")))

    found = [reference.nearest("Customer", name) for name in ("HF1001", "ACC-1235", "eur", "deadbeef", "x" * 101)]

    assert found == ["HF1000", "ACC-1234", None, None, None]


def test_only_the_first_unknown_names_are_compared(kept: Kept) -> None:
    reference = ReferenceData(kept(customer("HF1000")))

    found = [reference.nearest("Customer", f"HF1000{n}") for n in range(MOST_NEAR + 1)]

    assert found == ["HF1000"] * MOST_NEAR + [None]


def test_of_many_ids_those_that_sort_near_are_compared(connection: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_COMPARED", 3)
    monkeypatch.setattr(store, "HALF_NEAR", 1)
    records = [customer(each, externalId=f"E-{each}") for each in ("aaaaa1", "bbbbb1", "bbbbb9", "ccccc1")]
    assert load(connection, *records) == []
    near = StoredRecords(connection).names_near

    assert near("Customer", "bbbbb5") == ["bbbbb1", "bbbbb9", "E-ccccc1"]
    assert near("Customer", "E-bbbbb5") == ["aaaaa1", "E-bbbbb1", "E-bbbbb9"]
    assert near("Customer", "\0") == []


class AskedRecords(HeldRecords):
    """All customers but `nobody`; each name that is looked up is noted."""

    def __init__(self) -> None:
        super().__init__(customer())
        self.asked: list[str] = []

    def knows(self, record_type: str, name: str) -> bool:
        self.asked.append(f"{record_type} {name}")
        return name != "nobody"


def test_names_that_were_found_are_not_looked_up_again_but_those_beside_them_are() -> None:
    records = AskedRecords()
    reference = ReferenceData(records)

    lacking = [
        reference.lacks_any({(record_type, name) for name in names})
        for record_type, names in [
            ("Customer", ["a"]),
            ("Customer", ["a", ""]),
            ("Customer", ["a", "nobody"]),
            ("Customer", ["a", "nobody"]),
            ("Consumer", ["nobody"]),
            ("Customer", ["a"]),
        ]
    ]

    assert lacking == [False, False, True, True, False, False]
    assert records.asked == ["Customer a", "Customer nobody"]


def test_of_many_names_that_were_found_some_are_forgotten() -> None:
    records = AskedRecords()
    reference = ReferenceData(records)

    for n in (0, *range(2 * OTHER_ANSWERS), 0):
        assert not reference.lacks_any({("Customer", f"c-{n}")})

    assert records.asked.count("Customer c-0") == 2
