"""Whatever stands in a record, the rules answer, both readers agree, and what is accepted can be created and shown.

The first byte of the input says which rules apply.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

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
from ordercli.resources.registry import RESOURCES
from ordercli.resources.validator import OrderValidator, kind_of
from ordercli.rulebook.document import read
from support.builders import accepted, as_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.rulebook.rule import Finding

# Every profile of every kind of order.
BOOKS = tuple((name, profile) for name, resource in RESOURCES.items() for profile in resource.profiles)


def seeds() -> Iterator[bytes]:
    """Orders, for every kind of rule book."""
    for n, data in enumerate(known.orders()):
        resource = kind_of(data)
        books = [which for which, (name, _) in enumerate(BOOKS) if name == resource.name]
        which = bytes([books[n % len(books)] + len(BOOKS) * (n % 4)])
        yield which + data
        yield which + b'{"%s": ' % resource.name.encode() + data + b"}"


@cache
def _book(resource: str, profile: str, *, lint: bool, currency: bool) -> OrderValidator:
    default = "EUR" if currency else None
    return OrderValidator(profile, default_currency=default, resource=RESOURCES[resource], lint=lint)


@cache
def _quick(resource: str, profile: str) -> Callable[[bytes], Any]:
    return RESOURCES[resource].load_rulebook().quick_reader(RESOURCES[resource].profiles[profile])


def check(data: bytes) -> None:
    """Judge the document, and go on with it as the program does."""
    flags, which = divmod(data[0] if data else 0, len(BOOKS))
    book = BOOKS[which]
    record = Record(data[1:].strip(b" \t\r\n"), "orders.ndjson", 1, 1, 1)

    validated = validate_record(record, _book(*book, lint=bool(flags & 1), currency=bool(flags & 2)))
    record = validated.record

    assert len(set(validated.findings)) == len(validated.findings)
    orjson.dumps([each._asdict() for each in validated.findings])
    _hold_readers_together(record.data, *book)
    if validated.refused:
        orjson.dumps(error_body(validated.findings))
        json_text.encode(errors(record, validated.findings))
        _hold_reject(record, validated.findings)
    else:
        _create(record.data.removeprefix(b"\xef\xbb\xbf"), *book)


def _hold_readers_together(data: bytes, resource: str, name: str) -> None:
    quick = _quick(resource, name)(data)
    if quick is not None:
        document = read(data)
        assert isinstance(document, dict), document
        profile = RESOURCES[resource].profiles[name]
        shape = profile.load_form().shape
        slow = RESOURCES[resource].load_rulebook().shaped(document, profile, lambda _: False, data)
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


def _create(data: bytes, resource: str, profile: str) -> None:
    rows = RESOURCES[resource].to_rows(accepted(profile=profile), data, "2026-03-01T08:00:00.000Z")
    lines = [LineView(each.item_id, each.state, each.version, each.ponr) for each in rows.lines]
    json_text.encode(order_document(rows.order, lines, data))
    fingerprint(data)
