"""What there is to know of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.errors import ExitCode
from ordercli.render.rows import print_object

if TYPE_CHECKING:
    from ordercli.pipeline.housekeeping.describing import DatabaseInfo
    from ordercli.render.output import Output


def print_info(found: DatabaseInfo, output: Output) -> ExitCode:
    """Print it, with a word about a schema that is newer than the program; gives the exit code for that."""
    print_object(found.as_json(), output)
    if found.is_newer:
        output.alarm(["the schema is newer than this ordercli, which does not know all of it; install a newer one"])
        return ExitCode.BAD_INPUT
    return ExitCode.OK
