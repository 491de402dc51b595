"""Damage to service orders, of ServiceNow's profile and of TMF641; some kinds are the same in both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from validation.damage.kind import (
    SERVICE_KINDS,
    STANDARD_KINDS,
    Json,
    Pick,
    encoded,
    items,
    kind_in,
    relate,
    relations,
)

REFERENCE = Path(__file__).parents[3] / "samples" / "reference.ndjson"
RELATIONS = "orderRelationship"
HIERARCHY = ("HasChild", "HasParent")
_SPECIFICATIONS: dict[str, Json] = {
    record[name]: record
    for record in map(json.loads, REFERENCE.read_text("utf-8").splitlines())
    if record["@type"] == "ServiceSpecification"
    for name in ("id", "externalId")
}

vendor = kind_in(SERVICE_KINDS)
standard = kind_in(STANDARD_KINDS)
either = kind_in(SERVICE_KINDS, STANDARD_KINDS)


def in_standard(order: Json) -> Json:
    """A service order of ServiceNow's profile in the words of TMF641, children nested in their parents."""
    lines = {item["id"]: _line(item) for item in order["serviceOrderItem"]}
    roots: list[Json] = []
    for item in order["serviceOrderItem"]:
        parents = [each["id"] for each in item.get(RELATIONS, ()) if each["relationshipType"] == "HasParent"]
        children = lines[parents[0]].setdefault("serviceOrderItem", []) if parents else roots
        children.append(lines[item["id"]])
    parties = [{**party, "role": party["@referredType"].lower()} for party in order["relatedParty"]]
    dates = {name: order[name] for name in ("requestedStartDate", "requestedCompletionDate")}
    return {"externalId": order["externalId"], **dates, "serviceOrderItem": roots, "relatedParty": parties}


def _line(item: Json) -> Json:
    service = dict(item["service"])
    if "place" in item:
        service["place"] = [{**item["place"], "role": "installation"}]
    if "serviceCharacteristic" in service:
        kept = [dict(each) for each in service["serviceCharacteristic"]]
        service["serviceCharacteristic"] = kept
    required = [
        {"relationshipType": "requires", "orderItem": {"itemId": each["id"]}}
        for each in item.get(RELATIONS, ())
        if each["relationshipType"] == "Requires"
    ]
    action = {"change": "modify", "no-change": "noChange"}.get(item["action"], item["action"])
    quantity = {"quantity": item["quantity"]} if "quantity" in item else {}
    related = {"serviceOrderItemRelationship": required} if required else {}
    return {"id": item["id"], "action": action, **quantity, "service": service, **related}


def has_standard_actions(order: Json) -> bool:
    """TMF641 has no action to suspend or resume."""
    return not {"suspend", "resume"} & {item["action"] for item in order["serviceOrderItem"]}


@either
def ord011_items_of_a_quote(order: Json, _pick: Pick) -> tuple[Json, str]:
    order["quoteItem"] = order.pop("serviceOrderItem")
    return order, "/quoteItem"


@either
def ord012_in_an_envelope(order: Json, _pick: Pick) -> tuple[Json, str]:
    return {"eventId": "7", "event": {"serviceOrder": order}}, "/event/serviceOrder"


@either
def ord102_no_items(order: Json, pick: Pick) -> tuple[Json, str]:
    order["serviceOrderItem"] = pick([None, []])
    return order, "/serviceOrderItem"


@either
def ord103_item_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(pick([each for each in items(order) if not _is_named(order, each[1])]), order, pick, "id")


def _is_named(order: Json, item: Json) -> bool:
    """Whether another line item names this one, so that more would be wrong without its id."""
    return (
        f'Id":"{item["id"]}"' in encoded(order).decode() and "serviceOrderItemRelationship" in encoded(order).decode()
    )


