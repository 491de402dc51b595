"""`ordercli queue create`, `retry`, `discard`, `export`, `purge`, `pause` and `resume`."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, NoReturn

import typer

from ordercli.cli.completion import batch_ids, codes, entry_ids, entry_states
from ordercli.cli.confirm import confirm_many
from ordercli.cli.invocation import Force, Invocation, Resource, Source, seconds
from ordercli.counted import counted
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.operations import change_entries, purge_entries
from ordercli.operations.change_entries import Operation
from ordercli.operations.export_entries import export_entries
from ordercli.operations.list_entries import choose, entry_filter, page_of_entries
from ordercli.operations.queue_status import PauseState, pause_queue, resume_queue
from ordercli.output.queue import (
    end_of,
    print_changed,
    print_exported,
    print_pause,
    print_purged,
    print_receipts,
)
from ordercli.output.rows import print_result_page
from ordercli.output.safe_text import visible
from ordercli.queue.entries import EntryState, QueueEntry
from ordercli.queue.entry_list import LOCAL, EntryFilter
from ordercli.run_control import Stop
from ordercli.settings import QueueSettings, ResourceName

app = typer.Typer(add_completion=False)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Order ids or external ids.", autocompletion=entry_ids, show_default=False),
]
State = Annotated[
    list[str] | None,
    typer.Option(help="Choose entries in this state; repeatable.", autocompletion=entry_states, show_default=False),
]
Code = Annotated[
    str | None, typer.Option(metavar="ORDnnn", help="Choose entries that failed with this code.", autocompletion=codes)
]
Batch = Annotated[
    str | None, typer.Option(metavar="ID", help="Choose entries of this batch.", autocompletion=batch_ids)
]
OlderThan = Annotated[
    str | None, typer.Option(metavar="DURATION", help="Choose entries that have not changed for this long.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List the entries and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; required without a terminal.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Reason, kept with the entries.")]
To = Annotated[str | None, typer.Option(metavar="PATH", help="File to write. [default: stdout]")]
_DEFAULT = QueueSettings()
Completed = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help=f"Delete completed entries older than this. [default: {_DEFAULT.retention_completed.text}]",
    ),
]
Failed = Annotated[
    str | None,
    typer.Option(
        "--error",
        metavar="DURATION",
        help=f"Delete failed and discarded entries older than this. [default: {_DEFAULT.retention_error.text}]",
    ),
]


@app.command("create")
def create(context: typer.Context, identifiers: Ids = None, source: Source = None, resource: Resource = None) -> None:
    """Create the customer orders of these entries now, even if they are not due or the queue is paused.

    Examples:
        ordercli queue create CRM-1007
    """
    call = Invocation(context, works=True)
    receipts = change_entries.create_now(call.changed_database, _needed(identifiers), call.settings, source, resource)
    print_receipts(receipts, call.output)
    raise typer.Exit(end_of(receipts))


@app.command("retry")
def retry(
    context: typer.Context,
    identifiers: Ids = None,
    source: Source = None,
    resource: Resource = None,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
) -> None:
    """Retry entries in error (with --state also pending ones), named by id or chosen by filters.

    Entries whose external id belongs to a later order are skipped.

    Examples:
        ordercli queue retry CRM-1007
        ordercli queue retry --code ORD301 --dry-run
        ordercli queue retry --state error --batch 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """
    call = Invocation(context, works=True)
    filters = _Filters(state, code, batch, older_than, None if identifiers else resource)
    chosen = filters.among(change_entries.RETRYABLE, (EntryState.ERROR,)) if any(filters) else None
    named = _Named(identifiers, source, resource)
    _operate(call, change_entries.retry(call.settings.acting), named, chosen, dry_run=dry_run)


@app.command("discard")
def discard(
    context: typer.Context,
    reason: Reason,
    identifiers: Ids = None,
    source: Source = None,
    resource: Resource = None,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Cancel waiting or failed entries for good, named by id or chosen by filters.

    They stay in the queue as cancelled, with the reason. Their external ids can be submitted again. With filters, the
    command asks first; without a terminal it requires --yes.

    Examples:
        ordercli queue discard CRM-1007 --reason "ordered twice"
        ordercli queue discard --state error --older-than 30d --reason "given up" --dry-run
        ordercli queue discard --state error --older-than 30d --reason "given up" --yes
    """
    call = Invocation(context, works=True)
    if not reason.strip():
        raise UsageError("--reason must not be empty")
    filters = _Filters(state, code, batch, older_than, None if identifiers else resource)
    chosen = filters.among(change_entries.DISCARDABLE, change_entries.DISCARDABLE) if any(filters) else None
    named = _Named(identifiers, source, resource)
    _operate(call, change_entries.discard(reason, call.settings.acting), named, chosen, dry_run=dry_run, yes=yes)


@app.command("export")
def export(
    context: typer.Context,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    resource: Resource = None,
    to: To = None,
    force: Force = False,
) -> None:
    """Write entries in error as a rejects file, which can be corrected and submitted again.

    Each finding has its line in the file that the order came from. On the first line of an order, columns count from
    the beginning of the order.

    Examples:
        ordercli queue export --to failed.ndjson
        ordercli queue export --code ORD301 | ordercli submit -
    """
    call = Invocation(context)
    chosen = _Filters(state, code, batch, older_than, resource).among(
        tuple(EntryState), (EntryState.ERROR,), target=None
    )
    file = None if to is None else call.output_files.made("--to", to, force=force)
    database = call.changed_database  # entries are marked as exported
    lines = export_entries(database, choose(database, chosen))
    failed = {*chosen.states} <= {EntryState.ERROR, EntryState.CANCELLED}
    print_exported(lines, file, call.output, may_be_sent=failed)


