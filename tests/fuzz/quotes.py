"""Whatever a quote says, it becomes an order without an error, or is refused by findings at places in it.

The first byte of the input says whether approved quotes are taken.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fuzz import seeds as known
from ordercli.intake.reader import cut_records
from ordercli.operations.convert_quote import QuoteConversion
from ordercli.operations.diagnostics import diagnose
from ordercli.operations.validate import RuleSet, rulebook
from ordercli.resources.quote.quote import Terms
from ordercli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.operations.validate import ValidatedOrder

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
RULE_SET = RuleSet("tmf622-v4", "sync", "productOrder")
RULES = rulebook(Settings(), mode=RULE_SET.mode, profile=RULE_SET.profile, only=RULE_SET.resource, lint=False)


def seeds() -> Iterator[bytes]:
    """The quotes of the samples, good and bad."""
    quotes = (known.SAMPLES / "quotes.ndjson").read_bytes().splitlines()
    bad = sorted((known.SAMPLES / "bad-quotes").glob("*.json"))
    quotes += [path.read_bytes() for path in bad if not path.name.endswith(".expect.json")]
    for quote in quotes:
        yield b"\x00" + quote
        yield b"\x01" + quote


def check(data: bytes) -> None:
    """Convert the quotes, and hold each order against the rules of orders."""
    terms = Terms(NOW, approved_too=bool(data[:1]) and data[0] % 2 == 1)
    for record in cut_records(iter([data[1:]]), "quotes.ndjson", input_format="json"):
        orders: list[bytes] = []
        conversion = QuoteConversion(Settings(), terms, orders.append)
        ((done,),) = conversion.validate_chunks(iter([([record], RULE_SET)]))
        _hold(done, orders)


def _hold(done: ValidatedOrder, orders: list[bytes]) -> None:
    is_refused = any(each.severity == "error" for each in done.findings)
    assert len(orders) == (0 if is_refused else 1), (done.findings, orders)
    for each in diagnose(done.record, done.external_id, done.findings):
        assert (each.line, each.column) <= (each.end_line, each.end_column)
    for order in orders:
        assert order.count(b"\n") == 1
        json.loads(order)
        assert [each for each in RULES.validate(order).findings if each.severity == "error"] == []
