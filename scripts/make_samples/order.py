"""An order in the making: who wants which lines, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from scripts.make_samples.documents import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.make_samples.documents import Json
    from scripts.make_samples.market import Market
    from scripts.make_samples.parties import Company, Consumer, Contact, Person
    from scripts.make_samples.places import Channel, Place
    from scripts.make_samples.product import Offering, Specification

Action = Literal["add", "change", "delete", "no-change", "suspend", "resume"]
Status = Literal["active", "suspended"]

OPENING = datetime(2026, 3, 2, 8, 13, 59, tzinfo=UTC)


class Schedule(NamedTuple):
    """When an order starts, when it is wanted, when it is promised; lines are promised for `wanted`."""

    start: datetime
    wanted: datetime
    promised: datetime


def schedule(number: int, days: int) -> Schedule:
    """Spread orders over the days: each starts some hours after the one before and takes `days`."""
    start = OPENING + number * timedelta(hours=7, minutes=11, seconds=17)
    wanted = start + timedelta(days=days)
    return Schedule(start, wanted, wanted + timedelta(days=1))


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to be ordered, with the lines under it.

    `installed` is the status of the product that the line acts on (None: the product is new), `held` the
    quantity that the inventory has of it (None: it does not count), `installed_version` the version of its
    specification. `requires` names lines of the order, `relies_on` lines whose installed product is needed.
    """

    id: str
    action: Action = "add"
    offering: Offering
    specification: Specification
    quantity: int | None = 1
    reason: str | None = None
    due: datetime | None = None
    prices: Sequence[Json] = ()
    characteristics: dict[str, str] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    contacts: Sequence[Person] = ()
    inventory_ids: Sequence[str] = ()
    requires: Sequence[str] = ()
    relies_on: Sequence[str] = ()
    children: Sequence[Line] = ()
    installed: Status | None = None
    held: int | None = None
    installed_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """A product order.

    `outside` orders know every record by its external id, `versioned` ones say which versions of the
    catalogue they mean. The due date is told only by orders that are `promised`.
    """

    external_id: str
    account: Consumer | Company
    others: Sequence[Consumer | Contact] = ()
    when: Schedule
    promised: bool = False
    lines: Sequence[Line]
    channel: Channel | None = None
    notes: Sequence[str] = ()
    author: str | None = None
    category: str | None = None
    outside: bool = False
    versioned: bool = False

    @property
    def market(self) -> Market:
        """The market of the account, whose currency every price is in."""
        return self.account.market

    def product_id(self, line_id: str) -> str:
        """Name the installed product of a line."""
        return identifier("Product", f"{self.external_id}/{line_id}")

    def external_product_id(self, line_id: str) -> str:
        """Name the installed product of a line as the outer system does."""
        return f"INV-{self.external_id}-{line_id}"

    def all_lines(self) -> Iterator[Line]:
        """Walk the lines, each before the lines under it."""
        yield from _walk(self.lines)


def _walk(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _walk(line.children)
