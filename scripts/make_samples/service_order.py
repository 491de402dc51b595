"""A service order in the making, its document, and the services of the inventory that it acts on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.make_samples.documents import given, identifier
from scripts.make_samples.inventory import INSTALLED_ON
from scripts.make_samples.market import utc
from scripts.make_samples.parties import Contact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from scripts.make_samples.documents import Json
    from scripts.make_samples.listed import Listed
    from scripts.make_samples.order import Action, Schedule
    from scripts.make_samples.parties import Company, Consumer, Person
    from scripts.make_samples.places import Place
    from scripts.make_samples.service_catalogue import ServiceSpecification


@dataclass(frozen=True, kw_only=True)
class ServiceLine:
    """A line to be ordered, with the lines under it.

    `installed` is the state of the service that the line acts on (None: it is new); TMF638 calls a suspended service
    inactive. `as_product`: the inventory has it as a product. `requires` names lines of the order, `relies_on` lines
    whose installed service is needed.
    """

    id: str
    action: Action = "add"
    specification: ServiceSpecification
    quantity: int | None = None
    reason: str | None = None
    due: datetime | None = None
    characteristics: dict[str, str] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    contacts: Sequence[Person] = ()
    inventory_ids: Sequence[str] = ()
    requires: Sequence[str] = ()
    relies_on: Sequence[str] = ()
    children: Sequence[ServiceLine] = ()
    installed: str | None = None
    as_product: bool = False
    names_specification: bool = True


@dataclass(frozen=True, kw_only=True)
class ServiceOrder:
    """A service order; `product_order` is the product order that gave rise to it."""

    external_id: str
    account: Consumer | Company
    others: Sequence[Consumer | Contact] = ()
    when: Schedule
    promised: bool = False
    lines: Sequence[ServiceLine]
    notes: Sequence[str] = ()
    product_order: str | None = None
    priority: str | None = None
    outside: bool = False
    versioned: bool = False

    def service_id(self, line: ServiceLine) -> str:
        """Choose the id by which the order knows an installed service."""
        kind = "Product" if line.as_product else "Service"
        return (
            f"SRV-{self.external_id}-{line.id}" if self.outside else identifier(kind, f"{self.external_id}/{line.id}")
        )

    def all_lines(self) -> Iterator[ServiceLine]:
        """Walk the lines, each before the lines under it."""
        yield from _walk(self.lines)


def _walk(lines: Sequence[ServiceLine]) -> Iterator[ServiceLine]:
    for line in lines:
        yield line
        yield from _walk(line.children)


def service_payload(order: ServiceOrder) -> Json:
    """Give the document with the members of the ServiceNow Service Order Open API, POST /order/serviceOrder."""
    given_rise = {"id": order.product_order, "relationshipType": "dependency"}
    return given(
        {
            "externalId": order.external_id,
            "priority": order.priority,
            "requestedStartDate": utc(order.when.start),
            "requestedCompletionDate": utc(order.when.wanted),
            "committedDueDate": utc(order.when.promised) if order.promised else None,
            "note": [{"text": text} for text in order.notes],
            "orderRelationship": [given_rise] if order.product_order else [],
            "serviceOrderItem": list(_items(order, order.lines, None)),
            "relatedParty": [_party(order, party) for party in (*order.others, order.account)],
            "@type": "ServiceOrder",
        }
    )


def _items(order: ServiceOrder, lines: Sequence[ServiceLine], parent: str | None) -> Iterator[Json]:
    for line in lines:
        yield _item(order, line, parent)
        yield from _items(order, line.children, line.id)


def _item(order: ServiceOrder, line: ServiceLine, parent: str | None) -> Json:
    place = {"id": line.place.called(outside=order.outside), "@type": "Place"} if line.place else None
    return given(
        {
            "id": line.id,
            "quantity": line.quantity,
            "action": line.action,
            "actionReason": line.reason,
            "committedDueDate": order.account.market.clock(line.due) if line.due else None,
            "externalProductInventory": [{"externalProductInventoryId": name} for name in line.inventory_ids],
            "service": _service(order, line),
            "place": place,
            "relatedParty": [_contact(person) for person in line.contacts],
            "orderRelationship": list(_relations(line, parent)),
            "@type": "ServiceOrderItem",
        }
    )


def _service(order: ServiceOrder, line: ServiceLine) -> Json:
    specification = line.specification
    named = {"id": specification.called(outside=order.outside), "name": specification.name}
    named |= (specification.versions() if order.versioned else {}) | {"@type": "ServiceSpecificationRef"}
    by_id = {each.id: each for each in order.all_lines()}
    return given(
        {
            "id": order.service_id(line) if line.installed else None,
            "serviceType": specification.layer,
            "serviceCharacteristic": list(service_characteristics(line)),
            "serviceRelationship": [
                {"id": order.service_id(by_id[needed]), "relationshipType": "Requires"} for needed in line.relies_on
            ],
            "serviceSpecification": named if line.names_specification else None,
            "@type": "Service",
        }
    )


def service_characteristics(line: ServiceLine) -> Iterator[Json]:
    """Give name, type and value, and the value before where it changes."""
    for name, value in line.characteristics.items():
        options = line.specification.characteristics[name]
        value_type = "Choice" if options else "Single Line Text"
        yield given(
            {"name": name, "valueType": value_type, "value": value, "previousValue": line.previous.get(name)},
        )


def _relations(line: ServiceLine, parent: str | None) -> Iterator[Json]:
    if parent is not None:
        yield {"id": parent, "relationshipType": "HasParent"}
    for child in line.children:
        yield {"id": child.id, "relationshipType": "HasChild"}
    for required in line.requires:
        yield {"id": required, "relationshipType": "Requires"}


def _party(order: ServiceOrder, party: Listed) -> Json:
    named = {"id": party.called(outside=order.outside), "name": party.name}
    return named | {"@type": "RelatedParty", "@referredType": party.kind}


def _contact(person: Person) -> Json:
    return given(
        {
            "id": person.id if isinstance(person, Contact) else None,
            "firstName": person.given_name,
            "lastName": person.family_name,
            "email": person.email,
            "phone": person.phone,
            "@type": "RelatedParty",
            "@referredType": "OrderLineItemContact",
        }
    )


ACTIONS = {"change": "modify", "no-change": "noChange"}


def standard_service_payload(order: ServiceOrder) -> Json:
    """Give the document with the members of TMF641 v4.1 alone, lines nested in each other."""
    return given(
        {
            "externalId": order.external_id,
            "priority": order.priority,
            "requestedStartDate": utc(order.when.start),
            "requestedCompletionDate": utc(order.when.wanted),
            "note": [
                {"author": order.account.name, "date": utc(order.when.start), "text": text} for text in order.notes
            ],
            "serviceOrderItem": [_standard_item(order, line) for line in order.lines],
            "relatedParty": [_party(order, order.account) | {"role": "customer"}],
            "@type": "ServiceOrder",
        }
    )


def _standard_item(order: ServiceOrder, line: ServiceLine) -> Json:
    return given(
        {
            "id": line.id,
            "quantity": line.quantity,
            "action": ACTIONS.get(line.action, line.action),
            "service": _standard_service(order, line),
            "serviceOrderItem": [_standard_item(order, child) for child in line.children],
            "serviceOrderItemRelationship": [
                {"relationshipType": "requires", "orderItem": {"itemId": required}} for required in line.requires
            ],
            "@type": "ServiceOrderItem",
        }
    )


def _standard_service(order: ServiceOrder, line: ServiceLine) -> Json:
    specification, place = line.specification, line.place
    by_id = {each.id: each for each in order.all_lines()}
    return given(
        {
            "id": order.service_id(line) if line.installed else None,
            "serviceType": specification.layer,
            "serviceCharacteristic": [
                {name: value for name, value in each.items() if name != "previousValue"}
                for each in service_characteristics(line)
            ],
            "serviceRelationship": [
                {"relationshipType": "requires", "service": {"id": order.service_id(by_id[needed])}}
                for needed in line.relies_on
            ],
            "serviceSpecification": specification.ref() | {"version": specification.versions()["version"]},
            "place": [{"id": place.id, "name": place.name, "role": "installation", "@type": "Place"}] if place else [],
            "@type": "Service",
        }
    )


def services(order: ServiceOrder) -> Iterator[Json]:
    """Give one record of the inventory for each line that names an installed service."""
    return (_installed(order, line) for line in order.all_lines() if line.installed)


def _installed(order: ServiceOrder, line: ServiceLine) -> Json:
    kind = "Product" if line.as_product else "Service"
    names: Json = {
        "id": identifier(kind, f"{order.external_id}/{line.id}"),
        "externalId": f"SRV-{order.external_id}-{line.id}",
        "name": line.specification.name,
    }
    owner = {"id": order.account.id, "role": "owner", "@referredType": order.account.kind}
    if line.as_product:
        return given({"@type": kind, **names, "status": line.installed, "relatedParty": [owner]})
    place = line.place
    return given(
        {
            "@type": kind,
            **names,
            "state": "inactive" if line.installed == "suspended" else line.installed,
            "startDate": INSTALLED_ON,
            "serviceSpecification": line.specification.ref() | line.specification.versions(),
            "serviceCharacteristic": [
                {"name": name, "value": value, "valueType": "string"}
                for name, value in (line.characteristics | line.previous).items()
            ],
            "place": [{"id": place.id, "role": "installation", "@referredType": "Place"}] if place else [],
            "relatedParty": [owner],
        }
    )
