"""Read what commands print and write about orders: receipts, summaries, errors, and the lines of rejects files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from support.builders import Json
    from support.running import Result


def outcomes(result: Result) -> list[tuple[str | None, str, int]]:
    """Return external id, outcome and status code of each receipt."""
    return [(each["externalId"], each["outcome"], each["statusCode"]) for each in result.ndjson]


def summary(result: Result, *names: str) -> dict[str, Any]:
    """Return these members of the summary."""
    return {name: result.json[name] for name in names}


def errors(result: Result) -> list[tuple[str, str, str]]:
    """Return code, pointer and message of each error of a request that was refused."""
    return [(each["rule"], each["datapath"], each["message"]) for each in json.loads(result.stderr)["details"]]


def read_rejects(path: Path) -> list[Json]:
    """Return the lines of a rejects file."""
    return [json.loads(each) for each in path.read_bytes().splitlines()]


def codes(path: Path) -> list[list[str]]:
    """Return the codes of the errors that each line of a rejects file names."""
    return [[error["code"] for error in each["$reject"]["errors"]] for each in read_rejects(path)]
