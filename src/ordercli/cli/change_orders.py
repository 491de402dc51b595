"""`ordercli patch`, `cancel` and `fulfil`: change single orders, or many by requests in a file."""

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import DryRun, Force, Invocation, OverrideContext, Resource, Source, inputs
from ordercli.database.opening import open_database, read_database
from ordercli.errors import UsageError
from ordercli.intake.record import STDIN, Record
from ordercli.operations.change_requests import OrderReference
from ordercli.operations.patch import PatchRequest, patch_order
from ordercli.operations.patch_document import assignment
from ordercli.operations.revise import Author, is_refused_at_target
from ordercli.output.answers import exit_code, print_answer, print_change, print_difference, print_findings
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from ordercli.operations.cancel import Decision
    from ordercli.operations.change_at_target import Caller
    from ordercli.operations.change_requests import RevisionResult
    from ordercli.operations.revise import Proposal

app = typer.Typer(add_completion=False)

Actor = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name recorded in the history. [default: the system user]")
]
RejectsFile = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="PATH|none",
        help="With --from: file for rejected requests. [default: beside the input]",
        show_default=False,
    ),
]
PatchedId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=order_ids, show_default=False),
]
PatchFile = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="A merge patch (RFC 7396) or a JSON Patch (RFC 6902); `-` is standard input."),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Set one member (null removes it); repeatable. PATH is channel.0.id, or a JSON pointer.",
    ),
]
IfVersion = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Change the order only if it has this version.")
]
FromPatches = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="File, folder or glob of patches, each with its order's id."),
]
CanceledIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Order ids or external ids.", autocompletion=order_ids, show_default=False),
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Reason for the cancellation; required.")]
RequestedDate = Annotated[
    str | None, typer.Option(metavar="DATE-TIME", help="When the caller wants the order to be cancelled.")
]
Approve = Annotated[bool, typer.Option("--approve", help="Approve a cancellation that is being assessed.")]
Deny = Annotated[bool, typer.Option("--deny", help="Deny a cancellation that is being assessed.")]
ReleaseId = Annotated[
    bool,
    typer.Option(
        "--release-id",
        help="Free the external id, so that it can be used again; needs no reason if the order is canceled already.",
    ),
]
LocalOnly = Annotated[
    bool, typer.Option("--local-only", help="Change an order that was forwarded here alone, not at its target.")
]
FromRequests = Annotated[
    str | None, typer.Option("--from", metavar="FILE", help="File, folder or glob of cancellation requests.")
]
Reports = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="File, folder or glob of reports; `-` is standard input.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before more than 100 orders are cancelled.")]


