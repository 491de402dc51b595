from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING

import pytest

from ordercli.errors import TryAgainError
from ordercli.output.event_log import open_log
from ordercli.output.stream import FileFailures, Log, LogFormat, Output
from ordercli.output_files.guard import OutputFiles

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.output_files.output_file import OutputFile

FAILURES = FileFailures(Output())
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def appended(path: Path) -> OutputFile:
    return OutputFiles("orders.db").appended("--log-file", str(path))


def test_each_event_is_a_json_line(tmp_path: Path) -> None:
    path = tmp_path / "ordercli.log"

    with open_log(appended(path), LogFormat.JSON, FAILURES) as log:
        log.event("queue run", {"completed": 3, "exitCode": 0})
        log.event("order failed", {"orderId": "abc", "message": "a\nb"}, failed=True)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(re.fullmatch(TIME, line.pop("time")) for line in lines)
    assert lines == [
        {"level": "info", "event": "queue run", "completed": 3, "exitCode": 0},
        {"level": "error", "event": "order failed", "orderId": "abc", "message": "a\nb"},
    ]


def test_text_is_one_line_an_event_too(tmp_path: Path) -> None:
    path = tmp_path / "ordercli.log"

    with open_log(appended(path), None, FAILURES) as log:
        log.event("order failed", {"orderId": "abc", "message": "a\nb"}, failed=True)

    (line,) = path.read_text().splitlines()
    assert re.sub(TIME, "TIME", line) == 'TIME error order failed orderId="abc" message="a\\nb"'


def test_a_log_is_appended_to_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "ordercli.log"

    for _ in range(2):
        with open_log(appended(path), LogFormat.JSON, FAILURES) as log:
            log.event("submit", {})

    assert len(path.read_text().splitlines()) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_it_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with open_log(None, LogFormat.JSON, FAILURES) as log:
        log.event("submit", {"read": 1})

    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["read"] == 1


def test_nothing_is_logged_where_nobody_asked(capsys: pytest.CaptureFixture[str]) -> None:
    Log().event("submit", {"read": 1})

    assert tuple(capsys.readouterr()) == ("", "")


def test_the_error_that_ends_the_work_is_logged(tmp_path: Path) -> None:
    path = tmp_path / "ordercli.log"

    with pytest.raises(TryAgainError), open_log(appended(path), LogFormat.JSON, FAILURES):
        raise TryAgainError("The disk is full")

    line = json.loads(path.read_text())
    line.pop("time")
    assert line == {"level": "error", "event": "stopped", "message": "The disk is full", "exitCode": 75}
