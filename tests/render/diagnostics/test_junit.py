from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml, TestCase

from ordercli.operations.diagnostics import Summary
from ordercli.operations.validate import ValidatedOrder
from ordercli.output.diagnostics.junit import JunitReport
from ordercli.output.diagnostics.report import ReportOptions
from render.diagnostics.written import ANY_PATH, BAD_ACTION, NO_ACTION, ODD_FIELD, RULES, written
from support.builders import record

if TYPE_CHECKING:
    from ordercli.operations.diagnostics import Diagnostic


def suites(shown: str) -> list[tuple[object, ...]]:
    return [
        (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped, [outcome(case) for case in suite])
        for suite in JUnitXml.fromstring(shown.encode())
    ]


def outcome(case: TestCase) -> tuple[object, ...]:
    failures = [(failure.type, failure.message, failure.text) for failure in case.result]
    return case.classname, case.name, failures, case.system_out


def test_a_file_is_a_suite_and_an_order_a_case() -> None:
    diagnostics = [
        BAD_ACTION,
        NO_ACTION,
        ODD_FIELD,
        BAD_ACTION._replace(file="more.ndjson", record=2),
        ODD_FIELD._replace(file="more.ndjson", record=4),
        ODD_FIELD._replace(file="odd.json"),
    ]

    shown = suites(written("junit", diagnostics, orders={"fixtures/bad.json": 1, "more.ndjson": 5}))

    message = "action `ad` is none of add, change, delete, no-change, resume, suspend"
    no_action = (
        "fixtures/bad.json:15:7: ORD104 Invalid payload: productOrderItem action is missing /productOrderItem/1/action"
    )
    remedy = "(did you mean `add`?)"
    assert shown == [
        (
            "fixtures/bad.json",
            1,
            1,
            0,
            0,
            [
                (
                    "fixtures/bad.json",
                    "record 1 (CRM-1007)",
                    [
                        (
                            "ORD121",
                            f"{message} {remedy} (and 1 more)",
                            f"fixtures/bad.json:14:17: ORD121 {message} /productOrderItem/0/action\n{no_action}",
                        )
                    ],
                    "fixtures/bad.json:3:3: ORD901 unknown field `oddd` /oddd",
                )
            ],
        ),
        (
            "more.ndjson",
            5,
            1,
            0,
            0,
            [
                ("more.ndjson", "record 1", [], None),
                (
                    "more.ndjson",
                    "record 2 (CRM-1007)",
                    [
                        (
                            "ORD121",
                            f"{message} {remedy}",
                            f"more.ndjson:14:17: ORD121 {message} /productOrderItem/0/action",
                        )
                    ],
                    None,
                ),
                ("more.ndjson", "record 3", [], None),
                ("more.ndjson", "record 4 (CRM-1007)", [], "more.ndjson:3:3: ORD901 unknown field `oddd` /oddd"),
                ("more.ndjson", "record 5", [], None),
            ],
        ),
        (
            "odd.json",
            1,
            0,
            0,
            0,
            [("odd.json", "record 1 (CRM-1007)", [], "odd.json:3:3: ORD901 unknown field `oddd` /oddd")],
        ),
    ]


def test_a_file_without_findings_passes() -> None:
    stream = StringIO()
    report = JunitReport(stream)

    report.begin()
    report.file_done("good.ndjson", 2)
    report.end(Summary(files=1, orders=2, errors=0, warnings=0, exit_code=0))

    cases: list[tuple[object, ...]] = [("good.ndjson", "record 1", [], None), ("good.ndjson", "record 2", [], None)]
    assert suites(stream.getvalue()) == [("good.ndjson", 2, 0, 0, 0, cases)]


def test_a_warning_fails_the_order_where_warnings_count() -> None:
    shown = suites(written("junit", [ODD_FIELD], options=ReportOptions(RULES.__getitem__, fail_on="warning")))

    failure = ("ORD901", "unknown field `oddd`", "fixtures/bad.json:3:3: ORD901 unknown field `oddd` /oddd")
    assert shown == [
        ("fixtures/bad.json", 1, 1, 0, 0, [("fixtures/bad.json", "record 1 (CRM-1007)", [failure], None)]),
    ]


def test_a_case_has_the_same_name_whether_its_order_passes_or_fails() -> None:
    def names(*diagnostics: Diagnostic) -> list[str]:
        stream = StringIO()
        report = JunitReport(stream)
        report.begin()
        for first in (1, 3):
            report.validated(
                [ValidatedOrder(record(b"{}", n), [], None if n == 4 else f"PO-{n}") for n in (first, first + 1)]
            )
            for each in diagnostics:
                if first <= each.record <= first + 1:
                    report.diagnostic(each)
        report.file_done("orders.ndjson", 4)
        report.end(Summary(files=1, orders=4, errors=0, warnings=0, exit_code=0))
        return [case.name for suite in JUnitXml.fromstring(stream.getvalue().encode()) for case in suite]

    bad = [BAD_ACTION._replace(file="orders.ndjson", record=n, external_id=f"PO-{n}") for n in (2, 3)]

    assert names() == ["record 1 (PO-1)", "record 2 (PO-2)", "record 3 (PO-3)", "record 4"]
    assert names(*bad) == names()


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=10)


@given(file=ANY_PATH, texts=st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT))
def test_any_text_is_well_formed_xml(file: str, texts: tuple[str, str, str]) -> None:
    message, suggestion, pointer = texts
    diagnostic: Diagnostic = BAD_ACTION._replace(file=file, message=message, suggestion=suggestion, pointer=pointer)

    shown = fromstring(written("junit", [diagnostic]).encode())  # noqa: S314 - our own

    assert [element.tag for element in shown.iter()] == ["testsuites", "testsuite", "testcase", "failure"]
