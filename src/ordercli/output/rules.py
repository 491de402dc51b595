"""The rules, the JSON Schemas and the settings, for people who read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ordercli.database.address import masked
from ordercli.intake import exact
from ordercli.output.rows import print_object, print_rows
from ordercli.output.stream import Format
from ordercli.output.visible import visible
from ordercli.settings import keys, settings_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from ordercli.output.stream import Output
    from ordercli.settings import Settings
    from ordercli.settings_files import SettingsFile


RULE_COLUMNS = ("code", "name", "severity", "fault")
SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow"}
_AROUND = 40


def print_rules(rules: Iterable[dict[str, Any]], output: Output) -> None:
    """Print the list of rules."""
    print_rows(rules, RULE_COLUMNS, output, id_member="code")


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
        _details(rule),
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
        return _with_names(rule["message"])
    advice = f" (did you mean `{found['suggestion']}`?)" if found["suggestion"] else ""
    return f"{visible(found['message'])}{advice}"


def _details(rule: dict[str, Any]) -> str:
    """Return the messages that the rule has beside its own."""
    details = [_with_names(each) for each in rule["details"]]
    return f"Details:\n\n{_block(*details)}" if details else ""


def _with_names(message: str) -> str:
    return re.sub(r"\{(\w+)(?:!r)?\}", r"<\1>", message)


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


SCHEMA_COLUMNS = ("name", "usedBy", "about")


def print_schemas(schemas: Iterable[dict[str, Any]], output: Output) -> None:
    """Print the list of schemas."""
    print_rows(schemas, SCHEMA_COLUMNS, output, id_member="name")


def print_schema(schema: dict[str, Any], output: Output) -> None:
    """Print one schema, which is JSON in every format; on one line under NDJSON."""
    text = exact.encode(schema)
    output.stdout.write((text if output.wanted is Format.NDJSON else exact.indented(text)) + b"\n")


def print_settings(settings: Settings, database: str | None, output: Output) -> None:
    """One object: the values by dotted name, durations in seconds."""
    print_object({name: _setting_value(settings, name, database) for name in keys()}, output, id_member="database")


def print_origins(settings: Settings, database: str | None, output: Output) -> None:
    """A row a setting: its value, where that comes from, its environment variable, what it means."""
    rows = (
        {
            "key": key.name,
            "value": _setting_value(settings, key.name, database),
            "origin": settings.origins.get(key.name, "default"),
            "variable": key.variable,
            "help": key.help,
        }
        for key in keys().values()
    )
    print_rows(rows, ("key", "value", "origin"), output, id_member="key")


def print_paths(config: str | None, output: Output) -> None:
    """A row a file, the weakest first: its path, whether it is there, and why it is ignored, if it is."""
    print_rows(map(_file, settings_files(config)), ("path", "exists", "ignored"), output, id_member="path")


def _file(file: SettingsFile) -> dict[str, object]:
    return {"path": str(file.path), "exists": file.exists, "ignored": file.why_ignored() if file.exists else None}


def _setting_value(settings: Settings, name: str, database: str | None) -> Any:  # noqa: ANN401 - any setting
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    if name == "database":
        return masked(database) if database else None
    if isinstance(value, float):
        return int(value) if value == int(value) else float(value)
    return value
