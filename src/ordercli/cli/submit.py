"""`ordercli submit`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, NamedTuple

import typer

from ordercli.bulk.rejects_file import RejectsOption, rejects_option, reserve, usual_rejects
from ordercli.bulk.submission import RejectLimit, Run
from ordercli.bulk.submit import submit_files
from ordercli.cli.completion import target_names
from ordercli.cli.invocation import (
    GIVEN,
    At,
    Force,
    InputFormatOption,
    Invocation,
    Jobs,
    LogFile,
    LogForm,
    Map,
    MaxRejects,
    OverrideContext,
    Paths,
    Rejects,
    Resource,
    inputs,
    order_path,
    process_count,
    seconds,
    sheet_reader,
)
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import readable
from ordercli.output.safe_text import visible
from ordercli.output.stream import LogFormat
from ordercli.output.submission import open_followers, print_submission
from ordercli.output_files.output_file import OutputFile
from ordercli.settings import ResourceName

app = typer.Typer(add_completion=False)

Async = Annotated[
    bool, typer.Option("--async", help="Put the orders in the inbound queue (202) instead of creating them (201).")
]
Source = Annotated[
    str | None,
    typer.Option(
        help="Source of the orders; external ids are unique within a source. [default: cli]", show_default=False
    ),
]
ToTarget = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="NAME",
        help="Queue the orders for this system; `ordercli forward run` sends them. Implies --async.",
        autocompletion=target_names,
        show_default=False,
    ),
]
Wait = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION", help="With --async: wait at most this long for the orders to be created, or exit 8."
    ),
]
SubmitDryRun = Annotated[
    bool, typer.Option("--dry-run", help="Validate only: write nothing, and exit with the code of a real run.")
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="Idempotency key (at most 255 characters): a second run with it changes nothing."),
]
TrackId = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Identifier (64 ASCII characters) kept with the batch and repeated in output."),
]
Accepted = Annotated[
    str | None, typer.Option(metavar="PATH", help="Write file, line and order id of each accepted order to this file.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first rejected order.")]
Lint = Annotated[bool, typer.Option("--lint", help="Also check the bytes of each order (ORD004, ORD006, ORD901).")]
Full = Annotated[bool, typer.Option("--full", help="With -o ndjson: include the created order in each receipt.")]

WatchFolder = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Submit the files that are put into this folder, each once, and move them to done/ or failed/ in it.",
    ),
]
Settle = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="With --watch-folder: take files that have not changed for this long. [default: 30s]",
        show_default=False,
    ),
]
Once = Annotated[bool, typer.Option("--once", help="With --watch-folder: take what is there, and end; for cron.")]


@app.command("submit")
def submit(
    context: typer.Context,
    paths: Paths = None,
    asynchronous: Async = False,
    source: Source = None,
    target: ToTarget = None,
    wait: Wait = None,
    idempotency_key: IdempotencyKey = None,
    track_id: TrackId = None,
    rejects: Rejects = None,
    accepted: Accepted = None,
    force: Force = False,
    override_context: OverrideContext = False,
    max_rejects: MaxRejects = None,
    fail_fast: FailFast = False,
    dry_run: SubmitDryRun = False,
    lint: Lint = False,
    full: Full = False,
    input_format: InputFormatOption = None,
    at: At = None,
    sheet_map: Map = None,
    resource: Resource = None,
    jobs: Jobs = "auto",
    watch_folder: WatchFolder = None,
    settle: Settle = None,
    once: Once = False,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Create customer orders from product orders (TMF622) and service orders (TMF641), or queue them.

    Examples:
        ordercli submit orders.ndjson                 create the orders now
        ordercli submit orders.ndjson --async         queue them; `ordercli queue run` creates them
        ordercli submit orders.ndjson --async --wait 10m
        ordercli submit orders.ndjson --target crm    queue them for another system
        ordercli submit exports/ --source crm         submit every order file of a folder
        zcat orders.gz | ordercli submit --async      read from a pipe
        ordercli submit orders.ndjson.rejects.ndjson  submit corrected orders again
        ordercli submit night.ndjson --idempotency-key night-2026-03-01
        ordercli submit events.ndjson --at /event/productOrder
        ordercli submit orders.xlsx --map map.toml    a spreadsheet; `ordercli convert --init` proposes a map
        ordercli submit orders.ndjson --resource serviceOrder      refuse orders of other kinds (ORD011)
        ordercli submit --watch-folder incoming --source crm       as a service
        ordercli submit --watch-folder sheets --map map.toml       the same for spreadsheets
        * * * * * ordercli submit --watch-folder incoming --once   (crontab)
    """
    call = Invocation(context, works=True)
    if target is not None:
        asynchronous, resource = True, _for_target(context, call, target, resource)
    paths = [] if watch_folder is not None else inputs(context, paths)
    limit = RejectLimit() if max_rejects is None else RejectLimit.parse(max_rejects)
    run = run_of(context, call, paths, asynchronous=asynchronous, source=source, target=target)
    run = replace(run, track_id=track_id, idempotency_key=idempotency_key, override_context=override_context)
    run = replace(run, input_format=input_format.value if input_format else None, at=order_path(at), resource=resource)
    sheets = sheet_reader(call, sheet_map, at=at, input_format=input_format)
    run = replace(run, limit=limit, fail_fast=fail_fast, lint=lint, dry_run=dry_run, sheets=sheets)
    if watch_folder is not None:
        from ordercli.cli.watch_folder import Watching, watch  # most runs have files

        watching = Watching(watch_folder, settle, once, jobs, sheet_map, log_file, log_format)
        raise typer.Exit(watch(context, call, run, watching))
    _refuse_unfitting(run, wait=wait, settle=settle, once=once)
    options = {"log_file": log_file, "accepted": accepted, "rejects": rejects}
    files = output_files(call, run, **options, force=force, also_read=[sheet_map] if sheet_map else ())
    raise typer.Exit(submit_run(call, run, files, wait=wait, jobs=jobs, full=full, log_format=log_format))


