"""A piece of work that two commands do in turn; their times or peaks become a ratio, and the ratio meets its mark."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from benchmarks.timing import CannotRunError, Command, Took, WrongResultError, run

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 5
# By the word that the name of a work ends with, whether reference data is loaded. Users have some, so that only these
# works have marks; in an empty database the rules that ask reference data are silent.
BOTH = {"": False, ", reference data loaded": True}
Measure = Literal["wall", "peak", "per MB", "p99", "each"]
_MEGABYTE = 1e6


def nothing() -> None:
    """Nothing has to be done before a run."""


def unchecked(_took: Took) -> None:
    """Check nothing more than the exit code."""


@dataclass(frozen=True)
class Side:
    """One of the two commands: `before` is called before each run, unmeasured, `check` after it.

    `size` is the number of bytes that it reads, where sides are compared by the megabyte.
    """

    command: Command
    before: Callable[[], None] = nothing
    check: Callable[[Took], None] = unchecked
    size: int = 0

    def figure(self, measure: Measure) -> float:
        """Run it once, and return what is compared.

        These are seconds, MiB, or seconds for each megabyte; `p99` and `each` (for
        each order, or event) are seconds that it prints.
        """
        took = self.run()
        if measure == "wall":
            return took.wall
        if measure == "peak":
            return took.peak
        if measure == "per MB":
            return took.wall * _MEGABYTE / self.size
        printed: dict[str, float] = json.loads(took.output)
        return printed[measure]

    def run(self) -> Took:
        """Run it once; WrongResultError when its result is off."""
        self.before()
        os.sync()  # what was written before is on the disk before the clock starts
        took = run(self.command)
        self.check(took)
        return took


class Mark(NamedTuple):
    """What the ratio must come to.

    `faster`: the other side's time over ours, at least `value`. `as much`: our side's over the other's, at most
    `value`, and ours at most `ceiling`.
    """

    kind: Literal["faster", "as much"]
    value: float
    aim: float | None = None
    ceiling: float | None = None

    def ratio(self, ours: float, other: float) -> float:
        """Return the ratio of one pair."""
        return other / ours if self.kind == "faster" else ours / other

    def is_reached(self, ratio: float, ours: float) -> bool:
        """Whether the median ratio meets the mark."""
        if self.kind == "faster":
            return ratio >= self.value
        return ratio <= self.value and (self.ceiling is None or ours <= self.ceiling)


@dataclass(frozen=True)
class Work:
    """What is compared: `prepare` makes the two sides, ours first; a mark of None is for information."""

    name: str
    other: str
    prepare: Callable[[], tuple[Side, Side]]
    mark: Mark | None = None
    kind: Literal["faster", "as much"] = "faster"
    measure: Measure = "wall"
    pairs: int = PAIRS


@dataclass(frozen=True)
class Row:
    """What came of a work: medians of both sides, as it measures them, the median ratio, or why there is none."""

    name: str
    other: str
    measure: str = "wall"
    ours: float | None = None
    theirs: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    pairs: int = 0
    mark: str = ""
    aim: str = ""
    reached: bool | None = None
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row as an object."""
        return asdict(self)


def compare(work: Work) -> Row:
    """Run both sides in turn, after one run of each that does not count."""
    try:
        return _compared(work)
    except (CannotRunError, WrongResultError) as error:
        kind = "cannot run" if isinstance(error, CannotRunError) else "wrong result"
        mark, aim = _words(work.mark)
        return Row(work.name, work.other, work.measure, mark=mark, aim=aim, problem=f"{kind}: {error}")


def _compared(work: Work) -> Row:
    sides = work.prepare()
    pairs: list[tuple[float, float]] = []
    for n in range(work.pairs + 1):
        ours, theirs = (side.figure(work.measure) for side in sides)
        if n:
            pairs.append((ours, theirs))
    mark = work.mark or Mark(work.kind, 0)
    ratios = [mark.ratio(*pair) for pair in pairs]
    ours, theirs, ratio = (median(column) for column in (*zip(*pairs, strict=True), ratios))
    return Row(
        work.name,
        work.other,
        work.measure,
        ours,
        theirs,
        ratio,
        (min(ratios), max(ratios)),
        len(pairs),
        *_words(work.mark),
        reached=work.mark.is_reached(ratio, ours) if work.mark else None,
    )


def _words(mark: Mark | None) -> tuple[str, str]:
    """Return the mark and the aim as text."""
    if mark is None:
        return "", ""
    sign = "≥" if mark.kind == "faster" else "≤"
    ceiling = f", ≤ {mark.ceiling:g} MiB" if mark.ceiling else ""
    aim = f"{sign} {mark.aim:g}" if mark.aim else ""
    return f"{sign} {mark.value:g}{ceiling}", aim
