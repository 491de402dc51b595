"""Report a run of the queue on stdout, on stderr and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.counted import counted
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from ordercli.exit_codes import ExitCode
    from ordercli.operations.drain import QueueRun
    from ordercli.output.stream import Log, Output


def print_run(result: QueueRun | None, output: Output, exit_code: ExitCode) -> None:
    """Print the counts of a run on stdout, if an output format is asked for."""
    if output.format not in {Format.AUTO, Format.ID}:
        from ordercli.operations.drain import QueueRun  # an idle run from cron prints nothing
        from ordercli.output.rows import print_result

        result = result or QueueRun()
        result.exit_code = exit_code
        if output.shown_store:
            result.store = output.shown_store
        print_result(result, output)


def report_run(result: QueueRun | None, output: Output, log: Log) -> None:
    """Report a run in the log, and on stderr; without a terminal or -v, only if an order failed, as cron needs it."""
    if result is None:
        return
    if output.shown_store:
        result.store = output.shown_store
    if result.paused:
        if output.verbose or output.stderr_on_terminal:
            since = f"the queue is paused since {result.paused_since}, {counted(result.remaining, 'is', 'are')} waiting"
            output.note(f"{since}; `ordercli queue resume` ends the pause")
        return
    if result.failed or output.stderr_on_terminal or output.verbose:
        _print_summary(result, output)
    for order_id, body in result.failures:
        log.event("order failed", {"orderId": order_id, **_details(body)[0]}, failed=True)
    log.event("queue run", result.members(), failed=bool(result.exit_code))


def _print_summary(result: QueueRun, output: Output) -> None:
    output.summarize(
        f"{counted(result.completed, 'order')} created in {result.elapsed_seconds:.1f} s,"
        f" {result.failed} failed, {result.retried} to be tried again, {result.remaining} remaining"
    )
    for order_id, body in result.failures:
        output.note(f"  {order_id}: {_reason(body)}")
    if result.failed:
        output.note(f"  {output.advice.line('look at them', 'queue', 'list', '--state', 'error')}")


def _reason(body: str) -> str:
    """Return the code and the message of a stored error body, with its second detail if that adds something."""
    details = _details(body)
    messages = dict.fromkeys(detail["message"] for detail in details[:2] if detail["rule"] == details[0]["rule"])
    value = f" ({details[0]['value']})" if "value" in details[0] else ""
    return visible(f"{details[0]['rule']} {': '.join(messages)}{value}")


def _details(body: str) -> list[dict[str, str]]:
    import json  # only after a failure

    details: list[dict[str, str]] = json.loads(body)["details"]
    return details
