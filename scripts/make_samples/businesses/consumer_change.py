"""Changes at home: more roaming, a static address and TV, or no TV any more; parts that stay are no-change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.catalogue import (
    HOME_FIBRE,
    HOME_FIBRE_SPEEDS,
    INTERNET,
    MOBILE_PLAN,
    MOBILE_PLANS,
    ROUTER,
    SET_TOP_BOX,
    TV,
)
from scripts.make_samples.order import Line, Order, schedule
from scripts.make_samples.parties import consumer_of
from scripts.make_samples.places import AGENT, ONLINE
from scripts.make_samples.prices import non_recurring, recurring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.make_samples.parties import Consumer

FIBRE_500 = HOME_FIBRE_SPEEDS[1]


def consumer_change(number: int) -> Order:
    """Change what a consumer has; the kinds of change take turns."""
    consumer = consumer_of(number)
    kinds = (_roaming, _static_address_and_tv, _no_tv)
    return Order(
        external_id=f"CHG-2026-C{number:03}",
        account=consumer,
        when=schedule(number, days=7),
        promised=number % 3 == 0,
        lines=[kinds[number % len(kinds)](consumer)],
        channel=ONLINE if number % 2 else AGENT,
        notes=consumer.market.notes[: number % 2],
        outside=number % 5 == 1,
        versioned=number % 4 == 0,
    )


def _roaming(consumer: Consumer) -> Line:
    return Line(
        id="1",
        action="change",
        offering=MOBILE_PLANS[1],
        specification=MOBILE_PLAN,
        reason="Travels more",
        prices=[recurring(consumer.market, "24.90")],
        characteristics={"Roaming": "World", "Phone number": consumer.phone},
        previous={"Roaming": "Europe"},
        installed="active",
        held=1,
    )


def _static_address_and_tv(consumer: Consumer) -> Line:
    internet = Line(
        id="1.1",
        action="change",
        offering=FIBRE_500,
        specification=INTERNET,
        reason="Works from home",
        prices=[recurring(consumer.market, "5.00", "Static address")],
        characteristics={"Upload speed": "250 Mbit/s", "Static IP address": "Yes"},
        previous={"Upload speed": "50 Mbit/s", "Static IP address": "No"},
        place=consumer.home,
        installed="active",
        held=1,
    )
    return _household(consumer, [internet, _new_tv(consumer)])


def _new_tv(consumer: Consumer) -> Line:
    box = Line(
        id="1.2.1",
        offering=FIBRE_500,
        specification=SET_TOP_BOX,
        quantity=2,
        prices=[non_recurring(consumer.market, "49.50", "Boxes")],
        characteristics={"Box": "Recorder"},
        place=consumer.home,
    )
    return Line(
        id="1.2",
        offering=FIBRE_500,
        specification=TV,
        reason="Adds TV",
        prices=[recurring(consumer.market, "12.00", "TV")],
        characteristics={"Channel pack": "Family", "Resolution": "4K"},
        relies_on=["1.1"],
        children=[box],
    )


def _no_tv(consumer: Consumer) -> Line:
    router = Line(
        id="1.1",
        action="change",
        offering=FIBRE_500,
        specification=ROUTER,
        reason="Better Wi-Fi",
        characteristics={"Router model": "WR-7"},
        previous={"Router model": "WR-5"},
        place=consumer.home,
        installed="active",
    )
    tv = Line(
        id="1.2",
        action="delete",
        offering=FIBRE_500,
        specification=TV,
        reason="Streams instead",
        installed="active",
        held=1,
        children=[_returned_box(consumer)],
    )
    return _household(consumer, [router, tv])


def _returned_box(consumer: Consumer) -> Line:
    return Line(
        id="1.2.1",
        action="delete",
        offering=FIBRE_500,
        specification=SET_TOP_BOX,
        quantity=2,
        reason="Streams instead",
        place=consumer.home,
        installed="active",
        held=2,
    )


def _household(consumer: Consumer, children: Sequence[Line]) -> Line:
    return Line(
        id="1",
        action="no-change",
        offering=FIBRE_500,
        specification=HOME_FIBRE,
        contacts=[consumer],
        children=children,
        installed="active",
        held=1,
    )
