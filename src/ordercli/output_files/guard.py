"""Check every path that an option writes before anything changes."""

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

    Call `reads` with the inputs first, then a method for the file of each option. These raise a UsageError for a file
    that must not be written: the database and its companion files, a settings file, an input, the default rejects
    file, the file of another option. They raise a BadInputError for a file that cannot be written. Nothing is made or
    changed until the file is opened.
    """

    def __init__(self, database: str | None, settings: Iterable[Path] = ()) -> None:
        self._database = database
        self._taken: list[tuple[Keys, str]] = [(keys_of(str(path)), "a settings file") for path in settings]

    def reads(self, inputs: Iterable[str]) -> None:
        """Protect the inputs (files, or `-`) from being written."""
        self._taken += [(keys_of_descriptor(0) if path == STDIN else keys_of(path), "an input") for path in inputs]

    def reserve(self, what: str, paths: Iterable[str]) -> None:
        """Protect files that the run may write by itself from being written by an option."""
        self._taken += [(keys_of(path), what) for path in paths]

    def made(self, option: str, path: str, *, force: bool = False, later: bool = False) -> OutputFile:
        """Return a file that is made anew. A file with content is refused unless `force` is given; so is a link.

        With `later`, an existing file is not refused yet; the run may turn out to be a repetition. Call `refuse_taken`
        when it is known.
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
        """Return a file to which the run appends."""
        file = self._looked_at(option, path)
        if file.stream is None and paths.status_of(option, path):
            paths.try_existing(option, path)
        elif file.stream is None:
            paths.try_new(option, path)
        return file

    def replaced(self, option: str, path: str) -> OutputFile:
        """Return a file that is replaced as a whole."""
        file = self._looked_at(option, path)
        if file.stream is None:
            if paths.status_of(option, path):
                paths.try_existing(option, path)
            paths.try_new(option, path)
        return file

    def protected(self, option: str, path: str) -> Keys:
        """Return the keys of all protected files, and protect this path from the options that follow.

        Raises:
            BadInputError: the path is relative to a working folder that was deleted.
            UsageError: the path names a protected file.
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
        """Refuse a file that must not be written; open a pipe or a device."""
        never = self.protected(option, path)
        return OutputFile(option, path, paths.open_stream(option, path), never=never)
