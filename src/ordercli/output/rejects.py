"""Print what is wrong in a rejects file, and how its lines were changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ordercli.bulk.reject_lines import ForeignLine, RejectGroup, RejectGroups
from ordercli.bulk.reject_rewriting import FixedLine, FixRun
from ordercli.counted import counted
from ordercli.output.advice import Advice, path_word
from ordercli.output.rows import print_results
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format, Output, print_coverage
from ordercli.reference.store import Coverage

_SHOWN_ERRORS = 3
_SHOWN_WORSE = 5
_MANY_GROUPS = 30
_SHOWN = ("repaired", "better", "changed", "worse")


def print_groups(found: RejectGroups, path: str, output: Output) -> None:
    """Print the groups of errors; for people also the number of lines, and how to go on."""
    print_results(found.groups, RejectGroup, output)
    _warn_of(found.foreign, "left out", output)
    if output.stderr_on_terminal:
        output.note(f"{counted(found.lines, 'order' if found.only_orders else 'request')} in {visible(path)}")
        for step in _next_steps(found, path, output.advice):
            output.note(step)


def _next_steps(found: RejectGroups, path: str, advice: Advice) -> Iterator[str]:
    """Yield the commands that go on with a rejects file; none for one that has other lines than orders."""
    file = path_word(path)
    if not found.foreign and found.requests == {"reference import"}:
        yield advice.line("repair the records in any editor, and send them again", "reference", "import", file)
    if found.foreign or not found.only_orders:
        return
    if len(found.groups) > _MANY_GROUPS:
        yield advice.line("fewer groups", "rejects", "show", file, "--group-by", "code")
    if any(group.applicability == "safe" for group in found.groups):
        yield advice.line("apply the suggestions that are sure", "rejects", "fix", file, "--apply-suggestions")
    if found.groups:
        yield advice.completed("repair many at once: `ordercli rejects fix --help` has examples")
        yield advice.line("repair by hand", "rejects", "edit", file)
    else:
        yield advice.line("no error is left, send it again", "rejects", "submit", file)


def _warn_of(lines: Iterable[ForeignLine], done: str, output: Output) -> None:
    for line in lines:
        output.warn(f"line {line.number} was {done}: {visible(line.reason)}")


def print_fixes(
    lines: Iterable[FixedLine], run: FixRun, path: str, coverage: Coverage, output: Output, *, dry_run: bool
) -> None:
    """Print the lines that a fix concerns: all of them if a format is asked for or nothing is written, else the worse.

    Then say, as notes, how many there were, which rules could not judge them, where the copy is, and how to go on.
    """
    wants_all = dry_run or output.format is not Format.AUTO
    shown = _SHOWN if wants_all else ("worse",)
    concerned = (line for line in lines if line.outcome in shown)
    if wants_all:
        print_results(concerned, FixedLine, output)
    else:
        for number, line in enumerate(concerned):
            if number < _SHOWN_WORSE:
                output.note(refused_line(line))
        if (more := run.counts["worse"] - _SHOWN_WORSE) > 0:
            output.note(f"and {more} more would be worse; --dry-run shows all")
    _warn_of(run.foreign, "left as it is", output)
    counts = ", ".join(f"{run.counts[each]} {each}" for each in (*_SHOWN, "unchanged") if run.counts[each])
    output.note(f"{counts or 'no line'}{' (dry run, nothing was written)' if dry_run else ''}")
    if run.first_reason:
        output.note(f"{run.not_changeable} could not be changed, such as {run.first_reason}")
    print_coverage(coverage, output)
    if run.copy:
        # None is removed: each may be the only copy of the orders as they were refused.
        others = "" if run.copy.endswith(".bak") else "; older copies are beside it, remove those that you do not need"
        output.note(f"the file as it was: {visible(run.copy)}{others}")
        if run.left:
            output.note(output.advice.line("what is left", "rejects", "show", path_word(path)))
        output.note(output.advice.line("send it again", "rejects", "submit", path_word(path)))


def refused_line(line: FixedLine) -> str:
    """Return a sentence about an order that was left as it was, because the change would make it worse."""
    return f"{_named(line)} would be worse and was left as it is: {_errors(line)}"


def still_wrong(line: FixedLine) -> str:
    """Return a sentence about what is still wrong with an order."""
    return f"{_named(line)} still has errors: {_errors(line)}"


def _named(line: FixedLine) -> str:
    return f"line {line.line} ({visible(line.external_id)})" if line.external_id else f"line {line.line}"


def _errors(line: FixedLine) -> str:
    return "; ".join(
        f"{each.code} {visible(each.pointer)}".rstrip() + f": {visible(each.message)}"
        for each in line.errors[:_SHOWN_ERRORS]
    )
