"""`ordercli queue …`, where it changes entries by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.cli.completion import entry_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force
from ordercli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.operations.change_entries import Operation
    from ordercli.queue.entries import EntryState
    from ordercli.queue.entry_list import EntryFilter

app = typer.Typer(add_completion=False)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Order ids or external ids.", autocompletion=entry_ids, show_default=False),
]
Source = Annotated[str | None, typer.Option(help="Where the orders came from, if an external id stands in several.")]
State = Annotated[list[str] | None, typer.Option(help="All entries in this state; repeatable.", show_default=False)]
Code = Annotated[str | None, typer.Option(metavar="ORDnnn", help="All entries that failed with this code.")]
Batch = Annotated[str | None, typer.Option(metavar="ID", help="All entries of this batch.")]
OlderThan = Annotated[str | None, typer.Option(metavar="DURATION", help="All entries unchanged for so long.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List the entries, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed with filters where no terminal asks.")]


@app.command("create")
def create(context: typer.Context, identifiers: Ids = None, source: Source = None) -> None:
    """Create the customer orders of these entries at once: due or not, the queue paused or not.

    Examples:
        ordercli queue create CRM-1007
    """
    from ordercli.operations.change_entries import create_now  # noqa: PLC0415
    from ordercli.output.queue import end_of, print_receipts  # noqa: PLC0415

    call = Invocation(context, works=True)
    receipts = create_now(call.database, _needed(identifiers), call.settings, source)
    print_receipts(receipts, call.output)
    raise typer.Exit(end_of(receipts))


@app.command("retry")
def retry(
    context: typer.Context,
    identifiers: Ids = None,
    source: Source = None,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
) -> None:
    """Try entries in error (or pending, with --state) again: these, or all that the filters choose.

    Entries whose external id is held by a later order are left as they are.

    Examples:
        ordercli queue retry CRM-1007
        ordercli queue retry --code ORD301 --dry-run
        ordercli queue retry --state error --batch 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """
    from ordercli.operations import change_entries as operations  # noqa: PLC0415
    from ordercli.queue.entries import EntryState  # noqa: PLC0415

    call = Invocation(context, works=True)
    chosen = _chosen(operations.RETRYABLE, (EntryState.ERROR,), state, code, batch, older_than)
    _operate(call, operations.retry(), identifiers, source, chosen, dry_run=dry_run)


@app.command("discard")
def discard(
    context: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with the entries.")],
    identifiers: Ids = None,
    source: Source = None,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Withdraw entries that wait or failed, for good: these, or all that the filters choose.

    They stay in the queue as cancelled, with the reason; their external ids can be submitted again. With filters it
    asks first; where no terminal asks, it needs --yes.

    Examples:
        ordercli queue discard CRM-1007 --reason "ordered twice"
        ordercli queue discard --state error --older-than 30d --reason "given up" --dry-run
        ordercli queue discard --state error --older-than 30d --reason "given up" --yes
    """
    from ordercli.operations import change_entries as operations  # noqa: PLC0415

    call = Invocation(context, works=True)
    if not reason.strip():
        raise UsageError("--reason must say why")
    chosen = _chosen(operations.DISCARDABLE, operations.DISCARDABLE, state, code, batch, older_than)
    _operate(call, operations.discard(reason), identifiers, source, chosen, dry_run=dry_run, final=not yes)


@app.command("export")
def export(
    context: typer.Context,
    state: State = None,
    code: Code = None,
    batch: Batch = None,
    older_than: OlderThan = None,
    to: Annotated[str | None, typer.Option(metavar="PATH", help="The file to write. [default: stdout]")] = None,
    force: Force = False,
) -> None:
    """Write entries in error as a rejects file, which can be repaired and submitted again.

    Places of faults are lines of the file that the order came from; on its first line, columns count from where the
    order begins.

    Examples:
        ordercli queue export --to failed.ndjson
        ordercli queue export --code ORD301 | ordercli submit -
    """
    from ordercli.operations.export_entries import export_entries  # noqa: PLC0415
    from ordercli.operations.list_entries import choose  # noqa: PLC0415
    from ordercli.output.queue import print_exported  # noqa: PLC0415
    from ordercli.queue.entries import EntryState  # noqa: PLC0415

    call = Invocation(context)
    wanted = _filter(tuple(EntryState), (EntryState.ERROR,), state, code, batch, older_than)
    file = None if to is None else call.output_files.made("--to", to, force=force)
    failed = {*wanted.states} <= {EntryState.ERROR, EntryState.CANCELLED}
    print_exported(export_entries(call.database, choose(call.database, wanted)), file, call.output, may_be_sent=failed)


