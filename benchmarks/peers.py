"""The tools that ordercli is compared with, each installed into an environment of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import CannotRunError

QUEUES = Path(__file__).parent / "queues"
_INSTALL_SECONDS = 600


def cache_folder() -> Path:
    """Where environments and inputs are kept between runs."""
    given = os.environ.get("ORDERCLI_BENCH_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "ordercli-bench"


def _python_peers() -> Path:
    """Return where the environments of the peers are that run on this interpreter."""
    interpreter = hashlib.sha256(sys.base_prefix.encode()).hexdigest()[:8]
    return cache_folder() / "peers" / f"python-{interpreter}"


def python_peer(package: str, *more: str) -> Path:
    """Return the `bin` folder of a virtual environment that has the package and its dependencies."""
    folder = _python_peers() / package
    ready = folder / ".ready"
    if not ready.exists():
        _install([sys.executable, "-m", "venv", "--clear", str(folder)])
        _install([str(folder / "bin" / "pip"), "install", "--quiet", package, *more])
        ready.touch()
    return folder / "bin"


def node_peer(package: str) -> Path:
    """Return the folder of the commands of a Node package."""
    if shutil.which("npm") is None:
        raise CannotRunError(f"{package} needs npm, which is not installed")
    folder = cache_folder() / "peers" / package
    ready = folder / ".ready"
    if not ready.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _install(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package])
        ready.touch()
    return folder / "node_modules" / ".bin"


def version_of(package: str) -> str | None:
    """Return the installed version of a peer; None if it is not installed."""
    node, python_folder = cache_folder() / "peers" / package, _python_peers() / package
    if (node / "node_modules").exists():
        found = _output(["node", "-p", f"require('{node}/node_modules/{package}/package.json').version"])
    elif (python_folder / ".ready").exists():
        python = str(python_folder / "bin" / "python")
        found = _output([python, "-c", f"from importlib.metadata import version; print(version('{package}'))"])
    else:
        found = ""
    return found or None


def _install(words: list[str]) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        shown = getattr(error, "stderr", None) or b""
        raise CannotRunError(f"cannot install {words[-1]}: {error} {shown.decode(errors='replace')[-200:]}") from error


def _output(words: list[str]) -> str:
    return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()
