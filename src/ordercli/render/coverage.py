"""People are told which rules were left out because no reference data is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.reference.coverage import Coverage
    from ordercli.render.output import Output


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