@app.command("patch")
def patch(
    context: typer.Context,
    identifier: PatchedId = None,
    file: PatchFile = None,
    assignments: Assignments = None,
    if_version: IfVersion = None,
    dry_run: DryRun = False,
    from_file: FromPatches = None,
    rejects: RejectsFile = None,
    force: Force = False,
    override_context: OverrideContext = False,
    local_only: LocalOnly = False,
    source: Source = None,
    resource: Resource = None,
    actor: Actor = None,
) -> None:
    """Change an order with a JSON merge patch or a JSON Patch.

    A merge patch matches line items by their id, and adds notes. A JSON Patch is a list of operations; it is refused as
    a whole if one of them cannot be applied, if its test fails, or if the order was revised meanwhile.

    A merge patch of an order that was forwarded goes to its target first, and is applied here when the target took it;
    so do those of a file, one by one.

    Examples:
        ordercli patch CRM-1007 change.json
        ordercli patch CRM-1007 operations.json --dry-run
        ordercli patch CRM-1007 --set requestedCompletionDate=2026-04-01T00:00:00Z
        ordercli patch CRM-1007 --set productOrderItem.10.quantity=2 --dry-run
        ordercli patch CRM-1007 --set productOrderItem.20.revisionOperation=cancel
        ordercli patch CRM-1007 --set state=in_progress --if-version 3
        ordercli patch --from changes.ndjson
    """
    call = Invocation(context, works=True, actor=actor)
    if from_file is not None:
        if identifier or assignments or if_version:
            raise UsageError("--from cannot be combined with an ID, --set or --if-version")
        from ordercli.cli.many_requests import FileArguments, patch_from_file  # one order needs no run

        given = FileArguments(
            *(from_file, source, rejects, force, override_context, actor, dry_run, resource, local_only)
        )
        patch_from_file(call, given)
    request = PatchRequest(
        _document(context, identifier, file, call.settings.limits.max_order_bytes, needed=not assignments),
        [assignment(each) for each in assignments or ()],
        if_version,
        dry_run,
    )
    reference = OrderReference(identifier or "", source, resource=resource)
    author = Author(call.settings.acting, local_only=local_only)
    with closing(read_database(call.database) if dry_run else open_database(call.changed_database)) as store:
        answer, proposal = patch_order(store, reference, request, call.settings, author)
        if is_refused_at_target(answer):
            from ordercli.operations.change_at_target import patch_at_target  # few orders are forwarded

            refused = reference._replace(identifier=answer.identifier or reference.identifier)
            answer, proposal = patch_at_target(store, refused, request, _caller(call, author)) or (answer, proposal)
    _print_patched(call, answer, proposal, dry_run=dry_run)
    raise typer.Exit(exit_code(answer))


def _print_patched(call: Invocation, answer: "RevisionResult", proposal: "Proposal | None", *, dry_run: bool) -> None:
    is_change = proposal and not answer.refused and (dry_run or call.output.format_of_one() is Format.TABLE)
    if not (proposal and is_change):
        print_answer(answer, call.output)
        return
    if not call.output.quiet:
        print_findings(answer, call.output)
    (print_difference if dry_run else print_change)(proposal, call.output)


def _document(
    context: typer.Context, identifier: str | None, file: str | None, max_bytes: int, *, needed: bool
) -> Record | None:
    """Return the patch in the file or, if nothing else says what to change, on standard input.

    Raises:
        BadInputError: the file is missing or cannot be read.
        UsageError: it holds more than one document, or there is nothing to read.
    """
    if identifier is None:
        raise UsageError("no order: give its ID, or many with --from", hint=f"see `{context.command_path} --help`")
    if file is None and not needed:
        return None
    (path,) = inputs(context, [file] if file else None)
    from ordercli.intake.inputs import expand_paths  # assignments read no file
    from ordercli.intake.reader import read_records

    records = list(islice(read_records(expand_paths([path]), max_bytes=max_bytes, whole_arrays=True), 2))
    if len(records) > 1:
        raise UsageError(f"{path} holds more than one patch", hint="give many patches with --from")
    return records[0] if records else Record(b"", file or STDIN, 1, 1, 1)


def _caller(call: Invocation, author: Author) -> "Caller":
    from ordercli.cli.target import remote_of  # few orders are forwarded
    from ordercli.operations.change_at_target import Caller

    return Caller(call.settings, author, remote_of)


