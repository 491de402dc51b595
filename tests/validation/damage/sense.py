"""Damage to what an order says: every member is there and of its type, but it cannot be meant so."""

from __future__ import annotations

from validation.damage.kind import Json, Pick, items, kind, relate, relations


@kind
def ord122_long_item_id(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    old, item["id"] = item["id"], "x" * pick([41, 400])
    for _pointer, _item, relation in relations(order, "HasChild", "HasParent", "Requires"):
        if relation["id"] == old:
            relation["id"] = item["id"]
    return order, f"{pointer}/id"


@kind
def ord123_no_date_time(order: Json, pick: Pick) -> tuple[Json, str]:
    name = pick(["requestedStartDate", "requestedCompletionDate", "committedDueDate"])
    order[name] = pick(["2026-03-02", "2026-02-30T08:00:00Z", "2026-03-02T08:00:00", "soon"])
    return order, f"/{name}"


@kind
def ord124_no_currency_code(order: Json, pick: Pick) -> tuple[Json, str]:
    order["orderCurrency"] = pick(["eur", "EURO", "€", "E R"])
    return order, "/orderCurrency"


@kind
def ord124_no_currency_code_in_a_price(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, amount = pick(_amounts(order))
    amount["unit"] = pick(["eur", "EURO", "€"])
    return order, f"{pointer}/unit"


@kind
def ord125_blank_external_id(order: Json, pick: Pick) -> tuple[Json, str]:
    order["externalId"] = pick(["", " ", "\t\n"])
    return order, "/externalId"


@kind
def ord125_blank_characteristic(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["product"]["productCharacteristic"] = [{"name": pick(["", "  "]), "value": "white"}]
    return order, f"{pointer}/product/productCharacteristic/0/name"


@kind
def ord201_item_id_twice(order: Json, pick: Pick) -> tuple[Json, str]:
    _pointer, item = pick(items(order))
    copy_of_first = {name: member for name, member in item.items() if name != "productOrderItemRelationship"}
    order["productOrderItem"].append(copy_of_first)
    return order, f"/productOrderItem/{len(order['productOrderItem']) - 1}/id"


@kind
def ord202_relation_to_nowhere(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    related = item.setdefault("productOrderItemRelationship", [])
    related.append({"id": "nowhere", "relationshipType": pick(["HasChild", "HasParent", "Requires"])})
    return order, f"{pointer}/productOrderItemRelationship/{len(related) - 1}/id"


@kind
def ord203_one_sided_relation(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item, relation = pick(relations(order, "HasChild", "HasParent"))
    _pointer, other, mirror = next(
        (place, other, mirror)
        for place, other, mirror in relations(order, "HasChild", "HasParent")
        if other["id"] == relation["id"] and mirror["id"] == item["id"]
    )
    other["productOrderItemRelationship"].remove(mirror)
    return order, pointer


@kind
def ord204_its_own_parent(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    relate(item, item)
    return order, f"{pointer}/productOrderItemRelationship"


@kind
def ord205_two_parents(order: Json, pick: Pick) -> tuple[Json, str]:
    """The second parent is of the same specification as the first one, so that the catalogue agrees to both."""
    by_id = {item["id"]: (pointer, item) for pointer, item in items(order)}
    _pointer, child, relation = pick(relations(order, "HasParent"))
    first = by_id[relation["id"]][1]
    second = pick(
        [item for _, item in items(order) if item is not first and _specification(item) == _specification(first)]
    )
    relate(second, child)
    return order, f"{by_id[child['id']][0]}/productOrderItemRelationship"


@kind
def ord206_price_in_other_currency(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, amount = pick(_amounts(order))
    amount["unit"] = "CHF"
    return order, f"{pointer}/unit"


@kind
def ord207_promised_too_early(order: Json, pick: Pick) -> tuple[Json, str]:
    pick([item for _, item in items(order) if "committedDueDate" in item])
    order["committedDueDate"] = "2020-01-01T00:00:00Z"
    return order, "/committedDueDate"


@kind
def ord208_complete_before_start(order: Json, _pick: Pick) -> tuple[Json, str]:
    order["requestedCompletionDate"] = "2020-01-01T00:00:00+01:00"
    return order, "/requestedCompletionDate"


@kind
def ord209_nothing_ordered(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["quantity"] = pick([0, -1, -0.5])
    return order, f"{pointer}/quantity"


@kind
def ord901_unknown_field(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    place, holder = pick([("", order), (pointer, item), (f"{pointer}/product", item["product"])])
    holder["colour~of/doors"] = "red"
    return order, f"{place}/colour~0of~1doors"


@kind
def ord902_old_name_of_the_currency(order: Json, _pick: Pick) -> tuple[Json, str]:
    order["currencyCode"] = order.pop("orderCurrency")
    return order, "/currencyCode"


@kind
def ord903_set_by_the_order_system(order: Json, pick: Pick) -> tuple[Json, str]:
    name = pick(["id", "href", "state", "orderDate", "version", "ponr", "expectedCompletionDate", "completionDate"])
    order[name] = "1"
    return order, f"/{name}"


def _specification(item: Json) -> str:
    return str(item["product"]["productSpecification"]["id"])


def _amounts(order: Json) -> list[tuple[str, Json]]:
    return [
        (f"{pointer}/itemPrice/{n}/price/{name}", price["price"][name])
        for pointer, item in items(order)
        for n, price in enumerate(item.get("itemPrice", []))
        for name in ("taxIncludedAmount", "dutyFreeAmount")
        if name in price.get("price", {})
    ]
