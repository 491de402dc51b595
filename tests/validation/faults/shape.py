"""Faults of shape: something is missing, or of the wrong type."""

from __future__ import annotations

from validation.faults.order import CHILD, ITEM, Broken, changed, error

FAULTS: Broken = {
    "no line item": (
        b'{"relatedParty": [{"id": "consumer-88", "@referredType": "Consumer"}], "orderCurrency": "EUR"}',
        error("ORD102", "/productOrderItem", 1, 1, "Invalid payload: productOrderItem is missing"),
    ),
    "an item without id": (
        changed('      "id": "10",\n', ""),
        error("ORD103", f"{ITEM}/id", 10, 5, "Invalid payload: productOrderItem id is missing"),
    ),
    "an item without action": (
        changed('      "action": "change",\n', ""),
        error("ORD104", f"{ITEM}/action", 10, 5, "Invalid payload: productOrderItem action is missing"),
    ),
    "an item without offering": (
        changed('19.90}}}],\n      "productOffering": {"id": "home-fibre"},', "19.90}}}],"),
        error(
            "ORD105", f"{CHILD}/productOffering", 23, 5, "Invalid payload: productOrderItem productOffering is missing"
        ),
    ),
    "an offering without id": (
        changed('19.90}}}],\n      "productOffering": {"id": ', '19.90}}}],\n      "productOffering": {"name": '),
        error("ORD106", f"{CHILD}/productOffering/id", 27, 26, "Invalid payload: productOffering id is missing"),
    ),
    "an item without product": (
        changed(
            """      "product": {
        "productCharacteristic": [{"name": "Colour", "value": "white"}],
        "productSpecification": {"id": "wifi-router"}
      },
""",
            '      "product": {},\n',
        ),
        error("ORD107", f"{CHILD}/product", 28, 18, "Invalid payload: productOrderItem product is missing"),
    ),
    "a product without specification": (
        changed('"productSpecification": {"id": "wifi-router"}', '"productSpecification": {}'),
        error(
            "ORD108",
            f"{CHILD}/product/productSpecification",
            30,
            33,
            "Invalid payload: product productSpecification is missing",
        ),
    ),
    "a specification without id": (
        changed('{"id": "wifi-router"}', '{"name": "Wi-Fi router"}'),
        error(
            "ORD109",
            f"{CHILD}/product/productSpecification/id",
            30,
            33,
            "Invalid payload: productSpecification id is missing",
        ),
    ),
    "a change without product id": (
        changed('        "id": "sold-1",\n', ""),
        error("ORD110", f"{ITEM}/product/id", 16, 18, "Invalid payload: Product inventory ID is missing"),
    ),
    "no party": (
        changed(
            """[
    {"id": "consumer-88", "@referredType": "Consumer"},
    {"id": "contact-88", "@referredType": "CustomerContact"}
  ]""",
            "[]",
        ),
        error("ORD111", "/relatedParty", 35, 19, "Invalid payload: relatedParty is missing"),
    ),
    "nobody to bill": (
        changed('    {"id": "consumer-88", "@referredType": "Consumer"},\n', ""),
        error("ORD112", "/relatedParty", 35, 19, "Invalid payload: Customer Account or Consumer is missing"),
    ),
    "no currency": (
        changed('  "orderCurrency": "EUR",\n', ""),
        error("ORD113", "/orderCurrency", 1, 1, "Invalid payload: orderCurrency is required"),
    ),
    "a channel without id": (
        changed('[{"id": "online"}]', '[{"name": "Web"}]'),
        error("ORD114", "/channel/0/id", 7, 15, "Invalid payload: channel.id is missing"),
    ),
    "a note without text": (
        changed('[{"text": "Ring twice"}]', "[{}]"),
        error("ORD114", "/note/0/text", 8, 12, "Invalid payload: note.text is missing"),
    ),
    "a place without id": (
        changed('{"id": "site-7"}', '{"name": "Lisbon"}'),
        error("ORD114", f"{ITEM}/product/place/id", 18, 18, "Invalid payload: place.id is missing"),
    ),
    "a relation without type": (
        changed('[{"id": "20", "relationshipType": "HasChild"}]', '[{"id": "20"}]'),
        error(
            "ORD114",
            f"{ITEM}/productOrderItemRelationship/0/relationshipType",
            21,
            40,
            "Invalid payload: productOrderItemRelationship.relationshipType is missing",
        ),
    ),
    "a party without type": (
        changed('{"id": "contact-88", "@referredType": "CustomerContact"}', '{"id": "contact-88"}'),
        error(
            "ORD114", "/relatedParty/1/@referredType", 37, 5, "Invalid payload: relatedParty.@referredType is missing"
        ),
    ),
    "a party without id": (
        changed('{"id": "contact-88", "@referredType"', '{"@referredType"'),
        error("ORD114", "/relatedParty/1/id", 37, 5, "Invalid payload: relatedParty.id is missing"),
    ),
    "a string for a number": (
        changed('"quantity": 2', '"quantity": "2"'),
        error("ORD120", f"{ITEM}/quantity", 13, 19, "Invalid payload: productOrderItem.quantity must be a number"),
    ),
    "a number for a string": (
        changed('"CRM-1007"', "1007"),
        error("ORD120", "/externalId", 2, 17, "Invalid payload: externalId must be a string"),
    ),
    "a string for a boolean": (
        changed('"id": "sold-1"', '"id": "sold-1", "isBundle": "no"'),
        error(
            "ORD120",
            f"{ITEM}/product/isBundle",
            17,
            37,
            "Invalid payload: productOrderItem.product.isBundle must be a boolean",
        ),
    ),
    "an array for an object": (
        changed('{"id": "site-7"}', '[{"id": "site-7"}]'),
        error(
            "ORD120",
            f"{ITEM}/product/place",
            18,
            18,
            "Invalid payload: productOrderItem.product.place must be an object",
        ),
    ),
    "an object for an array": (
        changed('[{"id": "online"}]', '{"id": "online"}'),
        error("ORD120", "/channel", 7, 14, "Invalid payload: channel must be an array"),
    ),
    "a word that is not in its list": (
        changed('"action": "add"', '"action": "ad"'),
        error(
            "ORD121",
            f"{CHILD}/action",
            25,
            17,
            "action `ad` is none of add, change, delete, no-change, resume, suspend",
        ),
    ),
}
