"""What a run did goes into a log: a line an event, as JSON or as text."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, TYPE_CHECKING, NamedTuple

from ordercli.clock import timestamp
from ordercli.errors import BadInputError, OrdercliError
from ordercli.render.visible import inert_json

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping


class LogFormat(StrEnum):
    """What `--log-format` takes."""

    TEXT = "text"
    JSON = "json"


class Log:
    """Where events are written: a logger, or nowhere."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger

    def event(self, name: str, members: Mapping[str, object], *, failed: bool = False) -> None:
        """Write one line; `members` are JSON values."""
        if self._logger:
            self._logger.log(40 if failed else 20, name, extra={"members": members})


@contextmanager
def open_log(path: str | None, wanted: LogFormat | None) -> Iterator[Log]:
    """The log at `path` (mode 0600, appended to), on standard error without one; none where neither is given.

    An error that ends the work is logged on its way out.

    Raises:
        BadInputError: the file cannot be written.
    """
    if path is None and wanted is None:
        yield Log()
        return
    import logging  # noqa: PLC0415 - an idle run from cron must be quick

    stream = _opened(path) if path else sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line(wanted or LogFormat.TEXT))  # type: ignore[arg-type] # formats, and that is all it takes
    logger = logging.getLogger("ordercli")
    logger.setLevel(logging.INFO)
    logger.propagate, logger.handlers = False, [handler]
    log = Log(logger)
    try:
        yield log
    except OrdercliError as error:
        log.event("stopped", {"message": error.message, "exitCode": int(error.exit_code)}, failed=True)
        raise
    finally:
        logger.removeHandler(handler)
        if path:
            stream.close()


def _opened(path: str) -> IO[str]:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")
    except OSError as error:
        raise BadInputError(f"Cannot write {path}: {error.strerror}") from error


class _Line(NamedTuple):
    wanted: LogFormat

    def format(self, record: logging.LogRecord) -> str:
        time = timestamp(datetime.fromtimestamp(record.created, UTC))
        level, members = record.levelname.lower(), record.__dict__["members"]
        import orjson  # noqa: PLC0415 - where nothing is logged, nothing need be written

        if self.wanted is LogFormat.JSON:
            line = orjson.dumps({"time": time, "level": level, "event": record.msg, **members})
            return inert_json(line).decode()
        said = " ".join(f"{name}={inert_json(orjson.dumps(value)).decode()}" for name, value in members.items())
        return f"{time} {level} {record.msg} {said}"
