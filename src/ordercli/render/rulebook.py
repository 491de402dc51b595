"""The rules, for people who read them one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ordercli.intake import exact
from ordercli.render.output import Format
from ordercli.render.rows import print_object, print_rows
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from ordercli.render.output import Output

COLUMNS = ("code", "name", "severity", "fault")
SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow"}
_AROUND = 40


def print_rules(rules: Iterable[dict[str, Any]], output: Output) -> None:
    """Print the list of rules."""
    print_rows(rules, COLUMNS, output, id_member="code")


def print_explanation(rule: dict[str, Any], output: Output) -> None:
    """Print one rule: as text for people, as an object for programs."""
    rule = {**rule, "why": output.advice.completed(rule["why"])}
    if output.format_of_one() is Format.TABLE:
        _print_in_colour(explanation_text(rule), SEVERITY_STYLES[rule["severity"]], output.console())
    elif output.wanted is Format.AUTO:
        output.stdout.write(explanation_text(rule).encode())
    else:
        print_object(rule, output, id_member="code")


def _print_in_colour(text: str, heading: str, console: Console) -> None:
    """Print a text whose paragraphs are wrapped anew, and whose blocks are not."""
    for paragraph in text.rstrip().split("\n\n"):
        if paragraph.startswith("## "):
            console.print(paragraph.removeprefix("## "), style=heading)
        elif paragraph.startswith("    "):
            console.print(paragraph, style="cyan", soft_wrap=True)
        else:
            console.print(paragraph.replace("\n", " "))
        console.print()


def explanation_text(rule: dict[str, Any]) -> str:
    """One rule as Markdown, which reads well without a reader of Markdown too."""
    parts = [
        f"## {rule['code']} {rule['name']}",
        rule["fault"],
        _block(f"{rule['severity']}[{rule['code']}] {rule['name']}: {_message(rule)}"),
        rule["why"],
        _example("Bad", rule["bad"], rule["finding"]),
        _example("Good", rule["good"]),
        f"Profiles: {_profiles(rule)}. Source: {rule['source']}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _profiles(rule: dict[str, Any]) -> str:
    """Return the profiles of a rule, those in which it only warns marked."""
    return ", ".join(f"{each} (a warning)" if each in rule["warnsIn"] else each for each in rule["profiles"])


def _message(rule: dict[str, Any]) -> str:
    """Return what the bad example is told; without one, the message with `<name>` where a value stands."""
    found = rule["finding"]
    if found is None:
        return re.sub(r"\{(\w+)\}", r"<\1>", rule["message"])
    advice = f" (did you mean `{found['suggestion']}`?)" if found["suggestion"] else ""
    return f"{visible(found['message'])}{advice}"


def _example(title: str, example: Any, finding: dict[str, Any] | None = None) -> str:  # noqa: ANN401 - JSON
    if isinstance(example, str):
        return f"{title}:\n\n{_block(_cut(example, (finding or {}).get('column') or 1))}"
    edits = [f"{pointer}: {_value(value)}" for pointer, value in (example or {}).items()]
    return f"{title}, in an order that is good otherwise:\n\n{_block(*edits)}" if edits else ""


def _cut(text: str, column: int) -> str:
    """The bytes around the fault."""
    start, end = max(column - _AROUND, 0), column + _AROUND
    return f"{'…' if start else ''}{visible(text[start:end])}{'…' if end < len(text) else ''}"


def _value(value: Any) -> str:  # noqa: ANN401 - JSON
    return "(left out)" if value is None else exact.encode(value).decode()


def _block(*lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines)
