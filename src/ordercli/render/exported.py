"""The lines of a rejects file go to standard output, or into a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ordercli.errors import BadInputError
from ordercli.render.advice import path_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.render.output import Output


def print_exported(lines: Iterable[bytes], path: str | None, output: Output) -> None:
    """Write the lines; into a file (mode 0600, replaced) with a word on stderr about it.

    Raises:
        BadInputError: the file cannot be written.
    """
    if path is None:
        output.stdout.writelines(lines)
        return
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            count = sum(1 for line in lines if file.write(line))
    except OSError as error:
        raise BadInputError(f"Cannot write {path}: {error.strerror}") from error
    output.note(f"{count} orders exported; {output.advice.line('repair and send again', 'submit', path_word(path))}")
