"""`ordercli submit`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.bulk.rejects_file import reserve, usual_rejects, wanted_rejects
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.cli.arguments import MAX_REJECTS_HELP, InputFormat, Jobs, inputs, reject_limit, wait_for
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force, LogFile, LogForm, OverrideContext, given, process_count
from ordercli.intake.inputs import readable
from ordercli.output.log import open_log
from ordercli.output.submission import audience, print_submission

app = typer.Typer(add_completion=False)


@app.command("submit")
def submit(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Files, folders, globs, or `-` for standard input.", show_default=False),
    ] = None,
    asynchronous: Annotated[
        bool, typer.Option("--async", help="Put the orders in the inbound queue (202) instead of creating them (201).")
    ] = False,
    source: Annotated[
        str | None,
        typer.Option(
            help="Where the orders come from; external ids are unique in it. [default: cli]", show_default=False
        ),
    ] = None,
    wait: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="With --async: wait so long for the orders to be created; else exit 8."),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Do this run once, however often it is called (255 characters)."),
    ] = None,
    track_id: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Kept with the batch and given back (64 ASCII characters).")
    ] = None,
    rejects: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|none", help="Where refused orders go. [default: beside the input]", show_default=False
        ),
    ] = None,
    accepted: Annotated[
        str | None, typer.Option(metavar="PATH", help="Write file, line and order id of each accepted order.")
    ] = None,
    force: Force = False,
    override_context: OverrideContext = False,
    max_rejects: Annotated[str | None, typer.Option(metavar="N|N%", help=MAX_REJECTS_HELP)] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first refused order.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing, give no ids; the exit code is that of a real run.")
    ] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Look at the bytes too (ORD004, ORD006, ORD901).")] = False,
    full: Annotated[bool, typer.Option("--full", help="Receipts (-o ndjson) carry the created order.")] = False,
    input_format: Annotated[
        InputFormat | None, typer.Option(help="Do not guess the format of the input.", show_default=False)
    ] = None,
    jobs: Jobs = "auto",
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Create customer orders from TMF622 product orders, or put them in the inbound queue.

    Examples:
        ordercli submit orders.ndjson                 create the orders at once
        ordercli submit orders.ndjson --async         queue them; `ordercli queue run` creates them
        ordercli submit orders.ndjson --async --wait 10m
        ordercli submit exports/ --source crm         every order file of a folder
        zcat orders.gz | ordercli submit --async      from a pipe
        ordercli submit orders.ndjson.rejects.ndjson  send repaired orders again
        ordercli submit night.ndjson --idempotency-key night-2026-03-01
    """
    call = Invocation(context, works=True)
    run = Run(
        mode="async" if asynchronous else "sync",
        source="cli" if source is None else source,
        inputs=inputs(context, paths),
        actor=call.settings.acting,
        track_id=track_id,
        idempotency_key=idempotency_key,
        limit=reject_limit(max_rejects),
        fail_fast=fail_fast,
        dry_run=dry_run,
        lint=lint,
        input_format=input_format.value if input_format else None,
        stated=_stated(context, asynchronous=asynchronous, source=source),
        override_context=override_context,
    )
    if log_file is not None or accepted is not None or rejects is not None:
        read = readable(run.inputs)
        call.output_files.reads(read)
        if rejects is None and not dry_run:
            reserve(call.output_files, usual_rejects(read))
    log_to = call.log_file(log_file)
    # What a keyed run finds there may be its own work: that is looked at once it turns out not to be done yet.
    how = {"force": force, "later": idempotency_key is not None}
    accepted_to = None if accepted is None else call.output_files.made("--accepted", accepted, **how)
    rejects_to = wanted_rejects(call.output_files, rejects, **how) if rejects is not None else None
    with (
        open_log(log_to, log_format, call.failures) as log,
        audience(call.output, run, call.failures, accepted=accepted_to, full=full) as followers,
    ):
        result = submit_files(
            call.database,
            run,
            call.settings,
            rejects=rejects_to,
            audience=followers,
            wait=wait_for(run, wait),
            jobs=process_count(jobs),
            made=call.tell_made,
        )
        for each in result.batches:
            log.event("submit", each.as_json(), failed=bool(each.exit_code))
    result.exit_code = call.failures.worst(result.exit_code)
    print_submission(result, call.output)
    raise typer.Exit(result.worst)


def _stated(context: typer.Context, *, asynchronous: bool, source: str | None) -> tuple[str, ...]:
    """Return what the command line itself says of how orders are handled."""
    said = {"source": source is not None, "profile": "profile" in given(context), "mode": asynchronous}
    return tuple(name for name, is_said in said.items() if is_said)
