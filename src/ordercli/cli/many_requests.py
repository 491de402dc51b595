"""Send many requests: `ordercli patch --from`, `cancel --from`, `cancel ID...` and `fulfil`."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import typer

from ordercli.bulk.rejects_file import rejects_option
from ordercli.bulk.requests import CancelRequest, FileOptions, RequestRun, cancel_orders, count_requests, handle_file
from ordercli.cli.confirm import confirm_many, is_asked
from ordercli.counted import counted
from ordercli.intake.record import STDIN
from ordercli.output.answers import exit_code, print_answer, print_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.cli.invocation import Invocation
    from ordercli.database.address import Database
    from ordercli.operations.change_requests import RevisionResult
    from ordercli.operations.remote import Remote
    from ordercli.settings import ResourceName
    from ordercli.targets import Target


class FileArguments(NamedTuple):
    """The arguments of a command that reads requests from a file; `actor` is None where the option is missing."""

    path: str
    source: str | None
    rejects: str | None
    force: bool
    override_context: bool
    actor: str | None
    dry_run: bool = False
    resource: ResourceName | None = None
    local_only: bool = False


def patch_from_file(call: Invocation, given: FileArguments) -> NoReturn:
    """Send the patches of a file and print the answers."""
    run = RequestRun("patch", dry_run=given.dry_run)
    answers = handle_file(_database(call, given), _options(call, given), call.settings, run, _connect)
    _print(call, run, answers, given)


def fulfil_from_file(call: Invocation, given: FileArguments) -> NoReturn:
    """Take the reports of fulfilment of a file and print the answers."""
    run = RequestRun("fulfil", dry_run=given.dry_run)
    answers = handle_file(_database(call, given), _options(call, given), call.settings, run, _connect)
    _print(call, run, answers, given)


def cancel_from_file(call: Invocation, given: FileArguments, *, yes: bool, alone: bool) -> NoReturn:
    """Send the cancellations of a file and print the answers.

    With `alone`, the answer to a single request is printed as if its order were named on the command line.
    """
    run = RequestRun("cancel")
    options = _options(call, given)
    if given.path != STDIN and is_asked(yes=yes):
        count = count_requests(given.path, call.settings)
        confirm_many(count, f"{counted(count, 'order is', 'orders are')} to be cancelled", yes=yes)
    answers = handle_file(_database(call, given), options, call.settings, run, _connect)
    first = list(islice(answers, 2)) if alone else []
    if len(first) == 1:
        print_answer(first[0], call.output)
        raise typer.Exit(exit_code(first[0]))
    _print(call, run, chain(first, answers), given)


def cancel_many(call: Invocation, request: CancelRequest, *, yes: bool) -> NoReturn:
    """Cancel the orders that the command line names, or approve or deny their cancellation, and print the answers."""
    run, count = RequestRun("cancel"), len(request.identifiers)
    confirm_many(count, f"{counted(count, 'order is', 'orders are')} to be {request.decision}", yes=yes)
    _print(call, run, cancel_orders(call.changed_database, request, call.settings, run, _connect))


def _database(call: Invocation, given: FileArguments) -> Database:
    return call.database if given.dry_run else call.changed_database


def _options(call: Invocation, given: FileArguments) -> FileOptions:
    """Return the options of a run over a file.

    Raises:
        BadInputError, UsageError: The rejects file cannot be written, or must not be.
    """
    rejects = rejects_option(call.output_files, given.rejects, force=given.force, inputs=[given.path])
    return FileOptions(
        *(given.path, given.source, rejects, given.dry_run, given.override_context, given.resource, given.local_only)
    )


def _connect(target: Target) -> Remote:
    from ordercli.cli.target import remote_of  # few orders are forwarded

    return remote_of(target)


def _print(
    call: Invocation, run: RequestRun, answers: Iterator[RevisionResult], given: FileArguments | None = None
) -> NoReturn:
    """Print the answers. The command to send rejects again repeats resource and actor; their lines have the source."""
    options = {"--resource": given.resource, "--actor": given.actor} if given else {}
    repeated = [word for name, value in options.items() if value is not None for word in (name, value)]
    print_answers(answers, run, call.output, run.kind, *repeated)
    raise typer.Exit(run.exit_code)
