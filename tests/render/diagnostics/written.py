"""Diagnostics, and what a report makes of them."""

from __future__ import annotations

from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from ordercli.intake.json_text import Excerpt
from ordercli.operations.diagnostics import Diagnostic, Summary
from ordercli.output.diagnostics.report import ReportOptions, RuleText
from ordercli.output.diagnostics.reports import Format, new_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The operating system refuses a path with a NUL character, so no argument and no input file can have one.
ANY_PATH = st.text(st.characters(codec=None, exclude_categories=(), exclude_characters="\0"), max_size=10)

RULES = {
    "ORD104": RuleText("product-order-item-action-missing", "An item has no action.", "Say one.", "error"),
    "ORD121": RuleText("not-one-of", "A value is not in its list.", "Take one of the list.", "error"),
    "ORD901": RuleText("unknown-field", "Nobody knows this field.", "Correct its name.", "warning"),
}

BAD_ACTION = Diagnostic(
    file="fixtures/bad.json",
    line=14,
    column=17,
    end_line=14,
    end_column=21,
    record=1,
    external_id="CRM-1007",
    pointer="/productOrderItem/0/action",
    code="ORD121",
    name="not-one-of",
    severity="error",
    message="action `ad` is none of add, change, delete, no-change, resume, suspend",
    suggestion="add",
    applicability="safe",
    excerpt=Excerpt('      "action": "ad",', 16, 20),
)
NO_ACTION = BAD_ACTION._replace(
    line=15,
    column=7,
    end_line=15,
    end_column=8,
    pointer="/productOrderItem/1/action",
    code="ORD104",
    name="product-order-item-action-missing",
    message="Invalid payload: productOrderItem action is missing",
    suggestion=None,
    applicability=None,
    excerpt=Excerpt('    },{"id":2}', 6, 7),
)
ODD_FIELD = BAD_ACTION._replace(
    line=3,
    column=3,
    end_line=3,
    end_column=8,
    pointer="/oddd",
    code="ORD901",
    name="unknown-field",
    severity="warning",
    message="unknown field `oddd`",
    suggestion=None,
    applicability=None,
    excerpt=Excerpt('  "oddd": 3,', 2, 8),
)


def written(
    name: Format,
    diagnostics: Sequence[Diagnostic],
    *,
    orders: Mapping[str, int] | None = None,
    options: ReportOptions | None = None,
) -> str:
    """All that a report writes; a file has as many orders as `orders` says, else up to its last diagnostic."""
    stream = StringIO()
    report = new_report(name, stream, options or ReportOptions(RULES.__getitem__))
    report.begin()
    for file, group in groupby(diagnostics, key=lambda diagnostic: diagnostic.file):
        last = 0
        for diagnostic in group:
            report.diagnostic(diagnostic)
            last = diagnostic.record
        report.file_done(file, (orders or {}).get(file, last))
    report.end(Summary(files=1, orders=2, errors=3, warnings=4, exit_code=1))
    return stream.getvalue()


def members(diagnostic: Diagnostic, **changes: Any) -> dict[str, Any]:
    """The diagnostic as JSON shows it."""
    shown = dict(zip(MEMBERS, diagnostic[:14], strict=True))
    if diagnostic.suggestion is None:
        del shown["applicability"]
    return shown | changes


MEMBERS = (
    "file",
    "line",
    "column",
    "endLine",
    "endColumn",
    "record",
    "externalId",
    "pointer",
    "code",
    "name",
    "severity",
    "message",
    "suggestion",
    "applicability",
)
