"""Make the tables of fields and types of resources/*_order of the vendor's pages and the TM Forum contracts.

    python scripts/make_known_fields.py FOLDER

FOLDER holds `page.txt` (the text of ServiceNow's page of the Product Order Open API) and the standard's contracts
`tmf/TMF622-ProductOrder-v4.0.0.swagger.json` and `tmf/TMF622-ProductOrdering-v5.0.0.oas.yaml` (reading that needs
PyYAML). A table maps each kind of object to its members, and each member to the kind of object in it (null: not looked
into). The types are the names of the contracts' objects, and those of the parties on the vendor's page. `mef/*.yaml`
are the contracts of MEF LSO Sonata, one of each release (`productOrderManagement.api.yaml`): what they add to the
objects of TMF622 v4. For service orders, `service-page.md` is the page of the Service Order Open API, and
`tmf/TMF641-ServiceOrdering-v4.1.0.swagger.json` the contract.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

Kinds = dict[str, dict[str, str | None]]

RESOURCES = Path(__file__).parents[1] / "src/ordercli/resources"
PARTY_TYPES = ("Consumer", "Customer", "CustomerContact", "OrderLineItemContact")
ORDER, ITEM, PRODUCT = "ProductOrder", "ProductOrder.productOrderItem", "ProductOrder.productOrderItem.product"
# Wherever the standard nests these, they may hold what the page has for them.
SAME = {"ProductOrderItem": ITEM, "ProductRefOrValue": PRODUCT}
ORDER_DEFINITIONS = ("ProductOrder", "ProductOrder_Create", "ProductOrder_Update")
FIELD_TABLES = (("Table 45.", "Table 46."), ("Table 51.", "Table 52."))
# What ordercli itself adds to an order, and what the vendor's page says of the newer form of requests.
OWN = (
    f"{ORDER}.fulfillmentType",
    f"{ITEM}.revisionOperation",
    f"{ITEM}.workNote.date",
    f"{ITEM}.workNote.text",
    f"{ORDER}.disableCharValueValidation",
    f"{ORDER}.externalSystem",
    f"{ORDER}.relatedParty.partyOrPartyRole",
    f"{ORDER}.relatedParty.role",
    *(f"{ITEM}.billingAccount.{name}" for name in ("active", "status")),
    *(f"{ITEM}.payment.{name}" for name in ("paymentMethod", "paymentMethodType", "paymentReferenceId")),
)

# The same for v5, by kind of object, and what the older versions have that is kept: the currency of an order.
OWN_V5: dict[str, dict[str, str | None]] = {
    "ProductOrder": dict.fromkeys(
        ("committedDueDate", "currencyCode", "fulfillmentType", "orderCurrency", "ponr", "version")
    ),
    "ProductOrderItem": {
        **dict.fromkeys(("actionReason", "committedDueDate", "ponr", "revisionOperation", "version")),
        "externalProductInventory": "ExternalProductInventory",
        "workNote": "WorkNote",
    },
    "Characteristic": {"value": None, "previousValue": None},
    "ProductOfferingRef": {"internalVersion": None},
    "ProductSpecificationRef": {"internalVersion": None},
}
OWN_KINDS_V5: Kinds = {
    "ExternalProductInventory": {"externalProductInventoryId": None},
    "WorkNote": {"date": None, "text": None},
}


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

    def __init__(self, page: set[str], definitions: dict[str, Any], same: dict[str, str] | None = None) -> None:
        self._named = page
        self._definitions = definitions
        self._same = SAME if same is None else same
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
        if definition in self._same:
            return self.add(self._same[definition], (definition,))
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


SERVICE_ORDER = "ServiceOrder"
SERVICE_ITEM = f"{SERVICE_ORDER}.serviceOrderItem"
SAME_SERVICE = {"ServiceOrderItem": SERVICE_ITEM, "ServiceRefOrValue": f"{SERVICE_ITEM}.service"}
OWN_OF_SERVICES = (
    f"{SERVICE_ORDER}.committedDueDate",
    f"{SERVICE_ORDER}.version",
    f"{SERVICE_ORDER}.ponr",
    f"{SERVICE_ITEM}.revisionOperation",
    f"{SERVICE_ITEM}.workNote.date",
    f"{SERVICE_ITEM}.workNote.text",
    "ServiceOrderItemRef.id",  # TMF641 v4.1.0 requires it, but does not list it
)


def service_definitions(folder: Path) -> dict[str, Any]:
    """Return the objects of the contract of TMF641."""
    contract = json.loads((folder / "tmf/TMF641-ServiceOrdering-v4.1.0.swagger.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = contract["definitions"]
    return found


def service_page_fields(folder: Path) -> set[str]:
    """Return the dotted names in the tables of parameters of service orders, and the members of the examples."""
    text = (folder / "service-page.md").read_text(encoding="utf-8")
    sections = [each for each in text.split("\n## ")[1:] if "cancelserviceorder" not in each and "outbound" not in each]
    names = re.findall(r"(?<=<td>\n\n)([A-Za-z@][\w.@]*)(?=\n)", "\n".join(sections))
    paths = {f"{SERVICE_ORDER}.{name[0].lower()}{name[1:]}" for name in names}
    # Of the examples, what the tables do not name.
    return paths | {
        f"{SERVICE_ITEM}.service.serviceState",
        *(f"{SERVICE_ORDER}.{each}" for each in ("note.id", "category")),
    }


def known_fields_of_services(folder: Path) -> Kinds:
    """Make the table of service orders."""
    parameters = {f"{SERVICE_ORDER}.{name}" for name in ("fields", "limit", "link", "mode", "offset", "orderId")}
    page = service_page_fields(folder) - parameters
    known = KnownFields(page | set(OWN_OF_SERVICES), service_definitions(folder), SAME_SERVICE)
    known.add(SERVICE_ORDER, (SERVICE_ORDER, "ServiceOrder_Create", "ServiceOrder_Update"))
    return known.kinds


def service_types(folder: Path) -> list[str]:
    """Return what an object of a service order may name as its `@type`."""
    objects = {
        name for name, members in service_definitions(folder).items() if "properties" in members and "_" not in name
    }
    return sorted(objects.union(PARTY_TYPES))


class KnownFieldsV5:
    """Gathers the kinds of objects of TMF622 v5, from the order down; a choice of objects has the members of all."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas
        self.kinds: Kinds = {}

    def add(self, name: str) -> str | None:
        """Add a kind of object by the name of its schema, and what it holds; None if it is no object.

        `A|B` has the members of both schemas.
        """
        names = dict.fromkeys(map(_without_suffix, name.split("|")))
        kind = "|".join(names)
        if kind not in self.kinds:
            found: dict[str, str | None] = {}
            for each in names:
                for suffix in ("", "_FVO", "_MVO"):
                    self.collect(self._schemas.get(f"{each}{suffix}", {}), found)
            if not found:
                return None
            members = self.kinds[kind] = {}
            for member, schema in sorted((found | OWN_V5.get(kind, {})).items()):
                members[member] = schema if schema in OWN_KINDS_V5 else self.add(schema) if schema else None
        return kind

    def collect(self, schema: dict[str, Any], found: dict[str, str | None]) -> None:
        """Add the members of a schema, each with the schema of the object in it; `A|B` if that differs by choice."""
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())):
            self.collect(part, found)
        if reference := _definition(schema):
            self.collect(self._schemas[reference], found)
        for name, member in schema.get("properties", {}).items():
            known, own = found.get(name), _definition(member)
            found[name] = f"{known}|{own}" if known and own and own not in known.split("|") else own or known


