"""Stores by name: the tables `[stores.NAME]` of the settings."""

from pathlib import Path
from typing import Annotated, NamedTuple

from ordercli.errors import UsageError
from ordercli.settings import About, Settings, keys_of
from ordercli.settings_loading import converted


class StoreSettings(NamedTuple):
    """`[stores.NAME]`: a database, and whether changes to it are confirmed."""

    database: Annotated[
        str, About("path of the database, or the address of a PostgreSQL server; a path starts at the settings file")
    ] = ""
    confirm: Annotated[bool, About("commands that change this store ask first; without a terminal they need --yes")] = (
        False
    )


STORE_KEYS = keys_of(StoreSettings, "")


class NamedStore(NamedTuple):
    """A store of the settings, and the folder in which relative paths of it start."""

    name: str
    folder: Path
    settings: StoreSettings


def store_names(settings: Settings) -> list[str]:
    """Return the names of all stores, in order."""
    return sorted(settings.stores)


def store_named(settings: Settings, name: str) -> NamedStore:
    """Return the store of that name.

    Raises:
        UsageError: there is no such store, or its table is wrong.
    """
    if name not in settings.stores:
        known = ", ".join(store_names(settings))
        raise UsageError(
            f"{settings.origin('store')}: no store is named {name!r}",
            hint=f"the settings have: {known}"
            if known
            else "add a table [stores.NAME] with its `database` to your settings file (`ordercli config path`)",
        )
    file, table = settings.stores[name]
    origin = f"{file}: [stores.{name}]"
    found = StoreSettings(**{key: converted(STORE_KEYS, key, value, origin) for key, value in table.items()})
    if not found.database:
        raise UsageError(f"{origin}: `database` is missing", hint="name its path, or the address of a server")
    return NamedStore(name, Path(file).parent, found)
