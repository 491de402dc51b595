"""Services of broadband: new ones with access line, address and Wi-Fi; more speed; one suspended, resumed or ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import random_of
from scripts.make_samples.order import schedule
from scripts.make_samples.parties import Company, company_of, consumer_of
from scripts.make_samples.service_catalogue import ACCESS_LINE, BROADBAND, STATIC_ADDRESS, WIFI
from scripts.make_samples.service_order import ServiceLine, ServiceOrder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from scripts.make_samples.order import Action
    from scripts.make_samples.parties import Consumer
    from scripts.make_samples.places import Place

# What is done to a service that exists, the state that it is in, and why.
WORKS: tuple[tuple[Action, str, str], ...] = (
    ("suspend", "active", "Bill not paid"),
    ("resume", "suspended", "Bill paid"),
    ("delete", "active", "Relocation"),
    ("delete", "suspended", "Contract ends"),
)


def broadband_services(number: int) -> ServiceOrder:
    """Order what is built for a household or an office; half of the orders act on services that exist."""
    rng = random_of(f"broadband services {number}")
    account: Consumer | Company = company_of(number) if number % 5 == 0 else consumer_of(number)
    contacts = account.contacts[:1] if isinstance(account, Company) else ()
    site = account.sites[0] if isinstance(account, Company) else account.home
    kinds = (_new, _more_speed, _new, _existing)
    return ServiceOrder(
        external_id=f"BBS-2026-{number:04}",
        account=account,
        others=contacts,
        when=schedule(number, days=rng.randint(2, 9)),
        promised=number % 3 > 0,
        lines=[kinds[number % len(kinds)](number, rng, site)],
        notes=account.market.notes[: number % 3],
        product_order=f"FIB-2026-{number:04}" if number % 4 == 0 else None,
        priority="1" if number % 6 == 0 else None,
        outside=number % 7 == 1,
        versioned=number % 3 == 1,
    )


def _new(number: int, rng: Random, site: Place) -> ServiceLine:
    values = BROADBAND.characteristics
    return ServiceLine(
        id="10",
        specification=BROADBAND,
        quantity=1,
        reason=rng.choice((None, "New contract", "Moved in")),
        characteristics={name: rng.choice(options) for name, options in values.items()},
        place=site,
        inventory_ids=[f"NET-BBS-{number:06}"],
        children=list(_parts(number, rng, site)),
    )


def _parts(number: int, rng: Random, site: Place) -> Iterator[ServiceLine]:
    technology = rng.choice(ACCESS_LINE.characteristics["Technology"])
    line_id = {"Technology": technology, "Line id": f"{site.country}.{number:05}.A"}
    yield ServiceLine(id="20", specification=ACCESS_LINE, quantity=1, characteristics=line_id, place=site)
    if number % 4 == 0:
        prefix = {"Protocol": "IPv4", "Prefix": f"192.0.2.{number % 200}/32"}
        yield ServiceLine(id="30", specification=STATIC_ADDRESS, quantity=2, characteristics=prefix, requires=["20"])
    if number % 6 != 0:
        network = {"Band": rng.choice(WIFI.characteristics["Band"]), "Network name": f"Café {number} 📶"}
        yield ServiceLine(id="40", specification=WIFI, quantity=1, characteristics=network, place=site, requires=["20"])


def _more_speed(number: int, _: Random, site: Place) -> ServiceLine:
    """Change the speed of a line that stays, and add an address that relies on it."""
    address = ServiceLine(
        id="30",
        specification=STATIC_ADDRESS,
        quantity=1,
        characteristics={"Protocol": "IPv6", "Prefix": f"2001:db8:{number:x}::/56"},
        relies_on=["20"],
    )
    line = ServiceLine(id="20", action="no-change", specification=ACCESS_LINE, place=site, installed="active")
    return ServiceLine(
        id="10",
        action="change",
        specification=BROADBAND,
        reason="More speed",
        characteristics={"Download speed": "1 Gbit/s", "Upload speed": "250 Mbit/s"},
        previous={"Download speed": "250 Mbit/s", "Upload speed": "50 Mbit/s"},
        installed="active",
        children=[line, address],
    )


def _existing(number: int, _: Random, site: Place) -> ServiceLine:
    """Suspend, resume or end a service; some of those that end are a product of the inventory."""
    action, state, reason = WORKS[number // 4 % len(WORKS)]
    return ServiceLine(
        id="10",
        action=action,
        specification=BROADBAND,
        reason=reason,
        place=site,
        installed=state,
        as_product=number // 4 % 2 == 1,
        names_specification=number // 4 % 2 == 1,
    )
