"""`ordercli forward …`."""

from contextlib import closing
from math import inf
from typing import Annotated

import typer

from ordercli.cli.completion import codes, entry_ids, entry_states, target_names
from ordercli.cli.invocation import Invocation, Limit, LogFile, LogForm, MetricsFile, Offset, Source
from ordercli.cli.target import TargetName, remote_of
from ordercli.cli.target_runs import chosen_targets, print_runs, reporting, warn_of_pauses
from ordercli.counted import counted
from ordercli.database.opening import read_database
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.operations import change_entries, forward_entries
from ordercli.operations.list_entries import choose, entry_filter, page_of_entries
from ordercli.operations.queue_status import PauseState
from ordercli.operations.target_status import TargetStatus, target_status
from ordercli.output.queue import end_of, print_changed, print_pause, print_receipts
from ordercli.output.rows import print_result, print_result_page, print_results
from ordercli.queue.entries import EntryState, QueueEntry
from ordercli.queue.entry_list import ANY_TARGET, EntryFilter
from ordercli.settings import QueueSettings
from ordercli.targets import names
from ordercli.targets import target as target_of

app = typer.Typer(add_completion=False, no_args_is_help=True)

_DEFAULT = QueueSettings()
OnlyTarget = Annotated[
    str | None,
    typer.Option("--target", metavar="NAME", help="Only this target. [default: all]", autocompletion=target_names),
]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Order ids or external ids.", autocompletion=entry_ids, show_default=False),
]
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=entry_ids)
]
Code = Annotated[
    str | None, typer.Option(metavar="ORDnnn", help="Choose entries that failed with this code.", autocompletion=codes)
]
Watch = Annotated[bool, typer.Option("--watch", help="Keep running and wait for entries until a signal comes.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; required without a terminal.")]


@app.callback()
def forward() -> None:
    """Send orders that were submitted with --target to other systems, each effectively once.

    Examples:
        ordercli submit orders.ndjson --target crm      queue them for the target crm
        ordercli forward run                            send them
        ordercli forward status                         count the entries of each target
        ordercli forward show CRM-1007                  what the target answered
    """


@app.command("run")
def run(
    context: typer.Context,
    target: OnlyTarget = None,
    watch: Watch = False,
    max_runtime: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help=f"Send no more orders after this time. [default: {_DEFAULT.max_runtime.text}; no limit with --watch]",
        ),
    ] = None,
    metrics_file: MetricsFile = None,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Send the orders that wait for targets, and create those that arrived here too.

    Prints nothing when there is nothing to do. Several runs at once are safe and share the limits of a target. An order
    that may have arrived is looked for before it is sent again. Exit 2 if a target refuses the credentials or its
    address is wrong (it is paused then), 75 if one cannot be reached, 1 if it refused an order. With --watch and
    --log-file, SIGHUP reopens the log file, for logrotate.

    Examples:
        ordercli forward run
        ordercli forward run --target crm --watch           as a service
        * * * * * ordercli forward run --max-runtime 50s    (crontab)
    """
    from ordercli.bulk.forward_run import forward_queue
    from ordercli.operations.forward import ForwardRun

    call = Invocation(context, works=True, queue__max_runtime=max_runtime)
    longest = inf if watch and max_runtime is None else float(call.settings.queue.max_runtime)
    with reporting(call, "forward run", log_file, log_format, metrics_file) as reports:
        results, code = forward_queue(
            call.changed_database,
            call.settings,
            chosen_targets(call, target),
            remote_of,
            watch=watch,
            max_runtime=longest,
            report=reports,
            on_hangup=reports.reopen,
        )
    if results:
        print_runs(results, ForwardRun, call.output)
    warn_of_pauses(call, results)
    for each in results:
        if each.uncertain:
            call.output.warn(
                f"target {each.target}: nobody knows whether {counted(each.uncertain, 'order')} arrived;"
                f" `ordercli forward list --target {each.target} --uncertain` lists them;"
                " `ordercli forward resolve --help` tells how to say what became of one"
            )
    raise typer.Exit(call.failures.worst(code))


@app.command("status")
def status(context: typer.Context, target: OnlyTarget = None) -> None:
    """Count the entries of each target by state, and tell which targets are paused.

    Examples:
        ordercli forward status
        ordercli forward status --target crm -o json
    """
    call = Invocation(context)
    known = [] if target is None else [target_name(call, target)]
    found = target_status(call.database, known or names(call.settings))
    chosen = [each for each in found if target in {None, each.target}]
    print_results(chosen, TargetStatus, call.output)


@app.command("list")
def list_forwarded(
    context: typer.Context,
    target: OnlyTarget = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only entries in this state; repeatable.", autocompletion=entry_states)
    ] = None,
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="Only entries whose orders may have arrived or not.")
    ] = False,
    code: Annotated[
        str | None,
        typer.Option(metavar="ORDnnn", help="Only entries that failed with this code.", autocompletion=codes),
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the entries for targets, newest first.

    Examples:
        ordercli forward list --state error
        ordercli forward list --target crm --uncertain
    """
    call = Invocation(context)
    wanted = EntryFilter(
        states=tuple(state or ()), error_code=code, target=target or ANY_TARGET, is_uncertain=uncertain
    )
    with page_of_entries(call.database, wanted, limit=limit, offset=offset, on_scan=call.on_scan("entry")) as page:
        print_result_page(page, QueueEntry, call.output)


