"""Ask before something is done that cannot be undone."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from ordercli.database.address import is_same_place, understood
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.output.stream import write_stderr
from ordercli.stores import store_named, store_names

if TYPE_CHECKING:
    from ordercli.settings import Settings

MANY = 100


def is_asked(*, yes: bool) -> bool:
    """Return whether to ask: there is a terminal, and --yes was not given."""
    return not yes and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(count: int, consequence: str, *, yes: bool) -> None:
    """Ask before an operation on records that filters chose, if there are any. Without a terminal, require --yes.

    Raises:
        UsageError: There is nobody to ask, and --yes was not given.
        typer.Exit: The answer was no; nothing was done.
        typer.Abort: The question was interrupted.
    """
    if is_asked(yes=yes):
        if count:
            _ask(consequence)
    elif not yes:
        raise UsageError(
            f"{consequence}: this needs --yes without a terminal", hint="nothing was done; add --yes to go on"
        )


def confirm_many(count: int, consequence: str, *, yes: bool) -> None:
    """Ask at a terminal before an operation on more than 100 records that were named, or chosen by the settings.

    Raises:
        typer.Exit: The answer was no; nothing was done.
        typer.Abort: The question was interrupted.
    """
    if count > MANY and is_asked(yes=yes):
        _ask(consequence)


def asking_store(settings: Settings, database: str) -> str | None:
    """Return the name of a store that is this database and asks before it is changed; None if there is none.

    A store whose table is wrong is left out: the command that chooses it by its name reports that.
    """
    for name in store_names(settings):
        with suppress(UsageError):
            _, folder, found = store_named(settings, name)
            if found.confirm and is_same_place(understood(found.database, name, folder), database):
                return name
    return None


def choose(ways: str, answers: str, otherwise: str) -> str:
    """Ask which of several ways to go, and return the letter of the answer; Enter means the first, Ctrl-D `otherwise`.

    Raises:
        typer.Abort: The question was interrupted.
    """
    while True:
        try:
            answer = str(typer.prompt(ways, default=answers[0], show_default=False, err=True)).strip().lower()[:1]
        except typer.Abort as stopped:
            _raise_interrupt(stopped)
            answer = otherwise
        if answer and answer in answers:
            return answer


def _ask(consequence: str) -> None:
    try:
        agreed = typer.confirm(f"{consequence}. Go on?", err=True)
    except typer.Abort as stopped:
        _raise_interrupt(stopped)
        agreed = False
    if not agreed:
        write_stderr("nothing was done\n")
        raise typer.Exit(ExitCode.REJECTED)


def _raise_interrupt(stopped: typer.Abort) -> None:
    """Raise it again if it was Ctrl-C; Ctrl-D is an answer, and ends the line."""
    if not isinstance(stopped.__context__, EOFError):
        raise stopped
    write_stderr("\n")
