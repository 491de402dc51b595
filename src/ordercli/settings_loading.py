"""Load the settings: flags override the environment, then files, then defaults; each has an origin."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ordercli.errors import UsageError
from ordercli.settings import (
    COMMAND_LINE,
    DURATION,
    LONGEST_DAYS,
    PERSONAL,
    PREFIX,
    SECTIONS,
    STORES,
    TARGETS,
    UNITS,
    Key,
    Seconds,
    Settings,
    keys,
)
from ordercli.settings_files import SettingsFile, to_read
from ordercli.settings_files import settings_files as files_of

# Variables that are not settings: CONFIG is read below, the others by tests.
_OTHER_VARIABLES = {PREFIX + name for name in ("CONFIG", "TESTING", "FAILPOINT", "CLOCK_OFFSET", "TEST_POSTGRES_URL")}
_LONGEST_WORD = 40


def load(
    flags: Mapping[str, Any],
    *,
    config: str | None = None,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Settings:
    """Load the settings: `flags` by dotted name (None: not given), then environment, files, defaults.

    Raises:
        UsageError: a key is unknown, a value has the wrong type, or a file is not TOML.
        BadInputError: the file named by --config cannot be read.
    """
    known = keys()
    found: dict[str, tuple[Any, str]] = {}
    stores: dict[str, tuple[str, Mapping[str, Any]]] = {}
    targets: dict[str, tuple[str, Mapping[str, Any]]] = {}
    notes = _unknown_variables(known, environ)
    for file in to_read(settings_files(config, environ=environ, folder=folder)):
        path, content = str(file.path), _read_file(file, notes)
        stores |= _tables(content.pop(STORES, {}), STORES, "[stores.test]", path)
        targets |= _tables(content.pop(TARGETS, {}), TARGETS, "[targets.crm]", path)
        given = _in_first_spelling(known, content, path)
        _add(found, {name: (converted(known, name, value, path), path) for name, value in given.items()}, path)
    _add(found, _of_variables(known, environ), "the environment")
    options = {name: value for name, value in flags.items() if value is not None}
    _add(found, {name: (converted(known, name, value, COMMAND_LINE), COMMAND_LINE) for name, value in options.items()})
    return _assembled(found)._replace(stores=stores, targets=targets, notes=tuple(notes))


def _of_variables(known: Mapping[str, Key], environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found = {}
    for key in known.values():
        given = [variable for variable in key.variables if environ.get(variable)]
        if len(given) > 1:
            raise _spelled_twice(*given)
        for variable in given:
            found[key.name] = (converted(known, key.name, environ[variable], variable), variable)
    return found


def _add(found: dict[str, tuple[Any, str]], more: Mapping[str, tuple[Any, str]], origin: str = "") -> None:
    """Add stronger settings. `store` and `database` both say where orders are stored: the stronger one replaces both.

    Raises:
        UsageError: one origin gives both.
    """
    if "store" in more and "database" in more:
        given = f"{origin}: `store` and `database`" if origin else "--store and --database"
        raise UsageError(f"{given} both say where orders are stored", hint="give one of them")
    if "store" in more or "database" in more:
        found.pop("store", None)
        found.pop("database", None)
    found |= more


def _tables(
    content: Any,  # noqa: ANN401 - whatever is there
    name: str,
    example: str,
    file: str,
) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return tables of a file by name; their contents are not looked at yet.

    Raises:
        UsageError: they are no tables.
    """
    if not isinstance(content, dict) or not all(isinstance(each, dict) for each in content.values()):
        raise UsageError(f"{file}: `{name}` must hold tables such as {example}")
    return {each: (file, table) for each, table in content.items()}


