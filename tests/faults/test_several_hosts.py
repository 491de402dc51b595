"""A short form of several hosts on one server; `make faults` runs the long form."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from faults.several_hosts import share_a_server

if TYPE_CHECKING:
    from pathlib import Path


def test_several_hosts_lose_nothing_and_create_nothing_twice_whatever_becomes_of_the_server(tmp_path: Path) -> None:
    trial = share_a_server(tmp_path, Random(20260301), patient=False)  # noqa: S311 - a test that can be repeated

    assert trial._replace(recovery_seconds=0.0) == trial._replace(lost=0, twice=0, recovery_seconds=0.0, findings=())
