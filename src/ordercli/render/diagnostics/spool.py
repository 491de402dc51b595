"""Lines that must wait: few in memory, many in a temporary file."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from weakref import finalize

_IN_MEMORY = 1 << 20


class Spool:
    """Takes lines and gives them back in their order; then it is empty again."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - see below
        finalize(self, self._file.close)  # a run that is broken off never comes to the end

    def write(self, line: str) -> None:
        """Keep a line, which ends with a line feed."""
        self._file.write(line)

    def drain(self) -> Iterator[str]:
        """The lines kept."""
        self._file.seek(0)
        yield from self._file
        self._file.seek(0)
        self._file.truncate()
