"""Services of mobile connections: new ones with voice, data and a subscriber profile, changes, and a new SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import random_of
from scripts.make_samples.order import schedule
from scripts.make_samples.parties import consumer_of
from scripts.make_samples.service_catalogue import DATA, MOBILE, SUBSCRIBER, VOICE
from scripts.make_samples.service_order import ServiceLine, ServiceOrder

if TYPE_CHECKING:
    from random import Random

    from scripts.make_samples.order import Schedule
    from scripts.make_samples.parties import Consumer


def mobile_services(number: int) -> ServiceOrder:
    """Order what is built for one connection; the kinds of order take turns."""
    rng = random_of(f"mobile services {number}")
    consumer = consumer_of(number)
    when = schedule(number, days=1)
    kinds = (_connection, _more_data, _connection, _lost_sim, _no_roaming)
    return ServiceOrder(
        external_id=f"MBS-2026-{number:04}",
        account=consumer,
        when=when,
        promised=number % 2 == 0,
        lines=kinds[number % len(kinds)](number, rng, consumer, when),
        notes=consumer.market.notes[: number % 2],
        product_order=f"MOB-2026-{number:04}" if number % 3 == 0 else None,
        outside=number % 6 == 1,
        versioned=number % 4 == 1,
    )


def _connection(number: int, rng: Random, consumer: Consumer, when: Schedule) -> list[ServiceLine]:
    profile = {"ICCID": f"8999901000001{number:06}", "Phone number": consumer.phone}
    data = {"Slice": rng.choice(DATA.characteristics["Slice"]), "APN": "internet.example", "Priority": "2"}
    voice = {name: rng.choice(options) for name, options in VOICE.characteristics.items()}
    parts = [
        ServiceLine(id="1.1", specification=SUBSCRIBER, quantity=1, characteristics=profile),
        ServiceLine(id="1.2", specification=VOICE, quantity=1, characteristics=voice, requires=["1.1"]),
        ServiceLine(id="1.3", specification=DATA, quantity=1, characteristics=data, requires=["1.1"]),
    ]
    connection = ServiceLine(
        id="1",
        specification=MOBILE,
        quantity=1,
        reason=rng.choice((None, "New contract")),
        due=when.wanted,
        characteristics={name: rng.choice(options) for name, options in MOBILE.characteristics.items()},
        contacts=[consumer] if number % 2 else [],
        inventory_ids=[f"NET-MBS-{number:06}"],
        children=parts[: 2 + number % 2],
    )
    return [connection]


def _more_data(_: int, rng: Random, consumer: Consumer, when: Schedule) -> list[ServiceLine]:
    data = ServiceLine(
        id="1.3",
        action="change",
        specification=DATA,
        reason="More speed",
        due=when.wanted,
        characteristics={"Priority": "1", "APN": rng.choice(("internet.example", "fast.example"))},
        previous={"Priority": "3"},
        contacts=[consumer],
        installed="active",
    )
    return [ServiceLine(id="1", action="no-change", specification=MOBILE, installed="active", children=[data])]


def _lost_sim(number: int, _: Random, consumer: Consumer, when: Schedule) -> list[ServiceLine]:
    """Suspend the connection; the profile is replaced by one that relies on it."""
    lost = ServiceLine(
        id="1",
        action="suspend",
        specification=MOBILE,
        reason="SIM lost",
        due=when.start,
        contacts=[consumer],
        installed="active",
    )
    profile = ServiceLine(
        id="2",
        specification=SUBSCRIBER,
        quantity=1,
        reason="SIM lost",
        characteristics={"ICCID": f"8999901000002{number:06}", "Phone number": consumer.phone},
        place=consumer.home,
        relies_on=["1"],
    )
    return [lost, profile]


def _no_roaming(number: int, _: Random, _consumer: Consumer, _when: Schedule) -> list[ServiceLine]:
    """Narrow a connection and end its voice service, which some inventories have as a product."""
    voice = ServiceLine(id="1.2", action="delete", specification=VOICE, installed="active", as_product=number % 2 == 0)
    connection = ServiceLine(
        id="1",
        action="change",
        specification=MOBILE,
        reason="Asked by the customer",
        characteristics={"Roaming": "Home"},
        previous={"Roaming": "World"},
        installed="active",
        children=[voice],
    )
    return [connection]
