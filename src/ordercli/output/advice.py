"""The commands that the program advises, quoted and with the options that they need."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from ordercli.output.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.operations.contexts import Resend

# Commands that need neither a database nor settings.
_ALONE = {"explain", "rules", "schema"}
_TAKE_REJECTS = {"submit", "patch", "cancel", "fulfil"}
_APART = "send a file of each kind; the error ORD010 of a line names its options, a line without it needs none"
_ADVISED = r"`ordercli ([^`]+)`"
_PASSWORD = "set PGPASSWORD or use ~/.pgpass, for the password is left out"  # noqa: S105 - tells how to give one


class Advice(NamedTuple):
    """The options of the command line that every advised command for the same database must repeat.

    Values from the environment or from settings files apply to the next command anyway.
    """

    database: str | None = None
    config: str | None = None
    store: str | None = None

    def command(self, *words: str) -> str:
        """Return the command `ordercli WORDS…`, quoted for a shell, with the options that it needs."""
        return f"ordercli {' '.join(map(quoted, words))}{self._options_of(words[0])}"

    def line(self, purpose: str, *words: str) -> str:
        """Return `PURPOSE: COMMAND`; the command ends the line, so that it can be copied."""
        missing = f" ({_PASSWORD})" if self._leaves_out_password(words[0]) else ""
        return f"{purpose}{missing}: {self.command(*words)}"

    def completed(self, text: str) -> str:
        """Return a hint, with the options of this run in each command that it names as `` `ordercli …` ``."""
        words = [found[1].split()[0] for found in re.finditer(_ADVISED, text) if not found[1].endswith("--help")]
        missing = f" ({_PASSWORD})" if any(map(self._leaves_out_password, words)) else ""
        return re.sub(_ADVISED, self._completed, text) + missing

    def _completed(self, found: re.Match[str]) -> str:
        command = found[1]
        options = "" if command.endswith("--help") else self._options_of(command.split()[0])
        return f"`ordercli {command}{options}`"

    def _options_of(self, command: str) -> str:
        if command in _ALONE:
            return ""
        shown = self._shown_database()
        given = {"--store": self.store, "--database": shown, "--config": self.config}
        return "".join(f" {option} {quoted(value)}" for option, value in given.items() if value is not None)

    def _shown_database(self) -> str | None:
        from ordercli.database.address import without_password  # most runs print no command

        return without_password(self.database) if self.database else None

    def _leaves_out_password(self, command: str) -> bool:
        return bool(self._options_of(command) and self.database and self._shown_database() != self.database)


def send_again(advice: Advice, path: str, ways: Iterable[Resend], *own: str) -> Iterator[str]:
    """Yield the commands that send the lines of a rejects file again, each with the options that it needs.

    `own` are the words and options of the command that refused the lines; without `ways`, it accepts all of them.
    """
    from ordercli.output_files.output_file import is_stream  # what is advised beside it needs no files

    options: dict[str, set[tuple[str, ...]]] = {}
    resumed = set()
    for request, needed, batch_id in ways:
        options.setdefault(request, set()).add(needed)
        resumed |= {batch_id} if batch_id else set()
    for batch_id in sorted(resumed):
        yield advice.line("first", "batch", "resume", batch_id)
    if is_stream(path):  # what was written there cannot be read again by that name
        return
    for request, needs in sorted((options or {own[0]: {()}}).items()):
        if request not in _TAKE_REJECTS:
            continue
        if len(needs) > 1:
            yield f"the lines of {visible(path)} need different options: {_APART}"
            continue
        (needed,) = needs
        words = own if request == own[0] else (request,)
        file = (path_word(path),) if request in {"submit", "fulfil"} else ("--from", path)
        yield advice.line("to send it here all the same" if needed else "repair and send again", *words, *file, *needed)


def quoted(word: str) -> str:
    """Return a word quoted for a shell; characters that control a terminal or cannot be shown are octal escapes."""
    from shlex import quote  # most runs print no command

    if visible(word, limit=None) == word:
        return quote(word)
    octal = "".join(f"\\{byte:03o}" for byte in os.fsencode(word))
    return f"\"$(printf '{octal}')\""


def path_word(path: str) -> str:
    """Return a path in a form that no command reads as an option."""
    return f"./{path}" if path.startswith("-") else path
