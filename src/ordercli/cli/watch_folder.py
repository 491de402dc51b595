"""`ordercli submit --watch-folder`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import typer

from ordercli.bulk.drop_folder import DropFolder
from ordercli.bulk.watch_folder import FolderRun
from ordercli.cli.invocation import Invocation, process_count, seconds
from ordercli.database.address import is_server
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.output.folder import print_files
from ordercli.output.live import refuse_unless_live
from ordercli.output.safe_text import visible
from ordercli.output_files.guard import OutputFiles
from ordercli.run_control import Stop
from ordercli.settings_loading import settings_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.bulk.submission import Run
    from ordercli.bulk.watch_folder import FileReceipt
    from ordercli.output.stream import Log, LogFormat
    from ordercli.output_files.output_file import OutputFile

# Each file of a folder has its own key, rejects file and receipt.
_NOT_WITH = {
    "paths": "PATH",
    "idempotency_key": "--idempotency-key",
    "rejects": "--rejects",
    "accepted": "--accepted",
    "force": "--force",
    "override_context": "--override-context",
    "wait": "--wait",
    "full": "--full",
}
SETTLES_AFTER = "30s"


class Watching(NamedTuple):
    """The options of a run that watches a folder; `settle` is a duration."""

    folder: str
    settle: str | None
    once: bool
    jobs: str
    sheet_map: str | None
    log_file: str | None
    log_format: LogFormat | None


def watch(context: typer.Context, call: Invocation, run: Run, options: Watching) -> ExitCode:
    """Submit the files of the folder; return the exit code."""
    for name, option in _NOT_WITH.items():
        if context.params[name]:
            raise UsageError(f"--watch-folder cannot be combined with {option}")
    once = options.once or run.dry_run
    if not once:
        refuse_unless_live(call.output)
    database = call.database if run.dry_run else call.changed_database
    folder = DropFolder(options.folder, seconds("--settle", options.settle or SETTLES_AFTER) or 0)
    folder.refuse_to_hold(_files_beside(call, database, options))

    def rejects(path: str) -> OutputFile:
        return OutputFiles(database, _settings_files(call)).made("the rejects file", path, later=True)

    made = call.report_created
    jobs = process_count(options.jobs)
    folder_run = FolderRun(folder, database, run, call.settings, rejects=rejects, jobs=jobs, made=made)
    worst, stop = ExitCode.OK, Stop()

    def noted(receipts: Iterator[FileReceipt], log: Log) -> Iterator[FileReceipt]:
        nonlocal worst
        for each in receipts:
            log.event("file", msgspec.to_builtins(each), failed=each.outcome == "failed")
            worst = ExitCode.REJECTED if each.outcome == "failed" else worst
            yield each

    with (
        nullcontext() if run.dry_run else folder.locked(),
        call.open_log(call.log_file(options.log_file), options.log_format) as log,
    ):
        if not run.dry_run:
            stop.listen(log.reopen if not once else None)
        found = folder_run.planned() if run.dry_run else folder_run.receipts(stop, once=once)
        print_files(noted(found, log), call.output)
    _tell_what_is_left(folder, call, once=once)
    return call.failures.worst(code_of_stop(stop) or worst)


def _files_beside(call: Invocation, database: str, options: Watching) -> Iterator[tuple[str, str]]:
    if not is_server(database):
        yield database, "the database"
    yield from ((str(each), "a settings file") for each in _settings_files(call))
    if options.sheet_map is not None:
        yield options.sheet_map, "the map"
    if options.log_file is not None:
        yield options.log_file, "the log file"


def _settings_files(call: Invocation) -> list[Any]:
    return [file.path for file in settings_files(call.config) if file.exists]


def _tell_what_is_left(folder: DropFolder, call: Invocation, *, once: bool) -> None:
    """Name what is no regular file, where a person reads it: cron would send a mail at every run."""
    if call.output.stderr_on_terminal or not once:
        for name, kind in folder.left.items():
            call.output.warn(f"{visible(name)} is {kind} and stays where it is")
