"""An order in which everything is wrong is told of in part, and takes no more than its share of work."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.validate import validate_record
from ordercli.resources.common import lint
from ordercli.resources.resource import Limits
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.rule import Finding
from ordercli.rulebook.selection import within
from support.builders import encoded, line, product_order, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.slow

WARNING = Finding("ORD903", "warning", "/id", "w")
ERROR = Finding("ORD104", "error", "/productOrderItem/0/action", "e")


def left_out(count: int, limit: int) -> Finding:
    message = f"At least {count} findings more were left out: limits.max_findings is {limit}"
    return Finding("ORD009", "warning", "", message)


def test_errors_are_reported_before_warnings_and_in_their_order() -> None:
    others = [ERROR._replace(pointer="/b"), ERROR._replace(pointer="/a")]
    findings = [WARNING, WARNING, others[0], ERROR, WARNING, others[1]]

    assert within(findings, 4) == [WARNING, others[0], ERROR, others[1], left_out(2, 4)]
    assert within(findings, 1) == [others[0], left_out(5, 1)]


@pytest.mark.parametrize("limit", [0, 2, 3])
def test_what_is_within_the_limit_is_reported_as_it_is(limit: int) -> None:
    assert within([WARNING, ERROR], limit) == [WARNING, ERROR]


def test_a_thousand_findings_of_an_order_are_reported_and_how_many_more_there_are(ordercli: Ordercli) -> None:
    order = encoded(product_order(items=[line(str(n), action="ad") for n in range(1200)]))

    result = ordercli("validate", "-", "-o", "ndjson", stdin=order)

    pointers = [f"/productOrderItem/{n}/action" for n in range(1000)]
    assert [each["pointer"] for each in result.ndjson] == [*pointers, ""]
    assert (result.ndjson[-1]["code"], result.ndjson[-1]["message"]) == ("ORD009", left_out(200, 1000).message)
    assert result.exit_code == 1


def test_an_order_of_nothing_but_warnings_stays_accepted() -> None:
    order = encoded(product_order(id="x", state="x"))

    reported = validate_record(record(order), OrderValidator(limits=Limits(max_findings=1)))

    assert [finding.code for finding in reported.findings] == ["ORD903", "ORD009"]
    assert not reported.refused


def broken(kind: str, lines: int) -> Json:
    """An order of so many lines that are all wrong in one way."""
    first = {"id": "0", "relationshipType": "HasParent"}

    def unknown(n: int) -> Json:
        return {**line(str(n)), f"quantitty{n}": 1}

    ways: dict[str, Callable[[int], Json]] = {
        "wrong action": lambda n: line(str(n), action=f"ad{n}"),
        "unknown field": unknown,
        "twin": lambda _: line("1"),
        "unknown line": lambda n: line(str(n), productOrderItemRelationship=[{"id": f"x{n}", "relationshipType": "x"}]),
        "one parent": lambda n: line(str(n), productOrderItemRelationship=[first]),
        "chain": lambda n: line(
            str(n), productOrderItemRelationship=[{"id": str((n + 1) % lines), "relationshipType": "HasChild"}]
        ),
        "empty": lambda _: {},
        "wrong type": lambda n: line(str(n), quantity="x", itemPrice=[1, {"price": "x"}]),
        "two parents": lambda n: line(
            str(n),
            productOrderItemRelationship=[
                {"id": str(other % lines), "relationshipType": "HasParent"} for other in (n + 1, n + 2)
            ],
        ),
    }
    return product_order(items=[ways[kind](n) for n in range(lines)])


def calls(work: Callable[[], Any]) -> int:
    """How many functions of Python the work calls."""
    counted: Counter[str] = Counter()

    def count(_frame: object, event: str, _argument: object) -> None:
        counted[event] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted["call"] + counted["c_call"]


@pytest.mark.parametrize(
    "kind",
    [
        "wrong action",
        "unknown field",
        "twin",
        "unknown line",
        "one parent",
        "chain",
        "empty",
        "wrong type",
        "two parents",
    ],
)
def test_the_work_grows_with_the_lines_that_are_wrong_and_no_faster(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(lint, "MOST", 10)
    book = OrderValidator(lint=True)
    small, large = (encoded(broken(kind, lines)) for lines in (200, 800))
    book.validate(small)  # what is made once is made

    work = [calls(lambda: book.validate(document)) for document in (small, large)]  # noqa: B023 - called at once

    assert work[1] < 5 * work[0]


def test_near_words_are_looked_for_a_limited_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "MOST", 3)

    findings = OrderValidator().validate(encoded(broken("wrong action", 5))).findings

    assert [finding.suggestion for finding in findings] == ["add", "add", "add", None, None]


def test_what_is_wrong_far_down_a_long_list_has_its_place() -> None:
    items = [line(str(n)) for n in range(1100)]
    del items[1]["action"], items[1099]["action"]
    notes: list[Json] = [{"text": "x"}] * 700

    findings = OrderValidator().validate(encoded(product_order(items=items, note=[*notes, {}]))).findings

    assert [(finding.code, finding.pointer) for finding in findings] == [
        ("ORD114", "/note/700/text"),
        ("ORD104", "/productOrderItem/1/action"),
        ("ORD104", "/productOrderItem/1099/action"),
    ]


@pytest.mark.parametrize("member", ["productOrderItem", "note", "relatedParty"])
def test_an_order_of_nothing_but_faults_is_not_looked_at_to_its_end(member: str) -> None:
    order = encoded({**product_order(), member: [{}] * 30_000})

    validation = OrderValidator().validate(order)

    assert validation.order is None
    assert validation.refused
    assert 10_000 < len(validation.findings) < 13_000


def test_faults_that_are_ignored_do_not_hide_one_that_is_not() -> None:
    order = encoded(product_order(note=[*[{}] * 11_000, {"text": 1}]))

    validation = OrderValidator(ignore=["ORD114"]).validate(order)

    assert [(finding.code, finding.pointer) for finding in validation.findings] == [("ORD120", "/note/11000/text")]
