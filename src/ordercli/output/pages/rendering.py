"""Fill templates with plain data: every text is escaped, and a name that a template does not get is an error."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, tzinfo
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ordercli.output.durations import age, wait
from ordercli.output.pages.charts import activity_chart
from ordercli.output.run_inputs import input_in_words
from ordercli.output.safe_text import visible

_HERE = Path(__file__).parent
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
    """Return the text of a template for a page of a server: it has links to other pages, and times are UTC."""
    return _environment(UTC, linked=True).get_template(template).render(values)


def render_file(template: str, zone: tzinfo | None, **values: Any) -> str:
    """Return the text of a template for a file: it has no links, and times are those of `zone` (None: local time)."""
    return _environment(zone, linked=False).get_template(template).render(values)


@cache
def css() -> bytes:
    """Return the style sheet."""
    return (_HERE / "page.css").read_bytes()


@cache
def css_version() -> str:
    """Return what changes with the style sheet, so that browsers may keep it for ever."""
    return sha256(css()).hexdigest()[:12]


@cache
def _environment(zone: tzinfo | None, *, linked: bool) -> Environment:
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
        "wait": wait,
        "at": partial(at, zone=zone),
        "tone": tone,
        "words": words,
        "input": input_in_words,
        "segment": segment,
        "value": value,
        "document": document,
        "visible": visible,
        "marked": marked,
    }
    found.globals |= {
        "activity_chart": partial(activity_chart, zone=zone),
        "css": lambda: Markup(css().decode()),  # noqa: S704 - a file of the program
        "css_version": css_version,
        "linked": linked,
    }
    return found


def number(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}"


def at(time: str | datetime | None, zone: tzinfo | None = UTC) -> str:
    """Return a moment in a time zone, without the fraction of its second and the offset; None is local time."""
    if not time:
        return ""
    moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def tone(state: str) -> str:
    """Return how a state is shown."""
    return next((name for name, states in _TONES.items() if state in states), "calm")


def words(name: str) -> str:
    """Return a name of the program as words: `in_progress` and `stateChange` become `in progress`, `state change`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name.replace("_", " ").replace("-", " "))


_CODE = re.compile("`([^`]+)`")


def marked(text: str) -> Markup:
    """Return a text of the program as HTML: what stands between two backticks is code."""
    parts = enumerate(_CODE.split(text))
    return Markup().join(Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in parts)


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
