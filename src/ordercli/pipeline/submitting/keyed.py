"""A run with an idempotency key: done once, however often it is asked for."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.errors import BadInputError, IdempotencyConflictError, UsageError
from ordercli.intake.record import STDIN
from ordercli.intake.source import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedRandom

    from ordercli.inbound.batches import BatchView
    from ordercli.intake.record import Record
    from ordercli.pipeline.outcomes.reject_line import Context
    from ordercli.pipeline.resending.contexts import Again, Contexts


def input_digest(inputs: Sequence[str]) -> str:
    """The SHA-256 over the bytes of all inputs, as hex; standard input is kept aside, so that it can be read again.

    Raises:
        BadInputError: an input cannot be read.
    """
    whole = sha256()
    for file in inputs:
        try:
            with _standard_input_kept() if file == STDIN else Path(file).open("rb") as stream:
                whole.update(file_digest(stream, sha256).digest())
                stream.seek(0)
        except OSError as error:
            raise BadInputError(f"Cannot read {file}: {error.strerror}") from error
    return whole.hexdigest()


def _standard_input_kept() -> BufferedRandom:
    """A copy of standard input, which from now on reads this copy."""
    if sys.stdin is None:
        raise BadInputError("standard input: closed")
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it; standard input stays open
    shutil.copyfileobj(sys.stdin.buffer, kept)
    kept.seek(0)
    os.dup2(kept.fileno(), sys.stdin.fileno())
    return kept


def rewind_standard_input() -> None:
    """Let the copy of standard input be read once more."""
    while sys.stdin.buffer.read(CHUNK):
        pass
    os.lseek(sys.stdin.fileno(), 0, os.SEEK_SET)


class Seen(NamedTuple):
    """What is known of orders before they are judged: their context, and the ways in which they may be sent again."""

    context: Context
    again: set[Again]


def only_context(records: Iterator[Record], contexts: Contexts) -> Seen:
    """Return the context that all these orders have.

    Raises:
        UsageError: they have several.
    """
    found, again = set(), set()
    with suppress(BadInputError):  # the run tells of it
        for record in records:
            standing = contexts.of(record)
            found.add(standing.context)
            again.add(standing.again)
            if len(found) > 1:
                raise UsageError(
                    "--idempotency-key goes with lines of one context, and the input has lines of several",
                    hint="send the lines of each source, profile and mode as a file of their own",
                )
    return Seen(found.pop() if found else contexts.plain.context, again)


def must_be_the_same(batch: BatchView, key: str | None, digest: str, context: Context) -> None:
    """Raise IdempotencyConflictError (ORD420) unless the run is the one that the key was first used for."""
    if (batch.input_sha256, batch.mode, batch.source) != (digest, context.mode, context.source):
        raise IdempotencyConflictError(
            f"The idempotency key {key!r} was used for another input, mode or source (batch {batch.id})",
            hint="choose another key for another run",
        )
