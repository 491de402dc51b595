"""Print errors and missing reference data, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.exit_codes import code_of_error
from ordercli.output.stream import tell, tell_json, visible

if TYPE_CHECKING:
    from ordercli.errors import OrdercliError
    from ordercli.output.stream import Advice, Output
    from ordercli.reference.store import Coverage
    from ordercli.result_types import Error


def print_problem(error: OrdercliError, advice: Advice, *, as_json: bool) -> None:
    """Print an error on standard error: what is wrong, and what to do next."""
    hint = error.hint and advice.completed(error.hint)
    if as_json:
        tell_json(problem_body(error, hint))
        return
    tell(f"error: {visible(error.message)}\n")
    if hint:
        tell(f"  hint: {visible(hint)}\n")


def problem_body(error: OrdercliError, hint: str | None) -> Error:
    """Return the error body with `exitCode` and `hint`; without rule and place if no rule was broken."""
    from ordercli.intake.inputs import printable  # noqa: PLC0415
    from ordercli.resources.all_rules import error_body  # noqa: PLC0415
    from ordercli.rulebook.rule import Finding  # noqa: PLC0415

    message = printable(error.message)
    body = error_body([Finding(error.rule or "", "error", "", message)])
    if error.rule is None:
        body["details"] = [{"message": message}]
    return {**body, "exitCode": int(code_of_error(error)), "hint": hint and printable(hint)}


def tell_coverage(coverage: Coverage, output: Output) -> None:
    """Print a line on standard error, unless all of the rules are on."""
    if coverage.state == "on":
        return
    if coverage.switched_off:
        output.note("reference rules are off: the setting validation.reference is off")
    elif coverage.state == "off":
        load = "`ordercli reference import --help` tells how to load it"
        output.note(f"reference rules are off: no reference data is loaded; {load}")
    else:
        output.note(f"reference rules are partly off: no records are loaded of {', '.join(coverage.missing)}")
