"""Item prices with exact decimals, in the money of a market."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from scripts.make_samples.markets import AMERICA

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.market import Market


def recurring(market: Market, listed: str, name: str = "Monthly fee", *, taxed: bool = False) -> Json:
    """Charge every month; `listed` is the amount of the price list, `taxed` shows the amount without tax too."""
    price = _price(market, market.amount(listed), taxed=taxed)
    return {"name": name, "priceType": "recurring", "recurringChargePeriod": "month", "price": price}


def non_recurring(market: Market, listed: str, name: str, *, taxed: bool = False) -> Json:
    """Charge once."""
    return {"name": name, "priceType": "nonRecurring", "price": _price(market, market.amount(listed), taxed=taxed)}


def usage(market: Market, listed: str, name: str, unit: str) -> Json:
    """Charge what is used; neither mrc nor nrc."""
    price = _price(market, market.amount(listed), taxed=False)
    return {"name": name, "description": name, "priceType": "usage", "unitOfMeasure": unit, "price": price}


def taxes(market: Market) -> tuple[Json, ...]:
    """Charge what the state takes: tenths, which a binary float cannot add up (0.1 + 0.2)."""
    if market is not AMERICA:
        return ()
    shares = (("Relay service fee", Decimal("0.1")), ("Emergency call fee", Decimal("0.2")))
    return tuple(
        {
            "name": name,
            "priceType": "recurring",
            "recurringChargePeriod": "month",
            "price": {"taxIncludedAmount": market.money(amount)},
        }
        for name, amount in shares
    )


def _price(market: Market, amount: Decimal, *, taxed: bool) -> Json:
    included = {"taxIncludedAmount": market.money(amount)}
    if not taxed:
        return included
    return {"taxRate": market.tax, "dutyFreeAmount": market.money(market.before_tax(amount))} | included
