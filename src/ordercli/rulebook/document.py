"""Read bytes as a JSON document, or return the finding that says why they cannot be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any

import msgspec
import orjson

from ordercli.intake.json_text import JsonValue
from ordercli.intake.record import Problem, Record, advance
from ordercli.rulebook.rule import INVALID_BODY, MISSING_BODY, Finding, Level, Rule, TextEdit

_RFC = "RFC 8259"

NOT_JSON = Rule(
    level=Level.BODY,
    code="ORD001",
    name="not-json",
    is_indispensable=True,
    about="""The document is not JSON.

    Nothing can be read from it. The place is the first character that does not fit. Frequent causes are a comma too
    many, a missing quote, `NaN`, or a file that was cut off. Write the order with a JSON library and send it again.
    """,
    says="Not JSON: {reason}",
    source=_RFC,
    bad=b'{"externalId": "CRM-1007", "productOrderItem": [}',
    good={},
    error=INVALID_BODY,
)

TRAILING_DATA = Rule(
    level=Level.BODY,
    code="ORD002",
    name="trailing-data",
    is_indispensable=True,
    about="""Something follows after the end of the order.

    There are two orders on one line of NDJSON, for example, or a remainder after a single order. Which part is meant is
    not clear. Put each order on a line of its own.
    """,
    says="Trailing data: the order ends before this place",
    source=_RFC,
    bad=TextEdit(
        b'"@referredType":"CustomerContact"}]}', b'"@referredType":"CustomerContact"}]} {"externalId": "CRM-1008"}'
    ),
    good={},
    error=INVALID_BODY,
)

BYTE_ORDER_MARK = Rule(
    level=Level.BODY,
    code="ORD003",
    name="byte-order-mark",
    about="""The document begins with a byte order mark.

    ordercli skips it, but other JSON readers refuse it. Save the file as UTF-8 without a byte order mark.
    """,
    says="The document begins with a byte order mark, which JSON does not have",
    source="RFC 8259, section 8.1",
    severity="warning",
    bad=TextEdit(b'{"externalId"', b'\xef\xbb\xbf{"externalId"'),
    good={},
    error=INVALID_BODY,
)

NOT_UTF8 = Rule(
    level=Level.BODY,
    code="ORD005",
    name="not-utf8",
    is_indispensable=True,
    about="""The document holds bytes that are not UTF-8.

    Names and notes would be stored damaged. The file is probably Latin-1; the message names UTF-16 and UTF-32. Convert
    the file to UTF-8.
    """,
    says="Not UTF-8: {reason}",
    source="RFC 8259, section 8.1",
    bad=TextEdit(b"Web shop", b"Caf\xe9"),
    good={},
    error=INVALID_BODY,
)

TOO_LARGE = Rule(
    level=Level.BODY,
    code="ORD007",
    name="too-large",
    is_indispensable=True,
    about="""The document is longer than `limits.max_order_bytes`, or nested deeper than 64 levels.

    One order must not use up the memory of all others. Split the order or raise the limit. An order that is nested so
    deep comes from a program with a bug.
    """,
    says="Too large: {reason}",
    source="ordercli, docs/settings.md, limits",
    bad=b'{"nested":' * 65 + b"1" + b"}" * 65,
    good={},
    error=INVALID_BODY,
)

NOT_AN_OBJECT = Rule(
    level=Level.BODY,
    code="ORD008",
    name="not-an-object",
    is_indispensable=True,
    about="""The document is JSON, but not an object.

    An order is a JSON object. In NDJSON each line holds one object. An array of orders is read as a file, not as an
    order. A merge patch (RFC 7396) is an object too; give the array of a JSON Patch (RFC 6902) as a file to `patch ID
    FILE`.
    """,
    says="Not an object: an order is a JSON object, not {kind}",
    source="TMF622 v4.0.0, ProductOrder",
    bad=b'"CRM-1007"',
    good={},
    error=INVALID_BODY,
)

ORDER_IN_ENVELOPE = Rule(
    level=Level.BODY,
    code="ORD012",
    name="order-in-envelope",
    is_indispensable=True,
    about="""The document is not an order, but contains one. It is an event, a page of a list or a saved request.

    The message names the place of the order. Give it to `submit` or `validate` as `--at`, such as `--at
    /event/productOrder`; a list at that place is read as many orders. A document whose only member is `productOrder`
    needs no option. With `--at`, the finding says that a document has nothing at that place.
    """,
    says="An order stands inside this document: read it with --at {at}",
    details={
        "orders": "Orders stand inside this document: read them with --at {at}",
        "more": "Orders stand at {count} places of this document, the first at {at}: read it with --at {at}",
        "nothing": "{reason}",
    },
    source="ordercli, docs/how-to/envelopes.md",
    bad=b'{"eventId": "7", "event": {"productOrder": {"productOrderItem": [{"id": "1", "action": "add"}]}}}',
    good={},
    error=INVALID_BODY,
)

REQUEST_BODY_MISSING = Rule(
    level=Level.BODY,
    code="ORD101",
    name="request-body-missing",
    is_indispensable=True,
    about="""There is no order: the document is empty, `null` or `{}`.

    A null member counts as absent, so an object that has only nulls is empty too. Check the program that wrote the
    file.
    """,
    says="Invalid payload: Request body missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 48",
    bad=b"{}",
    good={},
    error=MISSING_BODY,
)


MAX_DEPTH = 64

_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*+"?')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def is_too_deep(data: bytes) -> bool:
    """Return whether objects and arrays are nested more than 64 levels deep.

    The answer is exact for JSON. For other bytes, False only means that a parser can read them safely.
    """
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = data.translate(_ONE_KIND, _NO_MARK)
    if marks.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _outside_strings(marks)
    for level in range(MAX_DEPTH + 1):
        if brackets.count(b"{") <= MAX_DEPTH - level:
            return False
        inner = brackets.replace(b"{}", b"")  # takes out the innermost level
        if len(inner) == len(brackets):
            return True
        brackets = inner
    return True


def _outside_strings(marks: bytes) -> bytes:
    """Return the brackets outside of strings. If every string is left as `""`, none of them holds a bracket."""
    brackets = marks.replace(b'""', b"")
    return _STRING.sub(b"", marks) if b'"' in brackets else brackets


def too_deep_at(data: bytes) -> int:
    """Return the offset of the first bracket that opens a level too many."""
    steps = ((token.start(), token[0]) for token in _TOKEN.finditer(data))
    deep = accumulate(steps, _step, initial=(0, 0))
    return next((at for at, depth in deep if depth > MAX_DEPTH), 0)


def _step(before: tuple[int, int], token: tuple[int, bytes]) -> tuple[int, int]:
    at, mark = token
    return at, before[1] + (mark in b"[{") - (mark in b"]}")


Document = dict[str, Any]

_RULES = {"not-json": NOT_JSON, "not-utf8": NOT_UTF8, "too-large": TOO_LARGE}
_BLANKS = re.compile(r"[ \t\r\n]*")
_COMMENTS = ("//", "/*")
_LONGEST_INTEGER = 4300  # digits; Python reads no longer integer

_check = msgspec.json.Decoder(msgspec.Raw).decode


def read(data: bytes, body_missing: Rule = REQUEST_BODY_MISSING) -> Document | Finding:
    """Return the JSON object in `data`, or the finding that says why there is none.

    `body_missing` is the rule for an empty document, `null`, and an object whose members are all null.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return NOT_UTF8.finding(reason=f"byte 0x{data[error.start]:02x}", **_place(data[: error.start]))
    if not text.strip(" \t\r\n"):
        return body_missing.finding()
    if is_too_deep(data):
        deep = _place(data[: too_deep_at(data)])
        return TOO_LARGE.finding(reason=f"nested deeper than {MAX_DEPTH} levels", **deep)
    try:
        return _order(orjson.loads(data), body_missing)
    except orjson.JSONDecodeError as error:
        return _read_again(text, error, body_missing)


