"""Make a rejects file, and repair it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from support.builders import product_order, write_orders

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

BAD = product_order("BAD", orderCurrency=...)
NAMELESS = product_order(None, orderCurrency=...)


def refused(ordercli: Ordercli, *options: str, order: Json = BAD, name: str = "orders.ndjson") -> Path:
    """Submit a wrong order, and return the rejects file of the run."""
    write_orders(Path(name), {**order, "orderCurrency": None})
    ordercli("submit", name, *options)
    return Path(f"{name}.rejects.ndjson")


def repair(path: Path) -> str:
    """Repair the rejects file that `refused` made, and return its path."""
    path.write_text(path.read_text().replace('"orderCurrency":null', '"orderCurrency":"EUR"'))
    return str(path)


def receipts(result: Result) -> list[tuple[str, int, str | None]]:
    return [(each["outcome"], each["statusCode"], each["orderId"]) for each in result.ndjson]


def codes(result: Result) -> list[list[str]]:
    return [[error["code"] for error in each["errors"]] for each in result.ndjson]


def reasons(result: Result) -> list[str]:
    says = "This line of a rejects file cannot be sent like this: "
    return [error["message"].removeprefix(says) for each in result.ndjson for error in each["errors"]]
