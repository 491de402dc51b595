"""What customers have and put under one action as a whole: a mobile connection, a fibre household, a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scripts.make_samples.catalogue import (
    HOME_FIBRE,
    HOME_FIBRE_SPEEDS,
    INTERNET,
    MOBILE_FAILOVER,
    MOBILE_PLAN,
    MOBILE_PLANS,
    PREMIUM_SD_WAN,
    ROUTER,
    SD_WAN_EDGE,
    SD_WAN_PACKAGE,
    SIM,
)
from scripts.make_samples.order import Line

if TYPE_CHECKING:
    from datetime import datetime

    from scripts.make_samples.order import Action, Status
    from scripts.make_samples.parties import Company, Consumer


class Work(NamedTuple):
    """What is done to products, and the status they must have for it."""

    action: Action
    status: Status
    reason: str
    due: datetime


def connection(consumer: Consumer, work: Work) -> list[Line]:
    """Return a plan, identified by its phone number, and its SIM."""
    plan = Line(
        id="1",
        action=work.action,
        offering=MOBILE_PLANS[0],
        specification=MOBILE_PLAN,
        reason=work.reason,
        due=work.due,
        characteristics={"Phone number": consumer.phone},
        installed=work.status,
        held=1,
    )
    sim = Line(
        id="2",
        action=work.action,
        offering=MOBILE_PLANS[0],
        specification=SIM,
        reason=work.reason,
        requires=["1"],
        installed=work.status,
    )
    return [plan, sim]


def household(consumer: Consumer, work: Work) -> list[Line]:
    """Return a fibre bundle with internet and router."""
    offering = HOME_FIBRE_SPEEDS[0]
    parts = [
        Line(
            id=line_id,
            action=work.action,
            offering=offering,
            specification=specification,
            reason=work.reason,
            place=consumer.home,
            installed=work.status,
            held=1,
        )
        for line_id, specification in (("1.1", INTERNET), ("1.2", ROUTER))
    ]
    bundle = Line(
        id="1",
        action=work.action,
        offering=offering,
        specification=HOME_FIBRE,
        reason=work.reason,
        due=work.due,
        contacts=[consumer],
        children=parts,
        installed=work.status,
        held=1,
    )
    return [bundle]


def site(company: Company, work: Work) -> list[Line]:
    """One site of a network whose package stays: its edge device and the mobile failover of that."""
    failover = Line(
        id="POI310",
        action=work.action,
        offering=PREMIUM_SD_WAN,
        specification=MOBILE_FAILOVER,
        reason=work.reason,
        installed=work.status,
    )
    edge = Line(
        id="POI300",
        action=work.action,
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_EDGE,
        reason=work.reason,
        due=work.due,
        place=company.sites[-1],
        contacts=company.contacts[:1],
        children=[failover],
        installed=work.status,
        held=1,
    )
    package = Line(
        id="POI100",
        action="no-change",
        offering=PREMIUM_SD_WAN,
        specification=SD_WAN_PACKAGE,
        children=[edge],
        installed="active",
        held=1,
    )
    return [package]
