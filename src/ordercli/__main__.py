"""Run the program: the entry point of `ordercli` and `python -m ordercli`."""

from __future__ import annotations

import gc
import os
import sys

_WIDTHS = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
_MOST_DIGITS = 4
# After this many new containers Python searches for reference cycles. The orders of one claim have several times its
# default of 700, and are in no cycles: the searches took 5 % of a run of the queue.
_CONTAINERS = 50_000


def main() -> None:
    """Answer `--version` at once, and pass everything else to the command tree."""
    _hold_standard_streams()
    _settle_terminal(sys.argv[1:])
    if sys.argv[1:] == ["--version"]:
        sys.exit(_print_version())
    gc.disable()  # imported modules stay until the end: collecting garbage among them takes 10 % of a short command
    from ordercli.cli.app import app  # Typer is half of the start-up time

    gc.freeze()
    gc.set_threshold(_CONTAINERS)
    gc.enable()
    app(prog_name="ordercli")


def _print_version() -> int:
    from ordercli.version import __version__

    try:
        sys.stdout.write(f"ordercli {__version__}\n")
        sys.stdout.flush()
    except OSError as error:
        from ordercli.output.stream import send_nowhere, write_stderr  # its imports take as long as starting Python

        send_nowhere()
        if isinstance(error, BrokenPipeError):  # the reader has ended
            return 0
        write_stderr(f"error: {error.strerror}\n")
        return 75
    return 0


def _settle_terminal(words: list[str]) -> None:
    """Correct the variables of the terminal for everything that prints, including the help and errors of Typer.

    A width of 0 would print nothing, and one that is not a number would end in a traceback. Empty variables count as
    unset.
    """
    for name in _WIDTHS:
        width = os.environ.get(name, "")
        if not (len(width) <= _MOST_DIGITS and width.isascii() and width.isdecimal() and int(width)):
            os.environ.pop(name, None)
    if "--no-color" in words:
        os.environ["NO_COLOR"] = "1"
    elif not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)


def _hold_standard_streams() -> None:
    """Open /dev/null for each closed standard stream, so that no file opened later gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is the number of this stream
            if name != "stdin":
                setattr(sys, name, os.fdopen(number, "w", closefd=False))


if __name__ == "__main__":
    main()