def _order(document: JsonValue, body_missing: Rule) -> Document | Finding:
    if document is None:
        return body_missing.finding()
    if not isinstance(document, dict):
        return NOT_AN_OBJECT.finding(kind=_kind(document))
    if all(member is None for member in document.values()):
        return body_missing.finding()
    return document


def wrapped(member: str) -> Finding:
    """Return the finding that a document has only one member, and the order that this member holds."""
    return ORDER_IN_ENVELOPE.finding(f"/{member}", at=f"/{member}", named=member)


def wrapper_named(findings: Iterable[Finding]) -> str | None:
    """Return the member that `wrapped` named, if it is among the findings."""
    return next((each.named for each in findings if each.code == ORDER_IN_ENVELOPE.code), None)


def _kind(document: list[Any] | str | float) -> str:
    if isinstance(document, bool):
        return "a boolean"
    if isinstance(document, list):
        return "an array"
    return "a string" if isinstance(document, str) else "a number"


def _read_again(text: str, error: json.JSONDecodeError, body_missing: Rule) -> Document | Finding:
    """Read a text that orjson refused: the standard library accepts numbers of any size, and finds trailing data."""
    reason = "a comment, which JSON does not have" if text.startswith(_COMMENTS, error.pos) else error.msg
    not_json = NOT_JSON.finding(reason=reason, line=error.lineno, column=error.colno)
    if error.pos == len(text):  # it is cut off: nothing else can read it either
        return not_json
    try:
        document, end = _DECODER.raw_decode(text, _after_blanks(text, 0))
        _check(text[:end])  # refuse lone surrogates, even in a member that a later one of the same name replaces
    except (ValueError, msgspec.DecodeError):
        return not_json
    rest = _after_blanks(text, end)
    if rest < len(text):
        return TRAILING_DATA.finding(**_place(text[:rest].encode()))
    return _order(document, body_missing)


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _integer(text: str) -> int | float:
    return int(text) if len(text) < _LONGEST_INTEGER else float(text)


def _fraction(text: str) -> float | str:
    """Return the number, or its text if its exponent is too large for a Decimal; rules take such text for no number."""
    try:
        Decimal(text)
    except InvalidOperation:
        return text
    return float(text)


def _no_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_no_constant)


def _place(before: bytes) -> dict[str, int]:
    line, column = advance(1, 1, before)
    return {"line": line, "column": column}


def problem_finding(problem: Problem, record: Record) -> Finding:
    """Return a problem of the input as a finding, with its place counted from the beginning of the document."""
    if problem.kind == "no-order":
        return ORDER_IN_ENVELOPE.finding(detail="nothing", reason=problem.reason)
    line = problem.line - record.line + 1
    column = problem.column - record.column + 1 if line == 1 else problem.column
    return _RULES[problem.kind].finding(reason=problem.reason, line=line, column=column)
