"""Consumer mobile: a plan with its SIM, mostly a device, sometimes the number from another operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.catalogue import DEVICE, MOBILE_PLAN, MOBILE_PLANS, NUMBER_PORT, SIM
from scripts.make_samples.documents import random_of
from scripts.make_samples.order import Line, Order, schedule
from scripts.make_samples.parties import company_of, consumer_of
from scripts.make_samples.places import AGENT, ONLINE, SHOP
from scripts.make_samples.prices import non_recurring, recurring, taxes, usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from scripts.make_samples.order import Schedule
    from scripts.make_samples.parties import Consumer
    from scripts.make_samples.product import Offering

MONTHLY_FEES = ("9.90", "19.90", "34.90", "49.90")


def consumer_mobile(number: int) -> Order:
    """Order a mobile connection; each seventh is paid by the employer."""
    rng = random_of(f"consumer mobile {number}")
    consumer = consumer_of(number)
    paid_by_employer = number % 7 == 0
    when = schedule(number, days=rng.randint(1, 5))
    return Order(
        external_id=f"MOB-2026-{number:04}",
        account=company_of(number) if paid_by_employer else consumer,
        others=[consumer] if paid_by_employer else [],
        when=when,
        promised=number % 3 > 0,
        lines=list(_lines(number, rng, consumer, when)),
        channel=rng.choice((ONLINE, SHOP, AGENT, None)),
        notes=consumer.market.notes[: number % 3],
        category="employee" if paid_by_employer else None,
        outside=number % 5 == 0,
        versioned=number % 3 == 1,
    )


def _lines(number: int, rng: Random, consumer: Consumer, when: Schedule) -> Iterator[Line]:
    size = number % len(MOBILE_PLANS)
    offering = MOBILE_PLANS[size]
    yield _plan(number, rng, consumer, size)
    yield _sim(number, rng, consumer, offering)
    if number % 3:
        yield _device(rng, consumer, offering, when)
    if number % 4 == 0:
        yield _number_port(number, consumer, offering, when)


def _plan(number: int, rng: Random, consumer: Consumer, size: int) -> Line:
    market, values = consumer.market, MOBILE_PLAN.characteristics
    return Line(
        id="1",
        offering=MOBILE_PLANS[size],
        specification=MOBILE_PLAN,
        prices=[
            recurring(market, MONTHLY_FEES[size]),
            *taxes(market),
            usage(market, "0.10", "Data beyond the volume", "MB"),
        ],
        characteristics={
            "Data volume": values["Data volume"][size],
            "Roaming": rng.choice(values["Roaming"]),
            "Contract term": rng.choice(values["Contract term"]),
            "Phone number": consumer.phone,
        },
        contacts=[consumer] if number % 2 else [],
        inventory_ids=[f"BSS-MOB-{number:06}"],
    )


def _sim(number: int, rng: Random, consumer: Consumer, offering: Offering) -> Line:
    return Line(
        id="2",
        offering=offering,
        specification=SIM,
        prices=[non_recurring(consumer.market, "0", "SIM card")],
        characteristics={
            "SIM type": rng.choice(SIM.characteristics["SIM type"]),
            "ICCID": f"8999901000000{number:06}",
        },
        place=consumer.home,
        requires=["1"],
    )


def _device(rng: Random, consumer: Consumer, offering: Offering, when: Schedule) -> Line:
    return Line(
        id="3",
        offering=offering,
        specification=DEVICE,
        quantity=rng.choice((None, 1, 1, 1)),
        reason=rng.choice((None, "New contract", "Trade-in of the old device")),
        due=when.wanted,
        prices=[
            non_recurring(consumer.market, "1.00", "Device, first payment"),
            recurring(consumer.market, rng.choice(("12.50", "24.95", "41.70")), "Device instalment"),
        ],
        characteristics={name: rng.choice(values) for name, values in DEVICE.characteristics.items()},
        place=consumer.home,
        contacts=[consumer],
        requires=["1"],
    )


def _number_port(number: int, consumer: Consumer, offering: Offering, when: Schedule) -> Line:
    return Line(
        id="4",
        offering=offering,
        specification=NUMBER_PORT,
        reason="Keep the number",
        due=when.wanted,
        prices=[non_recurring(consumer.market, "6.82", "Number porting")],
        characteristics={
            "Ported number": consumer.market.phone.format(number % 50 + 40),
            "Losing operator": "Example Télécom",
            "Port type": "Full",
        },
        requires=["1", "2"],
    )