def _in_first_spelling(known: Mapping[str, Key], content: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return the settings of a file by their first names.

    Raises:
        UsageError: one of them is given in both spellings.
    """
    names = {key.other_name: key.name for key in known.values() if key.other_name}
    for other, name in names.items():
        if other in content and name in content:
            raise _spelled_twice(f"{file}: `{name}`", f"`{other}`")
    return {names.get(name, name): value for name, value in content.items()}


def _spelled_twice(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} are one setting in two spellings", hint="give one of them")


def _assembled(found: Mapping[str, tuple[Any, str]]) -> Settings:
    settings = Settings(origins={name: origin for name, (_, origin) in found.items()})
    for name, (value, _) in found.items():
        section, _, last = name.rpartition(".")
        if section:
            settings = settings._replace(**{section: getattr(settings, section)._replace(**{last: value})})
        else:
            settings = settings._replace(**{last: value})
    return settings


def settings_files(
    config: str | None = None, *, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> list[SettingsFile]:
    """Return the possible settings files, the strongest last; or only the one from `--config` or ORDERCLI_CONFIG."""
    return files_of(config or environ.get(PREFIX + "CONFIG"), environ, folder)


def _read_file(file: SettingsFile, notes: list[str]) -> dict[str, Any]:
    """Return the settings of a file; add a note for each ignored part."""
    if reason := file.why_ignored():
        if file.path.name != "pyproject.toml":
            notes.append(f"{file.path} is ignored: {reason}")
        return {}
    content = file.read(tuple(SECTIONS))
    if not file.is_personal:
        for name in filter(content.__contains__, PERSONAL):
            del content[name]
            what = "sent" if name == TARGETS else "stored"
            variable = "" if name in {STORES, TARGETS} else f", with {PREFIX}{name.upper()}"
            notes.append(
                f"{file.path}: `{name}` is ignored, because a project must not choose where orders are {what};"
                f" set it in your own settings file (`ordercli config path`){variable}, or name this file with --config"
            )
    return content


def _unknown_variables(known: Mapping[str, Key], environ: Mapping[str, str]) -> list[str]:
    """Return a note for each environment variable that looks like a setting but is none."""
    variables = _OTHER_VARIABLES.union(name for key in known.values() for name in key.variables)
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in variables and environ[name])
    return [f"{name} is no setting and is ignored{_near(name, variables)}" for name in unknown]


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only after a mistake

    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def converted(known: Mapping[str, Key], name: str, value: Any, origin: str) -> Any:  # noqa: ANN401 - any setting
    """Return the value of a setting in its type.

    Raises:
        UsageError: there is no such setting, or it cannot have this value.
    """
    key = known.get(name)
    if key is None:
        raise UsageError(f"{origin}: unknown setting `{name}`", hint=_suggestion(name, known))
    try:
        result = _parse(key.kind, value)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{origin}: `{name}` must be {_describe(key.kind)}, not {short(value)}") from error
    if key.kind is int and not key.least <= result <= key.most:
        bound = f"at least {key.least}" if result < key.least else f"at most {key.most}"
        raise UsageError(f"{origin}: `{name}` must be {bound}, not {short(value)}")
    if key.choices and result not in key.choices:
        raise UsageError(f"{origin}: `{name}` must be one of {', '.join(key.choices)}, not {value!r}")
    return result


def short(value: object) -> str:
    """Return a wrong value in a form short enough for a message."""
    try:
        shown = repr(value)
    except ValueError:  # a number of thousands of digits
        return "a number of that size"
    return shown if len(shown) <= 4 * _LONGEST_WORD else f"{shown[:_LONGEST_WORD]}…"


def _suggestion(name: str, known: Mapping[str, Key]) -> str | None:
    from difflib import get_close_matches  # only after a mistake

    near = get_close_matches(name, known, n=1)
    return f"did you mean `{near[0]}`?" if near else None


def _parse(kind: Any, value: Any) -> Any:  # noqa: ANN401 - by the type of the setting
    if kind is bool:
        return (
            value
            if isinstance(value, bool)
            else {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
        )
    if kind is Seconds:
        return duration(value)
    if kind is int:
        if isinstance(value, bool | float):
            raise TypeError(value)
        number = int(value)
        if number < 0:
            raise ValueError(value)
        return number
    if kind == tuple[str, ...]:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else tuple(map(_text, value))
    if kind == Mapping[str, str]:
        pairs = dict(each.split("=", 1) for each in value.split(",")) if isinstance(value, str) else dict(value)
        if not set(pairs.values()) <= {"error", "warning"}:
            raise ValueError(value)
        return pairs
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def duration(value: object) -> Seconds:
    """Parse a number of seconds, or a text such as `50s`, `15m`, `10d`.

    Raises:
        ValueError: the value is neither, or is too large for a date.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", str(value).strip())
    if match is None or isinstance(value, bool):
        raise ValueError(value)
    seconds = Seconds(float(match[1]) * UNITS[match[2]])
    if seconds > LONGEST_DAYS * UNITS["d"]:
        raise ValueError(value)
    return seconds


def _describe(kind: Any) -> str:  # noqa: ANN401 - a type
    words = {bool: "true or false", int: "a whole number from 0", Seconds: DURATION}
    if kind in words:
        return words[kind]
    return {tuple[str, ...]: "a list of codes", Mapping[str, str]: "a table of code = error or warning"}.get(
        kind, "text"
    )
