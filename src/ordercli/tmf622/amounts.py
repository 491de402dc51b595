"""Amounts of money are added exactly, or not at all."""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, Inexact

MOST_DIGITS = 1000  # nobody's price has so many

_EXACT = Context(prec=MOST_DIGITS, traps=[Inexact])


def added(one: Decimal, other: Decimal) -> Decimal | None:
    """Return the exact sum; None if it has more than 1,000 digits."""
    try:
        return _EXACT.add(one, other)
    except DecimalException:
        return None
