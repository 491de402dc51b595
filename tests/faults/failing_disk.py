"""A disk that fails at the Nth call of a kind."""

from __future__ import annotations

from enum import Enum

import apsw


class Call(Enum):
    """A kind of call that SQLite makes to a disk, and the error that it gets."""

    READ = apsw.SQLITE_IOERR_READ
    WRITE = apsw.SQLITE_IOERR_WRITE
    WRITE_WHEN_FULL = apsw.SQLITE_FULL
    SYNC = apsw.SQLITE_IOERR_FSYNC
    TRUNCATE = apsw.SQLITE_IOERR_TRUNCATE
    SIZE = apsw.SQLITE_IOERR_FSTAT
    LOCK = apsw.SQLITE_IOERR_LOCK
    OPEN = apsw.SQLITE_CANTOPEN
    DELETE = apsw.SQLITE_IOERR_DELETE


class FailingVfs(apsw.VFS):
    """SQLite's own way to files, until the Nth call of a kind; from then on again, unless the failure lasts.

    `calls` counts those of this kind. Nothing is really synced.
    """

    def __init__(self, name: str, failing: Call, at: int, *, lasting: bool) -> None:
        self.calls = 0
        self._failing = failing
        self._at = at
        self._lasting = lasting
        super().__init__(name, "")

    def meet(self, *calls: Call) -> None:
        """Count the call, and fail if it is the Nth."""
        if self._failing not in calls:
            return
        self.calls += 1
        if self.calls == self._at or (self._lasting and self.calls > self._at):
            raise apsw.exception_for(self._failing.value)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file."""
        self.meet(Call.OPEN)
        return _FailingFile(name, flags, self)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        """Delete a file."""
        self.meet(Call.DELETE)
        super().xDelete(filename, syncdir)

    def excepthook(self, etype: object, evalue: object, etraceback: object) -> bool:  # noqa: ARG002
        """Stay silent: SQLite gets the error code of the failure."""
        return True


class _FailingFile(apsw.VFSFile):
    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], disk: FailingVfs) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.meet(Call.READ)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.meet(Call.WRITE, Call.WRITE_WHEN_FULL)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        self._disk.meet(Call.SYNC)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.meet(Call.TRUNCATE)
        super().xTruncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802
        self._disk.meet(Call.SIZE)
        return super().xFileSize()

    def xLock(self, level: int) -> None:  # noqa: N802
        self._disk.meet(Call.LOCK)
        super().xLock(level)

    def excepthook(self, etype: object, evalue: object, etraceback: object) -> bool:  # noqa: ARG002
        return True