@either
def ord104_item_without_action(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(pick(items(order)), order, pick, "action")


@either
def ord107_item_without_service(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(pick(items(order)), order, pick, "service")


@vendor
def ord108_service_without_specification(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if each[1]["action"] == "add"])
    item["service"]["serviceSpecification"] = None
    if pick([True, False]):
        del item["service"]["serviceSpecification"]
    return order, f"{pointer}/service/serviceSpecification"


@either
def ord109_specification_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(pick(_specified(order)), order, pick, "service", "serviceSpecification", "id")


def _specified(order: Json) -> list[tuple[str, Json]]:
    return [each for each in items(order) if "serviceSpecification" in each[1]["service"]]


def _without(place: tuple[str, Json], order: Json, pick: Pick, *path: str) -> tuple[Json, str]:
    """The order less a member of some item: it is absent, null, or blank where it is text."""
    pointer, holder = place
    for name in path[:-1]:
        holder = holder[name]
    wholes: list[Any] = [None, "", "  "] if isinstance(holder[path[-1]], str) else [None, {}]
    holder[path[-1]] = pick(wholes)
    if pick([True, False]):
        del holder[path[-1]]
    return order, "/".join((pointer, *path))


@vendor
def ord110_change_without_service_id(order: Json, pick: Pick) -> tuple[Json, str]:
    acting = {"change", "delete", "suspend", "resume"}
    pointer, item = pick([each for each in _specified(order) if each[1]["action"] in acting])
    del item["service"]["id"]
    return order, f"{pointer}/service/id"


@vendor
def ord112_nobody_to_bill(order: Json, pick: Pick) -> tuple[Json, str]:
    contacts = [party for party in order["relatedParty"] if party["@referredType"] == "CustomerContact"]
    order["relatedParty"] = pick([None, [], contacts])
    return order, "/relatedParty"


@either
def ord114_note_without_text(order: Json, pick: Pick) -> tuple[Json, str]:
    order["note"] = [{"text": "Ring twice"}, pick([{}, None, {"author": "Ana"}, {"text": "\t"}])]
    return order, "/note/1/text"


@either
def ord114_relation_of_the_order_without_member(order: Json, pick: Pick) -> tuple[Json, str]:
    name = pick(["id", "relationshipType"])
    relation = {"id": "CRM-1", "relationshipType": "dependency"}
    del relation[name]
    order["orderRelationship"] = [relation]
    return order, f"/orderRelationship/0/{name}"


@vendor
def ord114_relation_without_member(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, _item, relation = pick(relations(order, *HIERARCHY, "Requires", member=RELATIONS))
    name = pick(["id", "relationshipType"])
    del relation[name]
    return order, f"{pointer}/{name}"


@vendor
def ord114_party_without_member(order: Json, pick: Pick) -> tuple[Json, str]:
    return _incomplete_party(order, pick, ["id", "@referredType"])


@standard
def ord114_party_without_member_of_the_standard(order: Json, pick: Pick) -> tuple[Json, str]:
    return _incomplete_party(order, pick, ["id", "@type", "@referredType"])


def _incomplete_party(order: Json, pick: Pick, names: list[str]) -> tuple[Json, str]:
    n = pick(range(len(order["relatedParty"])))
    name = pick(names)
    del order["relatedParty"][n][name]
    return order, f"/relatedParty/{n}/{name}"


@vendor
def ord114_place_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["place"] = {"@type": "Place"}
    return order, f"{pointer}/place/id"


@standard
def ord114_place_without_role(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "place" in each[1]["service"]])
    del item["service"]["place"][0]["role"]
    return order, f"{pointer}/service/place/0/role"


@standard
def ord114_characteristic_without_value(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "serviceCharacteristic" in each[1]["service"]])
    n = pick(range(len(item["service"]["serviceCharacteristic"])))
    del item["service"]["serviceCharacteristic"][n]["value"]
    return order, f"{pointer}/service/serviceCharacteristic/{n}/value"


@either
def ord120_wrong_type_in_the_order(order: Json, pick: Pick) -> tuple[Json, str]:
    name, value = pick([("externalId", 7), ("note", "Ring twice"), ("priority", 1), ("description", [])])
    order[name] = value
    return order, f"/{name}"


