"""The products that an order acts on, as TMF637 Product records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.make_samples.documents import Json
    from scripts.make_samples.order import Line, Order

INSTALLED_ON = "2025-04-01T00:00:00.000Z"


def products(order: Order) -> Iterator[Json]:
    """Give one record for each line that names an installed product."""
    return (_product(order, line) for line in order.all_lines() if line.installed)


def _product(order: Order, line: Line) -> Json:
    versions = line.specification.versions(line.installed_version)
    place = line.place
    return given(
        {
            "@type": "Product",
            "id": order.product_id(line.id),
            "externalId": order.external_product_id(line.id),
            "name": line.specification.name,
            "status": line.installed,
            "quantity": line.held,
            "startDate": INSTALLED_ON,
            "productOffering": line.offering.ref(),
            "productSpecification": line.specification.ref() | versions,
            "productCharacteristic": [
                {"name": name, "value": value, "valueType": "string"}
                for name, value in (line.characteristics | line.previous).items()
            ],
            "place": [{"id": place.id, "role": "installation", "@referredType": "Place"}] if place else [],
            "relatedParty": [{"id": order.account.id, "role": "owner", "@referredType": order.account.kind}],
        }
    )