@app.command("purge")
def purge(
    context: typer.Context,
    completed: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Completed entries older than this. [default: 10d]")
    ] = None,
    error: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Entries in error, and discarded ones, older than this. [default: 30d]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them, and delete nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Delete entries that ended long ago; customer orders stay, and so does the uniqueness of their external ids.

    With a shorter time than the configured one it asks first; where no terminal asks, it needs --yes.

    Examples:
        ordercli queue purge --dry-run
        ordercli queue purge --completed 10d --error 30d
        ordercli queue purge --completed 1d --yes
        30 3 * * * ordercli queue purge      (crontab)
    """
    from ordercli.cli.arguments import (  # noqa: PLC0415
        confirm,
        confirm_many,
        seconds,
    )
    from ordercli.operations import purge_entries  # noqa: PLC0415
    from ordercli.output.progress import progress  # noqa: PLC0415
    from ordercli.output.queue import print_purged, purge_follower  # noqa: PLC0415

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    configured = purge_entries.Retention.of(call.settings)
    retention = configured.changed(seconds("--completed", completed), seconds("--error", error))
    found = purge_entries.purgeable(call.database, retention)
    if not dry_run:
        consequence = f"{found.total} entries will be deleted"
        if retention.is_shorter_than(configured):
            confirm(found.total, consequence, yes=yes)
        else:
            confirm_many(found.total, consequence, yes=yes)
        with progress(call.output, "purge") as display:
            found = purge_entries.purge(call.database, retention, purge_follower(display, found.total))
    print_purged(found, call.output, dry_run=dry_run)
    raise typer.Exit(found.exit_code)


@app.command("pause")
def pause(context: typer.Context) -> None:
    """Let no run claim anything until `queue resume`; what was claimed is still worked off.

    Examples:
        ordercli queue pause
    """
    from ordercli.operations.queue_status import pause_queue  # noqa: PLC0415

    call = Invocation(context, works=True)
    since = pause_queue(call.database)
    call.output.note(f"paused since {since}; {call.output.advice.completed('`ordercli queue resume` lets it go on')}")


@app.command("resume")
def resume(context: typer.Context) -> None:
    """Let a paused queue go on.

    Examples:
        ordercli queue resume
    """
    from ordercli.operations.queue_status import resume_queue  # noqa: PLC0415

    call = Invocation(context, works=True)
    paused_since = resume_queue(call.database)
    call.output.note(f"goes on; it was paused since {paused_since}" if paused_since else "it was not paused")


def _operate(
    call: Invocation,
    operation: Operation,
    identifiers: Sequence[str] | None,
    source: str | None,
    chosen: EntryFilter | None,
    *,
    dry_run: bool,
    final: bool = False,
) -> None:
    """Do it to the entries; where it is `final`, somebody must agree to what filters choose."""
    if chosen is None:
        _operate_on_ids(call, operation, _needed(identifiers), source)
    elif identifiers:
        raise UsageError("give ids or filters, not both")
    elif dry_run:
        _list(call, chosen)
    else:
        _operate_on_chosen(call, operation, chosen, final=final)


def _operate_on_ids(call: Invocation, operation: Operation, identifiers: Sequence[str], source: str | None) -> None:
    from ordercli.operations.change_entries import operate_on_ids  # noqa: PLC0415
    from ordercli.output.queue import end_of, print_receipts  # noqa: PLC0415

    receipts = operate_on_ids(call.database, operation, identifiers, source)
    print_receipts(receipts, call.output)
    raise typer.Exit(end_of(receipts))


def _list(call: Invocation, chosen: EntryFilter) -> None:
    from ordercli.operations.list_entries import page_of_entries  # noqa: PLC0415
    from ordercli.output.rows import print_result_page  # noqa: PLC0415
    from ordercli.queue.entries import QueueEntry  # noqa: PLC0415

    with page_of_entries(call.database, chosen, limit=0, offset=0) as page:
        print_result_page(page, QueueEntry, call.output)


def _operate_on_chosen(call: Invocation, operation: Operation, chosen: EntryFilter, *, final: bool) -> None:
    from ordercli.cli.arguments import confirm  # noqa: PLC0415
    from ordercli.operations.change_entries import operate_on_chosen  # noqa: PLC0415
    from ordercli.operations.list_entries import choose  # noqa: PLC0415
    from ordercli.output.queue import print_changed  # noqa: PLC0415

    keys = choose(call.database, chosen)
    confirm(len(keys), f"{len(keys)} entries will be {operation.done}", yes=not final)
    changed = operate_on_chosen(call.database, operation, keys, chosen.states)
    print_changed(changed, call.output)
    raise typer.Exit(changed.exit_code)


def _needed(identifiers: Sequence[str] | None) -> Sequence[str]:
    if not identifiers:
        raise UsageError("which entries? give ids, or filters where the command has them")
    return identifiers


def _chosen(
    allowed: Sequence[EntryState],
    default: Sequence[EntryState],
    state: list[str] | None,
    code: str | None,
    batch: str | None,
    older_than: str | None,
) -> EntryFilter | None:
    """The filter; None where no filter was given."""
    given = state or code or batch or older_than
    return _filter(allowed, default, state, code, batch, older_than) if given else None


def _filter(
    allowed: Sequence[EntryState],
    default: Sequence[EntryState],
    state: list[str] | None,
    code: str | None,
    batch: str | None,
    older_than: str | None,
) -> EntryFilter:
    from ordercli.cli.arguments import seconds  # noqa: PLC0415
    from ordercli.operations.list_entries import entry_filter  # noqa: PLC0415

    age = seconds("--older-than", older_than)
    return entry_filter(allowed, default, states=state or (), code=code, batch=batch, older_than=age)