@either
def ord120_wrong_type_in_an_item(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name, value = pick([("quantity", "1"), ("action", True)])
    item[name] = value
    return order, f"{pointer}/{name}"


@either
def ord120_wrong_type_in_a_service(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(_specified(order))
    name, value = pick([("serviceCharacteristic", {}), ("serviceSpecification", "x"), ("serviceRelationship", "x")])
    item["service"][name] = value
    return order, f"{pointer}/service/{name}"


@vendor
def ord121_unknown_action(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["action"] = pick(["ad", "Change", "modify", "noChange", "x" * 5_000])
    return order, f"{pointer}/action"


@standard
def ord121_action_of_another_profile(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["action"] = pick(["ad", "change", "no-change", "suspend"])
    return order, f"{pointer}/action"


@vendor
def ord121_unknown_party_type(order: Json, pick: Pick) -> tuple[Json, str]:
    n = pick(range(len(order["relatedParty"])))
    order["relatedParty"][n]["@referredType"] = pick(["customer", "Individual"])
    return order, f"/relatedParty/{n}/@referredType"


@vendor
def ord122_long_item_id(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    old, item["id"] = item["id"], "x" * pick([41, 400])
    for _pointer, _item, relation in relations(order, *HIERARCHY, "Requires", member=RELATIONS):
        if relation["id"] == old:
            relation["id"] = item["id"]
    return order, f"{pointer}/id"


@either
def ord123_no_date_time(order: Json, pick: Pick) -> tuple[Json, str]:
    name = pick(["requestedStartDate", "requestedCompletionDate"])
    order[name] = pick(["2026-03-02", "2026-02-30T08:00:00Z", "2026-03-02T08:00:00", "soon"])
    return order, f"/{name}"


@either
def ord125_blank_external_id(order: Json, pick: Pick) -> tuple[Json, str]:
    order["externalId"] = pick(["", " ", "\t\n"])
    return order, "/externalId"


@vendor
def ord125_blank_characteristic(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["service"]["serviceCharacteristic"] = [{"name": pick(["", "  "]), "value": "white"}]
    return order, f"{pointer}/service/serviceCharacteristic/0/name"


@either
def ord201_item_id_twice(order: Json, pick: Pick) -> tuple[Json, str]:
    _pointer, item = pick(items(order))
    left_out = {RELATIONS, "serviceOrderItem", "serviceOrderItemRelationship"}
    order["serviceOrderItem"].append({name: member for name, member in item.items() if name not in left_out})
    return order, f"/serviceOrderItem/{len(order['serviceOrderItem']) - 1}/id"


@vendor
def ord202_relation_to_nowhere(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    related = item.setdefault(RELATIONS, [])
    related.append({"id": "nowhere", "relationshipType": pick([*HIERARCHY, "Requires"])})
    return order, f"{pointer}/{RELATIONS}/{len(related) - 1}/id"


@standard
def ord202_relation_of_the_standard_to_nowhere(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name = pick(["itemId", "id"])
    item["serviceOrderItemRelationship"] = [{"relationshipType": "requires", "orderItem": {name: "nowhere"}}]
    return order, f"{pointer}/serviceOrderItemRelationship/0/orderItem/{name}"


@vendor
def ord203_one_sided_relation(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item, relation = pick(relations(order, *HIERARCHY, member=RELATIONS))
    _pointer, other, mirror = next(
        (place, other, mirror)
        for place, other, mirror in relations(order, *HIERARCHY, member=RELATIONS)
        if other["id"] == relation["id"] and mirror["id"] == item["id"]
    )
    other[RELATIONS].remove(mirror)
    return order, pointer


@vendor
def ord204_its_own_parent(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    relate(item, item, RELATIONS)
    return order, f"{pointer}/{RELATIONS}"


@vendor
def ord207_promised_too_early(order: Json, pick: Pick) -> tuple[Json, str]:
    pick([item for _, item in items(order) if "committedDueDate" in item])
    order["committedDueDate"] = "2020-01-01T00:00:00Z"
    return order, "/committedDueDate"


@vendor
def ord208_complete_before_start(order: Json, _pick: Pick) -> tuple[Json, str]:
    order["requestedCompletionDate"] = "2020-01-01T00:00:00+01:00"
    return order, "/requestedCompletionDate"


@either
def ord209_nothing_ordered(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["quantity"] = pick([0, -1, -0.5])
    return order, f"{pointer}/quantity"


@either
def ord302_unknown_specification(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(_specified(order))
    name = pick(["id", "version"])
    item["service"]["serviceSpecification"][name] = "nowhere"
    return order, f"{pointer}/service/serviceSpecification/{name}"


@either
def ord303_unknown_service(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "id" in each[1]["service"]])
    item["service"]["id"] = "nowhere"
    return order, f"{pointer}/service/id"


@vendor
def ord304_resume_what_is_active(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if each[1]["action"] in {"change", "suspend"}])
    item["action"] = "resume"
    return order, f"{pointer}/service/id"


@either
def ord305_unknown_consumer(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "Consumer")


@either
def ord306_unknown_customer(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "Customer")


@either
def ord310_unknown_contact(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "CustomerContact")


def _unknown_party(order: Json, pick: Pick, kind_of_party: str) -> tuple[Json, str]:
    n, party = pick([each for each in enumerate(order["relatedParty"]) if each[1]["@referredType"] == kind_of_party])
    party["id"] = "nobody"
    return order, f"/relatedParty/{n}/id"


@vendor
def ord309_unknown_place(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "place" in each[1]])
    item["place"]["id"] = "nowhere"
    return order, f"{pointer}/place/id"


@standard
def ord309_unknown_place_of_a_service(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "place" in each[1]["service"]])
    item["service"]["place"][0]["id"] = "nowhere"
    return order, f"{pointer}/service/place/0/id"


@vendor
def ord313_below_a_stranger(order: Json, pick: Pick) -> tuple[Json, str]:
    """A part of one business under a service of the other."""
    parent = pick([item for _, item in _specified(order) if _record(item)["isBundle"]])
    order["serviceOrderItem"].append(
        {
            "id": "stranger",
            "action": "add",
            "service": {"serviceSpecification": {"id": pick(_parts_of_others(parent))}},
        }
    )
    relate(parent, order["serviceOrderItem"][-1], RELATIONS)
    at = len(order["serviceOrderItem"]) - 1
    return order, f"/serviceOrderItem/{at}/service/serviceSpecification/id"


def _parts_of_others(item: Json) -> list[str]:
    own = {each["id"] for each in _record(item)["serviceSpecRelationship"]}
    return sorted(record["id"] for record in _SPECIFICATIONS.values() if record["id"] not in own)


@either
def ord320_unknown_characteristic(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(_specified(order))
    characteristics = item["service"].setdefault("serviceCharacteristic", [])
    characteristics.append({"name": "Flavour", "value": "vanilla"})
    return order, f"{pointer}/service/serviceCharacteristic/{len(characteristics) - 1}/name"


@either
def ord321_invalid_value(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, characteristic = pick(
        [
            (f"{pointer}/service/serviceCharacteristic/{n}", characteristic)
            for pointer, item in _specified(order)
            for n, characteristic in enumerate(item["service"].get("serviceCharacteristic", []))
            if characteristic["name"] in _limited(_record(item))
        ]
    )
    characteristic["value"] = "octarine"
    return order, f"{pointer}/value"


def _record(item: Json) -> Json:
    return _SPECIFICATIONS[item["service"]["serviceSpecification"]["id"]]


def _limited(specification: Json) -> set[str]:
    return {
        each["name"] for each in specification["specCharacteristic"] if each.get("characteristicValueSpecification")
    }


@either
def ord901_unknown_field(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    place, holder = pick([("", order), (pointer, item), (f"{pointer}/service", item["service"])])
    holder["colour~of/doors"] = "red"
    return order, f"{place}/colour~0of~1doors"


@either
def ord901_member_of_a_product_order(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    place, holder, name = pick(
        [
            ("", order, "orderCurrency"),
            ("", order, "channel"),
            *((pointer, item, each) for each in ("productOffering", "itemPrice", "productOrderItemRelationship")),
        ]
    )
    holder[name] = "EUR"
    return order, f"{place}/{name}"


@either
def ord903_set_by_the_order_system(order: Json, pick: Pick) -> tuple[Json, str]:
    name = pick(["id", "href", "state", "orderDate", "version", "ponr", "expectedCompletionDate", "completionDate"])
    order[name] = "1"
    return order, f"/{name}"
