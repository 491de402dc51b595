"""The document that a patch would make: may the order become that?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ordercli.orders.merge import ITEMS
from ordercli.orders.transitions import CANCELLING
from ordercli.pipeline.revising.in_flight import InFlight, Json, Wanted
from ordercli.pipeline.revising.line_checks import OPERATION, LineStanding, LineWish, check_line, check_new_line
from ordercli.pipeline.revising.state_checks import steps_to
from ordercli.tmf622 import server_owned
from ordercli.tmf622.currency import given_currency
from ordercli.tmf622.lines import Line, document_lines
from ordercli.validation.finding import Finding
from ordercli.validation.rules.elsewhere import CURRENCY_REVISION, FIELD_NOT_PATCHABLE, PAST_POINT_OF_NO_RETURN
from ordercli.validation.rules.order import server_owned_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ordercli.orders.states import OrderState

FIXED = ("id", "href", "orderDate", "externalId", "completionDate")
IGNORED = ("version", "ponr", "expectedCompletionDate")
IGNORED_ON_LINES = ("version", "workNote")
CURRENCIES = ("orderCurrency", "currencyCode")

_Standings = dict[str, LineStanding]


def patchable(document: Json) -> Json:
    """The document that a patch goes into: without operations, for those must come from the patch itself."""
    return {**document, ITEMS: [_with_operation(item, {}) for item in document[ITEMS]]}


def check_patch(before: InFlight, after: Json, *, approval: bool) -> tuple[Wanted | None, list[Finding]]:
    """What a patched document asks for (None where an error stands against it), and the findings.

    `approval` says whether the cancellation of a line in progress has to be approved.
    """
    standings = _standings(before)
    states = _order_states(before, after)
    wishes = {line.item["id"]: _wish(line, standings, approval=approval) for line in document_lines(after)}
    told = [each for each in (states, *wishes.values()) if isinstance(each, Finding)]
    errors = [*_fixed(before.document, after), *_currency(before.document, after), *told]
    findings = [*errors, *_ignored(before.document, after, standings)]
    if errors:
        return None, findings
    granted = cast("dict[str, LineWish]", wishes)
    wanted = Wanted(
        _kept(before.document, after, standings),
        cast("list[OrderState]", states),
        {name: wish.steps for name, wish in granted.items() if wish.steps},
        frozenset(name for name, wish in granted.items() if wish.ponr),
    )
    return wanted, findings


def _standings(before: InFlight) -> _Standings:
    items: dict[str, Mapping[str, Any]] = {line.item["id"]: line.item for line in document_lines(before.document)}
    return {
        name: LineStanding(row, items[name], before.line_subject(name)) for name, row in before.standing.lines.items()
    }


def _fixed(before: Json, after: Json) -> Iterator[Finding]:
    for name in FIXED:
        if after.get(name) != before.get(name):
            yield FIELD_NOT_PATCHABLE.finding(f"/{name}", field=name)


def _currency(before: Json, after: Json) -> Iterator[Finding]:
    """The order's own currency may be repeated, under its other name too."""
    own = _own_currency(before)
    for name in CURRENCIES:
        if after.get(name) != before.get(name) and (name in before or after[name] != own):
            yield CURRENCY_REVISION.finding(f"/{name}")


def _own_currency(document: Json) -> str | None:
    given = given_currency(document.get("orderCurrency"), document.get("currencyCode"))
    return given[1] if given else None


def _order_states(before: InFlight, after: Json) -> list[OrderState] | Finding:
    word = after.get("state")
    if word in (None, before.document["state"]):
        return []
    steps = steps_to(before.subject, word, "/state")
    gone = next((line for line in before.standing.lines.values() if line.ponr), None)
    if gone and not isinstance(steps, Finding) and CANCELLING.intersection(steps):
        return PAST_POINT_OF_NO_RETURN.finding("/state", id=gone.item_id)
    return steps


def _wish(line: Line[Json], standings: _Standings, *, approval: bool) -> LineWish | Finding:
    item: Mapping[str, Any] = line.item
    standing = standings.get(item["id"])
    if standing is None:
        return check_new_line(item, line.pointer) or LineWish([], ponr=False)
    return check_line(standing, item, line.pointer, approval=approval)


def _ignored(before: Json, after: Json, standings: _Standings) -> Iterator[Finding]:
    """What only the order system sets; it goes the way of all server-owned members."""
    for name in IGNORED:
        if after.get(name, before.get(name)) != before.get(name):
            yield server_owned_field.finding(f"/{name}", field=name)
    for line in document_lines(after):
        item: Mapping[str, Any] = line.item
        known = standings.get(item["id"])
        told = known.item if known else {}
        for name in IGNORED_ON_LINES if known else server_owned.LINE_MEMBERS:
            if item.get(name, told.get(name)) != told.get(name):
                yield server_owned_field.finding(f"{line.pointer}/{name}", field=name)


def _kept(before: Json, after: Json, standings: _Standings) -> Json:
    """The patched document without what was for the patch alone: operations, and the currency's other name."""
    document = {name: member for name, member in after.items() if name not in CURRENCIES or name in before}
    document[ITEMS] = [_with_operation(item, standings) for item in after[ITEMS]]
    return document


def _with_operation(item: Json, standings: _Standings) -> Json:
    """The item with the operation that its caller gave it when the order was accepted, if any."""
    known = standings.get(item["id"])
    if OPERATION not in item and ITEMS not in item and not (known and OPERATION in known.item):
        return item
    kept = {name: member for name, member in item.items() if name != OPERATION}
    if known and OPERATION in known.item:
        kept[OPERATION] = known.item[OPERATION]
    if ITEMS in item:
        kept[ITEMS] = [_with_operation(child, standings) for child in item[ITEMS]]
    return kept
