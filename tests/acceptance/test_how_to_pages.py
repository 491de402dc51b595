"""Pages of docs/ do what they say: their commands are pasted one after the other, in a folder with the samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.manuals import DOCS, follow

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
# The sections of the first hour after the installation.
FIRST_HOUR = (
    "Load the catalogue",
    "Create one order",
    "Send a file with faults",
    "Repair what was refused",
    "Create what is queued",
    "Look at orders, and change them",
    "Clean up",
)


def test_the_first_hour(tmp_path: Path) -> None:
    followed = follow("first-hour", tmp_path, *FIRST_HOUR)

    assert followed.failed == ["1 ordercli submit night.ndjson --source crm --async"]
    assert re.findall(r'"(?:accepted|duplicates|rejected|completed)": [1-9]\d*', followed.stdout) == [
        '"accepted": 1',
        '"duplicates": 1',
        '"accepted": 212',
        '"rejected": 28',
        '"accepted": 28',
        '"completed": 240',
        '"completed": 240',
    ]
    assert re.findall(r"^\d+ repaired, .*$", followed.stderr, re.MULTILINE) == [
        "12 repaired, 16 unchanged",
        "11 repaired, 17 unchanged",
        "5 repaired, 23 unchanged",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"samples", "failed"}] == []


def test_the_first_hour_is_followed_to_its_end() -> None:
    page = (DOCS / "first-hour.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Install", *FIRST_HOUR, "What next"]


def test_orders_of_v5(tmp_path: Path) -> None:
    followed = follow("tmf622-v5", tmp_path)

    assert followed.failed == ["3 ordercli patch PO-SDW-2026-0202 --set description=urgent"]
    assert "'PO-SDW-2026-0202' is a further external identifier of order" in followed.stderr
    assert '"outcome":"cancelled"' in followed.stdout


def test_orders_inside_other_documents(tmp_path: Path) -> None:
    followed = follow("envelopes", tmp_path)

    assert followed.failed == ["1 ordercli validate events.ndjson"]
    assert followed.stdout.count("error[ORD012]") == 2
    assert followed.stdout.count("read it with --at /event/productOrder") == 2
    assert '"accepted": 2' in followed.stdout
    assert re.findall(r"^\d orders? in 1 file: (.*)$", followed.stderr, re.MULTILINE) == [
        "2 errors, 0 warnings",
        *["0 errors, 0 warnings"] * 5,
    ]


def test_change_orders(tmp_path: Path) -> None:
    followed = follow("change-orders", tmp_path)

    assert followed.failed == []
    assert re.findall(r'"outcome":"(\w+)"', followed.stdout) == ["patched", "patched"]
    assert [line for line in followed.stderr.splitlines() if "error" in line] == []


def test_quotes_become_orders(tmp_path: Path) -> None:
    followed = follow("quotes", tmp_path)

    assert followed.failed == []
    assert followed.stdout.count('"accepted": 10') == 1  # the orders of the pipe are there already
    assert followed.stdout.count('"duplicates": 10') == 1


def test_service_orders(tmp_path: Path) -> None:
    followed = follow("service-orders", tmp_path)

    assert followed.failed == []
    assert re.findall(r'"outcome":"(\w+)"', followed.stdout) == ["cancelled", "updated"]
