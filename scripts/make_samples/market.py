"""A country: its money and its clock, who lives there and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json


class Address(NamedTuple):
    """Where somebody lives or works."""

    street: str
    post_code: str
    city: str


@dataclass(frozen=True, kw_only=True)
class Market:
    """One country.

    `rate` is what one unit of the price list costs here, `smallest_unit` the smallest amount, `tax` a percentage.
    `phone` has a place for two digits and lies in a range that no operator gives out.
    """

    country: str
    currency: str
    rate: Decimal
    smallest_unit: Decimal
    tax: Decimal
    utc_hours: int
    phone: str
    people: tuple[tuple[str, str], ...]
    addresses: tuple[Address, ...]
    companies: tuple[str, ...]
    notes: tuple[str, ...]

    def amount(self, listed: str) -> Decimal:
        """Price in the money of this market, with all its decimals."""
        return (Decimal(listed) * self.rate).quantize(self.smallest_unit)

    def before_tax(self, amount: Decimal) -> Decimal:
        """Take the tax off an amount."""
        return (amount / (1 + self.tax / 100)).quantize(self.smallest_unit)

    def money(self, amount: Decimal) -> Json:
        """TMF622 Money."""
        return {"unit": self.currency, "value": amount}

    def clock(self, moment: datetime) -> str:
        """Tell the time with the market's own offset."""
        return moment.astimezone(timezone(timedelta(hours=self.utc_hours))).isoformat(timespec="milliseconds")


def utc(moment: datetime) -> str:
    """Tell the time as the vendor's page does: 2026-05-02T08:13:59.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
