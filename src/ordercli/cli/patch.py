"""`ordercli patch`."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import Annotated

import typer

from ordercli.bulk.requests import Requested, RequestRun, patch_file
from ordercli.cli.arguments import inputs
from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force
from ordercli.cli.request_options import Actor, OverrideContext, RejectsFile, Source, rejects_file, repeated
from ordercli.database.connection import open_database, read_database
from ordercli.errors import UsageError
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import read_records
from ordercli.intake.record import STDIN, Record
from ordercli.operations.patch import PatchRequest, patch_order
from ordercli.operations.patch_document import assignment, begins_json_patch
from ordercli.output.answers import print_answer, print_answers, print_difference, print_findings

app = typer.Typer(add_completion=False)


@app.command("patch")
def patch(
    context: typer.Context,
    identifier: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="An order id or an external id.", autocompletion=order_ids, show_default=False
        ),
    ] = None,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A JSON merge patch (RFC 7396), or `-` for standard input.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Give one place a value (null: none); repeatable."),
    ] = None,
    if_version: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only while the order has this version.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")] = False,
    from_file: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="Many patches, one a line, each with the order's id.")
    ] = None,
    rejects: RejectsFile = None,
    force: Force = False,
    override_context: OverrideContext = False,
    source: Source = None,
    actor: Actor = None,
) -> None:
    """Change an order: a JSON merge patch, in which line items are found by their id and notes are added.

    Examples:
        ordercli patch CRM-1007 change.json
        ordercli patch CRM-1007 --set requestedCompletionDate=2026-04-01T00:00:00Z
        ordercli patch CRM-1007 --set productOrderItem.10.quantity=2 --dry-run
        ordercli patch CRM-1007 --set productOrderItem.20.revisionOperation=cancel
        ordercli patch CRM-1007 --set state=in_progress --if-version 3
        ordercli patch --from changes.ndjson
    """
    call = Invocation(context, works=True, actor=actor)
    if from_file is not None:
        if identifier or assignments or if_version:
            raise UsageError("--from goes without an ID, --set and --if-version")
        run = RequestRun("patch")
        rejects_to = rejects_file(call, from_file, rejects, force=force)
        requested = Requested(from_file, source, rejects_to, dry_run, override_context)
        answers = patch_file(call.database, requested, call.settings, run)
        print_answers(answers, run, call.output, *repeated("patch", actor))
        raise typer.Exit(run.exit_code)
    request = PatchRequest(
        _document(context, identifier, file, call.settings.limits.max_order_bytes, needed=not assignments),
        [assignment(each) for each in assignments or ()],
        if_version,
        dry_run,
    )
    with closing((read_database if dry_run else open_database)(call.database)) as connection:
        answer, proposal = patch_order(connection, identifier or "", request, call.settings, source)
    if dry_run and proposal and not answer.refused:
        if not call.output.quiet:
            print_findings(answer, call.output)
        print_difference(proposal, call.output)
    else:
        print_answer(answer, call.output)
    raise typer.Exit(answer.exit_code)


def _document(
    context: typer.Context, identifier: str | None, file: str | None, max_bytes: int, *, needed: bool
) -> Record | None:
    """The patch in the file or, where nothing else says what to change, on standard input.

    Raises:
        BadInputError: the file is missing or cannot be read.
        UsageError: it holds more than one document, or there is nothing to read.
    """
    if identifier is None:
        raise UsageError("no order: give its ID, or many with --from", hint=f"see `{context.command_path} --help`")
    if file is None and not needed:
        return None
    (path,) = inputs(context, [file] if file else None)
    records = list(islice(read_records(expand_paths([path]), max_bytes=max_bytes), 2))
    if len(records) > 1 and not begins_json_patch(records[0]):
        raise UsageError(f"{path} holds more than one patch", hint="give many patches with --from")
    return records[0] if records else Record(b"", file or STDIN, 1, 1, 1)
