"""Print the results of the `reference` commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import UNSET

from ordercli.counted import counted
from ordercli.operations.diagnostics import Diagnostic
from ordercli.operations.reference_counts import ReferenceImport, Replaced
from ordercli.operations.reference_gaps import RecordsWithGap
from ordercli.output.advice import path_word
from ordercli.output.diagnostics.json_report import members
from ordercli.output.diagnostics.report import EXAMPLES, Groups, rest_of, to_json
from ordercli.output.diagnostics.text import concise
from ordercli.output.finding_groups import group_lines
from ordercli.output.progress import Display
from ordercli.output.rows import print_result, print_rows
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format, Output, write_stderr
from ordercli.output_files.output_file import is_stream
from ordercli.result_types import Result


class Refusals:
    """Print refused records on standard error: one line of JSON per fault, or as text three examples of each fault.

    `on_progress` shows the progress of the import on a terminal.
    """

    def __init__(self, output: Output, display: Display | None) -> None:
        self._as_json = output.wants_json
        self._display = display
        self._groups = Groups()
        self.on_progress = display.show if display else None

    def refused(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Print what is wrong with one record."""
        if self._display:
            self._display.clear()
        for each in diagnostics:
            if self._as_json:
                write_stderr(f"{to_json(members(each))}\n")
            elif self._groups.add(each) <= EXAMPLES:
                write_stderr(f"{_in_words(each)}\n")

    def end(self) -> None:
        """Print the number of faults that were not shown."""
        if self._display:
            self._display.clear()
        for group, count in self._groups:
            if count > EXAMPLES:
                write_stderr(f"{group.code} {rest_of(group, count)}\n")


@contextmanager
def refusals(output: Output) -> Iterator[Refusals]:
    """Yield the printer of refused records; when the block ends, it prints the number of faults not shown."""
    with output.progress("reference import", "refused") as display:
        found = Refusals(output, display)
        yield found
        found.end()


def print_loaded(
    loaded: ReferenceImport, output: Output, replace: str | None = None, default_type: str | None = None
) -> None:
    """Print the counts on stdout if a format is asked for; on stderr for people, or if records were left out.

    `replace` is the type of which records that the files lack were to be deleted, `default_type` that of records
    without one.
    """
    if output.shown_store:
        loaded.store = output.shown_store
    if output.format is not Format.AUTO:
        print_result(loaded, output)
    if loaded.refused or loaded.skipped or loaded.dry_run is True or output.stderr_on_terminal:
        output.summarize(f"{_counts(loaded)} in {loaded.elapsed_seconds:.1f} s")
    _print_refused(loaded, output, default_type)
    if loaded.replaced is not UNSET:
        output.summarize(_replaced(loaded.replaced, loaded))
        for each in loaded.replaced.examples if loaded.replaced.in_use else ():
            more = f" and {each.uses - len(each.used_by)} more" if each.uses > len(each.used_by) else ""
            output.note(f"{each.type} {visible(each.id)} stays: used by {visible(', '.join(each.used_by))}{more}")
    elif replace and loaded.refused:
        output.note(f"no {replace} was deleted, because records were refused")
    if loaded.limited:
        output.note(
            f"some rules cannot check orders against every loaded record: {', '.join(map(_gap, loaded.limited))}"
        )


def _print_refused(loaded: ReferenceImport, output: Output, default_type: str | None) -> None:
    """Print how many records were refused for the same reason, and the command that reads them again."""
    if output.wants_json or not loaded.groups:  # the result has them
        return
    for line in group_lines(loaded.groups, loaded.other_groups or 0, "record"):
        output.note(line)
    if loaded.rejects_file and not is_stream(loaded.rejects_file):
        again = () if default_type is None else ("--type", default_type)
        file = path_word(loaded.rejects_file)
        output.note(f"  {output.advice.line('repair and send again', 'reference', 'import', file, *again)}")


def print_stats(found: Result, output: Output) -> None:
    """Print how many records there are; as a table, a line for each type, with its last import."""
    if output.format_of_one() is not Format.TABLE:
        print_result(found, output)
        return
    counts = found.members()
    imports: dict[str, Any] = counts.pop("imports")
    rows = (
        {"type": name, "records": count, "importedAt": last and last.imported_at, "from": last and last.file}
        for name, count in counts.items()
        for last in [imports.get(name)]
    )
    print_rows(rows, ("type", "records", "importedAt", "from"), output)


def _replaced(replaced: Replaced, loaded: ReferenceImport) -> str:
    would_be = " would be" if loaded.dry_run is True else ""
    return (
        f"{replaced.type} records that the files lack: {replaced.deleted}{would_be} deleted, {replaced.in_use} in use"
    )


def _counts(loaded: ReferenceImport) -> str:
    would_be = " would be" if loaded.dry_run is True else ""
    counts = (
        f"{counted(loaded.read, 'record')} read: {loaded.inserted}{would_be} inserted,"
        f" {loaded.updated}{would_be} updated,"
        f" {loaded.unchanged} unchanged, {loaded.refused} refused"
    )
    if not loaded.skipped:
        return counts
    skipped = Counter(loaded.skipped)
    by_type = ", ".join(f"{count} {each}" for each, count in skipped.most_common())
    return f"{counts}, {skipped.total()} skipped, which no rule uses ({by_type})"


def _gap(found: RecordsWithGap) -> str:
    return f"{found.count} {found.type} without {found.lacks} (not checked: {', '.join(found.rules)})"


def _in_words(diagnostic: Diagnostic) -> str:
    hint = f" (did you mean {diagnostic.suggestion}?)" if diagnostic.suggestion else ""
    return concise(diagnostic) + hint
