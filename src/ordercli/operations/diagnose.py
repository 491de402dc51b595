"""Check the surroundings of ordercli: settings, database, disk, queue and reference data."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from contextlib import closing
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Literal

from ordercli import clock, targets
from ordercli.counted import counted
from ordercli.database import faults
from ordercli.database.address import beside, is_server, masked
from ordercli.database.opening import open_as_it_is, read_database, schema_version
from ordercli.database.sqlite_file import find_file, may, nearest_folder
from ordercli.database.store import SCHEMA_VERSION, Store
from ordercli.errors import NoDatabaseError, OrdercliError
from ordercli.operations.queue_status import status_of
from ordercli.orders.order_store import oldest_and_newest
from ordercli.reference.imports import ImportRow, last_imports
from ordercli.reference.store import count_by_type
from ordercli.result_types import Result
from ordercli.settings import Seconds
from ordercli.settings_loading import settings_files
from ordercli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.settings import Settings

_LARGEST_TO_READ = 256 * 2**20
_LITTLE, _TOO_LITTLE = 2**30, 100 * 2**20
_CLOCKS_DIFFER_SECONDS = 60
_NOT_DRAINED_SECONDS = 900
_DAY = 86_400

Level = Literal["ok", "warning", "failure"]


class Check(Result):
    """One thing that was checked: a failure keeps ordercli from working, a warning may become one."""

    columns = ("check", "level", "message", "toDo")
    identified_by = "check"

    check: str
    level: Level
    message: str
    to_do: str | None = None


def diagnose(settings: Settings, database: str | None, config: str | None) -> Iterator[Check]:
    """Check everything; no fault raises, nothing is made or changed, and the database need not exist."""
    yield Check("version", "ok", f"ordercli {__version__}, Python {platform.python_version()}")
    yield from _settings_files(settings, config)
    yield from _secrets(settings)
    if database is None:
        yield Check("database", "failure", "no database is named, and you have no home folder", "set HOME")
        return
    if not is_server(database):
        yield _disk(database)
    yield from _database(settings, database)


def _settings_files(settings: Settings, config: str | None) -> Iterator[Check]:
    for note in settings.notes:
        yield Check("settings", "warning", note)
    if not settings.notes:
        read = [str(file.path) for file in settings_files(config) if file.exists]
        yield Check("settings", "ok", f"read from {', '.join(read)}" if read else "the defaults: there is no file")


def _secrets(settings: Settings) -> Iterator[Check]:
    """Check that secrets of targets are there, and that others cannot read them."""
    for name in targets.names(settings):
        try:
            found = targets.target(settings, name)
            for key in ("password", "token", "client_secret"):
                if getattr(found, f"{key}_env") or getattr(found, f"{key}_file"):
                    targets.secret(found, key)
        except OrdercliError as error:
            yield Check("secrets", "failure", f"target {name}: {error.message}", error.hint)
        else:
            yield Check("secrets", "ok", f"target {name}: its secrets are there, and private")


def _disk(database: str) -> Check:
    try:
        folder = nearest_folder(database)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", "failure", f"{error.strerror}: {error.filename}")
    message = f"{free // 2**20} MiB are free in {folder}"
    level: Level = "failure" if free < _TOO_LITTLE else "warning" if free < _LITTLE else "ok"
    to_do = None if level == "ok" else "make room, or `ordercli queue purge`"
    return Check("disk", level, message, to_do)


def _database(settings: Settings, database: str) -> Iterator[Check]:
    """Check the database, and if it can be read, what it holds."""
    try:
        with closing(open_as_it_is(database)) as store:
            version = schema_version(store, database)
            yield Check("database", "ok", masked(database))
            yield _schema(version)
            yield _integrity(store, database)
        if not is_server(database):
            yield from _permissions(database)
        if version == SCHEMA_VERSION:
            with closing(read_database(database)) as store:
                yield _clock(store)
                yield _queue(store)
                yield _reference(settings, store)
    except NoDatabaseError as error:
        yield Check("database", "warning", error.message, "`ordercli db upgrade` makes it, as the first `submit` does")
    except OrdercliError as error:
        yield Check("database", "failure", error.message, error.hint)
    except faults.driver_errors() as error:
        known = faults.explain(error, database)
        yield Check("database", "failure", known.message if known else str(error), known.hint if known else None)


def _schema(version: int) -> Check:
    if version > SCHEMA_VERSION:
        return Check(
            "schema", "failure", f"schema {version} is newer than this program ({SCHEMA_VERSION})", "update ordercli"
        )
    if version < SCHEMA_VERSION:
        message = f"schema {version} is older than the current one, {SCHEMA_VERSION}"
        return Check("schema", "warning", message, "`ordercli db upgrade`")
    return Check("schema", "ok", f"schema {version}")


def _integrity(store: Store, database: str) -> Check:
    """Check the pages of a file of up to 256 MiB; a server checks its pages itself."""
    status = None if is_server(database) else find_file(database)
    if status and status.st_size > _LARGEST_TO_READ:
        return Check("integrity", "ok", f"not checked: {status.st_size // 2**20} MiB", "`ordercli db check`")
    if damage := next(iter(store.damage()), None):
        return Check("integrity", "failure", damage, "`ordercli db check` tells more")
    return Check("integrity", "ok", "no page is damaged")


def _permissions(database: str) -> Iterator[Check]:
    """Check who can read and write the file, and the folder of locks beside it."""
    file, locks = Path(os.path.realpath(database)), beside(database, "-workers")
    mode = stat.S_IMODE(file.stat().st_mode)
    if not may(file, os.W_OK) or not may(file.parent, os.W_OK):
        yield Check("permissions", "warning", f"you may not write {file} or its folder: commands can only read")
    elif mode & 0o007:
        message = f"everybody can use {file} (mode {mode:04o})"
        yield Check("permissions", "warning", message, f"chmod o-rwx {quote(str(file))}")
    else:
        yield Check("permissions", "ok", f"{file} has mode {mode:04o}")
    if locks.is_dir() and not may(locks, os.W_OK | os.X_OK):
        to_do = f"chown -R --reference={quote(str(file))} {quote(str(locks))}"
        yield Check("locks", "failure", f"you may not write {locks}: no run can start", to_do)
    else:
        yield Check("locks", "ok", f"{locks} {'can be written' if locks.is_dir() else 'is made by the first run'}")


def _clock(store: Store) -> Check:
    """Compare the clock with that of the server, and with the newest order."""
    here, there = clock.now(), store.now()
    apart = (here - there).total_seconds()
    if abs(apart) > _CLOCKS_DIFFER_SECONDS:
        return Check(
            "clock", "warning", f"this clock and that of the server are {apart:.0f} s apart", "set them by NTP"
        )
    _, newest = oldest_and_newest(store)
    if newest and (datetime.fromisoformat(newest) - here).total_seconds() > _CLOCKS_DIFFER_SECONDS:
        return Check("clock", "warning", f"the newest order is of {newest}, later than now", "set the clock by NTP")
    return Check("clock", "ok", clock.timestamp(here))


def _queue(store: Store) -> Check:
    found = status_of(store)
    if pause := found.pause:
        return Check("queue", "warning", f"paused {pause.in_words()}", "`ordercli queue resume`")
    age = found.oldest_due_age_seconds or 0
    if age > _NOT_DRAINED_SECONDS:
        message = f"the oldest due entry has waited for {age:.0f} s: no run takes it"
        return Check("queue", "warning", message, "`ordercli queue run`, from cron or a systemd timer each minute")
    if found.error:
        return Check(
            "queue",
            "warning",
            f"{counted(found.error, 'entry is', 'entries are')} in error",
            "`ordercli queue list --state error`",
        )
    return Check("queue", "ok", counted(found.new + found.pending + found.in_progress, "entry waits", "entries wait"))


def _reference(settings: Settings, store: Store) -> Check:
    counts = count_by_type(store)
    if settings.validation.reference == "off":
        return Check("reference", "ok", "the setting validation.reference is off")
    if not counts:
        message = "no reference data is loaded, so no rule uses it"
        return Check("reference", "warning", message, "`ordercli reference import --help` tells how to load it")
    message = f"{counted(sum(counts.values()), 'record')} of {counted(len(counts), 'type')}"
    imports = {name: each for name, each in last_imports(store).items() if name in counts}
    undated = sorted(counts.keys() - imports.keys())  # imported by an ordercli before schema 23
    unknown = [f"the age of {', '.join(undated)} is not known"] if undated else []
    if most := settings.validation.reference_max_age:
        old = [_age_of(each) for each in imports.values() if _seconds_since(each) > most]
        late = [f"not imported for {Seconds(most).text}: {'; '.join(old)}"] if old else []
        if late or unknown:
            to_do = "`ordercli reference import --help` tells how to load it"
            return Check("reference", "warning", "; ".join([*late, *unknown]), to_do)
    if imports:
        oldest = min(imports.values(), key=lambda each: each.imported_at)
        message += f"; the oldest import: {_age_of(oldest)}"
    return Check("reference", "ok", "; ".join([message, *unknown]))


def _age_of(found: ImportRow) -> str:
    days = int(_seconds_since(found) // _DAY)
    ago = "less than a day" if days < 1 else "1 day" if days == 1 else f"{days} days"
    return f"{found.type} from {found.file}, {ago} ago"


def _seconds_since(found: ImportRow) -> float:
    return (clock.now() - datetime.fromisoformat(found.imported_at)).total_seconds()
