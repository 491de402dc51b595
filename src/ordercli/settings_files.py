"""The files that settings may stand in: where they are looked for, which of them count, what they hold."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import BadInputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE_NAME = "ordercli.toml"
SYSTEM_FILE = Path("/etc/ordercli") / FILE_NAME


class SettingsFile(NamedTuple):
    """A file that is looked for; only a personal one (system, user, `--config`) may say where orders are stored."""

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
        """The reason for which a file that was found is not read; None where it is."""
        if self.is_named:
            return None
        status = self.path.stat()
        if status.st_uid not in {0, os.geteuid()}:
            return f"it belongs to user {status.st_uid}, neither to you nor to root"
        # Where every user has a group of their own, that group is nobody else.
        is_of_group = status.st_mode & stat.S_IWGRP and status.st_gid != status.st_uid
        if status.st_mode & stat.S_IWOTH or is_of_group:
            return f"others can write it (mode {stat.S_IMODE(status.st_mode):04o}); `chmod go-w {self.path}`"
        return None

    def read(self, sections: Sequence[str]) -> dict[str, Any]:
        """The settings by dotted name; those of a pyproject.toml stand under `[tool.ordercli]`.

        Raises:
            BadInputError: the file cannot be read.
            UsageError: it is no TOML.
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
    """The files that settings may stand in: system, user, project, the strongest last; or the one that is named.

    Those of a project stand in the folder and its parents, up to the root of the repository.
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


def home(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The home folder of the user; None for a user that the system does not know, as containers have them."""
    if environ.get("HOME"):
        return Path(environ["HOME"])
    from pwd import getpwuid  # noqa: PLC0415 - only where there is no HOME

    try:
        return Path(getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def expanded(path: str, environ: Mapping[str, str] = os.environ) -> str:
    """The path with `~` or `~user` at its beginning replaced by that home folder.

    Raises:
        UsageError: the user has no home folder.
    """
    if path == "~" or path.startswith("~/"):
        folder = home(environ)
        if folder is None:
            raise UsageError(f"{path}: you have no home folder", hint="set HOME, or give an absolute path")
        return f"{folder}{path[1:]}"
    return os.path.expanduser(path)  # noqa: PTH111 - a `~user` that nobody is remains as it is


def _configuration_folder(environ: Mapping[str, str]) -> Path | None:
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"])
    folder = home(environ)
    return folder / ".config" if folder else None


def _project_folders(folder: Path) -> Iterator[Path]:
    """The folder, and its parents up to the root of the repository; without a repository the folder alone."""
    try:
        absolute = folder.absolute()
    except FileNotFoundError:  # it was deleted
        return
    yield folder
    chain = [absolute, *absolute.parents]
    root = next((n for n, each in enumerate(chain) if os.path.lexists(each / ".git")), 0)
    yield from chain[1 : root + 1]


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        return tomllib.loads(content.decode())
    except RecursionError as error:
        raise UsageError(f"{path} is not TOML: it is nested too deeply") from error
    except ValueError as error:  # also of a number with thousands of digits
        raise UsageError(f"{path} is not TOML: {error}") from error


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name, {})
    return found if isinstance(found, dict) else {}
