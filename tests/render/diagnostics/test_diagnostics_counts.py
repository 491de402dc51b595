from __future__ import annotations

from io import StringIO

from ordercli.operations.diagnostics import Diagnostic, Summary
from ordercli.output.diagnostics.text import CountsReport
from render.diagnostics.written import BAD_ACTION, NO_ACTION, ODD_FIELD


def counts(*diagnostics: Diagnostic) -> str:
    stream = StringIO()
    report = CountsReport(stream)
    report.begin()
    for diagnostic in diagnostics:
        report.diagnostic(diagnostic)
    report.end(Summary(files=1, orders=1, errors=1, warnings=0, exit_code=1))
    return stream.getvalue()


def test_rules_are_counted_the_most_frequent_first() -> None:
    assert counts(BAD_ACTION, *[ODD_FIELD] * 1_200, NO_ACTION) == (
        "1,200  ORD901  warning  unknown-field\n"
        "    1  ORD104  error    product-order-item-action-missing\n"
        "    1  ORD121  error    not-one-of\n"
    )


def test_without_diagnostics_there_is_no_table() -> None:
    assert counts() == ""
