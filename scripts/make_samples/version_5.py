"""The catalogue in the shape of TMF620 version 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json

_TYPES = {str: "String", bool: "Boolean", int: "Integer", float: "Number"}


def version_5(record: Json) -> Json:
    """Give a record of the catalogue as version 5 shows it: every object but a period has its @type."""
    listed = {name: member for name, member in record.items() if name != "externalId"}
    for name in ("bundledProductOffering", "productSpecificationRelationship"):
        if name in listed:
            listed[name] = [{"@type": f"{name[0].upper()}{name[1:]}", **each} for each in listed[name]]
    if "productSpecCharacteristic" in listed:
        listed["productSpecCharacteristic"] = list(map(_characteristic, listed["productSpecCharacteristic"]))
    identifier = {"@type": "ExternalIdentifier", "owner": "catalogue", "id": record["externalId"]}
    return {**listed, "externalIdentifier": [identifier]}


def _characteristic(listed: Json) -> Json:
    members = {name: member for name, member in listed.items() if name != "productSpecCharacteristicValue"}
    values = listed.get("productSpecCharacteristicValue")
    return {
        "@type": "CharacteristicSpecification",
        **members,
        **({} if values is None else {"characteristicValueSpecification": list(map(_value, values))}),
    }


def _value(listed: Json) -> Json:
    value: Any = listed.get("value", 0)
    return {"@type": f"{_TYPES[type(value)]}CharacteristicValueSpecification", **listed}
