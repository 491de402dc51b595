"""The files of samples/bad and bad-v5 are made from the rules; the command finds in them what their sidecars say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.examples import example_document, example_in_v5, example_options, example_profile
from ordercli.resources.product_order.profiles import PROFILES
from ordercli.resources.quote.rules import RULES as RULES_OF_QUOTES
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import OrderValidator
from support.versions import place_in_v5

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Rule
    from support.running import Ordercli

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
ACTIONS = "add, change, delete, no-change, resume, suspend"
IN_V5 = [rule for rule in all_rules().values() if example_in_v5(rule) is not None]


def test_the_files_are_what_their_script_writes() -> None:
    command = [sys.executable, "-m", "scripts.make_bad_samples", "--check"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_a_stale_a_missing_and_a_foreign_file_are_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.make_bad_samples", "--folder", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    written = names(tmp_path)
    (tmp_path / "bad" / "ORD008-not-an-object.json").write_bytes(b"[]")
    (tmp_path / "bad-v5" / "ORD102-product-order-item-missing.json").unlink()
    (tmp_path / "bad" / "ORD000-no-rule.json").touch()

    done = subprocess.run([*command, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert written == names(SAMPLES)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{tmp_path / name} is not what scripts.make_bad_samples writes"
        for name in (
            "bad/ORD008-not-an-object.json",
            "bad-v5/ORD102-product-order-item-missing.json",
            "bad/ORD000-no-rule.json",
        )
    ]


def names(folder: Path) -> set[str]:
    return {f"{path.parent.name}/{path.name}" for path in folder.glob("bad*/*")}


def test_there_is_a_file_for_every_rule_that_has_a_bad_example() -> None:
    shown = [
        (folder, rule)
        for rule in all_rules().values()
        for folder, is_shown in (
            ("bad", rule.bad is not None and example_profile(rule) == "servicenow"),
            ("bad-v5", rule in IN_V5),
        )
        if is_shown
    ]
    shown += [("bad-service-orders", rule) for rule in SERVICE_ORDER.load_rulebook().rules if rule.bad is not None]
    shown += [("bad-quotes", rule) for rule in RULES_OF_QUOTES if rule.bad is not None]

    found = {f"{folder}/{rule.code}-{rule.name}{end}" for folder, rule in shown for end in (".json", ".expect.json")}
    assert names(SAMPLES) == found


def test_every_rule_about_orders_of_v5_has_a_bad_order_of_v5() -> None:
    without = [
        rule.code
        for rule in all_rules().values()
        if (rule.check or rule.missing) and "tmf622-v5" in (rule.profiles or PROFILES) and rule not in IN_V5
    ]

    assert without == []


@pytest.mark.parametrize(
    ("folder", "profile"),
    [("bad", "servicenow"), ("bad-v5", "tmf622-v5"), ("bad-v5", "tmf622"), ("bad-service-orders", "servicenow")],
)
def test_the_command_finds_in_every_file_what_its_sidecar_says(ordercli: Ordercli, folder: str, profile: str) -> None:
    result = ordercli("validate", str(SAMPLES / folder), "--profile", profile)

    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("rule", IN_V5, ids=lambda rule: rule.code)
def test_the_bad_order_of_v5_breaks_its_rule_alone_where_the_other_one_does(rule: Rule) -> None:
    data = (SAMPLES / "bad-v5" / f"{rule.code}-{rule.name}.json").read_bytes()
    options = example_options(rule, "tmf622-v5")

    (found,) = OrderValidator(**options).validate(data).findings
    by_family = OrderValidator(**{**options, "profile": "tmf622"}).validate(data).findings

    assert by_family == [found]
    assert (found.code, found.severity) == (rule.code, "warning" if "tmf622-v5" in rule.warns_in else rule.severity)
    if example_profile(rule) == "servicenow" and rule.bad_v5 is None:
        assert rule.bad is not None
        older = OrderValidator(**example_options(rule)).validate(example_document(rule.bad)).findings
        told = [(each.message.replace(ACTIONS, "add, delete, modify, noChange"), each.pointer) for each in older]
        assert [(message, place_in_v5(pointer)) for message, pointer in told] == [(found.message, found.pointer)]


def test_each_finding_in_an_order_of_v5_has_the_line_and_column_of_its_value(ordercli: Ordercli) -> None:
    files = [path for path in sorted((SAMPLES / "bad-v5").glob("*.json")) if ".expect." not in path.name]
    for path in files:
        shutil.copy(path, ordercli.folder)

    result = ordercli("validate", "--profile", "tmf622-v5", "--format", "ndjson", *(path.name for path in files))

    places = {(each["file"], each["code"]): each for each in result.ndjson if "code" in each}
    del places["ORD211-price-not-exact.json", "ORD006"]  # so many digits are no double either
    plain = {(path.name, path.name[:6]) for path in files} - {
        (f"{rule.code}-{rule.name}.json", rule.code)
        for rule in IN_V5
        if example_options(rule, "tmf622-v5").keys() & {"reference", "select", "limits"}
    }
    assert places.keys() == plain
    for (file, _), each in places.items():
        text = (SAMPLES / "bad-v5" / file).read_text("utf-8")
        start = sum(len(line) for line in text.splitlines(keepends=True)[: each["line"] - 1]) + each["column"] - 1
        value, _ = json.JSONDecoder().raw_decode(text[start:])
        wanted = json.loads(text)
        for name in each["pointer"].split("/")[1:]:
            below = wanted[int(name)] if isinstance(wanted, list) else wanted.get(name)
            if below is None:  # a missing member has the place of its object
                break
            wanted = below
        assert value in (wanted, name), (file, each)
