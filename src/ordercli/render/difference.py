"""What a patch would change, as an operator reads it or as a JSON Patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.intake import exact
from ordercli.orders.changes import differences, json_patch, place_of
from ordercli.render.output import Format
from ordercli.render.rows import print_rows
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from ordercli.orders.changes import Change
    from ordercli.pipeline.revising.proposals import Proposal
    from ordercli.render.output import Output

_STYLES = {"+": "green", "-": "red", "~": "yellow"}


def print_difference(proposal: Proposal, output: Output) -> None:
    """Print what the patch would make of the order.

    JSON is an RFC 6902 patch that leads from what `show` prints now to what it would print then.
    """
    before, revised = proposal.before.document, proposal.revised
    if output.wanted in {Format.AUTO, Format.TABLE}:
        _print_words(proposal, output)
    elif output.wanted is Format.ID:
        print_rows([before], ("id",), output)
    else:
        changes = differences(before, revised.document) if revised else ()
        print_rows(json_patch(changes), ("op", "path", "value"), output)


def _print_words(proposal: Proposal, output: Output) -> None:
    from rich.text import Text  # noqa: PLC0415 - slow to import, and JSON does not need it

    before, revised = proposal.before.document, proposal.revised
    console = output.console()
    name = visible(str(before.get("externalId") or before["id"]))
    if revised is None:
        console.print(f"Order {name}: nothing would change, version {before['version']} stays", soft_wrap=True)
        return
    versions = f"version {before['version']} -> {revised.document['version']}"
    console.print(f"Order {name}, {versions} (dry run, nothing was written)", soft_wrap=True)
    for change in revised.changes:
        mark, words = _in_words(change, before if change.after is None else revised.document)
        console.print(Text(f"{mark} {words}", style=_STYLES[mark]), soft_wrap=True)


def _in_words(change: Change, document: dict[str, Any]) -> tuple[str, str]:
    """A change as one line: added, taken away, or before and after."""
    place = visible(place_of(change.pointer, document), limit=None)
    if change.before is None:
        return "+", f"{place}: {_value(change.after)}"
    if change.after is None:
        return "-", f"{place}: {_value(change.before)}"
    return "~", f"{place}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:  # noqa: ANN401 - JSON
    return visible(value if isinstance(value, str) else exact.encode(value).decode(), limit=None)
