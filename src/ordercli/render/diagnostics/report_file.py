"""A report goes into a file that is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.errors import TryAgainError, UsageError

if TYPE_CHECKING:
    from typing import TextIO


@contextmanager
def report_file(path: str) -> Iterator[TextIO]:
    """A text stream (UTF-8) whose content takes the place of the file when the block ends without an exception.

    A pipe or a device is written to directly. Raises UsageError where there can be no such file, TryAgainError
    where it cannot be written now; what goes wrong inside the block is left alone.
    """
    target = Path(os.path.realpath(path))
    with _trouble(path):
        is_special = target.exists() and not target.is_file()
        draft = target if is_special else target.with_name(f".ordercli-{os.urandom(4).hex()}.tmp")
        stream = draft.open("w" if is_special else "x", encoding="utf-8", newline="\n")
    try:
        yield stream
        with _trouble(path):
            stream.close()
            if not is_special:
                draft.replace(target)
    finally:
        with suppress(OSError):
            stream.close()
        if not is_special:
            draft.unlink(missing_ok=True)


@contextmanager
def _trouble(path: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise UsageError(f"Cannot write a report to {path}: {error.strerror}.") from error
    except OSError as error:
        raise TryAgainError(f"Cannot write a report to {path}: {error.strerror}.") from error
