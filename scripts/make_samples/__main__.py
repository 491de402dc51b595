"""Write the sample files, or check that they are what this script writes.

python -m scripts.make_samples [--check] [--folder PATH]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.make_samples.files import sample_files

SAMPLES = Path(__file__).parents[2] / "samples"


def main() -> int:
    """Return 1 when `--check` finds a file that differs."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_samples", description="Write the sample files.")
    parser.add_argument("--check", action="store_true", help="write nothing, name the files that differ")
    parser.add_argument("--folder", type=Path, default=SAMPLES, help="where the files are (default: samples)")
    arguments = parser.parse_args()
    return check(arguments.folder) if arguments.check else write(arguments.folder)


def write(folder: Path) -> int:
    """Write every file."""
    for name, content in sample_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return 0


def check(folder: Path) -> int:
    """Name the files that are missing or differ."""
    stale = [
        name
        for name, content in sample_files().items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    for name in stale:
        print(f"{folder / name} is not what scripts.make_samples writes")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
