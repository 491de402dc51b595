"""`ordercli cancel`."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ordercli.bulk.requests import (
    Decided,
    Requested,
    RequestRun,
    cancel_file,
    cancel_order,
    cancel_orders,
    count_requests,
)
from ordercli.cli.arguments import confirm_many, inputs, is_asked
from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force
from ordercli.cli.request_options import Actor, OverrideContext, RejectsFile, Source, rejects_file, repeated
from ordercli.errors import UsageError
from ordercli.intake.record import STDIN
from ordercli.operations.cancel import Decision, said_by_hand
from ordercli.output.answers import print_answer, print_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.operations.revise import Handled

app = typer.Typer(add_completion=False)


@app.command("cancel")
def cancel(
    context: typer.Context,
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID...", help="Order ids or external ids.", autocompletion=order_ids, show_default=False
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; needed to cancel.")] = None,
    requested_date: Annotated[
        str | None, typer.Option(metavar="DATE-TIME", help="When the caller wants the order to be cancelled.")
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Approve a cancellation that is being assessed.")] = False,
    deny: Annotated[bool, typer.Option("--deny", help="Deny a cancellation that is being assessed.")] = False,
    from_file: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="Requests to cancel orders, one a line.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before many orders are cancelled.")] = False,
    rejects: RejectsFile = None,
    force: Force = False,
    override_context: OverrideContext = False,
    source: Source = None,
    actor: Actor = None,
) -> None:
    """Cancel orders with every line that is not final; or approve or deny that, where it has to be approved.

    Examples:
        ordercli cancel CRM-1007 --reason "Duplicate order"
        ordercli cancel CRM-1007 CRM-1008 --reason "Customer left"
        ordercli cancel --from requests.ndjson
        ordercli cancel CRM-1007 --approve
    """
    call = Invocation(context, works=True, actor=actor)
    run = RequestRun("cancel")
    if identifiers and from_file is None:
        decision = _decision(approve=approve, deny=deny, reason=reason)
        decided = Decided(identifiers, decision, said_by_hand(reason, requested_date), source)
        answers = _decide(call, decided, run, yes=yes)
    elif identifiers or reason or requested_date or approve or deny:
        raise UsageError("requests from a file name the orders and the reasons themselves")
    else:
        (path,) = inputs(context, [from_file] if from_file else None)
        rejects_to = rejects_file(call, path, rejects, force=force)
        requested = Requested(path, source, rejects_to, override_context=override_context)
        answers = _read(call, requested, run, alone=from_file is None, yes=yes)
    print_answers(answers, run, call.output, *repeated("cancel", actor))
    raise typer.Exit(run.exit_code)


def _decision(*, approve: bool, deny: bool, reason: str | None) -> Decision:
    if approve and deny:
        raise UsageError("--approve and --deny exclude each other")
    if not (approve or deny or (reason and reason.strip())):
        raise UsageError("cancelling needs a --reason")
    return Decision.APPROVED if approve else Decision.DENIED if deny else Decision.CANCELLED


def _decide(call: Invocation, decided: Decided, run: RequestRun, *, yes: bool) -> Iterator[Handled]:
    """The answers to what is decided by hand; a single one is printed, and ends the command."""
    count = len(decided.identifiers)
    if count == 1:
        _end_with(cancel_order(call.database, decided, call.settings), call)
    confirm_many(count, f"{count} orders are to be {decided.decision}", yes=yes)
    return cancel_orders(call.database, decided, call.settings, run)


def _read(call: Invocation, requested: Requested, run: RequestRun, *, alone: bool, yes: bool) -> Iterator[Handled]:
    """The answers to a file; with `alone`, a request that stands alone is answered as if by hand."""
    if requested.path != STDIN and is_asked(yes=yes):
        count = count_requests(requested.path, call.settings)
        confirm_many(count, f"{count} orders are to be cancelled", yes=yes)
    answers = cancel_file(call.database, requested, call.settings, run)
    first = list(islice(answers, 2)) if alone else []
    if len(first) == 1:
        _end_with(first[0], call)
    return chain(first, answers)


def _end_with(answer: Handled, call: Invocation) -> NoReturn:
    print_answer(answer, call.output)
    raise typer.Exit(answer.exit_code)
