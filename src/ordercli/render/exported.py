"""The lines of a rejects file go to standard output, or into a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ordercli.render.advice import path_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.output_files.output_file import OutputFile
    from ordercli.render.output import Output


def print_exported(lines: Iterable[bytes], to: OutputFile | None, output: Output, *, may_be_sent: bool) -> None:
    """Write the lines; into a file (mode 0600), which is there whole or not at all, with a word on stderr about it.

    `may_be_sent` tells whether all lines can take the place of their entries.

    Raises:
        OutputFileError: the file cannot be written.
    """
    if to is None:
        output.stdout.writelines(lines)
        return
    count = _written(lines, to)
    if not count:
        output.note("no orders exported")
        return
    then = "lines of entries that have not failed cannot be sent: these entries still become orders, or have"
    if may_be_sent:
        then = output.advice.line("repair and send again", "submit", path_word(to.path))
    output.note(f"{count} orders exported; {then}")


def _written(lines: Iterable[bytes], to: OutputFile) -> int:
    if to.stream is not None:
        with to.trouble(), os.fdopen(to.make(), "wb") as stream:
            return sum(1 for line in lines if stream.write(line))
    with to.whole() as draft, to.trouble(), draft.open("wb") as file:
        return sum(1 for line in lines if file.write(line))