@app.command("cancel")
def cancel(
    context: typer.Context,
    identifiers: CanceledIds = None,
    reason: Reason = None,
    requested_date: RequestedDate = None,
    approve: Approve = False,
    deny: Deny = False,
    release_id: ReleaseId = False,
    from_file: FromRequests = None,
    yes: Yes = False,
    rejects: RejectsFile = None,
    force: Force = False,
    override_context: OverrideContext = False,
    local_only: LocalOnly = False,
    source: Source = None,
    resource: Resource = None,
    actor: Actor = None,
) -> None:
    """Cancel orders with all lines that are not final; or approve or deny a cancellation that needs approval.

    The cancellation of an order that was forwarded goes to its target first, and is done here when the target took it;
    several go one by one.

    Examples:
        ordercli cancel CRM-1007 --reason "Duplicate order"
        ordercli cancel CRM-1007 CRM-1008 --reason "Customer left"
        ordercli cancel --from requests.ndjson
        ordercli cancel CRM-1007 --approve
        ordercli cancel CRM-1007 --release-id --reason "Wrong file"
    """
    call = Invocation(context, works=True, actor=actor)
    if identifiers and from_file is None:
        from ordercli.operations.cancel import reasons_of_options  # patch does not cancel

        decision = _decision(approve=approve, deny=deny, reason=reason, release_id=release_id)
        reasons = reasons_of_options(reason, requested_date)
        if len(identifiers) > 1:
            from ordercli.bulk.requests import CancelRequest  # one order needs no run
            from ordercli.cli.many_requests import cancel_many

            request = CancelRequest(identifiers, decision, reasons, source, resource, release_id, local_only)
            cancel_many(call, request, yes=yes)
        reference = OrderReference(identifiers[0], source, resource=resource)
        author = Author(call.settings.acting, local_only=local_only)
        answer = _cancelled(call, reference, decision, reasons, author, release_ids=release_id)
        print_answer(answer, call.output)
        raise typer.Exit(exit_code(answer))
    if identifiers or reason or requested_date or approve or deny or release_id:
        raise UsageError("requests from a file name the orders and the reasons themselves")
    from ordercli.cli.many_requests import FileArguments, cancel_from_file

    (path,) = inputs(context, [from_file] if from_file else None)
    given = FileArguments(
        *(path, source, rejects, force, override_context, actor), resource=resource, local_only=local_only
    )
    cancel_from_file(call, given, yes=yes, alone=from_file is None)


def _cancelled(
    call: Invocation,
    reference: OrderReference,
    decision: "Decision",
    reasons: dict[str, str],
    author: Author,
    *,
    release_ids: bool,
) -> "RevisionResult":
    """Cancel an order, at its target first where it was forwarded; return the answer."""
    from ordercli.operations.cancel import cancel_order  # patch does not cancel

    with closing(open_database(call.changed_database)) as store:
        answer = cancel_order(store, reference, decision, reasons, call.settings, author, release_ids=release_ids)
        if is_refused_at_target(answer):
            from ordercli.operations.change_at_target import cancel_at_target  # as for patch

            caller = _caller(call, author)
            answer = cancel_at_target(store, reference, decision, reasons, caller, release_ids=release_ids) or answer
    return answer


def _decision(*, approve: bool, deny: bool, reason: str | None, release_id: bool) -> "Decision":
    from ordercli.operations.cancel import Decision  # patch does not cancel

    if approve and deny:
        raise UsageError("--approve and --deny cannot be combined")
    if deny and release_id:
        raise UsageError("--deny and --release-id cannot be combined")
    if not (approve or deny or (release_id and reason is None) or (reason and reason.strip())):
        raise UsageError("cancelling needs a --reason")
    return Decision.APPROVED if approve else Decision.DENIED if deny else Decision.CANCELLED


@app.command("fulfil")
def fulfil(
    context: typer.Context,
    file: Reports = None,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    force: Force = False,
    override_context: OverrideContext = False,
    source: Source = None,
    actor: Actor = None,
) -> None:
    """Take reports of fulfilment: set the lines of service orders to completed, failed or awaiting information.

    A report is {"externalId": ..., "serviceOrderItem": [{"id": ..., "state": "fulfilled|error|pending"}]}. externalId
    may be the order id too. The state of the order follows from those of its lines. Repeating a report changes nothing.

    Examples:
        ordercli fulfil reports.ndjson
        ordercli fulfil reports.ndjson --dry-run
        curl https://network.example/reports | ordercli fulfil
    """
    call = Invocation(context, works=not dry_run, actor=actor)
    from ordercli.cli.many_requests import FileArguments, fulfil_from_file  # as for cancel

    (path,) = inputs(context, [file] if file else None)
    fulfil_from_file(call, FileArguments(path, source, rejects, force, override_context, actor, dry_run))
