"""Record the writes to a disk, and compute what a power cut could leave of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

SECTOR = 512


class Written(NamedTuple):
    """Bytes were written at a place in a file."""

    file: str
    offset: int
    data: bytes


class Truncated(NamedTuple):
    """A file was cut to a size."""

    file: str
    size: int


class Synced(NamedTuple):
    """A file was synced; for a new journal this includes its name, because SQLite syncs the folder with it."""

    file: str


class Made(NamedTuple):
    """A new, empty file was created."""

    file: str


class Deleted(NamedTuple):
    """A name was deleted; `synced` tells whether the folder was synced at once."""

    file: str
    synced: bool


class Reported(NamedTuple):
    """The program reported this result for these orders to its caller."""

    what: str
    order_ids: frozenset[str]


Event = Written | Truncated | Synced | Made | Deleted | Reported
Files = dict[str, bytes]


class RecordingVfs(apsw.VFS):
    """SQLite's own way to files, which adds every change to `events`. Nothing is really synced: it need not last."""

    def __init__(self, name: str = "recording") -> None:
        self.name = name
        self.events: list[Event] = []
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file, which may be a new one; a temporary one has no name, and need not last."""
        if name is None:
            return apsw.VFSFile("", name, flags)
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        is_new = not path.exists()
        opened = _RecordedFile(name, path.name, flags, self.events)
        if is_new:
            self.events.append(Made(path.name))
        return opened

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        """Delete a file."""
        super().xDelete(filename, syncdir)
        self.events.append(Deleted(Path(filename).name, bool(syncdir)))


class _RecordedFile(apsw.VFSFile):
    def __init__(self, name: str | apsw.URIFilename, file: str, flags: list[int], events: list[Event]) -> None:
        self._file = file
        self._events = events
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._events.append(Written(self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._events.append(Truncated(self._file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        self._events.append(Synced(self._file))

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """What SQLite takes for granted anywhere: a write leaves the bytes beside it alone. No more than that."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


@dataclass
class _Inode:
    """The bytes that are durable, and the changes since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Written | Truncated] = field(default_factory=list)

    def sync_all(self) -> None:
        for each in self.pending:
            _apply(self.durable, each)
        self.pending.clear()

    def survivors(self, rng: Random) -> bytes:
        """Return the bytes after a power cut: all, nothing or some sectors of each pending change, combined anyhow."""
        left, kept = bytearray(self.durable), rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for each in self.pending:
            if isinstance(each, Truncated) or rng.random() < 0.5:  # whole, or torn
                parts: Iterable[Written | Truncated] = [each]
            else:
                parts = _sectors(each)
            for part in parts:
                if rng.random() < kept:
                    _apply(left, part)
        written = [each for each in self.pending if isinstance(each, Written)]
        if written and rng.random() < 0.2:  # the sector that was being written holds anything
            torn = rng.choice(list(_sectors(rng.choice(written))))
            _apply(left, torn._replace(data=rng.randbytes(len(torn.data))))
        return bytes(left)


def _apply(content: bytearray, change: Written | Truncated) -> None:
    if isinstance(change, Truncated):
        del content[change.size :]
        return
    content.extend(bytes(max(change.offset - len(content), 0)))
    content[change.offset : change.offset + len(change.data)] = change.data


def _sectors(write: Written) -> Iterable[Written]:
    """Split a write at the borders of sectors."""
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(start - start % SECTOR + SECTOR, end)
        yield Written(write.file, start, write.data[start - write.offset : stop - write.offset])
        start = stop


@dataclass
class _Folder:
    """The names of files: the durable ones, the current ones, and the changes between the two."""

    durable: dict[str, _Inode]
    seen: dict[str, _Inode] = field(default_factory=dict)
    pending: list[tuple[str, _Inode | None]] = field(default_factory=list)

    def sync_all(self) -> None:
        _rename(self.durable, self.pending)
        self.pending.clear()

    def take(self, event: Event) -> None:
        match event:
            case Written() | Truncated():
                self.seen[event.file].pending.append(event)
            case Synced():
                inode = self.seen[event.file]
                inode.sync_all()
                if inode is not self.durable.get(event.file) and event.file.endswith(("-journal", "-wal")):
                    self.sync_all()
            case Made():
                self.seen[event.file] = _Inode()
                self.pending.append((event.file, self.seen[event.file]))
            case Deleted():
                del self.seen[event.file]
                self.pending.append((event.file, None))
                if event.synced:
                    self.sync_all()
            case Reported():
                pass


def _rename(names: dict[str, _Inode], changes: Iterable[tuple[str, _Inode | None]]) -> None:
    for name, inode in changes:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode


def after_cut(before: Files, events: Sequence[Event], rng: Random) -> Files:
    """Return the files that are left of those `before` if the power fails after these events."""
    folder = _Folder({name: _Inode(bytearray(content)) for name, content in before.items()})
    folder.seen = dict(folder.durable)
    for event in events:
        folder.take(event)
    _rename(folder.durable, [change for change in folder.pending if rng.random() < 0.5])
    return {name: inode.survivors(rng) for name, inode in folder.durable.items()}


def lay_out(folder: Path, files: Files) -> None:
    """Write these files, and no others, into a folder."""
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
