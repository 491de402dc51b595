"""Print the results of requests to change orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.exit_codes import ExitCode
from ordercli.intake import json_text
from ordercli.operations.change_requests import ChangeReceipt, RequestOutcome
from ordercli.orders.changes import differences, json_patch, place_of
from ordercli.output.rows import print_object, print_results, print_rows
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format, print_problem, write_json_to_stderr, write_stderr
from ordercli.resources.all_rules import error_body
from ordercli.rulebook.selection import FINDINGS_LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.bulk.requests import RequestRun
    from ordercli.intake.json_text import JsonValue
    from ordercli.operations.change_requests import RevisionResult
    from ordercli.operations.revise import Proposal
    from ordercli.orders.changes import Change
    from ordercli.output.stream import Output


_MOST_FREQUENT = 5
_EXIT_CODES = {
    RequestOutcome.REJECTED: ExitCode.REJECTED,
    RequestOutcome.CONFLICT: ExitCode.CONFLICT,
    RequestOutcome.NOT_FOUND: ExitCode.NOT_FOUND,
}


def exit_code(answer: RevisionResult) -> ExitCode:
    """Return the exit code of a command that sends a single request."""
    return _EXIT_CODES.get(answer.outcome, ExitCode.OK)


def print_answer(answer: RevisionResult, output: Output) -> None:
    """Print the answer to a single request: its document on stdout, or the errors that refuse it on stderr."""
    if answer.refused or not output.quiet:
        print_findings(answer, output)
    if not answer.refused and answer.document is not None:
        print_object(answer.document, output)


def print_findings(answer: RevisionResult, output: Output) -> None:
    """Print the findings of a single request; for programs, one error body, or one line for each warning."""
    if output.wants_json and answer.refused:
        write_json_to_stderr({**error_body(answer.findings), "exitCode": int(exit_code(answer)), "hint": answer.hint})
        return
    if output.wants_json:
        for finding in answer.findings:
            at = {"rule": finding.code, "datapath": finding.pointer}
            write_json_to_stderr({"severity": finding.severity, "message": finding.message, **at})
        return
    for finding in answer.findings:
        if finding.severity == "error" or not answer.refused or finding.code == FINDINGS_LEFT_OUT.code:
            place = f" {visible(finding.pointer)}:" if finding.pointer else ""
            write_stderr(f"{finding.severity}[{finding.code}]:{place} {visible(finding.message)}\n")
            if finding.suggestion:
                write_stderr(f"  hint: did you mean {visible(finding.suggestion)}?\n")
    if answer.hint:
        write_stderr(f"  hint: {visible(answer.hint)}\n")


def print_answers(answers: Iterable[RevisionResult], run: RequestRun, output: Output, *again: str) -> None:
    """Print a receipt for each request as soon as it is committed, then the summary if a person reads it.

    `again` are the command and its options with which refused requests can be sent again.
    """
    _print_receipts(answers, output)
    for note in run.notes:
        output.note(visible(note), "note: ")
    for fault in run.unread:
        print_problem(fault, output.advice, as_json=output.wants_json)
    if run.error:
        print_problem(run.error, output.advice, as_json=output.wants_json)
    if output.stderr_on_terminal or (run.exit_code and not output.wants_json):
        _print_summary(run, output, again)


def _print_receipts(answers: Iterable[RevisionResult], output: Output) -> None:
    if output.format_of_many() is Format.ID:
        known = (answer for answer in answers if not answer.refused)
        print_rows(({"id": answer.identifier} for answer in known), ("id",), output)
    else:
        print_results((answer.receipt() for answer in answers), ChangeReceipt, output)


def _print_summary(run: RequestRun, output: Output, again: Sequence[str]) -> None:
    counts = ", ".join(f"{run.outcomes[outcome]} {outcome}" for outcome in RequestOutcome if run.outcomes[outcome])
    aside = " (dry run, nothing was changed or sent)" if run.dry_run else ""
    output.summarize(f"{counts or 'nothing to do'} in {run.elapsed_seconds:.1f} s{aside}")
    if run.codes:
        frequent = ", ".join(f"{code} {n}" for code, n in run.codes.most_common(_MOST_FREQUENT))
        output.note(f"  most frequent: {frequent}; see `ordercli explain {run.codes.most_common(1)[0][0]}`")
    if run.rejects_file:
        from ordercli.output.advice import send_again  # most requests are accepted

        for line in send_again(output.advice, run.rejects_file, run.again, *again):
            output.note(f"  {line}")


_STYLES = {"+": "green", "-": "red", "~": "yellow"}


def print_change(proposal: Proposal, output: Output) -> None:
    """Print, for people, how a patch has changed an order."""
    _print_words(proposal, output, "", "nothing changed, version {} stays")


def print_difference(proposal: Proposal, output: Output) -> None:
    """Print how the patch would change the order.

    JSON is an RFC 6902 patch that leads from what `show` prints now to what it would print then.
    """
    before, revised = proposal.before.document, proposal.revised
    if output.format in {Format.AUTO, Format.TABLE}:
        _print_words(proposal, output, " (dry run, nothing was written)", "nothing would change, version {} stays")
    elif output.format is Format.ID:
        print_rows([before], ("id",), output)
    else:
        changes = differences(before, revised.document) if revised else ()
        print_rows(json_patch(changes), ("op", "path", "value"), output)


def _print_words(proposal: Proposal, output: Output, aside: str, unchanged: str) -> None:
    from rich.text import Text  # slow to import, and JSON does not need it

    before, revised = proposal.before.document, proposal.revised
    console = output.console()
    name = visible(proposal.before.stored.order.external_id or before["id"])
    if revised is None:
        console.print(f"Order {name}: {unchanged.format(before['version'])}", soft_wrap=True)
        return
    versions = f"version {before['version']} -> {revised.document['version']}"
    console.print(f"Order {name}, {versions}{aside}", soft_wrap=True)
    for change in revised.changes:
        mark, words = _in_words(change, before if change.after is None else revised.document)
        console.print(Text(f"{mark} {words}", style=_STYLES[mark]), soft_wrap=True)


def _in_words(change: Change, document: dict[str, Any]) -> tuple[str, str]:
    """Return the mark and the text of a change: added, removed, or before and after."""
    place = visible(place_of(change.pointer, document), limit=None)
    if change.before is None:
        return "+", f"{place}: {_value(change.after)}"
    if change.after is None:
        return "-", f"{place}: {_value(change.before)}"
    return "~", f"{place}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: JsonValue) -> str:
    return visible(value if isinstance(value, str) else json_text.encode(value).decode(), limit=None)
