"""Each bad service order of the samples: its whole finding, with message, pointer, line and column.

The golden file is written anew where it is missing; read what changes before it is committed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.service_order.examples import GOOD_RECORDS
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from support.builders import ndjson

if TYPE_CHECKING:
    from support.running import Ordercli

SAMPLES = Path(__file__).parents[2] / "samples" / "bad-service-orders"
GOLDEN = Path(__file__).with_name("faults") / "service-orders.json"
# What some rules need beside the order and reference data, by the code.
NEEDS: dict[str, dict[str, Any]] = {
    "ORD210": {"ORDERCLI_LIMITS_MAX_ITEMS_SYNC": "2"},
    "ORD312": {"ORDERCLI_ORDERS_ALLOW_SPEC_VERSION_UPDATE_IN_CHANGE_ORDER": "false"},
}
SHOWN = ("code", "name", "severity", "line", "column", "endLine", "endColumn", "pointer", "message", "suggestion")


def findings(ordercli: Ordercli, files: list[str], environment: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What `validate` finds in these files, by file."""
    words = ("validate", *files, "--resource", "serviceOrder", "--reference", "records.ndjson", "-o", "ndjson")
    found: dict[str, list[dict[str, Any]]] = {file: [] for file in files}
    for each in ordercli(*words, **environment).ndjson:
        if "code" in each:
            found[each["file"]].append({name: each[name] for name in SHOWN})
    return found


def test_every_bad_service_order_has_its_finding_with_its_place(ordercli: Ordercli) -> None:
    (ordercli.folder / "records.ndjson").write_bytes(ndjson(*GOOD_RECORDS))
    files = sorted(path.name for path in SAMPLES.glob("*.json") if ".expect." not in path.name)
    for file in files:  # without their sidecars
        shutil.copy(SAMPLES / file, ordercli.folder)
    needing = {file: NEEDS[file[:6]] for file in files if file[:6] in NEEDS}

    found = findings(ordercli, [file for file in files if file not in needing], {})
    for file, environment in needing.items():
        found |= findings(ordercli, [file], environment)

    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        pytest.fail(f"{GOLDEN.name} was written anew")
    assert found == json.loads(GOLDEN.read_text("utf-8"))
    assert {name: [each["code"] for each in told] for name, told in found.items()} == {
        name: [name.partition("-")[0]] for name in found
    }
    assert len(found) == sum(rule.bad is not None for rule in SERVICE_ORDER.load_rulebook().rules)
