"""Write diagnostics as a SARIF 2.1.0 log for GitHub code scanning."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, Final, Self, TextIO
from urllib.parse import quote

from ordercli.errors import BadInputError
from ordercli.exit_codes import ExitCode
from ordercli.operations.diagnostics import Diagnostic, Summary
from ordercli.output.diagnostics.report import (
    ArrayWriter,
    Fingerprints,
    Groups,
    ReportOptions,
    RuleText,
    Spool,
    StreamReport,
    repository_path,
    sentence,
    to_json,
)
from ordercli.rulebook.rule import Rule
from ordercli.version import __version__

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class SarifReport(StreamReport):
    """Write one run with a result for each diagnostic, beginning with the first one of each group.

    Code scanning refuses a run of more than `MOST` results, and shows 5,000 of them. Further results are left out, and
    a notification gives their number.
    """

    MOST: Final = 25_000

    def __init__(self, stream: TextIO, rule_of: Callable[[str], RuleText | Rule]) -> None:
        super().__init__(stream)
        self._rule_of = rule_of
        self._results = ArrayWriter(stream)
        # The number and the name of each rule that occurred, by code; the name is that in its first diagnostic.
        self._indices: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._groups = Groups()
        self._fingerprints = Fingerprints()
        self._rest = Spool()
        self._notifications: list[dict[str, Any]] = []
        self._firsts = self._kept = self._all = 0

    @classmethod
    def new(cls, stream: TextIO, options: ReportOptions) -> Self:
        """Return a report that writes to the stream."""
        return cls(stream, options.rule_of)

    def begin(self) -> None:
        """Open the log and its run."""
        head = to_json({"$schema": _SCHEMA, "version": "2.1.0"})[:-1]
        self._stream.write(f'{head},"runs":[{{"columnKind":"unicodeCodePoints","results":[')

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the result of a new fault; keep the others until the end, up to `MOST`."""
        self._all += 1
        if self._groups.add(diagnostic) == 1:
            self._firsts += 1
            self._results.add(self._result(diagnostic))
        elif self._kept < self.MOST:
            self._kept += 1
            self._rest.write(f"{self._result(diagnostic)}\n")

    def unreadable(self, error: BadInputError) -> None:
        """Keep the notification of an input that could not be read."""
        location = {"physicalLocation": {"artifactLocation": _artifact(repository_path(error.file or ""))}}
        notification = {"level": "error", "message": _message(error.message), "locations": [location]}
        self._notifications.append(notification)

    def end(self, summary: Summary) -> None:
        """Write the results that were kept, the rules that occurred and how the run ended."""
        room = max(self.MOST - self._firsts, 0)
        for line in islice(self._rest.drain(), room):
            self._results.add(line.rstrip("\n"))
        left_out = self._all - self._firsts - min(room, self._kept)
        if left_out:
            text = f"{left_out:,} results more than code scanning takes were left out."
            self._notifications.append({"level": "warning", "message": _message(text)})
        tail = {"tool": self._tool(), "invocations": [_invocation(summary.exit_code, self._notifications)]}
        self._stream.write(f"],{to_json(tail)[1:]}]}}\n")

    def _tool(self) -> dict[str, Any]:
        rules = [_rule(code, name, self._rule_of(code)) for code, name in self._names.items()]
        return {"driver": {"name": "ordercli", "version": __version__, "rules": rules}}

    def _result(self, diagnostic: Diagnostic) -> str:
        self._names.setdefault(diagnostic.code, diagnostic.name)
        result: dict[str, Any] = {
            "ruleId": diagnostic.code,
            "ruleIndex": self._indices.setdefault(diagnostic.code, len(self._indices)),
            "level": diagnostic.severity,
            "message": _message(sentence(diagnostic)),
            "locations": [_location(diagnostic)],
            # Not primaryLocationLineHash: the upload action computes it, and warns about any other value.
            "partialFingerprints": {"orderFault/v1": self._fingerprints.of(diagnostic)},
            "properties": {"record": diagnostic.record, "externalId": diagnostic.external_id},
        }
        if diagnostic.suggestion is not None:
            result["properties"] |= {
                "suggestion": diagnostic.suggestion,
                "applicability": diagnostic.applicability,
            }
        return to_json(result)


def _rule(code: str, name: str, rule: RuleText | Rule) -> dict[str, Any]:
    return {
        "id": code,
        "name": name,
        "shortDescription": _message(rule.fault),
        "fullDescription": _message(rule.fault),
        "help": _message(rule.why),
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"problem.severity": rule.severity},
    }


def _location(diagnostic: Diagnostic) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(repository_path(diagnostic.file)),
            "region": {
                "startLine": diagnostic.line,
                "startColumn": diagnostic.column,
                "endLine": diagnostic.end_line,
                "endColumn": diagnostic.end_column,
            },
        },
    }
    if diagnostic.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.pointer}]
    return location


def _artifact(path: str) -> dict[str, str]:
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}


def _invocation(exit_code: int, notifications: list[dict[str, Any]]) -> dict[str, Any]:
    # A run with findings has succeeded; a run with inputs that cannot be read has not.
    succeeded = exit_code in {ExitCode.OK, ExitCode.REJECTED}
    invocation: dict[str, Any] = {"executionSuccessful": succeeded, "exitCode": exit_code}
    if not succeeded:
        invocation["exitCodeDescription"] = ExitCode(exit_code).name.lower().replace("_", "-")
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation


def _message(text: str) -> dict[str, str]:
    """Return a message string; braces (placeholders, SARIF 2.1.0, 3.11.5) and `](` (links) are escaped."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "\\](")}
