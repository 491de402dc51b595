"""All orders and the reference data they need, as the files of the samples folder."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from scripts.make_samples.businesses.broadband_services import broadband_services
from scripts.make_samples.businesses.consumer_change import consumer_change
from scripts.make_samples.businesses.consumer_mobile import consumer_mobile
from scripts.make_samples.businesses.enterprise_change import enterprise_change
from scripts.make_samples.businesses.enterprise_sd_wan import enterprise_sd_wan
from scripts.make_samples.businesses.home_fibre import home_fibre
from scripts.make_samples.businesses.lifecycle import disconnect, resume, suspend
from scripts.make_samples.businesses.mobile_services import mobile_services
from scripts.make_samples.catalogue import OFFERINGS, SPECIFICATIONS
from scripts.make_samples.current import current_payload
from scripts.make_samples.documents import identifier, line_of, page_of
from scripts.make_samples.inventory import products
from scripts.make_samples.markets import CURRENCIES, RETIRED_CURRENCIES
from scripts.make_samples.order import Order
from scripts.make_samples.parties import COMPANIES, CONSUMERS
from scripts.make_samples.payload import payload
from scripts.make_samples.places import CHANNELS
from scripts.make_samples.quote import quote_payload
from scripts.make_samples.service_catalogue import SERVICE_SPECIFICATIONS
from scripts.make_samples.service_order import ServiceOrder, service_payload, services, standard_service_payload
from scripts.make_samples.standard import standard_payload
from scripts.make_samples.standard_v5 import v5_payload
from scripts.make_samples.version_5 import version_5

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.make_samples.documents import Json

AnyOrder = TypeVar("AnyOrder", Order, ServiceOrder)
Businesses = tuple[tuple[Callable[[int], AnyOrder], range], ...]
EXPORTED: Businesses[Order] = (
    (consumer_mobile, range(1, 61)),
    (home_fibre, range(1, 51)),
    (enterprise_sd_wan, range(1, 41)),
    (consumer_change, range(1, 21)),
    (enterprise_change, range(1, 16)),
    (suspend, range(1, 21)),
    (resume, range(1, 16)),
    (disconnect, range(1, 21)),
)

# Numbers beyond the exported ones: a single order never repeats an external id of orders.ndjson.
SINGLE = {
    "consumer-mobile.json": consumer_mobile(136),
    "home-fibre-bundle.json": home_fibre(124),
    "enterprise-sd-wan.json": enterprise_sd_wan(105),
    "change.json": consumer_change(103),
    "suspend.json": suspend(103),
    "resume.json": resume(104),
    "disconnect.json": disconnect(108),
}
CURRENT = {"current/enterprise-sd-wan.json": enterprise_sd_wan(109)}
STANDARD = {"tmf622/standard.json": consumer_change(109)}
# TMF622 v5 has no action to suspend or resume.
EXPORTED_V5: Businesses[Order] = (
    (consumer_mobile, range(201, 221)),
    (home_fibre, range(201, 217)),
    (enterprise_sd_wan, range(201, 213)),
    (consumer_change, range(201, 209)),
    (enterprise_change, range(201, 207)),
    (disconnect, range(201, 207)),
)

EXPORTED_SERVICES: Businesses[ServiceOrder] = (
    (broadband_services, range(1, 41)),
    (mobile_services, range(1, 41)),
)
STANDARD_SERVICES = {"tmf641/standard.json": broadband_services(105)}
# The products that the changes are about are those of the orders of TMF622 v5.
QUOTES: Businesses[Order] = (
    (home_fibre, range(301, 306)),
    (enterprise_sd_wan, range(301, 304)),
    (consumer_change, range(201, 203)),
)


def sample_files() -> dict[str, bytes]:
    """Give the content of each file by its path in the samples folder."""
    orders = _shuffled(EXPORTED)
    v5_orders = _shuffled(EXPORTED_V5)
    service_orders = _shuffled(EXPORTED_SERVICES)
    return {
        "orders.ndjson": b"".join(line_of(payload(order)) for order in orders),
        **{name: page_of(payload(order)) for name, order in SINGLE.items()},
        **{name: page_of(current_payload(order)) for name, order in CURRENT.items()},
        **{name: page_of(standard_payload(order)) for name, order in STANDARD.items()},
        "tmf622/orders-v5.ndjson": b"".join(line_of(v5_payload(order)) for order in v5_orders),
        "service-orders.ndjson": b"".join(line_of(service_payload(order)) for order in service_orders),
        **{name: page_of(standard_service_payload(order)) for name, order in STANDARD_SERVICES.items()},
        "quotes.ndjson": b"".join(line_of(quote_payload(order)) for order in _shuffled(QUOTES)),
        "reference.ndjson": b"".join(
            map(
                line_of,
                chain(
                    _reference([*orders, *SINGLE.values(), *CURRENT.values(), *STANDARD.values(), *v5_orders]),
                    _reference_of_services([*service_orders, *STANDARD_SERVICES.values()]),
                ),
            )
        ),
        "catalogue-v5.ndjson": b"".join(line_of(version_5(each.record())) for each in (*SPECIFICATIONS, *OFFERINGS)),
    }


def _shuffled(businesses: Businesses[AnyOrder]) -> list[AnyOrder]:
    orders = [business(number) for business, numbers in businesses for number in numbers]
    return sorted(orders, key=lambda order: identifier("shuffled", order.external_id))


def _reference(orders: Iterable[Order]) -> Iterator[Json]:
    yield from _currencies()
    places = [*(consumer.home for consumer in CONSUMERS), *chain.from_iterable(company.sites for company in COMPANIES)]
    contacts = chain.from_iterable(company.contacts for company in COMPANIES)
    for listed in (*CHANNELS, *places, *SPECIFICATIONS, *OFFERINGS, *COMPANIES, *contacts, *CONSUMERS):
        yield listed.record()
    yield from chain.from_iterable(map(products, orders))


def _reference_of_services(orders: Iterable[ServiceOrder]) -> Iterator[Json]:
    for specification in SERVICE_SPECIFICATIONS:
        yield specification.record()
    yield from chain.from_iterable(map(services, orders))


def _currencies() -> Iterator[Json]:
    for status, currencies in (("active", CURRENCIES), ("inactive", RETIRED_CURRENCIES)):
        for code, name in currencies.items():
            yield {"@type": "Currency", "id": code, "name": name, "status": status}