class KnownFieldsOfMef:
    """Gathers the members that MEF LSO Sonata adds to the kinds of objects of TMF622 v4."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._added: dict[str, set[str]] = {}

    def add(self, schemas: dict[str, Any], name: str, kind: str) -> None:
        """Add what one schema has beyond a kind, and the schemas in it beyond the kinds in that."""
        members: dict[str, str | None] = {}
        KnownFieldsV5(schemas).collect(schemas.get(name, {}), members)
        for member, schema in members.items():
            if member not in self._kinds[kind]:
                self._added.setdefault(kind, set()).add(member)
            elif schema and (below := self._kinds[kind][member]) not in {None, kind}:
                for each in schema.split("|"):
                    self.add(schemas, each, below or "")

    def kinds(self) -> Kinds:
        """Return the members by kind; what is in them is not looked into."""
        return {kind: dict.fromkeys(sorted(members)) for kind, members in self._added.items()}


def known_fields_mef(folder: Path) -> Kinds:
    """Make the table of what MEF LSO Sonata adds."""
    known = KnownFieldsOfMef(known_fields(folder))
    for contract in sorted((folder / "mef").glob("*.yaml")):
        release = msgspec.yaml.decode(contract.read_bytes())
        for name in ORDER_DEFINITIONS:
            known.add(
                release["components"]["schemas"] if "components" in release else release["definitions"], name, ORDER
            )
    return known.kinds()


def _without_suffix(name: str) -> str:
    return name.removesuffix("_FVO").removesuffix("_MVO")


def schemas_v5(folder: Path) -> dict[str, Any]:
    """Return the objects of the contract of TMF622 v5."""
    contract = msgspec.yaml.decode((folder / "tmf/TMF622-ProductOrdering-v5.0.0.oas.yaml").read_bytes())
    found: dict[str, Any] = contract["components"]["schemas"]
    return found


def known_fields_v5(folder: Path) -> Kinds:
    """Make the table of TMF622 v5."""
    known = KnownFieldsV5(schemas_v5(folder))
    known.add("ProductOrder")
    return known.kinds | OWN_KINDS_V5


def standard_types_v5(folder: Path) -> list[str]:
    """Return what an object of TMF622 v5 may name as its `@type`."""
    schemas = schemas_v5(folder)
    types = set()
    for name, schema in schemas.items():
        members: dict[str, str | None] = {}
        KnownFieldsV5(schemas).collect(schema, members)
        if "@type" in members and "oneOf" not in schema:
            types.add(_without_suffix(name))
    return sorted(types)


if __name__ == "__main__":
    made: dict[str, Any] = {
        "product_order/known_fields": known_fields(Path(sys.argv[1])),
        "product_order/known_fields_v5": known_fields_v5(Path(sys.argv[1])),
        "product_order/known_fields_mef": known_fields_mef(Path(sys.argv[1])),
        "product_order/standard_types": standard_types(Path(sys.argv[1])),
        "product_order/standard_types_v5": standard_types_v5(Path(sys.argv[1])),
        "service_order/known_fields": known_fields_of_services(Path(sys.argv[1])),
        "service_order/standard_types": service_types(Path(sys.argv[1])),
    }
    for file_name, content in made.items():
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        (RESOURCES / f"{file_name}.json").write_text(text, encoding="utf-8")
