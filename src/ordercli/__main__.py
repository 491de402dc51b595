"""The process's entry: `ordercli` and `python -m ordercli`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Answer `--version` at once, and leave everything else to the command tree."""
    _hold_standard_streams()
    if sys.argv[1:] == ["--version"]:
        from ordercli.version import __version__  # noqa: PLC0415

        sys.stdout.write(f"ordercli {__version__}\n")
        return
    gc.disable()  # what is imported stays to the end: looking through it for garbage is a tenth of a short command
    from ordercli.app import app  # noqa: PLC0415 - Typer is half of the start-up time

    gc.freeze()
    gc.enable()
    app(prog_name="ordercli")


def _hold_standard_streams() -> None:
    """A standard stream that is closed goes nowhere: its number must not fall to a file that is opened later."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
            if name != "stdin":
                setattr(sys, name, os.fdopen(number, "w"))


if __name__ == "__main__":
    main()
