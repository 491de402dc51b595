"""What `forward run` and `forward follow` share: the targets that they are for, and what they tell."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET

from ordercli.errors import UsageError
from ordercli.output.rows import print_results
from ordercli.targets import names, target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.cli.invocation import Invocation
    from ordercli.operations.target_runs import TargetRun
    from ordercli.output.stream import Log, LogFormat, Output
    from ordercli.output_files.output_file import OutputFile
    from ordercli.targets import Target


def chosen_targets(call: Invocation, name: str | None) -> dict[str, Target]:
    """Return the target of that name; without a name, all of them.

    Raises:
        NotFoundError, UsageError: there is none, or the settings of one are wrong.
    """
    found = {each: target(call.settings, each) for each in ([name] if name else names(call.settings))}
    if not found:
        raise UsageError("the settings have no target", hint="`ordercli target --help` tells how to name one")
    return found


class Reports:
    """Tells in a log, and in a file with metrics, what a run has done; call it whenever the run has nothing to do."""

    def __init__(self, call: Invocation, event: str, log: Log, metrics: OutputFile | None) -> None:
        self._call = call
        self._event = event
        self._log = log
        self.reopen = log.reopen
        self._metrics = metrics
        self._told: dict[str, object] = {}

    def __call__(self, results: Sequence[TargetRun]) -> None:
        """Log what has come of each target so far, if that is new; replace the file with metrics."""
        for each in results:
            for event, members in each.take_incidents():
                self._log.event(event, members, failed=True)
            told = each.members()
            if self._told.get(each.target) != told:
                self._log.event(self._event, told, failed=each.refused or each.unreachable)
                self._told[each.target] = told
        if self._metrics:
            from ordercli.operations.metrics import figures  # most runs write none
            from ordercli.output.metrics import write_metrics

            write_metrics(self._metrics, figures(self._call.database), self._call.failures)


@contextmanager
def reporting(
    call: Invocation, event: str, log_file: str | None, log_format: LogFormat | None, metrics_file: str | None
) -> Iterator[Reports]:
    """Check the files of the options, and yield what reports to them.

    Raises:
        BadInputError, UsageError: a file cannot be written, or must not be.
    """
    metrics = call.metrics_file(metrics_file)
    with call.open_log(call.log_file(log_file), log_format) as log:
        yield Reports(call, event, log, metrics)


def print_runs(results: Sequence[TargetRun], kind: type[TargetRun], output: Output) -> None:
    """Print what was done for each target, with the name of the store."""
    for each in results:
        each.store = output.shown_store or UNSET
    print_results(results, kind, output)


def warn_of_pauses(call: Invocation, results: Sequence[TargetRun]) -> None:
    """Tell which targets are paused, and how they go on."""
    for each in results:
        if each.reason and each.paused:
            call.output.warn(f"target {each.target} is paused: {each.reason}")
            if each.refused:
                call.output.note(f"when that is mended, `ordercli forward resume {each.target}` lets it go on")
