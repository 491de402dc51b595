"""The name of a format becomes the report that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from ordercli.render.diagnostics.concise import ConciseReport
from ordercli.render.diagnostics.github import GithubReport
from ordercli.render.diagnostics.gitlab import GitlabReport
from ordercli.render.diagnostics.json_document import JsonReport
from ordercli.render.diagnostics.junit import JunitReport
from ordercli.render.diagnostics.ndjson import NdjsonReport
from ordercli.render.diagnostics.sarif import SarifReport

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.render.diagnostics.report import Report, RuleText
    from ordercli.validation.finding import Severity

Format = Literal["text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif"]
FORMATS: tuple[Format, ...] = get_args(Format)


class Wanted(NamedTuple):
    """What formats need to know beyond the diagnostics: the rules by code, what counts as failed, colours.

    `alone`: nobody sees standard error beside the report, so that even text tells which inputs could not be read.
    """

    rules: Mapping[str, RuleText]
    fail_on: Severity = "error"
    no_color: bool = False
    alone: bool = False


def _text(stream: TextIO, wanted: Wanted) -> Report:
    # Rich is slow to import, and the other formats do without.
    from ordercli.render.console import DataConsole  # noqa: PLC0415
    from ordercli.render.diagnostics.text import TextReport  # noqa: PLC0415

    return TextReport(DataConsole(file=stream, no_color=wanted.no_color or None), alone=wanted.alone)


_REPORTS: Mapping[Format, Callable[[TextIO, Wanted], Report]] = {
    "text": _text,
    "concise": lambda stream, wanted: ConciseReport(stream, alone=wanted.alone),
    "json": lambda stream, _: JsonReport(stream),
    "ndjson": lambda stream, _: NdjsonReport(stream),
    "github": lambda stream, _: GithubReport(stream),
    "gitlab": lambda stream, _: GitlabReport(stream),
    "junit": lambda stream, wanted: JunitReport(stream, wanted.fail_on),
    "sarif": lambda stream, wanted: SarifReport(stream, wanted.rules),
}


def new_report(name: Format, stream: TextIO, wanted: Wanted) -> Report:
    """A report of that format which writes to the stream; text is in colour where the stream is a terminal."""
    return _REPORTS[name](stream, wanted)
