"""A stream that tells of its first failure and takes the rest without a word, so that the work goes on."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer


class Stream(io.RawIOBase):
    """Writes to an open descriptor, which it closes."""

    def __init__(self, file: int, on_failure: Callable[[OSError], None]) -> None:
        self._file = file
        self._on_failure = on_failure
        self.failed = False

    def writable(self) -> bool:
        """Whether it can be written: always."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it; nothing any more once a write has failed."""
        with memoryview(data) as whole:
            rest = whole.cast("B")
            while len(rest) and not self.failed:
                try:
                    rest = rest[os.write(self._file, rest) :]
                except OSError as error:
                    self._fail(error)
            return whole.nbytes

    def close(self) -> None:
        """Close the descriptor; some file systems tell only now that a write has failed."""
        if not self.closed:
            super().close()
            try:
                os.close(self._file)
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self.failed:
            self.failed = True
            self._on_failure(error)
