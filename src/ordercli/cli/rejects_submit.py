"""`ordercli rejects submit`."""

from dataclasses import replace
from typing import Annotated

import typer

from ordercli.bulk.reject_lines import require_rejects_file
from ordercli.cli.invocation import Force, Invocation, Jobs, LogFile, LogForm, OverrideContext, Rejects
from ordercli.cli.submit import Async, Source, SubmitDryRun, output_files, run_of, submit_run
from ordercli.errors import UsageError

app = typer.Typer(add_completion=False)

File = Annotated[str, typer.Argument(metavar="FILE", help="A rejects file, as submit or `queue export` writes it.")]
Wait = Annotated[
    str | None,
    typer.Option(metavar="DURATION", help="Wait at most this long for queued orders to be created, or exit 8."),
]


@app.command("submit")
def submit(
    context: typer.Context,
    file: File,
    wait: Wait = None,
    rejects: Rejects = None,
    force: Force = False,
    dry_run: SubmitDryRun = False,
    asynchronous: Async = False,
    source: Source = None,
    override_context: OverrideContext = False,
    jobs: Jobs = "auto",
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Send the orders of a rejects file again, each as it was sent: with the source, profile and mode of its line.

    Each line is accepted only once. What is still wrong goes into the next rejects file. Orders with different sources,
    profiles or modes become a batch for each. A file with lines of another kind is refused as a whole.

    Examples:
        ordercli rejects submit night.ndjson.rejects.ndjson
        ordercli rejects submit night.ndjson.rejects.ndjson --dry-run
        ordercli rejects submit failed.ndjson --wait 10m
        ordercli rejects submit failed.ndjson --source crm --override-context
    """
    call = Invocation(context, works=True)
    if wait is not None and dry_run:
        raise UsageError("--wait cannot be combined with --dry-run")
    require_rejects_file(file)
    run = replace(
        run_of(context, call, [file], asynchronous=asynchronous, source=source),
        dry_run=dry_run,
        input_format="ndjson",
        override_context=override_context,
    )
    files = output_files(call, run, log_file=log_file, rejects=rejects, force=force)
    raise typer.Exit(submit_run(call, run, files, wait=wait, jobs=jobs, log_format=log_format))
