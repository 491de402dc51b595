"""Show the settings, where they come from, and the files that they are read from."""

from __future__ import annotations

from typing import Any, TypedDict

from ordercli.database.address import masked
from ordercli.result_types import Result
from ordercli.settings import Settings as CurrentSettings
from ordercli.settings import keys
from ordercli.settings_loading import settings_files


class Settings(TypedDict):
    """Every setting with its value, by dotted name; durations are seconds."""

    database: str | None
    profile: str
    output: str


class Setting(Result):
    """A setting: its value, where that comes from, and the environment variable that sets it."""

    columns = ("key", "value", "origin")
    identified_by = "key"

    key: str
    value: Any
    origin: str
    variable: str
    help: str


class SettingsFile(Result):
    """A settings file: whether it exists, and why it is ignored (null if it is read)."""

    columns = ("path", "exists", "ignored")
    identified_by = "path"

    path: str
    exists: bool
    ignored: str | None


def setting_values(settings: CurrentSettings, database: str | None) -> dict[str, Any]:
    """Return the value of every setting by its dotted name."""
    return {name: _value(settings, name, database) for name in keys()}


def settings_with_origins(settings: CurrentSettings, database: str | None) -> list[Setting]:
    """Return every setting with its value and its origin."""
    return [
        Setting(
            key=key.name,
            value=_value(settings, key.name, database),
            origin=settings.origins.get(key.name, "default"),
            variable=key.variable,
            help=key.help,
        )
        for key in keys().values()
    ]


def files_of_settings(config: str | None) -> list[SettingsFile]:
    """Return the files that settings are read from; later files take precedence."""
    return [
        SettingsFile(str(file.path), file.exists, file.why_ignored() if file.exists else None)
        for file in settings_files(config)
    ]


def _value(settings: CurrentSettings, name: str, database: str | None) -> Any:  # noqa: ANN401 - any setting
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    if name == "database":
        return masked(database) if database else None
    if isinstance(value, float):
        return int(value) if value == int(value) else float(value)
    return value
