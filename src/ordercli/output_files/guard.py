"""One guard for every path that an option writes: looked at and tried before anything changes."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from ordercli.errors import UsageError
from ordercli.intake.record import STDIN
from ordercli.output_files import paths
from ordercli.output_files.output_file import OutputFile, named
from ordercli.output_files.paths import Keys, keys_of, keys_of_database, keys_of_descriptor, lies_in_workers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANOTHER = "choose another file"


class OutputFiles:
    """The files that one run writes beside its database.

    Name its inputs first, then the file of each option. A file that must not be written is a UsageError: the database
    and what belongs to it, a settings file, an input, the usual rejects file, the file of another option. One that
    cannot be written is a BadInputError. Nothing is made or changed until the file is opened.
    """

    def __init__(self, database: str | None, settings: Iterable[Path] = ()) -> None:
        self._database = database
        self._taken: list[tuple[Keys, str]] = [(keys_of(str(path)), "a settings file") for path in settings]

    def reads(self, inputs: Iterable[str]) -> None:
        """Keep the inputs (files, or `-`) from being written."""
        self._taken += [(keys_of_descriptor(0) if path == STDIN else keys_of(path), "an input") for path in inputs]

    def reserve(self, what: str, paths: Iterable[str]) -> None:
        """Keep files that the run may write by itself from being written by an option."""
        self._taken += [(keys_of(path), what) for path in paths]

    def made(self, option: str, path: str, *, force: bool = False, later: bool = False) -> OutputFile:
        """A file that is made anew: what has bytes is left alone, unless `force` allows to replace it; no link.

        With `later`, a file that is there is no fault yet: a run that may have been done before asks `refuse_taken`.
        """
        file = self._looked_at(option, path)
        if file.stream is None:
            found = paths.status_of(option, path, follow=False)
            if found is None:
                paths.try_new(option, path)
            elif stat.S_ISLNK(found.st_mode):
                raise UsageError(f"{named(option, path)} is a symbolic link", hint="name the file itself")
            else:
                paths.try_existing(option, path)
        file = file._replace(force=force)
        if not later:
            file.refuse_taken()
        return file

    def appended(self, option: str, path: str) -> OutputFile:
        """A file that grows by what is written."""
        file = self._looked_at(option, path)
        if file.stream is None and paths.status_of(option, path):
            paths.try_existing(option, path)
        elif file.stream is None:
            paths.try_new(option, path)
        return file

    def replaced(self, option: str, path: str) -> OutputFile:
        """A file that is replaced as a whole."""
        file = self._looked_at(option, path)
        if file.stream is None:
            if paths.status_of(option, path):
                paths.try_existing(option, path)
            paths.try_new(option, path)
        return file

    def protected(self, option: str, path: str) -> Keys:
        """What must not be written; the path is none of it from now on.

        Raises:
            BadInputError: it is relative to a working folder that was deleted.
            UsageError: it is.
        """
        if not path:
            raise UsageError(f"{option} needs a path, and the one given is empty")
        paths.refuse_lost_folder(option, path)
        number = paths.descriptor(path)
        keys = keys_of(path) if number is None else keys_of_descriptor(number)
        taken = [*(keys_of_database(self._database) if self._database else ()), *self._taken]
        met = next((what for others, what in taken if keys & others), None)
        if met is None and self._database and lies_in_workers(path, self._database):
            met = "a file of the database"
        if met:
            raise UsageError(f"{named(option, path)} would overwrite {met}", hint=ANOTHER)
        self._taken.append((keys, f"the file of {option}".removesuffix(" of ")))
        return frozenset[str | tuple[int, int]]().union(*(others for others, _ in taken))

    def _looked_at(self, option: str, path: str) -> OutputFile:
        """Refuse what must not be written; open what is a pipe or a device."""
        never = self.protected(option, path)
        return OutputFile(option, path, paths.open_stream(option, path), never=never)
