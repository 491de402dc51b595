"""Print the results of the `db` commands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ordercli.counted import counted
from ordercli.exit_codes import ExitCode
from ordercli.output.rows import print_result, print_results
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.operations.audit_orders import Discrepancy
    from ordercli.operations.backup import Backup
    from ordercli.operations.copy import DatabaseCopy
    from ordercli.operations.database import DatabaseInfo
    from ordercli.operations.restore import Replacement, Restored
    from ordercli.output.stream import Output


def print_info(found: DatabaseInfo, output: Output) -> ExitCode:
    """Print the description of a database; return the exit code, an error if its schema is newer than the program."""
    print_result(found, output)
    if found.schema_version > found.newest_schema_version:
        output.alarm(["the schema is newer than this ordercli, which does not know all of it; install a newer one"])
        return ExitCode.BAD_INPUT
    return ExitCode.OK


_MEBIBYTE = 2**20


def print_backup(made: Backup | None, output: Output) -> None:
    """Print the backup on stdout if a format is asked for; describe it on stderr for a person, or after a signal."""
    if made is None:
        output.note("stopped; no backup was written")
    elif output.format is not Format.AUTO:
        print_result(made, output)
    elif output.stderr_on_terminal or output.verbose:
        size = f"{made.bytes / _MEBIBYTE:,.1f} MiB in {made.elapsed_seconds:.1f} s"
        output.note(f"{visible(made.backup)}: {size}, checked\n  sha256 {made.sha256}")


def replacement_in_words(database: str, backup: str, plan: Replacement) -> str:
    """Return a sentence that says what a restore replaces."""
    return f"{database}{_age(plan.newest_order)} is replaced by {visible(backup)}{_age(plan.newest_of_backup)}"


def _age(newest: str | None) -> str:
    return f" (newest order of {newest})" if newest else ""


def print_restored(done: Restored | None, output: Output) -> None:
    """Print the result on stdout if a format is asked for; say on stderr what to do next, or that nothing was done."""
    if done is None:
        output.note("stopped; the database is as it was")
        return
    if output.shown_store:
        done.store = output.shown_store
    if output.format is not Format.AUTO:
        print_result(done, output)
    kept = f"; the replaced one is {visible(done.kept)}" if done.kept else ""
    output.summarize(f"{visible(done.database)} is restored from {visible(done.backup)}{kept}")
    output.note("  the queue is paused; when all is well: `ordercli queue resume`")
    for target in done.paused_targets:
        resume = f"`ordercli forward resume {visible(target)}`"
        output.note(f"  orders wait for {visible(target)}, which is paused; they are looked for there first: {resume}")


def print_moved(result: DatabaseCopy, output: Output) -> None:
    """Print a list of the tables for people, or one object for programs; after a signal, what is missing, on stderr."""
    from ordercli.operations.copy import CopiedTable  # SQLModel is slow to import

    if output.format_of_one() is Format.TABLE:
        print_results(result.tables, CopiedTable, output)
    else:
        print_result(result, output)
    if result.exit_code:
        output.note(f"{counted(result.missing, 'row is', 'rows are')} missing; run the same command again")
    elif output.stderr_on_terminal or output.verbose:
        output.note(
            f"{counted(result.rows, 'row is', 'rows are')} the same in both,"
            f" {result.copied} copied in {result.elapsed_seconds:.1f} s"
        )


def print_faults(faults: Iterable[Discrepancy], output: Output) -> int:
    """Print faults as they are found, as text unless another format is wanted; return their number.

    With text, a remedy follows on stderr for each check that found a fault, with the first order that is concerned.
    """
    from ordercli.operations.audit import remedy  # SQLModel takes long to load
    from ordercli.operations.audit_orders import Discrepancy

    found: Counter[str] = Counter()
    named: dict[str, str] = {}

    def each_counted() -> Iterator[Discrepancy]:
        for fault in faults:
            found[fault.check] += 1
            if fault.order_id:
                named.setdefault(fault.check, fault.order_id)
            yield fault

    if output.format is Format.AUTO:
        output.stdout.writelines(f"{_in_words(fault)}\n".encode() for fault in each_counted())
    else:
        advice = output.advice
        for_programs = (
            replace(fault, remedy=advice.completed(remedy(fault.check, fault.order_id))) for fault in each_counted()
        )
        print_results(for_programs, Discrepancy, output)
    if output.stderr_on_terminal:
        output.note(f"{counted(found.total(), 'fault')} found" if found else "no fault found")
    if not output.wants_json:
        for check in found:
            output.note(f"  what to do ({check}): {remedy(check, named.get(check))}")
    return found.total()


def _in_words(fault: Discrepancy) -> str:
    about = f" {fault.order_id}" if fault.order_id else ""
    return f"{fault.check}{about}: {visible(fault.message)}"
