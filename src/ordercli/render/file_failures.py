"""Files beside the result of a run that could not be written: told at once, while the work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.errors import ExitCode
from ordercli.render.problems import print_problem

if TYPE_CHECKING:
    from ordercli.errors import OutputFileError
    from ordercli.render.output import Output


class FileFailures:
    """What failed in one run, and what that makes of its exit code."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told: set[str] = set()

    def tell(self, error: OutputFileError) -> None:
        """Print the error, unless it was printed before."""
        if error.message not in self._told:
            self._told.add(error.message)
            print_problem(error, self._output.advice, as_json=self._output.wants_json)

    def worst(self, code: ExitCode) -> ExitCode:
        """The exit code of a run that came to `code`: 75 where a file failed, unless it ended by a signal or a bug."""
        graver = code >= ExitCode.TRY_AGAIN or code is ExitCode.INTERNAL
        return code if graver or not self._told else ExitCode.TRY_AGAIN
