"""An expected error becomes one line for people, or one JSON line for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.intake.inputs import printable
from ordercli.render.output import tell, tell_json
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from ordercli.errors import OrdercliError
    from ordercli.render.advice import Advice


def print_problem(error: OrdercliError, advice: Advice, *, as_json: bool) -> None:
    """Print an error on standard error: what is wrong, and what to do next."""
    hint = error.hint and advice.completed(error.hint)
    if as_json:
        tell_json(problem_body(error, hint))
        return
    tell(f"error: {visible(error.message)}\n")
    if hint:
        tell(f"  hint: {visible(hint)}\n")


def problem_body(error: OrdercliError, hint: str | None) -> dict[str, object]:
    """Return the error body with `exitCode` and `hint`; without rule and place where no rule was broken."""
    from ordercli.validation.error_body import error_body  # noqa: PLC0415
    from ordercli.validation.finding import Finding  # noqa: PLC0415

    message = printable(error.message)
    body = error_body([Finding(error.rule or "", "error", "", message)])
    if error.rule is None:
        body["details"] = [{"message": message}]
    return {**body, "exitCode": int(error.exit_code), "hint": hint and printable(hint)}
