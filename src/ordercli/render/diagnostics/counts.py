"""Diagnostics become a table of how often each rule was broken."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from ordercli.render.diagnostics.json_stream import ArrayWriter, to_json
from ordercli.render.diagnostics.report import Report

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary

_Rule = tuple[str, str, str]
_Counts = list[tuple[_Rule, int]]


class CountsReport(Report):
    """Nothing until the end, then a line for each rule, the most frequent first; as text or as JSON."""

    def __init__(self, stream: TextIO, name: Literal["text", "json", "ndjson"] = "text") -> None:
        self._stream = stream
        self._write = {"text": self._text, "json": self._json, "ndjson": self._ndjson}[name]
        self._counts: Counter[_Rule] = Counter()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Count it."""
        self._counts[diagnostic.code, diagnostic.severity, diagnostic.name] += 1

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - the rules are the point here
        """Write the table."""
        self._write(sorted(self._counts.items(), key=lambda line: (-line[1], line[0])))

    def _text(self, counts: _Counts) -> None:
        width = max((len(f"{count:,}") for _, count in counts), default=0)
        for (code, severity, name), count in counts:
            self._stream.write(f"{count:>{width},}  {code}  {severity:<7}  {name}\n")

    def _json(self, counts: _Counts) -> None:
        array = ArrayWriter(self._stream)
        self._stream.write("[")
        for each in counts:
            array.add(_members(each))
        self._stream.write("\n]\n")

    def _ndjson(self, counts: _Counts) -> None:
        self._stream.writelines(f"{_members(each)}\n" for each in counts)


def _members(counted: tuple[_Rule, int]) -> str:
    (code, severity, name), count = counted
    return to_json({"code": code, "name": name, "severity": severity, "count": count})
