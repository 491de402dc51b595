"""Fixtures that must fail: a sidecar names the findings that are expected."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ordercli.errors import BadInputError, UsageError
from ordercli.intake.inputs import printable
from ordercli.intake.record import STDIN
from ordercli.resources.registry import BY_CODE
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIX = ".expect.json"

_ORDER_SUFFIX = re.compile(r"\.(json|jsonl|ndjson)(\.gz|\.zst)?$", re.IGNORECASE)


class ExpectedFinding(msgspec.Struct, frozen=True):
    """A finding as a sidecar names it."""

    code: str
    pointer: str


class _Sidecar(msgspec.Struct):
    findings: list[ExpectedFinding]


class Expectation:
    """The findings that a file must still give. It must give no others."""

    def __init__(self, findings: Sequence[ExpectedFinding]) -> None:
        self._open = Counter(findings)

    def unexpected(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that are not expected, as errors, and tick off the expected ones."""
        return [each._replace(severity="error") for each in findings if not self._tick_off(each)]

    def missing(self) -> list[Finding]:
        """Return the expected findings that did not come, as errors."""
        return [
            Finding(each.code, "error", each.pointer, f"{each.code} was expected here and not found")
            for each in self._open.elements()
        ]

    def _tick_off(self, finding: Finding) -> bool:
        key = ExpectedFinding(finding.code, finding.pointer)
        was_open = self._open[key] > 0
        self._open[key] -= was_open
        return was_open


def expectation_of(file: str) -> Expectation | None:
    """Return what the sidecar of a file expects (`bad.json`, `bad.json.gz`: `bad.expect.json`); None without one.

    Raises:
        UsageError: the sidecar is not `{"findings": [{"code", "pointer"}]}`, or names a code that is none.
        BadInputError: the sidecar cannot be read.
    """
    sidecar = Path(_ORDER_SUFFIX.sub("", file) + SUFFIX)
    if file == STDIN or not sidecar.is_file():
        return None
    try:
        findings = msgspec.json.decode(sidecar.read_bytes(), type=_Sidecar).findings
    except OSError as error:
        raise BadInputError(f"{printable(str(sidecar))}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = 'a sidecar is {"findings": [{"code": "…", "pointer": "…"}]}'
        raise UsageError(f"{printable(str(sidecar))}: {error}", hint=hint) from error
    for each in findings:
        if each.code not in BY_CODE:
            raise UsageError(f"{printable(str(sidecar))}: there is no rule {each.code}")
    return Expectation(findings)
