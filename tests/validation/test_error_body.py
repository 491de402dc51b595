"""Findings as the error body of contract section 6."""

from __future__ import annotations

import pytest

from ordercli.resources.all_rules import error_body
from ordercli.rulebook.rule import Finding


def test_errors_stand_under_the_number_of_the_first_and_warnings_are_left_out() -> None:
    findings = [
        Finding("ORD903", "warning", "/state", "ignored"),
        Finding("ORD104", "error", "/productOrderItem/0/action", "action is missing"),
        Finding("ORD124", "error", "/orderCurrency", "no currency"),
    ]

    body = error_body(findings)

    assert list(body.items()) == [
        ("code", 23),
        ("reason", "Missing body field"),
        ("message", "action is missing"),
        (
            "details",
            [
                {"message": "action is missing", "datapath": "/productOrderItem/0/action", "rule": "ORD104"},
                {"message": "no currency", "datapath": "/orderCurrency", "rule": "ORD124"},
            ],
        ),
    ]


@pytest.mark.parametrize(
    ("number", "reason", "codes"),
    [
        (21, "Missing body", ["ORD101"]),
        (
            22,
            "Invalid body",
            [*(f"ORD{n:03}" for n in range(1, 9)), "ORD412"],
        ),
        (23, "Missing body field", [f"ORD{n}" for n in range(102, 115)]),
        (24, "Invalid body field", [f"ORD{n}" for n in range(120, 126)]),
        (24, "Invalid body field", ["ORD201", "ORD210", "ORD301", "ORD321", "ORD403", "ORD406", "ORD413"]),
        (60, "Not found", ["ORD404"]),
        (102, "Request in queue", ["ORD401"]),
        (
            1,
            "as it says",
            ["ORD190", "ORD193", "ORD402", "ORD405", "ORD407", "ORD409", "ORD411", "ORD420", "ORD501", "ORD901", ""],
        ),
    ],
)
def test_number_and_reason_go_by_the_code(number: int, reason: str, codes: list[str]) -> None:
    bodies = [error_body([Finding(code, "error", "", "as it says")]) for code in codes]

    assert {(body["code"], body["reason"]) for body in bodies} == {(number, reason)}


def test_without_an_error_there_is_no_error_body() -> None:
    with pytest.raises(ValueError, match="needs an error"):
        error_body([Finding("ORD903", "warning", "/state", "ignored")])
