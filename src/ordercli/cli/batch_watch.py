"""`ordercli batch watch`."""

from functools import partial
from typing import Annotated

import typer

from ordercli.cli.completion import batch_ids
from ordercli.cli.invocation import Invocation
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.operations.batch_reports import BatchDetails, batch_report
from ordercli.output.batches import watched_members
from ordercli.output.live import refuse_unless_live, watch
from ordercli.queue.workers import is_at_work
from ordercli.run_control import Stop

app = typer.Typer(add_completion=False)

BatchId = Annotated[
    str, typer.Argument(metavar="ID", help="A batch id, as printed by submit.", autocompletion=batch_ids)
]


@app.command("watch")
def watch_batch(context: typer.Context, identifier: BatchId) -> None:
    """Show a batch while it changes, until its input was read and none of its orders waits any more.

    In a pipe, prints a JSON line for each change. Exits with 1 if the run was interrupted, failed or cancelled, or if
    entries of it have failed.

    Examples:
        ordercli batch watch 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch watch 019374d2f0a17c3e9d4b5a6f7c8d9e0f -o ndjson | jq .waiting
    """
    call = Invocation(context)
    refuse_unless_live(call.output)
    stop = Stop().listen()
    report = partial(batch_report, call.database, partial(is_at_work, call.database), identifier)
    last = watch(report, partial(watched_members, output=call.output), _is_over, call.output, stop)
    if stop.signal:
        raise typer.Exit(code_of_stop(stop))
    raise typer.Exit(ExitCode.REJECTED if last.status != "completed" or last.failed else ExitCode.OK)


def _is_over(batch: BatchDetails) -> bool:
    return batch.status != "processing"
