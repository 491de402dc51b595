"""The exact versions of constraints.txt install on each Python that the project supports."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

TOP = Path(__file__).parents[1]


def test_each_constrained_version_takes_the_oldest_supported_python() -> None:
    """Debian 12 has Python 3.11.2: a package that wants 3.11.5 stops `make install` there."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    (oldest,) = (each.version + ".0" for each in SpecifierSet(project["requires-python"]) if each.operator == ">=")
    refusing = {}
    for line in (TOP / "constraints.txt").read_text().splitlines():
        if not line.partition("#")[0].strip():
            continue
        try:
            facts = metadata(Requirement(line.partition("#")[0]).name)
        except PackageNotFoundError:  # in an extra that is not installed, or for another system
            continue
        if "Requires-Python" in facts and oldest not in SpecifierSet(facts["Requires-Python"]):
            refusing[line] = facts["Requires-Python"]
    assert refusing == {}
