"""Catalogues and inventories in the shapes of TMF versions 4 and 5, and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, ndjson, product_order, service_line, service_order

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

COLOURS = ("Red", "Blue")


def characteristic_v4(name: str, *values: Any) -> Json:
    return {"name": name, "productSpecCharacteristicValue": [{"value": each} for each in values]}


def characteristic_v5(name: str, *values: Any) -> Json:
    return {
        "@type": "CharacteristicSpecification",
        "name": name,
        "characteristicValueSpecification": [
            {"@type": "StringCharacteristicValueSpecification", "value": each} for each in values
        ],
    }


def specification_v5(record_id: str, **members: Any) -> Json:
    identifiers = [{"@type": "ExternalIdentifier", "owner": "crm", "id": f"{record_id}-in-crm"}]
    return {"@type": "ProductSpecification", "id": record_id, "externalIdentifier": identifiers, **members}


def offering_v5(record_id: str, specification: str | None, **members: Any) -> Json:
    named = {"productSpecification": {"@type": "ProductSpecificationRef", "id": specification}} if specification else {}
    return {"@type": "ProductOffering", "id": record_id, **named, **members}


def product_v5(record_id: str, status: str) -> Json:
    """A product as TMF637 version 5 shows it: parties and places wrapped, characteristics of subtypes."""
    return {
        "@type": "Product",
        "id": record_id,
        "status": status,
        "productSpecification": {"@type": "ProductSpecificationRef", "id": "access", "version": "1"},
        "productCharacteristic": [
            {"@type": "StringCharacteristic", "name": "Colour", "value": "Red"},
            {"@type": "IntegerArrayCharacteristic", "name": "Ports", "value": [1, 2]},
        ],
        "relatedParty": [
            {
                "@type": "RelatedPartyOrPartyRole",
                "role": "owner",
                "partyOrPartyRole": {"@type": "PartyRef", "id": "customer-1"},
            }
        ],
        "place": [{"@type": "RelatedPlaceRefOrValue", "role": "site", "place": {"@type": "PlaceRef", "id": "p-1"}}],
    }


def imported(ordercli: Ordercli, *records: Json) -> Any:
    return ordercli("reference", "import", "-", "-o", "json", stdin=ndjson(*records))


def codes(ordercli: Ordercli, *items: Json) -> list[tuple[str, str]]:
    found = ordercli("validate", "-", "-o", "ndjson", stdin=encoded(product_order(items=list(items)))).ndjson
    return [(each["code"], each["pointer"].removeprefix("/productOrderItem/0")) for each in found]


def coloured(**members: Any) -> Json:
    given = [{"name": "Colour", "value": "Green"}, {"name": "Nope", "value": "x"}]
    return line(product={"productCharacteristic": given}, **members)


@pytest.mark.parametrize("characteristic", [characteristic_v4, characteristic_v5])
def test_values_are_checked_whatever_the_version_calls_them(
    ordercli: Ordercli,
    characteristic: Any,
) -> None:
    catalogue = specification_v5("access", productSpecCharacteristic=[characteristic("Colour", *COLOURS)])

    result = imported(ordercli, catalogue, offering_v5("fiber", "access"))

    places = "/product/productCharacteristic"
    assert (result.exit_code, result.stderr, result.json["inserted"], result.json["limited"]) == (0, "", 2, [])
    assert codes(ordercli, coloured()) == [("ORD320", f"{places}/1/name"), ("ORD321", f"{places}/0/value")]


def test_the_first_external_identifier_is_the_external_id(ordercli: Ordercli) -> None:
    imported(ordercli, specification_v5("access"), offering_v5("fiber", "access-in-crm"))

    assert ordercli("reference", "show", "ProductSpecification", "access-in-crm").json["id"] == "access"
    assert codes(ordercli, line(specification="access-in-crm")) == []
    assert codes(ordercli, line(specification="access-of-nobody")) == [
        ("ORD302", "/product/productSpecification/id"),
    ]


def test_a_bundle_holds_what_its_groups_hold_and_they_must_exist(ordercli: Ordercli) -> None:
    def group(**members: list[Json]) -> Json:
        return {"@type": "BundledGroupProductOffering", **members}

    inner = group(bundledProductOffering=[{"@type": "BundledProductOffering", "id": "sports"}])
    bundle = offering_v5("fiber", "access", bundledGroupProductOffering=[group(bundledGroupProductOffering=[inner])])
    channels = [specification_v5(each) for each in ("access", "sport-channel", "film-channel")]
    members = [offering_v5("sports", "sport-channel"), offering_v5("films", "film-channel")]

    alone = imported(ordercli, *channels[:1], bundle)
    imported(ordercli, *channels, *members, bundle)

    place = "/bundledGroupProductOffering/0/bundledGroupProductOffering/0/bundledProductOffering/0/id"
    assert (alone.exit_code, alone.json["refused"]) == (1, 1)
    assert f'"pointer": "{place}"' in alone.stderr or f'"pointer":"{place}"' in alone.stderr
    assert codes(ordercli, line(specification="sport-channel")) == []
    assert codes(ordercli, line(specification="film-channel")) == [("ORD311", "/product/productSpecification/id")]


def test_an_inventory_of_version_5_is_asked(ordercli: Ordercli) -> None:
    result = imported(
        ordercli, specification_v5("access"), product_v5("p-1", "active"), product_v5("p-2", "terminated")
    )

    assert (result.exit_code, result.json["inserted"]) == (0, 3)
    assert codes(ordercli, line(action="change", product={"id": "p-1"})) == []
    assert codes(ordercli, line(action="change", product={"id": "p-2"})) == [("ORD304", "/product/id")]
    assert codes(ordercli, line(action="change", product={"id": "p-3"})) == [("ORD303", "/product/id")]


@pytest.mark.parametrize("name", ["access", "access-2"])
def test_the_inventory_keeps_its_shape_when_a_change_moves_it(ordercli: Ordercli, name: str) -> None:
    imported(
        ordercli,
        specification_v5("access", version="1"),
        product_v5("p-1", "active"),
    )
    imported(ordercli, specification_v5(name, version="2"))
    given = {"productSpecification": {"id": name, "version": "2"}, "id": "p-1"}
    order = product_order(items=[{**line(action="change"), "product": given}])

    submitted = ordercli("submit", "-", stdin=encoded(order))

    assert submitted.exit_code == 0
    assert ordercli("reference", "show", "Product", "p-1").json["productSpecification"] == {
        "@type": "ProductSpecificationRef",
        "id": name,
        "version": "2",
    }


def test_services_and_their_specifications_are_kept_beside_products(ordercli: Ordercli) -> None:
    looped = [
        {**characteristic_v5("a", "1"), "charSpecRelationship": [{"name": "b", "parentSpecificationId": "voip"}]},
        {**characteristic_v5("b", "1"), "charSpecRelationship": [{"name": "a", "relationshipType": "dependency"}]},
    ]

    result = imported(
        ordercli,
        {"@type": "ServiceSpecification", "id": "voice", "specCharacteristic": [characteristic_v5("Codec", "g711")]},
        {"@type": "CustomerFacingServiceSpecification", "@baseType": "ServiceSpecification", "id": "sms"},
        {"@type": "ServiceSpecification", "id": "voip", "specCharacteristic": looped},
        {"@type": "Service", "id": "s-1", "state": "active", "serviceSpecification": {"id": "voice"}},
        {"@type": "Service", "id": "s-2", "serviceSpecification": {"id": "nothing"}},
        {"id": "s-3", "serviceCharacteristic": [], "href": "/serviceInventory/v5/service/s-3"},
    )

    counted = ordercli("reference", "stats").json
    refused = [(each.split('"pointer"')[1][:60].split('"')[1], each) for each in result.stderr.splitlines()[:2]]
    assert [place for place, _ in refused] == [
        "/specCharacteristic/1/charSpecRelationship/0/name",
        "/serviceSpecification/id",
    ]
    assert (result.exit_code, result.json["inserted"], result.json["refused"]) == (1, 4, 2)
    assert (counted["ServiceSpecification"], counted["Service"], counted["total"]) == (2, 2, 4)


CATALOGUE = "https://x.example/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
INVENTORY = "/tmf-api/serviceInventory/v5/service"
VOICE = {"@type": "ServiceSpecificationRef", "id": "voice"}


@pytest.mark.parametrize(
    "members",
    [
        {"href": f"{CATALOGUE}/x?fields=id,name"},
        {"href": f"{CATALOGUE}/x/"},
        {"@type": "ServiceSpecification", "externalIdentifier": [{"@type": "ExternalIdentifier", "id": "x-in-crm"}]},
        {"@type": "CustomerFacingServiceSpecification"},
        {"@type": "ResourceFacingServiceSpecification", "@baseType": "ServiceSpecification"},
        {"@type": "VoiceSpecification", "@baseType": "ServiceSpecification"},
        {"serviceLevelSpecification": [{"id": "gold"}]},
        {"serviceSpecRelationship": [{"id": "voice", "relationshipType": "dependency"}]},
    ],
)
def test_a_service_specification_of_either_version_is_known_to_service_orders(
    ordercli: Ordercli, members: Json
) -> None:
    voice = {"@type": "ServiceSpecification", "id": "voice"}
    result = imported(ordercli, voice, {"id": "x", "name": "X", "specCharacteristic": [], **members})
    order = service_order(items=[service_line(specification=each) for each in ("x", "y")])

    assert (result.exit_code, result.json["inserted"], result.json["refused"]) == (0, 2, 0)
    assert ordercli("reference", "show", "ServiceSpecification", "x").exit_code == 0
    found = ordercli("validate", "-", "-o", "ndjson", "--select", "ORD302", stdin=encoded(order)).ndjson
    assert [each["pointer"] for each in found] == ["/serviceOrderItem/1/service/serviceSpecification/id"]


@pytest.mark.parametrize(
    "members",
    [
        {"href": f"{INVENTORY}/s-1"},
        {"@type": "Service", "relatedParty": [{"role": "user", "partyOrPartyRole": {"@type": "PartyRef", "id": "c"}}]},
        {"@type": "CustomerFacingService", "externalIdentifier": [{"@type": "ExternalIdentifier", "id": "s-1-in-crm"}]},
        {"@type": "ResourceFacingService", "@baseType": "Service"},
        {"isServiceEnabled": True, "hasStarted": True, "startMode": "1"},
        {"serviceRelationship": [{"relationshipType": "reliesOn", "service": {"id": "s-2"}}], "serviceType": "CFS"},
        {"serviceDate": "2026-03-02", "isStateful": False},
    ],
)
def test_a_service_of_either_version_is_known_to_service_orders(ordercli: Ordercli, members: Json) -> None:
    voice = {"@type": "ServiceSpecification", "id": "voice"}
    result = imported(ordercli, voice, {"id": "s-1", "state": "active", "serviceSpecification": VOICE, **members})
    order = service_order(
        items=[
            service_line(
                action="change", service={"id": each, "serviceSpecification": {"id": "voice", "name": "Voice"}}
            )
            for each in ("s-1", "s-9")
        ]
    )

    assert (result.exit_code, result.json["inserted"], result.json["refused"]) == (0, 2, 0)
    assert ordercli("reference", "show", "Service", "s-1").exit_code == 0
    found = ordercli("validate", "-", "-o", "ndjson", "--select", "ORD303", stdin=encoded(order)).ndjson
    assert [each["pointer"] for each in found] == ["/serviceOrderItem/1/service/id"]


def test_what_rules_cannot_use_is_counted_and_told_once(ordercli: Ordercli) -> None:
    records = [
        specification_v5("access", productSpecCharacteristic=[characteristic_v5("Colour"), {"name": "Size"}]),
        specification_v5("wifi"),
        specification_v5("tv"),
        specification_v5("tv"),
        offering_v5("fiber", None),
        offering_v5("lost", "nothing"),
        {"@type": "Product", "id": "p-1"},
        {"@type": "Product", "id": "p-2", "productSpecification": {"id": "nothing"}},
    ]

    as_json = imported(ordercli, *records)
    in_words = ordercli("reference", "import", "-", stdin=ndjson(*records))

    assert as_json.json["limited"] == [
        {"type": "ProductSpecification", "lacks": "characteristics", "count": 2, "rules": ["ORD320", "ORD321"]},
        {"type": "ProductSpecification", "lacks": "values of some characteristics", "count": 1, "rules": ["ORD321"]},
        {"type": "ProductOffering", "lacks": "a specification", "count": 1, "rules": ["ORD311"]},
        {"type": "Product", "lacks": "a status", "count": 1, "rules": ["ORD304"]},
        {"type": "Product", "lacks": "a specification", "count": 1, "rules": ["ORD312"]},
    ]
    assert in_words.stderr.splitlines()[-1] == (
        "some rules cannot check orders against every loaded record:"
        " 2 ProductSpecification without characteristics (not checked: ORD320, ORD321),"
        " 1 ProductSpecification without values of some characteristics (not checked: ORD321),"
        " 1 ProductOffering without a specification (not checked: ORD311),"
        " 1 Product without a status (not checked: ORD304),"
        " 1 Product without a specification (not checked: ORD312)"
    )
    assert ordercli("reference", "import", "-", "-q", stdin=ndjson(*records[:3])).stderr == ""
