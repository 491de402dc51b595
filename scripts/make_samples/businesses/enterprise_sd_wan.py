"""Enterprise SD-WAN over many sites: a package with its controller, security, and an edge device for each site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.catalogue import (
    MOBILE_FAILOVER,
    PREMIUM_SD_WAN,
    SD_WAN_CONTROLLER,
    SD_WAN_EDGE,
    SD_WAN_PACKAGE,
    SD_WAN_SECURITY,
)
from scripts.make_samples.documents import random_of
from scripts.make_samples.order import Line, Order, schedule
from scripts.make_samples.parties import company_of
from scripts.make_samples.places import AGENT, PARTNER
from scripts.make_samples.prices import non_recurring, recurring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from scripts.make_samples.order import Schedule
    from scripts.make_samples.parties import Company
    from scripts.make_samples.places import Place

FEWEST_SITES = 2


def enterprise_sd_wan(number: int) -> Order:
    """Connect between two and eight sites of a company."""
    rng = random_of(f"enterprise sd-wan {number}")
    company = company_of(number)
    when = schedule(number, days=rng.randint(30, 90))
    sites = company.sites[: FEWEST_SITES + number % 7]
    return Order(
        external_id=f"SDW-2026-{number:04}",
        account=company,
        others=company.contacts[: 1 + number % 2],
        when=when,
        promised=True,
        lines=[_package(number, rng, company, sites, when)],
        channel=PARTNER if number % 3 else AGENT,
        notes=[f"{company.name}: {len(sites)} sites, head office first", *company.market.notes][: number % 4],
        author="Jean Pontus" if number % 2 else None,
        category="enterprise",
        outside=number % 6 == 1,
        versioned=True,
    )


def _package(number: int, rng: Random, company: Company, sites: Sequence[Place], when: Schedule) -> Line:
    edges = [_edge(number, place, rng, company, site, when) for place, site in enumerate(sites, start=1)]
    level = rng.choice(SD_WAN_PACKAGE.characteristics["Service level"])
    return Line(
        id="POI100",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_PACKAGE,
        reason="New network",
        due=when.promised,
        prices=[recurring(company.market, "0", "Included", taxed=True)],
        characteristics={"Service level": level},
        contacts=company.contacts,
        children=[_controller(company, sites), _security(rng, company), *edges],
    )


def _controller(company: Company, sites: Sequence[Place]) -> Line:
    return Line(
        id="POI110",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_CONTROLLER,
        prices=[non_recurring(company.market, "220.00", "Access fee", taxed=True)],
        characteristics={"Tenancy": SD_WAN_CONTROLLER.characteristics["Tenancy"][0]},
        place=sites[0],
    )


def _security(rng: Random, company: Company) -> Line:
    return Line(
        id="POI120",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_SECURITY,
        prices=[recurring(company.market, "30.05", "Security", taxed=True)],
        characteristics={"Security Type": rng.choice(SD_WAN_SECURITY.characteristics["Security Type"])},
        requires=["POI110"],
    )


def _edge(number: int, place: int, rng: Random, company: Company, site: Place, when: Schedule) -> Line:
    line_id = f"POI{200 + 10 * place}"
    devices = rng.randint(1, 2)
    return Line(
        id=line_id,
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_EDGE,
        quantity=devices,
        due=when.wanted,
        prices=[
            recurring(company.market, "349.00", "Site fee", taxed=True),
            non_recurring(company.market, "1250.00", "Installation", taxed=True),
        ],
        characteristics={name: rng.choice(values) for name, values in SD_WAN_EDGE.characteristics.items()},
        place=site,
        contacts=company.contacts[:1],
        inventory_ids=[f"CPE-{number:04}-{place}{unit}" for unit in "AB"[:devices]],
        requires=["POI110"],
        children=[_failover(line_id, company, site)] if number % 2 else [],
    )


def _failover(edge_id: str, company: Company, site: Place) -> Line:
    return Line(
        id=f"{edge_id}-F",
        offering=PREMIUM_SD_WAN,
        specification=MOBILE_FAILOVER,
        prices=[recurring(company.market, "15.95", "Mobile failover", taxed=True)],
        characteristics={"Technology": "5G", "APN": "sdwan.example"},
        place=site,
    )
