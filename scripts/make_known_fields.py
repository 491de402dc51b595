"""Make src/ordercli/intake/known_fields.json and standard_types.json of the vendor's page and the TMF622 contract.

    python scripts/make_known_fields.py FOLDER

FOLDER holds `page.txt` (the text of ServiceNow's page of the Product Order Open API) and the standard's contract in
`tmf/TMF622-ProductOrder-v4.0.0.swagger.json`. The result maps each kind of object to its members, and each member to
the kind of object in it (null: not looked into). The types are the names of the contract's objects, and those of the
parties on the vendor's page.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

Kinds = dict[str, dict[str, str | None]]

FOLDER = Path(__file__).parents[1] / "src/ordercli/intake"
PARTY_TYPES = ("Consumer", "Customer", "CustomerContact", "OrderLineItemContact")
ORDER, ITEM, PRODUCT = "ProductOrder", "ProductOrder.productOrderItem", "ProductOrder.productOrderItem.product"
# Wherever the standard nests these, they may hold what the page has for them.
SAME = {"ProductOrderItem": ITEM, "ProductRefOrValue": PRODUCT}
ORDER_DEFINITIONS = ("ProductOrder", "ProductOrder_Create", "ProductOrder_Update")
FIELD_TABLES = (("Table 45.", "Table 46."), ("Table 51.", "Table 52."))
# What ordercli itself adds to an order.
OWN = (
    f"{ORDER}.fulfillmentType",
    f"{ITEM}.revisionOperation",
    f"{ITEM}.workNote.date",
    f"{ITEM}.workNote.text",
)


def table_fields(text: str) -> set[str]:
    """Return the dotted names at the beginning of lines in the tables of request parameters."""
    tables = (text[text.index(first) : text.index(last)] for first, last in FIELD_TABLES)
    return {
        f"{ORDER}.{name}"
        for table in tables
        for name in re.findall(r"^((?:[a-z]\w*|@\w+)(?:\.@?\w+)*)(?: |$)", table, re.MULTILINE)
    }


def example_fields(text: str) -> set[str]:
    """Return the members of every product order among the JSON examples."""
    text = re.sub(r",(\s*[\]}])", r"\1", text)
    fields: set[str] = set()
    end = 0
    for start in re.finditer(r"^(?:.*-d '?)?([\[{])", text, re.MULTILINE):
        if start.start(1) >= end:
            document, end = json.JSONDecoder().raw_decode(text, start.start(1))
            for order in document if isinstance(document, list) else [document]:
                if "cancellationReason" not in order and "orderId" not in order:
                    fields |= fields_in(order, ORDER)
    return fields


def fields_in(value: Any, path: str) -> set[str]:  # noqa: ANN401 - JSON
    """Yield the dotted paths of all members in a value."""
    if isinstance(value, list):
        return set().union(*(fields_in(element, path) for element in value))
    if not isinstance(value, dict):
        return set()
    return set().union(*({f"{path}.{name}"} | fields_in(member, f"{path}.{name}") for name, member in value.items()))


class KnownFields:
    """Gathers the kinds of objects, from the order down."""

    def __init__(self, page: set[str], definitions: dict[str, Any]) -> None:
        self._named = page
        self._definitions = definitions
        self.kinds: Kinds = {}

    def add(self, kind: str, definitions: tuple[str, ...]) -> str | None:
        """Add a kind with what its definitions and the page have; None if that is nothing."""
        if kind in self.kinds:
            return kind
        standard = {
            name: _definition(member)
            for definition in definitions
            for name, member in self._definitions.get(definition, {}).get("properties", {}).items()
        }
        page = {path.removeprefix(f"{kind}.").partition(".")[0] for path in self._named if path.startswith(f"{kind}.")}
        if not standard and not page:
            return None
        members = self.kinds[kind] = {}
        for name in sorted(standard.keys() | page):
            members[name] = self._below(f"{kind}.{name}", standard.get(name))
        return kind

    def _below(self, path: str, definition: str | None) -> str | None:
        if definition in SAME:
            return self.add(SAME[definition], (definition,))
        in_page = any(each.startswith(f"{path}.") for each in self._named)
        return self.add(path if in_page or not definition else definition, (definition,) if definition else ())


def _definition(member: dict[str, Any]) -> str | None:
    reference = member.get("$ref") or member.get("items", {}).get("$ref")
    return reference.rpartition("/")[2] if reference else None


def definitions(folder: Path) -> dict[str, Any]:
    """Return the objects of the contract."""
    contract = json.loads((folder / "tmf/TMF622-ProductOrder-v4.0.0.swagger.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = contract["definitions"]
    return found


def known_fields(folder: Path) -> Kinds:
    """Make the table from the documents in a folder."""
    (page,) = folder.glob("page.txt")
    text = page.read_text(encoding="utf-8")
    known = KnownFields(table_fields(text) | example_fields(text) | set(OWN), definitions(folder))
    known.add(ORDER, ORDER_DEFINITIONS)
    return known.kinds


def standard_types(folder: Path) -> list[str]:
    """Return what an object of the standard may name as its `@type`."""
    objects = {name for name, members in definitions(folder).items() if "properties" in members and "_" not in name}
    return sorted(objects.union(PARTY_TYPES))


if __name__ == "__main__":
    made = {"known_fields": known_fields(Path(sys.argv[1])), "standard_types": standard_types(Path(sys.argv[1]))}
    for file_name, content in made.items():
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        (FOLDER / f"{file_name}.json").write_text(text, encoding="utf-8")
