"""Faults of reference: what the order points at is not there, or does not fit."""

from __future__ import annotations

from validation.faults.order import CHARACTERISTIC, CHILD, ITEM, Broken, changed, error, warning

FAULTS: Broken = {
    "an unknown offering": (
        changed(
            '19.90}}}],\n      "productOffering": {"id": "home-fibre"}',
            '19.90}}}],\n      "productOffering": {"id": "x"}',
        ),
        error("ORD301", f"{CHILD}/productOffering/id", 27, 33, "Invalid payload: Product offering does not exist"),
    ),
    "an unknown specification": (
        changed('"wifi-router"', '"x"'),
        error(
            "ORD302",
            f"{CHILD}/product/productSpecification/id",
            30,
            40,
            "Invalid payload: Product specification does not exist",
        ),
    ),
    "an unknown product": (
        changed('"sold-1"', '"x"'),
        error("ORD303", f"{ITEM}/product/id", 17, 15, "Invalid payload: Product Inventory does not exist"),
    ),
    "more than there is": (
        changed('"quantity": 2', '"quantity": 3'),
        error("ORD303", f"{ITEM}/quantity", 13, 19, "Invalid payload: Product Inventory does not exist"),
    ),
    "an inactive product": (
        changed('"sold-1"', '"sold-2"'),
        error("ORD304", f"{ITEM}/product/id", 17, 15, "Invalid payload: Sold Product is inactive"),
    ),
    "an unknown consumer": (
        changed('"consumer-88"', '"x"'),
        error("ORD305", "/relatedParty/0/id", 36, 12, "Invalid payload: Consumer does not exist"),
    ),
    "an unknown customer": (
        changed('{"id": "consumer-88", "@referredType": "Consumer"}', '{"id": "x", "@referredType": "Customer"}'),
        error("ORD306", "/relatedParty/0/id", 36, 12, "Invalid payload: Customer Account does not exist"),
    ),
    "a currency of the past": (
        changed('"orderCurrency": "EUR"', '"orderCurrency": "DEM"').replace(b'"unit": "EUR"', b'"unit": "DEM"'),
        error("ORD307", "/orderCurrency", 3, 20, "Inactive Currency Code: DEM"),
    ),
    "an unknown channel": (
        changed('"online"', '"telex"'),
        error("ORD308", "/channel/0/id", 7, 22, "Distribution channel telex does not exist"),
    ),
    "an unknown place": (
        changed('"site-7"', '"nowhere"'),
        error("ORD309", f"{ITEM}/product/place/id", 18, 25, "Place nowhere does not exist"),
    ),
    "an unknown contact": (
        changed('"contact-88"', '"nobody"'),
        error("ORD310", "/relatedParty/1/id", 37, 12, "Customer contact nobody does not exist"),
    ),
    "a specification of another offering": (
        changed(
            '19.90}}}],\n      "productOffering": {"id": "home-fibre"}',
            '19.90}}}],\n      "productOffering": {"id": "mobile"}',
        ),
        error(
            "ORD311",
            f"{CHILD}/product/productSpecification/id",
            30,
            40,
            "Product specification wifi-router is not part of product offering mobile",
        ),
    ),
    "another version than installed": (
        changed('"version": "2"', '"version": "3"'),
        error(
            "ORD312",
            f"{ITEM}/product/productSpecification/version",
            19,
            67,
            "Specification version 3 differs from version 2 of the product inventory",
        ),
    ),
    "a specification below a stranger": (
        changed('"productSpecification": {"id": "wifi-router"}', '"productSpecification": {"id": "fibre-access"}'),
        error(
            "ORD313",
            f"{CHILD}/product/productSpecification/id",
            30,
            40,
            "Product specification fibre-access is not part of fibre-access, the specification of the parent line item",
        ),
    ),
    "an unknown characteristic": (
        changed('"name": "Colour"', '"name": "Flavour"'),
        warning(
            "ORD320",
            f"{CHARACTERISTIC}/name",
            29,
            44,
            "The following Order Item characteristics does not exist: Review specification Flavour and correct the"
            " characteristic and characteristic option in the order line item prior to approving the order.",
        ),
    ),
    "an invalid value": (
        changed('"value": "white"', '"value": "mauve"'),
        warning(
            "ORD321",
            f"{CHARACTERISTIC}/value",
            29,
            63,
            "Order Item characteristic: Colour with characteristic value: mauve is invalid. Correct the characteristic"
            " values before approving the order.",
        ),
    ),
}