def _refuse_unfitting(run: Run, *, wait: str | None, settle: str | None, once: bool) -> None:
    """Refuse options that have no meaning for a run that reads its inputs once."""
    if once or settle is not None:
        raise UsageError("--once and --settle belong to --watch-folder")
    if wait is not None and (run.mode != "async" or run.dry_run):
        raise UsageError("--wait requires --async and cannot be combined with --dry-run")


def submit_run(
    call: Invocation,
    run: Run,
    files: "SubmitFiles",
    *,
    wait: str | None,
    jobs: str,
    full: bool = False,
    log_format: LogFormat | None,
) -> ExitCode:
    """Submit the files of the run, with its log and its receipts; print the result, and return the exit code."""
    database = call.database if run.dry_run else call.changed_database
    with (
        call.open_log(files.log, log_format) as log,
        open_followers(call.output, run, call.failures, accepted=files.accepted, full=full) as followers,
    ):
        result = submit_files(
            database,
            run,
            call.settings,
            rejects=files.rejects,
            followers=followers,
            wait=seconds("--wait", wait),
            jobs=process_count(jobs),
            made=call.report_created,
        )
        for each in result.batches:
            each.store = database.store
            log.event("submit", each.as_json(), failed=bool(each.exit_code))
    result.exit_code = call.failures.worst(result.exit_code)
    if run.sheets and run.sheets.ignored:
        call.output.note(f"columns without a place in the map: {visible(', '.join(run.sheets.ignored))}")
    print_submission(result, call.output)
    return result.worst


def _for_target(context: typer.Context, call: Invocation, name: str, resource: ResourceName | None) -> ResourceName:
    """Let the target decide how its orders are written; return their kind.

    Raises:
        UsageError: an option says something else.
    """
    from ordercli.targets import target as target_of  # few runs name a target

    found = target_of(call.settings, name)
    given = context.meta.get(GIVEN, {}).get("profile")
    if given not in {None, found.profile} or resource not in {None, found.resource}:
        raise UsageError(f"target {name} takes orders of kind {found.resource} in the profile {found.profile}")
    call.settings = call.settings._replace(profile=found.profile)
    return found.resource


def run_of(
    context: typer.Context,
    call: Invocation,
    paths: Sequence[str],
    *,
    asynchronous: bool,
    source: str | None,
    target: str | None = None,
) -> Run:
    """Return the run of these inputs, with the source, profile, mode and target that the command line names."""
    given = {
        "source": source is not None,
        "profile": "profile" in context.meta.get(GIVEN, {}),
        "mode": asynchronous,
        "target": target is not None,
    }
    return Run(
        mode="async" if asynchronous else "sync",
        source="cli" if source is None else source,
        inputs=paths,
        actor=call.settings.acting,
        stated=tuple(name for name, is_given in given.items() if is_given),
        target=target,
    )


class SubmitFiles(NamedTuple):
    """The files that the options of one run name. Each was checked before anything is written."""

    log: OutputFile | None
    accepted: OutputFile | None
    rejects: RejectsOption


def output_files(
    call: Invocation,
    run: Run,
    *,
    log_file: str | None,
    accepted: str | None = None,
    rejects: str | None,
    force: bool,
    also_read: Sequence[str] = (),
) -> SubmitFiles:
    """Return the files that the options name, after a check that the run may write them.

    `also_read` are files that the run reads beside its inputs.
    """
    if log_file is not None or accepted is not None or rejects is not None:
        read = readable(run.inputs)
        call.output_files.reads([*read, *readable(also_read)])
        if rejects is None and not run.dry_run:
            reserve(call.output_files, usual_rejects(read))
    # With a key, the file may be that of the first run with it: submit_files checks that later.
    later = run.idempotency_key is not None
    return SubmitFiles(
        call.log_file(log_file),
        None if accepted is None else call.output_files.made("--accepted", accepted, force=force, later=later),
        rejects_option(call.output_files, rejects, force=force, later=later),
    )
