"""Home fibre: a bundle whose parent line has internet, router and TV under it, and set-top boxes under the TV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.catalogue import HOME_FIBRE, HOME_FIBRE_SPEEDS, INTERNET, ROUTER, SET_TOP_BOX, TV
from scripts.make_samples.documents import random_of
from scripts.make_samples.order import Line, Order, schedule
from scripts.make_samples.parties import consumer_of
from scripts.make_samples.places import AGENT, ONLINE, PARTNER, SHOP
from scripts.make_samples.prices import non_recurring, recurring, taxes

if TYPE_CHECKING:
    from random import Random

    from scripts.make_samples.order import Schedule
    from scripts.make_samples.parties import Consumer
    from scripts.make_samples.product import Offering

MONTHLY_FEES = ("29.90", "39.90", "54.90")


def home_fibre(number: int) -> Order:
    """Order fibre for a home."""
    rng = random_of(f"home fibre {number}")
    consumer = consumer_of(number)
    when = schedule(number, days=rng.randint(10, 30))
    return Order(
        external_id=f"FIB-2026-{number:04}",
        account=consumer,
        when=when,
        promised=number % 3 > 0,
        lines=[_bundle(number, rng, consumer, when)],
        channel=rng.choice((ONLINE, SHOP, AGENT, PARTNER)),
        notes=consumer.market.notes[number % 2 :],
        author="Sally Ångström" if number % 4 == 0 else None,
        outside=number % 4 == 1,
        versioned=number % 5 == 0,
    )


def _bundle(number: int, rng: Random, consumer: Consumer, when: Schedule) -> Line:
    speed = number % len(HOME_FIBRE_SPEEDS)
    offering = HOME_FIBRE_SPEEDS[speed]
    children = [_internet(number, rng, consumer, speed, when), _router(rng, consumer, offering)]
    if number % 3:
        children.append(_tv(rng, consumer, offering))
    return Line(
        id="1",
        offering=offering,
        specification=HOME_FIBRE,
        due=when.wanted,
        prices=[recurring(consumer.market, MONTHLY_FEES[speed]), *taxes(consumer.market)],
        characteristics={"Installation": rng.choice(HOME_FIBRE.characteristics["Installation"])},
        place=consumer.home,
        contacts=[consumer],
        children=children,
    )


def _internet(number: int, rng: Random, consumer: Consumer, speed: int, when: Schedule) -> Line:
    values = INTERNET.characteristics
    return Line(
        id="1.1",
        offering=HOME_FIBRE_SPEEDS[speed],
        specification=INTERNET,
        due=when.wanted,
        prices=[non_recurring(consumer.market, "69.00", "Connection")],
        characteristics={
            "Download speed": values["Download speed"][speed],
            "Upload speed": values["Upload speed"][speed],
            "Static IP address": rng.choice(values["Static IP address"]),
        },
        place=consumer.home,
        inventory_ids=[f"BSS-FIB-{number:06}"],
    )


def _router(rng: Random, consumer: Consumer, offering: Offering) -> Line:
    ownership = rng.choice(ROUTER.characteristics["Ownership"])
    rented = ownership == "Rental"
    return Line(
        id="1.2",
        offering=offering,
        specification=ROUTER,
        prices=[
            recurring(consumer.market, "4.99", "Router rental")
            if rented
            else non_recurring(consumer.market, "159.00", "Router")
        ],
        characteristics={
            "Router model": rng.choice(ROUTER.characteristics["Router model"]),
            "Ownership": ownership,
        },
        place=consumer.home,
        requires=["1.1"],
    )


def _tv(rng: Random, consumer: Consumer, offering: Offering) -> Line:
    boxes = rng.randint(1, 3)
    box = Line(
        id="1.3.1",
        offering=offering,
        specification=SET_TOP_BOX,
        quantity=boxes,
        prices=[non_recurring(consumer.market, "0", "First box"), recurring(consumer.market, "2.50", "Further boxes")],
        characteristics={"Box": rng.choice(SET_TOP_BOX.characteristics["Box"])},
        place=consumer.home,
        inventory_ids=[f"STB-{rng.randrange(10**8):08}" for _ in range(boxes)],
    )
    return Line(
        id="1.3",
        offering=offering,
        specification=TV,
        prices=[recurring(consumer.market, "12.00", "TV")],
        characteristics={name: rng.choice(values) for name, values in TV.characteristics.items()},
        children=[box],
    )
