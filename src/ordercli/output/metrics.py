"""Write metrics of the queue to a file in the Prometheus text format."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from ordercli.operations.metrics import Figures, metrics

if TYPE_CHECKING:
    from ordercli.operations.drain import QueueRun
    from ordercli.output.stream import FileFailures
    from ordercli.output_files.output_file import OutputFile


def write_metrics(file: OutputFile | None, found: Figures, failures: FileFailures, run: QueueRun | None = None) -> None:
    """Replace the file atomically, so that nobody reads a part of it; without a file do nothing.

    A file that cannot be written is reported, and the run continues.
    """
    if file:
        with file.replaced(failures.report) as stream:
            stream.write(metrics(found, run, time()).encode())
