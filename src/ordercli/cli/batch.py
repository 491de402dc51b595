"""`ordercli batch …`."""

from functools import partial
from typing import Annotated

import typer

from ordercli.cli.completion import batch_ids
from ordercli.cli.invocation import Force, Invocation, Limit, LogFile, LogForm, Offset
from ordercli.operations.batch_reports import BatchOrder, batch_list, batch_orders, batch_report
from ordercli.output.batches import print_batch, print_batches
from ordercli.output.rows import print_result_page
from ordercli.queue.workers import is_at_work

app = typer.Typer(add_completion=False, no_args_is_help=True)

BatchId = Annotated[
    str, typer.Argument(metavar="ID", help="A batch id, as printed by submit.", autocompletion=batch_ids)
]
NewLimit = Annotated[
    str | None,
    typer.Option("--max-rejects", metavar="N|N%", help="New limit of rejected orders, counted over the whole run."),
]
NewRejects = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="PATH|none",
        help="File for rejected orders from now on. [default: as before]",
        show_default=False,
    ),
]


@app.callback()
def batch() -> None:
    """Inspect submit runs, resume an interrupted one, or cancel one.

    Examples:
        ordercli batch list
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f --orders
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch cancel 019374d2f0a17c3e9d4b5a6f7c8d9e0f --reason "wrong file"
    """


@app.command("list")
def list_batches(
    context: typer.Context,
    limit: Limit = 50,
    offset: Offset = 0,
    served_too: Annotated[
        bool, typer.Option("--all", help="List what servers (`ordercli serve`) received, too.")
    ] = False,
) -> None:
    """List batches, newest first.

    Examples:
        ordercli batch list
        ordercli batch list --all                also what servers received
        ordercli batch list --limit 1 -o id      id of the newest batch
    """
    call = Invocation(context)
    alive = partial(is_at_work, call.database)
    with batch_list(call.database, alive, limit=limit, offset=offset, served_too=served_too) as page:
        print_batches(page, call.output)


@app.command("show")
def show_batch(
    context: typer.Context,
    identifier: BatchId,
    orders: Annotated[bool, typer.Option("--orders", help="List the state of each accepted order instead.")] = False,
) -> None:
    """Show the status of a batch and the number of its orders in each state.

    `processing`: its input is being read, or some of its orders wait in the queue. `interrupted`: the process that read
    its input was killed or stopped; `batch resume` resumes it. `failed`: a reject limit or broken input ended it.
    `cancelled`: `batch cancel` withdrew its orders.

    Examples:
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f --orders -o csv
    """
    call = Invocation(context)
    if not orders:
        print_batch(batch_report(call.database, partial(is_at_work, call.database), identifier), call.output)
        return
    with batch_orders(call.database, identifier) as page:
        print_result_page(page, BatchOrder, call.output)


@app.command("resume")
def resume(
    context: typer.Context,
    identifier: BatchId,
    max_rejects: NewLimit = None,
    rejects: NewRejects = None,
    force: Force = False,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Resume a submit run that was killed, interrupted, or stopped by its reject limit.

    The run continues after the last committed order and appends to the rejects file. If that file was removed or
    edited meanwhile, a new one is created beside it.

    Examples:
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f --max-rejects 5%
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f --rejects rest.rejects.ndjson
    """
    from ordercli.bulk.rejects_file import rejects_option, reserve  # `list` and `show` validate nothing
    from ordercli.bulk.resume import files_of, resume_batch
    from ordercli.bulk.submission import RejectLimit
    from ordercli.output.submission import following, print_submission

    call = Invocation(context, works=True)
    database = call.changed_database
    if log_file is not None or rejects is not None:
        read, written = files_of(database, identifier)
        call.output_files.reads(read)
        if rejects is None:
            reserve(call.output_files, written)
    log_to = call.log_file(log_file)
    rejects_to = None
    if rejects is not None:
        rejects_to = rejects_option(call.output_files, rejects, force=force, later=True)
    with call.open_log(log_to, log_format) as log, following(call.output) as followers:
        limit = None if max_rejects is None else RejectLimit.parse(max_rejects)
        result = resume_batch(database, identifier, call.settings, limit=limit, rejects=rejects_to, followers=followers)
        for each in result.batches:
            each.store = database.store
            log.event("batch resume", each.as_json(), failed=bool(each.exit_code))
    result.exit_code = call.failures.worst(result.exit_code)
    print_submission(result, call.output)
    raise typer.Exit(result.worst)
