"""The pages of docs/how-to do what they say: their commands are pasted one after the other, from an empty folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.manuals import follow

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


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
