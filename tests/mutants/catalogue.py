"""The mutations of this project: small wrong changes to the program, and the tests that must notice each of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).parent / "mutants.toml"


@dataclass(frozen=True)
class Mutant:
    """One text of a source file and what replaces it.

    `tests` must fail with it; `harmless` is the reason why none can, and then these tests are known to pass.
    """

    name: str
    file: str
    original: str
    mutated: str
    tests: tuple[str, ...]
    harmless: str = ""

    def source(self, root: Path) -> Path:
        """The file to be changed in a copy of the project."""
        return root / "src" / "ordercli" / self.file

    def text(self, root: Path) -> str:
        """The changed file.

        Raises:
            ValueError: the original text does not stand exactly once in it.
        """
        text = self.source(root).read_text()
        if text.count(self.original) != 1:
            raise ValueError(
                f"{self.name}: {self.original!r} must stand once in {self.file}; where the code has changed, change the"
                f" mutation in {CATALOGUE.relative_to(ROOT)} with it"
            )
        return text.replace(self.original, self.mutated)


def mutants(catalogue: Path = CATALOGUE) -> list[Mutant]:
    """Every mutation of the catalogue.

    Raises:
        ValueError: two have the same name.
    """
    entries = tomllib.loads(catalogue.read_text())["mutant"]
    found = [Mutant(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]
    if twice := [name for name, count in Counter(each.name for each in found).items() if count > 1]:
        raise ValueError(f"mutations with the same name: {', '.join(twice)}")
    return found