@app.command("purge")
def purge(
    context: typer.Context,
    completed: Completed = None,
    error: Failed = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the entries and delete nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Delete old completed, failed and discarded entries; customer orders stay, and their external ids stay unique.

    With a shorter time than the configured one, the command asks first; without a terminal it requires --yes.

    Examples:
        ordercli queue purge --dry-run
        ordercli queue purge --completed 10d --error 30d
        ordercli queue purge --completed 1d --yes
        30 3 * * * ordercli queue purge      (crontab)
    """
    call = Invocation(context, works=True)
    call.output.refuse_ids()
    configured = purge_entries.Retention.of(call.settings)
    retention = configured.changed(seconds("--completed", completed), seconds("--error", error))
    found = purge_entries.purgeable(call.database, retention)
    if not dry_run:
        consequence = f"{counted(found.total, 'entry', 'entries')} will be deleted"
        if retention.is_shorter_than(configured):
            call.confirm(found.total, consequence, yes=yes)
        else:
            confirm_many(found.total, consequence, yes=yes)
        database = call.changed_database
        stop = Stop().listen()
        with call.output.progress("purge") as display:
            found = purge_entries.purge(
                database,
                retention,
                stop=lambda: stop.signal is not None,
                on_progress=display.show if display else None,
            )
        found.exit_code = code_of_stop(stop)
    print_purged(found, call.output, dry_run=dry_run)
    raise typer.Exit(found.exit_code)


@app.command("pause")
def pause(
    context: typer.Context,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Reason, shown by `queue status`.", show_default=False)
    ] = None,
) -> None:
    """Stop runs from claiming entries until `queue resume`; entries already claimed are still processed.

    Who paused it, when and why is kept until then. A queue that is paused already keeps its pause.

    Examples:
        ordercli queue pause
        ordercli queue pause --reason "prices are corrected until noon"
    """
    call = Invocation(context, works=True)
    if reason is not None and not reason.strip():
        raise UsageError("--reason must not be empty")
    pause = pause_queue(call.changed_database, call.settings.acting, reason)
    print_pause(PauseState(None, True, *pause), call.output)
    call.output.note(f"paused {visible(pause.in_words())}; `ordercli queue resume` ends the pause")


@app.command("resume")
def resume(context: typer.Context) -> None:
    """Resume a paused queue.

    Examples:
        ordercli queue resume
        ordercli queue resume -o json    with the pause that it ends
    """
    call = Invocation(context, works=True)
    ended = resume_queue(call.changed_database)
    print_pause(PauseState(None, False, *(ended or (None, None, None))), call.output)
    call.output.note(f"resumed; it was paused since {ended.paused_at}" if ended else "it was not paused")


class _Named(NamedTuple):
    """The entries that the command line names, and what narrows their external ids."""

    identifiers: Sequence[str] | None
    source: str | None
    resource: ResourceName | None


class _Filters(NamedTuple):
    """The filters of the command line."""

    state: list[str] | None
    code: str | None
    batch: str | None
    older_than: str | None
    resource: ResourceName | None

    def among(
        self, allowed: Sequence[EntryState], default: Sequence[EntryState], target: str | None = LOCAL
    ) -> EntryFilter:
        """Return the filter of entries: the states given, which must be `allowed`, or the `default` ones."""
        age = seconds("--older-than", self.older_than)
        states = self.state or ()
        return entry_filter(
            allowed,
            default,
            states=states,
            code=self.code,
            batch=self.batch,
            resource=self.resource,
            older_than=age,
            target=target,
        )


def _operate(
    call: Invocation,
    operation: Operation,
    named: _Named,
    chosen: EntryFilter | None,
    *,
    dry_run: bool,
    yes: bool = True,
) -> NoReturn:
    """Apply the operation to the entries that are named or chosen; without `yes`, ask before it changes chosen ones."""
    if chosen is None:
        identifiers = _needed(named.identifiers)
        receipts = change_entries.operate_on_ids(
            call.changed_database, operation, identifiers, named.source, named.resource
        )
        print_receipts(receipts, call.output)
        raise typer.Exit(end_of(receipts))
    if named.identifiers:
        raise UsageError("give ids or filters, not both")
    if dry_run:
        with page_of_entries(call.database, chosen, limit=0, offset=0, on_scan=call.on_scan("entry")) as page:
            print_result_page(page, QueueEntry, call.output)
        raise typer.Exit
    keys = choose(call.database, chosen)
    call.confirm(len(keys), f"{counted(len(keys), 'entry', 'entries')} will be {operation.done}", yes=yes)
    changed = change_entries.operate_on_chosen(call.changed_database, operation, keys, chosen.states)
    changed.exit_code = ExitCode.REJECTED if changed.skipped else ExitCode.OK
    print_changed(changed, call.output)
    raise typer.Exit(changed.exit_code)


def _needed(identifiers: Sequence[str] | None) -> Sequence[str]:
    if not identifiers:
        raise UsageError("no entries: give ids, or filters if the command has them")
    return identifiers
