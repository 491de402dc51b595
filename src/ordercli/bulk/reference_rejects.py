"""Write the rejects file of an import of reference data."""

from __future__ import annotations

from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.bulk.rejects_file import PIECE, RejectsFile
from ordercli.errors import OutputFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.bulk.rejects_file import RejectsOption

_WRITTEN_TOGETHER = 1000


class RecordRejects:
    """Keeps refused records until everything was read, because nothing is loaded from an input that is broken."""

    def __init__(self, inputs: Sequence[str], option: RejectsOption) -> None:
        """Choose the path as `submit` does.

        Raises:
            BadInputError: no file can be made there.
        """
        self._file = RejectsFile(inputs, option)
        self._lines = SpooledTemporaryFile(PIECE)  # noqa: SIM115 - closed by `close`

    def add(self, line: bytes) -> None:
        """Keep the line of a record."""
        self._lines.write(line)

    def write(self) -> str | None:
        """Write what was kept; return the path of the file, if there was any.

        Raises:
            OutputFileError: it cannot be written; there is no file then.
        """
        self._lines.seek(0)
        name = uuid7().hex
        try:
            while lines := list(islice(self._lines, _WRITTEN_TOGETHER)):
                self._file.write(lines, name)
                self._file.committed()
        except OutputFileError:
            self._file.discard()
            raise
        return self._file.close()

    @property
    def notes(self) -> Sequence[str]:
        """Messages about the rejects files of earlier imports."""
        return self._file.notes

    def close(self) -> None:
        """Forget what was kept."""
        self._lines.close()
