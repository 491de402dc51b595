"""`ordercli forward follow`."""

from contextlib import closing
from math import inf
from typing import Annotated

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.forward import OnlyTarget, Watch
from ordercli.cli.invocation import Invocation, LogFile, LogForm, MetricsFile, Source
from ordercli.cli.target import remote_of
from ordercli.cli.target_runs import chosen_targets, print_runs, reporting, warn_of_pauses
from ordercli.counted import counted
from ordercli.database.opening import open_database
from ordercli.settings import QueueSettings

app = typer.Typer(add_completion=False)

_DEFAULT = QueueSettings()
FollowedIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]...",
        help="Ask for these orders now, due or not, followed to their end or not.",
        autocompletion=order_ids,
        show_default=False,
    ),
]
MaxRuntime = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help=f"Ask for no more orders after this time. [default: {_DEFAULT.max_runtime.text}; no limit with --watch]",
    ),
]


@app.command("follow")
def follow(
    context: typer.Context,
    identifiers: FollowedIds = None,
    target: OnlyTarget = None,
    watch: Watch = False,
    max_runtime: MaxRuntime = None,
    source: Source = None,
    metrics_file: MetricsFile = None,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Ask targets for the states of the orders that arrived there, and let the orders here take them.

    Prints nothing when nothing is due. An order is asked for again after `follow_every`, later each time that nothing
    has changed, until its state there is final. An order whose own state is final is left alone. Exit 1 if something
    must be looked at (`list --trouble`), 2 if a target refuses the credentials, 75 if one cannot be reached. With
    --watch and --log-file, SIGHUP reopens the log file, for logrotate.

    Examples:
        ordercli forward follow
        ordercli forward follow CRM-1007                        now, due or not
        ordercli forward follow --target crm --watch            as a service
        */5 * * * * ordercli forward follow --max-runtime 4m    (crontab)
    """
    from ordercli.bulk.follow_run import follow_orders
    from ordercli.operations.follow import FollowRun

    call = Invocation(context, works=True, queue__max_runtime=max_runtime)
    longest = inf if watch and max_runtime is None else float(call.settings.queue.max_runtime)
    with reporting(call, "forward follow", log_file, log_format, metrics_file) as reports:
        found = chosen_targets(call, target)
        if identifiers:
            from ordercli.operations.follow import ask_now  # most runs name no order

            with closing(open_database(call.changed_database)) as store:
                ask_now(store, identifiers, source, found)
        results, code = follow_orders(
            call.changed_database,
            found,
            remote_of,
            watch=watch,
            max_runtime=longest,
            report=reports,
            on_hangup=reports.reopen,
        )
    if results:
        print_runs(results, FollowRun, call.output)
    warn_of_pauses(call, results)
    for each in results:
        if each.troubled:
            call.output.warn(
                f"target {each.target}: {counted(each.troubled, 'order')} must be looked at; `ordercli list"
                f" --target {each.target} --trouble` lists them"
            )
    raise typer.Exit(call.failures.worst(code))
