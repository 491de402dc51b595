"""Report an error of a command: one line on standard error, and the exit code."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ordercli.database import faults
from ordercli.errors import InternalError, OrdercliError, TryAgainError, UsageError
from ordercli.exit_codes import ExitCode, code_of_error
from ordercli.output.advice import Advice
from ordercli.output.safe_text import visible
from ordercli.output.stream import print_problem, send_nowhere
from ordercli.settings_loading import load


def report_failure(
    error: Exception, words: Sequence[str], options: Mapping[str, Any], databases: Sequence[str]
) -> ExitCode:
    """Print the error and return the exit code.

    `words` are those of the command line, `options` its global options, `databases` those that the command has named.
    """
    if not getattr(error, "format_message", lambda: True)():  # no command was given, and the help was printed
        code = ExitCode.USAGE
    else:
        expected = _as_expected(error, databases)
        advice = Advice(options.get("database"), options.get("config"), options.get("store"))
        print_problem(expected, advice, as_json=_wants_json(words, options.get("config")))
        code = code_of_error(expected)
    try:
        sys.stdout.flush()
    except OSError:  # this is the error that was reported
        send_nowhere()
    return code


def _as_expected(error: Exception, databases: Sequence[str]) -> OrdercliError:
    """Return the expected error that an exception stands for: our own, Typer's, the system's or the database's."""
    if isinstance(error, OrdercliError):
        return error
    if hasattr(error, "format_message"):
        message = str(error) if hasattr(error, "possibilities") else error.format_message()
        return UsageError(message, hint=_did_you_mean(error) or _usage_of(error))
    if isinstance(error, UnicodeEncodeError):  # a path need not be UTF-8, all other arguments must
        return UsageError(f"{error.object!r} is not UTF-8")
    if isinstance(error, OSError):
        return TryAgainError.of_system(error)
    # A driver's error does not tell which of two databases it comes from.
    return faults.explain(error, databases[0] if len(databases) == 1 else "the database") or InternalError(
        f"internal error ({type(error).__name__}: {visible(str(error))})",
        hint="this is a bug; run again with --debug and report the output",
    )


# Options that people try, and what to give instead.
_INSTEAD = {
    "--csv": "give `-o csv`",
    "--db": "give `--database PATH`",
    "--file": "name the files without an option",
    "--format": "give `-o FORMAT`",
    "--input": "name the files without an option",
    "--json": "give `-o json`",
    "--where": "`ordercli list --help` has the filters",
}


# `--force` and `--store` are as much alike as this.
_LEAST_RATIO = 0.6


def _did_you_mean(error: Exception) -> str | None:
    if instead := _INSTEAD.get(getattr(error, "option_name", None) or ""):
        return instead
    name = getattr(error, "option_name", "")
    near = [each for each in getattr(error, "possibilities", None) or () if _is_near(name, each)]
    return f"did you mean `{near[0]}`?" if near else None


def _is_near(given: str, option: str) -> bool:
    """Return whether an option may have been meant; Click also counts the dashes, which all options have."""
    from difflib import SequenceMatcher  # only for this error

    return SequenceMatcher(None, given.strip("-"), option.strip("-")).ratio() > _LEAST_RATIO


def _usage_of(error: Exception) -> str | None:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context else None


def _wants_json(words: Sequence[str], config: str | None) -> bool:
    """Return whether a program reads the errors; the options may not have been parsed yet."""
    given = [after for before, after in itertools.pairwise(words) if before in {"-o", "--output", "--format"}]
    given += [each.partition("=")[2] for each in words if each.startswith(("--output=", "--format="))]
    given += [each[2:] for each in words if each.startswith("-o") and each != "-o"]
    if not given:
        given = [os.environ.get("ORDERCLI_OUTPUT") or _output_of_settings(config)]
    return given[-1] in {"json", "ndjson"}


def _output_of_settings(config: str | None) -> str:
    """Return the output format that the settings ask for; none where they cannot be read."""
    try:
        return load({}, config=config).output
    except (OrdercliError, OSError):
        return ""
