"""Find the settings files, decide which of them may be used, and read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ordercli.errors import BadInputError, UsageError

FILE_NAME = "ordercli.toml"
SYSTEM_FILE = Path("/etc/ordercli") / FILE_NAME


class SettingsFile(NamedTuple):
    """A possible settings file; only a personal one (system, user, `--config`) may set where orders are stored."""

    path: Path
    is_personal: bool = True
    is_named: bool = False

    @property
    def exists(self) -> bool:
        """Return whether there is such a file."""
        try:
            return self.path.is_file()
        except OSError:
            return False

    def why_ignored(self) -> str | None:
        """Return the reason why an existing file is not read; None if it is read."""
        if self.is_named:
            return None
        status = self.path.stat()
        if status.st_uid not in {0, os.geteuid()}:
            return f"it belongs to user {status.st_uid}, neither to you nor to root"
        # Many systems give every user a group with the user's own number; nobody else is in it.
        is_of_group = status.st_mode & stat.S_IWGRP and status.st_gid != status.st_uid
        if status.st_mode & stat.S_IWOTH or is_of_group:
            return f"others can write it (mode {stat.S_IMODE(status.st_mode):04o}); `chmod go-w {self.path}`"
        return None

    def read(self, sections: Sequence[str]) -> dict[str, Any]:
        """Return the settings by dotted name; in a pyproject.toml they are in `[tool.ordercli]`.

        Raises:
            BadInputError: the file cannot be read.
            UsageError: the file is not TOML.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise BadInputError(f"Cannot read {self.path}: {error.strerror}") from error
        is_shared = self.path.name == "pyproject.toml"
        if is_shared and b"ordercli" not in content:
            return {}
        found = _parsed(content, self.path)
        if is_shared:
            found = _table(_table(found, "tool"), "ordercli")
        flat: dict[str, Any] = {}
        for name, value in found.items():
            if name in sections and isinstance(value, dict):
                flat |= {f"{name}.{last}": each for last, each in value.items()}
            else:
                flat[name] = value
        return flat


def settings_files(config: str | None, environ: Mapping[str, str], folder: Path | None = None) -> list[SettingsFile]:
    """Return the possible settings files: system, user, project, the strongest last; or only the one that is named.

    Files of a project are in the folder and its parents, up to the root of the repository.
    """
    if config:
        return [SettingsFile(Path(expanded(config, environ)), is_named=True)]
    files = [SettingsFile(SYSTEM_FILE)]
    configuration = _configuration_folder(environ)
    if configuration:
        files.append(SettingsFile(configuration / "ordercli" / FILE_NAME))
    for each in reversed(list(_project_folders(folder or Path()))):
        files += [SettingsFile(each / name, is_personal=False) for name in ("pyproject.toml", FILE_NAME)]
    return files


def to_read(files: Iterable[SettingsFile]) -> list[SettingsFile]:
    """Return the files that exist, and the one that is named, which must exist."""
    return [file for file in files if file.is_named or file.exists]


def home(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the home folder of the user; None if the system does not know the user, as in some containers."""
    if environ.get("HOME"):
        return Path(environ["HOME"])
    from pwd import getpwuid  # only where there is no HOME

    try:
        return Path(getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def expanded(path: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the path with `~` or `~user` at its beginning replaced by the home folder.

    Raises:
        UsageError: the user has no home folder.
    """
    if path == "~" or path.startswith("~/"):
        folder = home(environ)
        if folder is None:
            raise UsageError(f"{path}: you have no home folder", hint="set HOME, or give an absolute path")
        return f"{folder}{path[1:]}"
    return os.path.expanduser(path)  # noqa: PTH111 - keeps `~user` if there is no such user


def _configuration_folder(environ: Mapping[str, str]) -> Path | None:
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"])
    folder = home(environ)
    return folder / ".config" if folder else None


def _project_folders(folder: Path) -> Iterator[Path]:
    """Yield the folder and its parents up to the root of the repository; without a repository only the folder."""
    try:
        absolute = folder.absolute()
    except FileNotFoundError:  # it was deleted
        return
    yield folder
    chain = [absolute, *absolute.parents]
    root = next((n for n, each in enumerate(chain) if os.path.lexists(each / ".git")), 0)
    yield from chain[1 : root + 1]


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    import tomllib  # only where there is a file

    try:
        return tomllib.loads(content.decode())
    except RecursionError as error:
        raise UsageError(f"{path} is not TOML: it is nested too deeply") from error
    except ValueError as error:  # also of a number with thousands of digits
        raise UsageError(f"{path} is not TOML: {error}") from error


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name, {})
    return found if isinstance(found, dict) else {}
