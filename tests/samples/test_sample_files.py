"""The committed files are what the script writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"


def make_samples(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.make_samples", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*json") if path.is_file()}


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    finished = make_samples("--folder", str(tmp_path))

    written = contents(tmp_path)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    by_others = ("bad", "patches/")  # bad orders have a script of their own, and patches are written by hand
    assert written == {name: content for name, content in contents(SAMPLES).items() if not name.startswith(by_others)}


def test_check_is_silent_over_the_committed_files() -> None:
    finished = make_samples("--check")

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


def test_check_names_a_file_that_differs_and_one_that_is_missing(tmp_path: Path) -> None:
    make_samples("--folder", str(tmp_path))
    changed, missing = tmp_path / "suspend.json", tmp_path / "tmf622" / "standard.json"
    changed.write_bytes(changed.read_bytes().replace(b"2026", b"2027"))
    missing.unlink()

    finished = make_samples("--check", "--folder", str(tmp_path))

    named = [f"{path} is not what scripts.make_samples writes\n" for path in (changed, missing)]
    assert (finished.returncode, finished.stdout, finished.stderr) == (1, "".join(named), "")
