"""The patches of the samples, sent as samples/README.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.running import Ordercli

SAMPLES = Path(__file__).parents[2] / "samples"
PATCHES = SAMPLES / "patches"


@pytest.fixture(autouse=True)
def _created(ordercli: Ordercli) -> None:
    ordercli("reference", "import", str(SAMPLES / "reference.ndjson"))
    assert ordercli("submit", str(SAMPLES / "home-fibre-bundle.json")).exit_code == 0


def test_a_merge_patch_and_the_json_patch_beside_it_do_the_same(ordercli: Ordercli) -> None:
    dry, by_operations = (
        ordercli("patch", "FIB-2026-0124", str(PATCHES / name), *options, "-o", "json")
        for name, options in (("install-later.json", ("--dry-run",)), ("install-later.operations.json", ()))
    )

    merged = ordercli("patch", "FIB-2026-0124", str(PATCHES / "install-later.json"), "-o", "json")
    assert (dry.exit_code, by_operations.exit_code, by_operations.stderr) == (0, 0, "")
    assert [each["path"] for each in dry.json if each["op"] == "add"] == ["/note/2"]
    assert (merged.exit_code, merged.json) == (0, by_operations.json)


def test_a_file_of_patches_of_both_kinds_is_applied(ordercli: Ordercli) -> None:
    result = ordercli("patch", "--from", str(PATCHES / "night.ndjson"), "-o", "ndjson")

    assert [(each["outcome"], each["version"]) for each in result.ndjson] == [("patched", 2), ("patched", 3)]
    order = ordercli("show", "FIB-2026-0124", "-o", "json").json
    assert [each["state"] for each in order["productOrderItem"]] == ["new"] * 4 + ["canceled"]
    assert (
        order["requestedCompletionDate"]
        == json.loads((PATCHES / "night.ndjson").read_text().split("\n")[0])["requestedCompletionDate"]
    )
