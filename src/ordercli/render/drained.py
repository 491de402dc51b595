"""What a run of the queue came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.errors import ExitCode
    from ordercli.pipeline.draining.drained import Drained
    from ordercli.render.log import Log
    from ordercli.render.output import Output
    from ordercli.render.progress import Display


def print_drained(result: Drained | None, output: Output, exit_code: ExitCode) -> None:
    """The counts of a run on stdout, where they are asked for."""
    if output.wanted not in {Format.AUTO, Format.ID}:
        from ordercli.pipeline.draining.drained import Drained  # noqa: PLC0415 - an idle run from cron prints nothing
        from ordercli.render.rows import print_object  # noqa: PLC0415

        print_object({**(result or Drained()).as_json(), "exitCode": int(exit_code)}, output)


def tell_drained(result: Drained | None, output: Output, log: Log) -> None:
    """What a run did: in the log, and on stderr in words, for cron only when something failed."""
    if result is None:
        return
    if result.paused_since:
        if output.verbose or output.stderr_on_terminal:
            since = f"the queue is paused since {result.paused_since}, {result.remaining} are waiting"
            output.note(f"{since}; {output.advice.completed('`ordercli queue resume` lets it go on')}")
        return
    if result.failed or output.stderr_on_terminal or output.verbose:
        _print_summary(result, output)
    for order_id, body in result.failures:
        log.event("order failed", {"orderId": order_id, **_details(body)[0]}, failed=True)
    log.event("queue run", result.as_json(), failed=bool(result.exit_code))


def _print_summary(result: Drained, output: Output) -> None:
    output.note(
        f"{result.completed} orders created in {result.elapsed_seconds:.1f} s,"
        f" {result.failed} failed, {result.retried} to be tried again, {result.remaining} remaining"
    )
    for order_id, body in result.failures:
        output.note(f"  {order_id}: {_reason(body)}")
    if result.failed:
        output.note(f"  {output.advice.line('look at them', 'queue', 'list', '--state', 'error')}")


def _reason(body: str) -> str:
    """The code and the words of a stored error body, its second detail where that says more."""
    details = _details(body)
    said = dict.fromkeys(detail["message"] for detail in details[:2] if detail["rule"] == details[0]["rule"])
    value = f" ({details[0]['value']})" if "value" in details[0] else ""
    return visible(f"{details[0]['rule']} {': '.join(said)}{value}")


def _details(body: str) -> list[dict[str, str]]:
    import json  # noqa: PLC0415 - only after a failure

    details: list[dict[str, str]] = json.loads(body)["details"]
    return details


def follower(display: Display | None) -> Callable[[Drained], None] | None:
    """What shows a run of the queue after each claim; None where nobody looks."""
    if display is None:
        return None
    return lambda result: display.show(result.done, result.done, result.failed, result.done + result.remaining)
