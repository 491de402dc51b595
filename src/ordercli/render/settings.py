"""Settings as they apply, where they come from, and the files that may hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.database.address import masked
from ordercli.render.rows import print_object, print_rows
from ordercli.settings import keys, settings_files

if TYPE_CHECKING:
    from ordercli.render.output import Output
    from ordercli.settings import Settings
    from ordercli.settings_files import SettingsFile


def print_settings(settings: Settings, database: str | None, output: Output) -> None:
    """One object: the values by dotted name, durations in seconds."""
    print_object({name: _value(settings, name, database) for name in keys()}, output, id_member="database")


def print_origins(settings: Settings, database: str | None, output: Output) -> None:
    """A row a setting: its value, where that comes from, its environment variable, what it means."""
    rows = (
        {
            "key": key.name,
            "value": _value(settings, key.name, database),
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


def _value(settings: Settings, name: str, database: str | None) -> Any:  # noqa: ANN401 - any setting
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    if name == "database":
        return masked(database) if database else None
    if isinstance(value, float):
        return int(value) if value == int(value) else float(value)
    return value
