"""Suspend, resume and disconnect whole products: a mobile connection, a fibre household or a site, in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.businesses.installed import Work, connection, household, site
from scripts.make_samples.order import Order, schedule
from scripts.make_samples.parties import company_of, consumer_of
from scripts.make_samples.places import AGENT, ONLINE

if TYPE_CHECKING:
    from scripts.make_samples.order import Action, Status

SUSPEND_REASONS = ("Bill not paid", "Long journey", "Asked by the customer", "Renovation")
RESUME_REASONS = ("Bill paid", "Back home", "Asked by the customer", "Works again")
DISCONNECT_REASONS = ("Relocation", "Goes to another operator", "Contract ends", "Closed for good")


def suspend(number: int) -> Order:
    """Suspend what is active."""
    return _order("SUS", number, "suspend", "active", SUSPEND_REASONS[number % len(SUSPEND_REASONS)])


def resume(number: int) -> Order:
    """Resume what is suspended."""
    return _order("RES", number, "resume", "suspended", RESUME_REASONS[number % len(RESUME_REASONS)])


def disconnect(number: int) -> Order:
    """End what is active, or was suspended before."""
    status: Status = "suspended" if number % 4 == 0 else "active"
    return _order("DIS", number, "delete", status, DISCONNECT_REASONS[number % len(DISCONNECT_REASONS)])


def _order(prefix: str, number: int, action: Action, status: Status, reason: str) -> Order:
    consumer = consumer_of(number)
    company = company_of(number)
    when = schedule(number, days=1)
    work = Work(action, status, reason, when.wanted)
    at_site = number % 3 == 0
    home = household if number % 3 == 1 else connection
    account = company if at_site else consumer
    return Order(
        external_id=f"{prefix}-2026-{number:04}",
        account=account,
        others=company.contacts[:1] if at_site else [],
        when=when,
        promised=number % 2 == 0,
        lines=site(company, work) if at_site else home(consumer, work),
        channel=ONLINE if number % 4 == 1 else AGENT,
        notes=account.market.notes[: number % 2],
        outside=number % 5 == 1,
        versioned=number % 6 == 0,
    )
