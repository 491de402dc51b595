"""`ordercli batch …`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from ordercli.cli.completion import batch_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force, Limit, LogFile, LogForm, Offset

app = typer.Typer(add_completion=False, no_args_is_help=True)

BatchId = Annotated[
    str, typer.Argument(metavar="ID", help="A batch id, as submit prints it.", autocompletion=batch_ids)
]


@app.callback()
def batch() -> None:
    """Look at the runs of submit, and go on with one that broke off.

    Examples:
        ordercli batch list
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f --orders
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """


@app.command("list")
def list_batches(
    context: typer.Context,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List batches, the newest first.

    Examples:
        ordercli batch list
        ordercli batch list --limit 1 -o id      the id of the newest
    """
    from ordercli.operations.batch_reports import batch_list  # noqa: PLC0415
    from ordercli.output.batches import print_batches  # noqa: PLC0415
    from ordercli.queue.workers import is_at_work  # noqa: PLC0415

    call = Invocation(context)
    with batch_list(call.database, partial(is_at_work, call.database), limit=limit, offset=offset) as page:
        print_batches(page, call.output)


@app.command("show")
def show_batch(
    context: typer.Context,
    identifier: BatchId,
    orders: Annotated[bool, typer.Option("--orders", help="What became of each accepted order instead.")] = False,
) -> None:
    """Show how far a batch is: processing, interrupted, completed or failed, and how many orders stand where.

    `processing`: its input is being read, or orders of it wait in the queue. `interrupted`: the process that read its
    input was killed or stopped; `batch resume` goes on. `failed`: a limit, or input that broke off, ended it.

    Examples:
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch show 019374d2f0a17c3e9d4b5a6f7c8d9e0f --orders -o csv
    """
    from ordercli.operations.batch_reports import BatchOrder, batch_orders, batch_report  # noqa: PLC0415
    from ordercli.output.batches import print_batch  # noqa: PLC0415
    from ordercli.output.rows import print_result_page  # noqa: PLC0415
    from ordercli.queue.workers import is_at_work  # noqa: PLC0415

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
    max_rejects: Annotated[
        str | None, typer.Option(metavar="N|N%", help="Another limit than the run had, over all its orders.")
    ] = None,
    rejects: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|none", help="Where refused orders go from now on. [default: as before]", show_default=False
        ),
    ] = None,
    force: Force = False,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Go on with a run of submit that was killed, interrupted, or stopped by its limit of rejects.

    Nothing is read twice: it goes on after the last order that was committed, and continues the rejects file. Where
    that file is gone or was repaired meanwhile, it begins a new one beside it.

    Examples:
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f --max-rejects 5%
        ordercli batch resume 019374d2f0a17c3e9d4b5a6f7c8d9e0f --rejects rest.rejects.ndjson
    """
    from ordercli.bulk.rejects_file import reserve, wanted_rejects  # noqa: PLC0415
    from ordercli.bulk.resume import files_of, resume_batch  # noqa: PLC0415
    from ordercli.cli.arguments import reject_limit  # noqa: PLC0415
    from ordercli.output.log import open_log  # noqa: PLC0415
    from ordercli.output.submission import following, print_submission  # noqa: PLC0415

    call = Invocation(context, works=True)
    if log_file is not None or rejects is not None:
        read, written = files_of(call.database, identifier)
        call.output_files.reads(read)
        if rejects is None:
            reserve(call.output_files, written)
    log_to = call.log_file(log_file)
    rejects_to = None
    if rejects is not None:
        rejects_to = wanted_rejects(call.output_files, rejects, force=force, later=True)
    with open_log(log_to, log_format, call.failures) as log, following(call.output) as followers:
        limit = None if max_rejects is None else reject_limit(max_rejects)
        result = resume_batch(
            call.database, identifier, call.settings, limit=limit, rejects=rejects_to, audience=followers
        )
        for each in result.batches:
            log.event("batch resume", each.as_json(), failed=bool(each.exit_code))
    result.exit_code = call.failures.worst(result.exit_code)
    print_submission(result, call.output)
    raise typer.Exit(result.worst)
