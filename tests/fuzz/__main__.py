"""Every target is fuzzed for a while: `python -m fuzz [--seconds N] [--keep FOLDER] [NAME…]`.

What breaks a target is kept in FOLDER; put it into `found/NAME`, where the tests read it from then on.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fuzz.seeds import words

HERE = Path(__file__).parent
TARGETS = ("intake", "envelopes", "packed", "positions", "validation", "revision", "reference", "quotes")
SLOWEST_SECONDS = 10  # for one input of at most LONGEST bytes
LONGEST = 4096
MEBIBYTES = 1024
_STATUS = re.compile(rb"^#(\d+)\s.*?cov: (\d+)", re.MULTILINE)


class Result(NamedTuple):
    """What came of fuzzing one target: how many inputs were tried, what they covered, what broke it."""

    name: str
    inputs: int
    coverage: int
    broken: list[str]


def fuzz(name: str, seconds: int, keep: Path) -> Result:
    """Fuzz a target in a process of its own."""
    seeds = list(import_module(f"fuzz.{name}").seeds())
    keep.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        corpus, dictionary = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        for n, seed in enumerate([*seeds, *found_inputs(name)]):
            (corpus / f"{n}").write_bytes(seed)
        dictionary.write_text("".join(f"{json.dumps(word)}\n" for word in words(seeds) if word.isascii()))
        options = {
            "max_total_time": seconds,
            "timeout": SLOWEST_SECONDS,
            "rss_limit_mb": MEBIBYTES,
            "max_len": LONGEST,
            "dict": dictionary,
            "artifact_prefix": f"{keep}/{name}-",
        }
        before = set(keep.iterdir())
        command = [sys.executable, "-m", "fuzz.harness", name, str(corpus), *(f"-{k}={v}" for k, v in options.items())]
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, check=False)
        broken = sorted(str(path) for path in set(keep.iterdir()) - before)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-2000:] + done.stderr[-4000:])
        broken = broken or [f"exit code {done.returncode}"]
    status = _STATUS.findall(done.stderr)
    inputs, coverage = map(int, status[-1]) if status else (0, 0)
    return Result(name, inputs, coverage, broken)


def found_inputs(name: str) -> list[bytes]:
    """What broke a target once."""
    return [path.read_bytes() for path in sorted((HERE / "found" / name).glob("*"))]


def main() -> int:
    """Fuzz, and tell in a table what came of it."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long each target is fuzzed")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where inputs go that break a target")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(TARGETS):
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    print(f"{'target':12} {'inputs':>10} {'coverage':>9}  broken by")
    failed = False
    for name in wanted.names or TARGETS:
        result = fuzz(name, wanted.seconds, wanted.keep.resolve())
        failed |= bool(result.broken)
        print(f"{name:12} {result.inputs:>10,} {result.coverage:>9,}  {', '.join(result.broken) or '-'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
