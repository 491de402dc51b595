"""A person is asked before something is done that is final and many."""

from __future__ import annotations

import sys

import typer

MANY = 100


def is_asked(*, yes: bool) -> bool:
    """Whether there is somebody at a terminal to ask, who did not say --yes."""
    return not yes and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(count: int, question: str, *, yes: bool) -> None:
    """Ask before more than 100 are concerned; without a terminal, or with --yes, do not ask.

    Raises:
        typer.Abort: the answer was no.
    """
    if count > MANY and is_asked(yes=yes):
        typer.confirm(question, abort=True, err=True)
