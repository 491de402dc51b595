"""Refused orders go into a file that can be repaired and submitted again."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ordercli.errors import ConflictError, TryAgainError, UsageError
from ordercli.intake.record import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIX = ".rejects.ndjson"


class Rejects:
    """The rejects file of one run, made (mode 0600) at the first reject."""

    def __init__(self, inputs: Sequence[str], wanted: str | None = None) -> None:
        """Decide the name: as wanted (`none`: no file), else beside a single input file, else in the current folder.

        `inputs` are files, no folders or globs.

        Raises:
            UsageError: the file that is wanted is one of the inputs.
        """
        self._wanted = wanted
        self._beside = inputs[0] if len(inputs) == 1 and inputs[0] != STDIN and Path(inputs[0]).is_file() else None
        self._file: IO[bytes] | None = None
        self._path: str | None = None
        if wanted and wanted != "none":
            refuse_input(wanted, inputs, "--rejects")

    @classmethod
    def continued(cls, path: str | None, length: int, batch_id: str) -> Rejects:
        """The rejects file of a run that broke off, cut to the `length` that was committed with its batch.

        Raises:
            ConflictError: the file is gone, or a later run has replaced it.
        """
        rejects = cls((), path or "none")
        if path is not None and length:
            rejects._file = _reopened(path, length, batch_id)
            rejects._path = path
        return rejects

    def path_for(self, batch_id: str) -> str | None:
        """Where the rejects of the batch go; None when they are not wanted."""
        if self._wanted is not None:
            return None if self._wanted == "none" else self._wanted
        return f"{self._beside}{SUFFIX}" if self._beside else f"ordercli-{batch_id}{SUFFIX}"

    def write(self, lines: Iterator[bytes], batch_id: str) -> int:
        """Append the lines; return the length of the file, which is on disk by then."""
        path = self.path_for(batch_id)
        first = None if path is None else next(lines, None)
        if path is None or first is None:
            return self._file.tell() if self._file else 0
        try:
            file = self._open(path)
            file.writelines(chain((first,), lines))
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise TryAgainError(f"Cannot write the rejects file {path}: {error.strerror}") from error
        return file.tell()

    def close(self) -> str | None:
        """Close the file; gives its path, or None when nothing was refused."""
        if self._file:
            self._file.close()
        return self._path

    def _open(self, path: str) -> IO[bytes]:
        if self._file is None:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
            self._path = path
        return self._file


def refuse_input(path: str, inputs: Sequence[str], option: str) -> None:
    """See that a file about to be written is none of those that are read.

    Raises:
        UsageError: it is one.
    """
    if any(Path(path).exists() and Path(given).exists() and Path(path).samefile(given) for given in inputs):
        raise UsageError(f"{option} {path} would overwrite an input", hint="choose another file")


def _reopened(path: str, length: int, batch_id: str) -> IO[bytes]:
    try:
        with Path(path).open("rb") as file:
            ours = f'"batchId":"{batch_id}"'.encode() in file.readline() and file.seek(0, os.SEEK_END) >= length
        if not ours:
            raise ConflictError(
                f"The rejects file {path} is no longer that of batch {batch_id}",
                hint="submit the input again: orders that have an externalId are known",
            )
        os.truncate(path, length)
        return Path(path).open("ab")
    except FileNotFoundError as error:
        raise ConflictError(f"The rejects file {path} is gone, so that the batch cannot go on with it") from error
    except OSError as error:
        raise TryAgainError(f"Cannot write the rejects file {path}: {error.strerror}") from error
