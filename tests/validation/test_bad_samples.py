"""The files of samples/bad are made from the rules, and the command finds in them what their sidecars say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.resources.all_rules import RULES

if TYPE_CHECKING:
    from support.running import Ordercli

ROOT = Path(__file__).parents[2]
BAD = ROOT / "samples" / "bad"


def test_the_files_are_what_their_script_writes() -> None:
    command = [sys.executable, "-m", "scripts.make_bad_samples", "--check"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_a_stale_a_missing_and_a_foreign_file_are_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.make_bad_samples", "--folder", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    written = {path.name for path in tmp_path.iterdir()}
    (tmp_path / "ORD008-not-an-object.json").write_bytes(b"[]")
    (tmp_path / "ORD101-request-body-missing.json").unlink()
    (tmp_path / "ORD000-no-rule.json").touch()

    done = subprocess.run([*command, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert written == {path.name for path in BAD.iterdir()}
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{tmp_path / name} is not what scripts.make_bad_samples writes"
        for name in ("ORD008-not-an-object.json", "ORD101-request-body-missing.json", "ORD000-no-rule.json")
    ]


def test_there_is_a_file_for_every_rule_that_has_a_bad_example() -> None:
    files = {path.name for path in BAD.glob("*.json")}

    names = [f"{rule.code}-{rule.name}" for rule in RULES if rule.bad is not None]
    assert files == {f"{name}{suffix}" for name in names for suffix in (".json", ".expect.json")}


def test_the_command_finds_in_every_file_what_its_sidecar_says(ordercli: Ordercli) -> None:
    result = ordercli("validate", str(BAD))

    assert (result.exit_code, result.stdout) == (0, "")
