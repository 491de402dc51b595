"""Fill templates with plain data: every text is escaped, and a name that a template does not get is an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ordercli.output.pages.charts import hours_chart

_HERE = Path(__file__).parent
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# A document that is longer is shown in part; the whole is at its address.
_LONGEST_JSON = 200_000
_SHOWN_VALUE = 200
# How a state is shown: by what it asks of whoever looks.
_TONES = {
    "bad": {"error", "failed", "rejected", "interrupted"},
    "wait": {"new", "pending", "on_hold", "held", "draft", "acknowledged", "awaiting_information", "paused"},
    "run": {"in_progress", "inProgress", "processing", "submitted", "scheduled", "in_progress_accepted"},
    "good": {"completed", "created"},
}


def render(template: str, **values: Any) -> str:
    """Return the text of a template."""
    return _environment().get_template(template).render(values)


@cache
def css() -> bytes:
    """Return the style sheet."""
    return (_HERE / "page.css").read_bytes()


@cache
def css_version() -> str:
    """Return what changes with the style sheet, so that browsers may keep it for ever."""
    return sha256(css()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters |= {
        "number": number,
        "age": age,
        "at": at,
        "tone": tone,
        "words": words,
        "input": input_of,
        "segment": segment,
        "value": value,
        "document": document,
    }
    found.globals |= {"hours_chart": hours_chart, "css_version": css_version}
    return found


def number(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}"


def age(seconds: float | None) -> str:
    """Return a duration in its largest unit, as people say it."""
    if seconds is None:
        return "none"
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * length or (length != _DAY and seconds >= length):
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def at(time: str | datetime | None) -> str:
    """Return a moment without what nobody reads: the fraction of its second, and its offset, which is UTC."""
    if not time:
        return ""
    moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def tone(state: str) -> str:
    """Return how a state is shown."""
    return next((name for name, states in _TONES.items() if state in states), "calm")


def words(name: str) -> str:
    """Return a name of the program as words: `in_progress` and `stateChange` become `in progress`, `state change`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name.replace("_", " ").replace("-", " "))


def input_of(run: Any) -> str:  # noqa: ANN401 - a Batch
    """Return what a run has read, in a word or two."""
    if run.kind == "http":
        return "server"
    first = run.inputs[0] if run.inputs else run.batch_id
    more = f" and {len(run.inputs) - 1} more" if len(run.inputs) > 1 else ""
    return f"{'standard input' if first == '-' else first}{more}"


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


def value(found: Any) -> str:  # noqa: ANN401 - JSON
    """Return a JSON value in one short line."""
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}…"


def document(found: Any) -> str:  # noqa: ANN401 - JSON
    """Return a JSON document on several lines."""
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=2, default=str)
    return text if len(text) <= _LONGEST_JSON else f"{text[:_LONGEST_JSON]}\n… {len(text)} characters in all"
