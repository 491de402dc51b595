"""The bytes of a request to cancel an order become what it asks for, or the findings that say why they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import UsageError
from ordercli.tmf622.absence import is_blank
from ordercli.tmf622.instants import instant
from ordercli.validation.document import problem_finding, read
from ordercli.validation.finding import Finding
from ordercli.validation.rules.body import REQUEST_BODY_MISSING
from ordercli.validation.rules.elsewhere import CANCEL_FIELD_MISSING, CANCEL_PAYLOAD_EMPTY
from ordercli.validation.rules.order import not_a_date_time
from ordercli.validation.rules.shape import WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.record import Record

Json = dict[str, Any]

REASON, DATE, ORDER = "cancellationReason", "requestedCancellationDate", "productOrder"
# How other standards name the order (MEF LSO Sonata; TMF641).
_OTHER_NAMES = ("productOrderId", "serviceOrder")


class Cancellation(NamedTuple):
    """A request to cancel an order; `said` is what is kept of it.

    ServiceNow Product Order Open API, POST /sn_ind_tmt_orm/cancelproductorder.
    """

    order_id: str
    said: dict[str, str]


def read_cancellation(record: Record) -> Cancellation | list[Finding]:
    """What a request asks for; all that is wrong with it, where anything is."""
    if record.problem:
        return [problem_finding(record.problem, record)]
    document = read(record.data)
    if isinstance(document, Finding):
        is_empty = document.code == REQUEST_BODY_MISSING.code
        return [CANCEL_PAYLOAD_EMPTY.finding() if is_empty else document]
    findings = [*_text_faults(document, REASON, "", REASON), *_order_faults(document), *_date_faults(document)]
    if findings:
        return findings
    return Cancellation(document[ORDER]["id"], _said(document[REASON], document.get(DATE)))


def said_by_hand(reason: str | None, date: str | None) -> dict[str, str]:
    """The same of options.

    Raises:
        UsageError: the date is no date-time.
    """
    if date and instant(date) is None:
        raise UsageError(f"--requested-date takes a date-time such as 2026-03-20T17:00:00Z, not {date!r}")
    return _said(reason, date)


def _said(reason: str | None, date: str | None) -> dict[str, str]:
    return {name: text for name, text in ((REASON, reason), (DATE, date)) if text}


def _order_faults(document: Json) -> Iterator[Finding]:
    order = document.get(ORDER)
    if order is None or (isinstance(order, dict) and all(member is None for member in order.values())):
        yield CANCEL_FIELD_MISSING.finding(f"/{ORDER}", field=ORDER, suggestion=_meant(document))
    elif not isinstance(order, dict):
        yield WRONG_TYPE.finding(f"/{ORDER}", field=ORDER, type="an object")
    else:
        yield from (
            each._replace(suggestion=_meant(order)) for each in _text_faults(order, "id", f"/{ORDER}", f"{ORDER}.id")
        )


def _meant(members: Json) -> str | None:
    """Return what was probably meant where the order is named as another standard does."""
    other = next((name for name in _OTHER_NAMES if name in members), None)
    return f"{ORDER}.id instead of {other}" if other else None


def _text_faults(members: Json, name: str, pointer: str, field: str) -> Iterator[Finding]:
    """A text that must be there; one of blanks is none."""
    text = members.get(name)
    if text is None or (isinstance(text, str) and is_blank(text)):
        yield CANCEL_FIELD_MISSING.finding(f"{pointer}/{name}", field=field)
    elif not isinstance(text, str):
        yield WRONG_TYPE.finding(f"{pointer}/{name}", field=field, type="a string")


def _date_faults(document: Json) -> Iterator[Finding]:
    date = document.get(DATE)
    if date is not None and not isinstance(date, str):
        yield WRONG_TYPE.finding(f"/{DATE}", field=DATE, type="a string")
    elif date and instant(date) is None:
        yield not_a_date_time.finding(f"/{DATE}", field=DATE, value=date)
