"""What the commands about settings print."""

from typing import Any, TypedDict


class Settings(TypedDict):
    """Every setting with its value, by dotted name; durations are seconds."""

    database: str | None
    profile: str
    output: str


class Setting(TypedDict):
    """A setting: its value, where that comes from, and the environment variable that sets it."""

    key: str
    value: Any
    origin: str
    variable: str
    help: str


class SettingsFile(TypedDict):
    """A file that settings may stand in, whether it is there, and why it is ignored (null if it is not)."""

    path: str
    exists: bool
    ignored: str | None
