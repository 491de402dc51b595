"""Changes in a network: an edge device that is upgraded, fewer edge devices, more mobile failover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.catalogue import (
    MOBILE_FAILOVER,
    PREMIUM_SD_WAN,
    SD_WAN_EDGE,
    SD_WAN_PACKAGE,
    SD_WAN_SECURITY,
)
from scripts.make_samples.order import Line, Order, schedule
from scripts.make_samples.parties import company_of
from scripts.make_samples.places import AGENT, PARTNER
from scripts.make_samples.prices import recurring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.make_samples.parties import Company


def enterprise_change(number: int) -> Order:
    """Change what a company has; the kinds of change take turns."""
    company = company_of(number)
    kinds = (_upgrade, _fewer_edges, _more_failover)
    when = schedule(number, days=21)
    return Order(
        external_id=f"CHG-2026-E{number:03}",
        account=company,
        others=company.contacts[:1],
        when=when,
        promised=number % 2 == 0,
        lines=[kinds[number % len(kinds)](company)],
        channel=PARTNER if number % 2 else AGENT,
        notes=company.market.notes[: number % 2],
        author=company.contacts[0].name,
        category="enterprise",
        outside=number % 4 == 1,
        versioned=True,
    )


def _upgrade(company: Company) -> Line:
    """Move a device to the version on sale, and add security that relies on the package."""
    edge = Line(
        id="POI110",
        action="change",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_EDGE,
        reason="New release",
        prices=[recurring(company.market, "379.00", "Site fee", taxed=True)],
        characteristics={"WAN Optimization": "Advance", "Routing": "Premium"},
        previous={"WAN Optimization": "Base", "Routing": "Base"},
        place=company.sites[1],
        contacts=company.contacts[:1],
        installed="active",
        held=1,
        installed_version=1,
    )
    security = Line(
        id="POI120",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_SECURITY,
        reason="Audit finding",
        prices=[recurring(company.market, "30.05", "Security", taxed=True)],
        characteristics={"Security Type": "Advance"},
        relies_on=["POI100"],
        requires=["POI110"],
    )
    return _network(company, [edge, security])


def _fewer_edges(company: Company) -> Line:
    """Keep two of three devices."""
    edge = Line(
        id="POI110",
        action="change",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_EDGE,
        quantity=2,
        reason="Warehouse closes",
        prices=[recurring(company.market, "698.00", "Site fee", taxed=True)],
        place=company.sites[2],
        installed="active",
        held=3,
    )
    return _network(company, [edge])


def _more_failover(company: Company) -> Line:
    """Raise a quantity: the record of the product has none, so there is no stock to exceed."""
    failover = Line(
        id="POI111",
        action="change",
        offering=PREMIUM_SD_WAN,
        specification=MOBILE_FAILOVER,
        quantity=5,
        reason="Storm season",
        prices=[recurring(company.market, "79.75", "Mobile failover", taxed=True)],
        characteristics={"Technology": "5G"},
        previous={"Technology": "LTE"},
        installed="active",
    )
    edge = Line(
        id="POI110",
        action="no-change",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_EDGE,
        place=company.sites[0],
        children=[failover],
        installed="active",
    )
    return _network(company, [edge])


def _network(company: Company, children: Sequence[Line]) -> Line:
    return Line(
        id="POI100",
        action="no-change",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_PACKAGE,
        contacts=company.contacts,
        children=children,
        installed="active",
        held=1,
    )
