"""What became of the mutations, in docs/reliability.md."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mutants.catalogue import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutants.catalogue import Mutant

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- mutations: written by `make mutants` -->", "<!-- end of the mutations -->"


def write_page(results: Sequence[tuple[Mutant, bool]], minutes: float, page: Path = PAGE) -> None:
    """Put the result of a whole run into the page, in place of that of the last one."""
    head, rest = page.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n{_result(results, minutes)}{END}{tail}")


def _result(results: Sequence[tuple[Mutant, bool]], minutes: float) -> str:
    killed = sum(was_killed for _, was_killed in results)
    places = sorted({_place(mutant) for mutant, _ in results})
    lines = [
        (
            f"The last run: {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes."
            f" {len(results)} mutations, {killed} killed, {len(results) - killed} survived."
        ),
        "",
        "| place | mutations | killed | survived |",
        "| --- | --- | --- | --- |",
        *(_row(place, [was_killed for mutant, was_killed in results if _place(mutant) == place]) for place in places),
        "",
    ]
    survivors = [mutant for mutant, was_killed in results if not was_killed]
    if survivors:
        lines += ["| survivor | file | why no test fails |", "| --- | --- | --- |"]
        lines += [f"| {each.name} | {each.file} | {each.harmless or 'a test is missing'} |" for each in survivors]
        lines.append("")
    return "\n".join(lines)


def _place(mutant: Mutant) -> str:
    """The folder of a mutation."""
    return str(Path(mutant.file).parent)


def _row(place: str, killed: list[bool]) -> str:
    return f"| {place} | {len(killed)} | {sum(killed)} | {len(killed) - sum(killed)} |"
