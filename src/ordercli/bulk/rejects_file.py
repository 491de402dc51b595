"""Write the rejects file: refused orders, to be repaired and submitted again."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ordercli.errors import ConflictError, OutputFileError
from ordercli.intake.inputs import readable
from ordercli.intake.record import STDIN
from ordercli.output_files.output_file import OutputFile, is_stream, locked, try_new
from ordercli.queue.batches import KeptRejects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from hashlib import _Hash as Hash

    from ordercli.output_files.guard import OutputFiles

SUFFIX = ".rejects.ndjson"
PIECE = 1 << 20
# The value of `--rejects`: a file, "none", or None for the default file.
RejectsOption = OutputFile | Literal["none"] | None


def rejects_option(
    files: OutputFiles, path: str | None, *, force: bool, later: bool = False, inputs: Sequence[str] = ()
) -> RejectsOption:
    """Return the file of `--rejects PATH`, or "none"; /dev/null means none, too.

    `inputs` are files that the run reads, which the file must not be.

    Raises:
        BadInputError, UsageError: the path cannot or must not be written. With `later`, an existing file is refused
            only when the run needs to write it.
    """
    if path is None:
        return None
    files.reads(readable(inputs))
    return "none" if path in {"none", os.devnull} else files.made("--rejects", path, force=force, later=later)


def usual_rejects(inputs: Sequence[str]) -> str | None:
    """Return the default path, beside a single input file; None if the file is named after its batch."""
    return f"{inputs[0]}{SUFFIX}" if len(inputs) == 1 and _is_lasting(inputs[0]) else None


def reserve(files: OutputFiles, path: str | None) -> None:
    """Reserve the default rejects file and those of earlier runs, so that no option writes to them."""
    if path is not None:
        free = next(n for n, name in enumerate(_names(path)) if not os.path.lexists(name))
        files.reserve(f"the rejects file {path}", islice(_names(path), free + 1))


class RejectsFile:
    """The rejects file of one run, created at the first rejected order.

    Only this run writes to it: it has mode 0600, is locked, and is never a link or a file that existed before. A pipe
    or a device is written after each commit, so that a slow reader does not delay a transaction. `notes` are messages
    about the rejects files of earlier runs.
    """

    def __init__(self, inputs: Sequence[str], option: RejectsOption = None) -> None:
        """Choose the path: as the option says, else beside a single input file, else in the current folder.

        `inputs` are files, no folders or globs.

        Raises:
            BadInputError: no file can be made there.
        """
        self._option = None if option == "none" else option
        self._none = option == "none"
        self._beside = usual_rejects(inputs)
        self._first: str | None = None  # the name, if it is free
        self._file: int | None = None
        self._is_new = True  # the file, which was not there before
        self._committed = KeptRejects()
        self._digest = sha256()
        self._unsent = b""
        self.notes: list[str] = []
        if option is None:
            path = self._beside or f"ordercli-ID{SUFFIX}"
            try_new("the rejects file", path, "choose another place with --rejects PATH, or --rejects none")

    @classmethod
    def continued(cls, committed: KeptRejects, option: RejectsOption = None) -> RejectsFile:
        """Return the rejects file of an interrupted run, to append to its committed part.

        If the file was deleted or changed, a new one is made under the next free name. If `option` is another file, the
        rejects that follow are written there.
        """
        if committed.path is None or (option and not _is_its_own(option, committed.path)):
            rejects = cls((), option or "none")
            if committed.path and committed.length:
                rejects.notes.append(f"the rejects so far are in {committed.path}")
            return rejects
        rejects = cls((), "none")
        rejects._none, rejects._first, rejects._committed = False, committed.path, committed
        if committed.length:
            rejects._take_up(committed)
        return rejects

    def path_for(self, batch_id: str) -> str | None:
        """Return the path for the rejects of the batch; None if none are written.

        Raises:
            UsageError: the file that the option names is there already.
        """
        if self._none or self._file is not None:
            return self._committed.path
        if self._option:
            self._option.refuse_taken()
            return self._option.path
        self._first = self._first or self._beside or f"ordercli-{batch_id}{SUFFIX}"
        return next(name for name in _names(self._first) if not os.path.lexists(name))

    def write(self, lines: Iterable[bytes], batch_id: str) -> KeptRejects:
        """Append the lines and sync them; return the state of the file, to be stored in the transaction."""
        data = b"" if self._none else b"".join(lines)
        if data:
            self._append(data, batch_id)
        return self._committed

    def committed(self) -> None:
        """Write committed lines to a pipe or a device; regular files have them already.

        Raises:
            OutputFileError: it cannot be written.
        """
        if self._unsent and self._file is not None:
            data, self._unsent = self._unsent, b""
            with self._errors_explained():
                _write(self._file, data)

    def close(self) -> str | None:
        """Close the file, and return its path; None if nothing was refused. `notes` are complete from now on."""
        path = self._committed.path if self._file is not None else None
        if self._file is not None:
            os.close(self._file)
        first = self._option.path if self._option else self._first
        if first and first != path and _has_bytes(first) and not self.notes:
            self.notes.append(f"{first} is of an earlier run and was left as it is")
        return path

    def discard(self) -> None:
        """Remove the file, or what was written into one that was there before."""
        file, self._file = self._file, None
        if file is None:
            return
        path = self._committed.path or ""
        with suppress(OSError):
            if self._is_new and os.path.samestat(os.fstat(file), os.lstat(path)):
                Path(path).unlink()
            elif not (self._option and self._option.stream is not None):
                os.ftruncate(file, 0)
        os.close(file)

    def _append(self, data: bytes, batch_id: str) -> None:
        if self._file is None:
            self._open(batch_id)
        file = self._file
        if file is None or (self._option and self._option.stream is not None):
            self._unsent += data
            return
        try:
            with self._errors_explained():
                _write(file, data)
                os.fsync(file)
        except OutputFileError:
            if self._committed.length:
                with suppress(OSError):
                    os.ftruncate(file, self._committed.length)  # remove the lines that were just written
            else:
                self.discard()
            raise
        self._digest.update(data)
        self._committed = self._committed._replace(
            length=self._committed.length + len(data), digest=self._digest.hexdigest()
        )

    def _open(self, batch_id: str) -> None:
        if self._option:
            self._committed = KeptRejects(self._option.path)
            self._is_new = not os.path.lexists(self._option.path)
            self._file = self._option.make()
            return
        self._first = self._first or self._beside or f"ordercli-{batch_id}{SUFFIX}"
        for name in _names(self._first):
            self._committed = KeptRejects(name)
            with self._errors_explained():
                try:
                    self._file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                except FileExistsError:
                    continue
                locked(self._file)
                return

    def _take_up(self, committed: KeptRejects) -> None:
        path = committed.path or ""
        try:
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            self.notes.append(f"{path}, the rejects file of this run, is gone; the run begins a new file")
            return
        except OSError as error:
            self.notes.append(f"{path}, the rejects file of this run, cannot be opened ({error.strerror})")
            return
        self._digest = digest = sha256()
        if not _is_as_committed(file, committed, digest):
            self._digest = sha256()
            self.notes.append(f"{path}, the rejects file of this run, was changed and was left as it is")
        elif os.fstat(file).st_size == committed.length:
            os.lseek(file, committed.length, os.SEEK_SET)
            self._file = file
            return
        else:
            self._copy(file, committed)
            self.notes.append(
                f"{path} has lines that were not committed and was left as it is;"
                f" the committed lines are in {self._committed.path}"
            )
        os.close(file)

    def _copy(self, file: int, committed: KeptRejects) -> None:
        """Copy the committed part to a new file; the rest of the old file may belong to another run."""
        self._open("")
        if self._file is not None:
            with self._errors_explained():
                for piece in _pieces(file, committed.length):
                    _write(self._file, piece)
        self._committed = committed._replace(path=self._committed.path)

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputFileError(f"Cannot write the rejects file {self._committed.path}: {error.strerror}") from error


def refuse_to_continue(path: str | None, batch_id: str, option: RejectsOption) -> None:
    """Refuse to resume a run if its rejects can be written neither to `option` nor to the file that has them so far.

    Raises:
        BadInputError: no file can be made there.
        ConflictError: they were written to a pipe or a device, which cannot be continued.
        UsageError: the file that the option names is there already.
    """
    if isinstance(option, OutputFile):
        if path is None or not option.is_same_as(path):
            option.refuse_taken()
    elif option is None and path is not None:
        if is_stream(path):
            raise ConflictError(
                f"The rejects of batch {batch_id} went to {path}, which is not a regular file",
                hint=f"name one: `ordercli batch resume {batch_id} --rejects PATH`",
            )
        try_new("the rejects file", path)


def _is_its_own(option: RejectsOption, path: str) -> bool:
    return isinstance(option, OutputFile) and option.is_same_as(path)


def _is_lasting(file: str) -> bool:
    """Return whether the input is a regular file, so that the rejects file can be beside it."""
    return file != STDIN and not is_stream(file) and Path(file).is_file()


def _names(first: str) -> Iterator[str]:
    """Yield `orders.ndjson.rejects.ndjson`, `orders.ndjson.rejects.2.ndjson` and so on."""
    yield first
    stem, suffix = os.path.splitext(first)  # noqa: PTH122 - the folder stays as it was given
    yield from (f"{stem}.{n}{suffix}" for n in count(2))


def _has_bytes(path: str) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size > 0


def _is_as_committed(file: int, committed: KeptRejects, digest: Hash) -> bool:
    """Return whether the file begins with its committed part and no other run writes to it; update the digest."""
    if not stat.S_ISREG(os.fstat(file).st_mode) or not locked(file):
        return False
    for piece in _pieces(file, committed.length):
        digest.update(piece)
    return digest.hexdigest() == committed.digest


def _pieces(file: int, length: int) -> Iterator[bytes]:
    """Yield the first `length` bytes of a file in pieces."""
    done = 0
    while piece := os.pread(file, min(PIECE, length - done), done):
        yield piece
        done += len(piece)


def _write(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
