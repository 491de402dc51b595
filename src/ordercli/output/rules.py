"""Print a rule as text, and a JSON Schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ordercli.intake import json_text
from ordercli.output.rows import print_result
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ordercli.intake.json_text import JsonValue
    from ordercli.operations.rules import ExampleFinding, Explanation
    from ordercli.output.stream import Output


SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow"}
_DOCUMENTS = {"productOrder": "an order", "serviceOrder": "an order", "quote": "a quote"}
_AROUND = 40
_TITLES = {"productOrder": "product orders", "serviceOrder": "service orders", "quote": "quotes"}


def print_explanation(rule: Explanation, output: Output) -> None:
    """Print one rule: as text for people, as an object for programs."""
    others = [replace(each, why=output.advice.completed(each.why)) for each in rule.others or ()]
    rule = replace(rule, why=output.advice.completed(rule.why), others=others)
    if output.format_of_one() is Format.TABLE:
        _print_in_colour(explanation_text(rule), SEVERITY_STYLES[rule.severity], output.console())
    elif output.format is Format.AUTO:
        output.stdout.write(explanation_text(rule).encode())
    else:
        print_result(rule, output)


def _print_in_colour(text: str, heading: str, console: Console) -> None:
    """Print a text; its paragraphs are wrapped to the terminal, its blocks of code are not."""
    for paragraph in text.rstrip().split("\n\n"):
        if paragraph.startswith("##"):
            console.print(paragraph.lstrip("# "), style=heading)
        elif paragraph.startswith("    "):
            console.print(paragraph, style="cyan", soft_wrap=True)
        else:
            console.print(paragraph.replace("\n", " "))
        console.print()


def explanation_text(rule: Explanation) -> str:
    """Return one rule as Markdown that can also be read as plain text.

    A rule of another kind of order with the same code follows if it says something else.
    """
    others = rule.others or []
    same = [each for each in others if each.words == rule.words]
    parts = [f"## {rule.code} {rule.name}", *_parts(rule, same)]
    for other in others:
        if other not in same:
            parts += [f"### {rule.code} {other.name}, {_TITLES[other.resource]}", *_parts(other)]
    for resource, message in (rule.patch_messages or {}).items():
        parts += [f"In a patch, {_TITLES[resource]}:", _block(message)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _parts(rule: Explanation, same: Sequence[Explanation] = ()) -> list[str]:
    """Return the paragraphs of a rule below its heading; `same` are rules of other kinds that say the same."""
    also = "".join(f"; {_TITLES[each.resource]}: {_profiles(each)}" for each in same)
    return [
        rule.fault,
        _block(f"{rule.severity}[{rule.code}] {rule.name}: {_message(rule)}"),
        _details(rule),
        rule.why,
        _example("Bad", rule.bad, rule.finding, _DOCUMENTS[rule.resource]),
        _example("Good", rule.good, None, _DOCUMENTS[rule.resource]),
        f"Profiles: {_profiles(rule)}{also}. Source: {rule.source}." if rule.profiles else f"Source: {rule.source}.",
    ]


def _profiles(rule: Explanation) -> str:
    """Return the profiles of a rule, those in which it is off by default marked."""
    return ", ".join(f"{each} (a warning, off by default)" if each in rule.warns_in else each for each in rule.profiles)


def _message(rule: Explanation) -> str:
    """Return the message of the bad example; without one, the message with `<name>` in place of values."""
    found = rule.finding
    if found is None:
        return _with_names(rule.message)
    advice = f" (did you mean `{found.suggestion}`?)" if found.suggestion else ""
    return f"{visible(found.message)}{advice}"


def _details(rule: Explanation) -> str:
    """Return the further messages of the rule."""
    details = [_with_names(each) for each in rule.details]
    return f"Details:\n\n{_block(*details)}" if details else ""


def _with_names(message: str) -> str:
    return re.sub(r"\{(\w+)(?:!r)?\}", r"<\1>", message)


def _example(title: str, example: dict[str, Any] | str | None, finding: ExampleFinding | None, document: str) -> str:
    if isinstance(example, str):
        return f"{title}:\n\n{_block(_cut(example, (finding and finding.column) or 1))}"
    edits = [f"{pointer}: {_value(value)}" for pointer, value in (example or {}).items()]
    return f"{title}, in {document} that is good otherwise:\n\n{_block(*edits)}" if edits else ""


def _cut(text: str, column: int) -> str:
    """Return the characters around the fault."""
    start, end = max(column - _AROUND, 0), column + _AROUND
    return f"{'…' if start else ''}{visible(text[start:end])}{'…' if end < len(text) else ''}"


def _value(value: JsonValue) -> str:
    return "(left out)" if value is None else json_text.encode(value).decode()


def _block(*lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines)


def print_schema(schema: dict[str, Any], output: Output) -> None:
    """Print one schema, which is JSON in every format; on one line under NDJSON."""
    text = json_text.encode(schema)
    output.stdout.write((text if output.format is Format.NDJSON else json_text.indented(text)) + b"\n")