@app.command("show")
def show(context: typer.Context, identifier: Identifier, source: Source = None) -> None:
    """Show one entry, the id and state of its order at the target, and the last answer.

    Examples:
        ordercli forward show CRM-1007
    """
    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        found = forward_entries.show_forwarded(store, identifier, source)
    print_result(found, call.output)


@app.command("resolve")
def resolve(
    context: typer.Context,
    identifier: Identifier,
    sent: Annotated[
        str | None, typer.Option("--sent", metavar="REMOTE_ID", help="The target has the order, with this id.")
    ] = None,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="The target does not have it; send it again.")] = False,
    source: Source = None,
) -> None:
    """Say what became of an order of which nobody knows whether it arrived; look at the target first.

    That is an uncertain entry, or one in error whose order may have arrived, such as ORD430. Either way it goes on.

    Examples:
        ordercli forward resolve CRM-1007 --sent 8d75939453126010a795ddeeff7b126a
        ordercli forward resolve CRM-1008 --not-sent
    """
    call = Invocation(context, works=True)
    if (sent is None) is not not_sent or sent == "":
        raise UsageError("give either --sent with the id at the target, or --not-sent")
    receipt = forward_entries.resolve(call.changed_database, identifier, sent, source, actor=call.settings.acting)
    print_receipts([receipt], call.output)


@app.command("retry")
def retry(
    context: typer.Context,
    identifiers: Ids = None,
    target: OnlyTarget = None,
    code: Code = None,
    source: Source = None,
) -> None:
    """Send entries in error again: those that are named, or all of a target or with a code.

    Examples:
        ordercli forward retry CRM-1007
        ordercli forward retry --target crm --code ORD431
    """
    call = Invocation(context, works=True)
    _operate(
        call, change_entries.retry(call.settings.acting, forwarded=True), (identifiers, source), _chosen(target, code)
    )


@app.command("discard")
def discard(
    context: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason, kept with the entries.")],
    identifiers: Ids = None,
    target: OnlyTarget = None,
    code: Code = None,
    source: Source = None,
    yes: Yes = False,
) -> None:
    """Cancel entries that were not sent or failed, for good. An order that may have arrived must be resolved first.

    Examples:
        ordercli forward discard CRM-1007 --reason "ordered twice"
        ordercli forward discard --target crm --code ORD431 --reason "given up" --yes
    """
    call = Invocation(context, works=True)
    if not reason.strip():
        raise UsageError("--reason must not be empty")
    operation = change_entries.discard(reason, call.settings.acting, forwarded=True)
    _operate(call, operation, (identifiers, source), _chosen(target, code), yes=yes)


@app.command("pause")
def pause(context: typer.Context, name: TargetName) -> None:
    """Send nothing to a target until `forward resume`; what is under way is finished.

    Examples:
        ordercli forward pause crm
    """
    call = Invocation(context, works=True)
    pause = forward_entries.pause_target(call.changed_database, target_name(call, name))
    print_pause(PauseState(name, True, pause.paused_at, None, pause.reason), call.output)
    call.output.note(f"paused since {pause.paused_at}; `ordercli forward resume {name}` lets it go on")


@app.command("resume")
def resume(context: typer.Context, name: TargetName) -> None:
    """Let orders go to a target again, whatever paused it.

    Examples:
        ordercli forward resume crm
    """
    call = Invocation(context, works=True)
    pause = forward_entries.resume_target(call.changed_database, target_name(call, name))
    ended = (pause.paused_at, None, pause.reason) if pause else (None, None, None)
    print_pause(PauseState(name, False, *ended), call.output)
    call.output.note(f"goes on; it was paused since {pause.paused_at}" if pause else "it was not paused")


def target_name(call: Invocation, name: str) -> str:
    """Return the name of a target; raise NotFoundError if there is none of that name."""
    target_of(call.settings, name)
    return name


def _chosen(target: str | None, code: str | None) -> EntryFilter | None:
    if target is None and code is None:
        return None
    failed = (EntryState.ERROR,)
    return entry_filter(failed, failed, states=(), code=code, target=target or ANY_TARGET)


def _operate(
    call: Invocation,
    operation: change_entries.Operation,
    named: tuple[list[str] | None, str | None],
    chosen: EntryFilter | None,
    *,
    yes: bool = True,
) -> None:
    identifiers, source = named
    if identifiers and chosen:
        raise UsageError("give ids or filters, not both")
    if chosen:
        keys = choose(call.database, chosen)
        call.confirm(len(keys), f"{counted(len(keys), 'entry', 'entries')} will be {operation.done}", yes=yes)
        changed = change_entries.operate_on_chosen(call.changed_database, operation, keys, chosen.states)
        print_changed(changed, call.output)
        raise typer.Exit(ExitCode.REJECTED if changed.skipped else ExitCode.OK)
    if not identifiers:
        raise UsageError("no entries: give ids, --target or --code")
    receipts = change_entries.operate_on_ids(call.changed_database, operation, identifiers, source)
    print_receipts(receipts, call.output)
    raise typer.Exit(end_of(receipts))
