"""Whatever stands in a record, the rules answer, both readers agree, and what is accepted can be created and shown.

The first byte of the input says which rules apply.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import orjson

from fuzz import seeds as known
from ordercli.intake import json_text
from ordercli.intake.envelopes import open_reject_line
from ordercli.intake.record import Record
from ordercli.operations.contexts import Context, reject_line
from ordercli.operations.results import errors
from ordercli.operations.validate import validate_record
from ordercli.orders.order_rows import LineView
from ordercli.resources.all_rules import error_body
from ordercli.resources.document import fingerprint, order_document
from ordercli.resources.product_order import profiles
from ordercli.resources.product_order.convert import to_rows
from ordercli.resources.product_order.reading import quick_order_reader, shaped
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.document import read
from support.builders import accepted, as_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.rulebook.rule import Finding

PROFILES = tuple(profiles.PROFILES)
QUICK = {profile: quick_order_reader(profiles.PROFILES[profile]) for profile in PROFILES}


def seeds() -> Iterator[bytes]:
    """Orders, for every kind of rule book."""
    for n, data in enumerate(known.orders()):
        yield bytes([n % 8]) + data
        yield bytes([n % 8]) + b'{"productOrder": ' + data + b"}"


@cache
def _book(profile: str, *, lint: bool, currency: bool) -> OrderValidator:
    return OrderValidator(profile, lint=lint, default_currency="EUR" if currency else None)


def check(data: bytes) -> None:
    """Judge the document, and go on with it as the program does."""
    which = data[0] if data else 0
    profile = PROFILES[which % len(PROFILES)]
    record = Record(data[1:].strip(b" \t\r\n"), "orders.ndjson", 1, 1, 1)

    validated = validate_record(record, _book(profile, lint=bool(which & 2), currency=bool(which & 4)))
    record = validated.record

    assert len(set(validated.findings)) == len(validated.findings)
    orjson.dumps([each._asdict() for each in validated.findings])
    _hold_readers_together(record.data, profile)
    if validated.refused:
        orjson.dumps(error_body(validated.findings))
        json_text.encode(errors(record, validated.findings))
        _hold_reject(record, validated.findings)
    else:
        _create(record.data.removeprefix(b"\xef\xbb\xbf"), profile)


def _hold_readers_together(data: bytes, profile: str) -> None:
    quick = QUICK[profile](data)
    if quick is not None:
        document = read(data)
        assert isinstance(document, dict), document
        shape = profiles.PROFILES[profile].load_form().shape
        slow = shaped(document, profiles.PROFILES[profile])
        assert slow.findings == []
        assert as_document(quick[0], shape) == as_document(slow.order, shape)


def _hold_reject(record: Record, findings: list[Finding]) -> None:
    line = reject_line("b" * 32, Context("submit", "cli", "servicenow", "sync"), record, findings).rstrip(b"\n")
    assert b"\n" not in line
    back = open_reject_line(Record(line, "rejects", 1, 1, 1)).data
    try:
        record.data.decode()
    except UnicodeDecodeError:
        return
    assert back == record.data.replace(b"\r", b" ").replace(b"\n", b" ") or back == record.data


def _create(data: bytes, profile: str) -> None:
    rows = to_rows(accepted(profile=profile), data, "2026-03-01T08:00:00.000Z")
    lines = [LineView(each.item_id, each.state, each.version, each.ponr) for each in rows.lines]
    json_text.encode(order_document(rows.order, lines, data))
    fingerprint(data)
