"""A run with an idempotency key: done once, however often it is asked for."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.errors import BadInputError, IdempotencyConflictError
from ordercli.intake.record import STDIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedRandom

    from ordercli.inbound.batches import BatchView
    from ordercli.pipeline.submitting.submission import Run


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


def must_be_the_same(batch: BatchView, run: Run, digest: str | None) -> None:
    """Raise IdempotencyConflictError (ORD420) unless the run is the one that the key was first used for."""
    if (batch.input_sha256, batch.mode, batch.source) != (digest, run.mode, run.source):
        raise IdempotencyConflictError(
            f"The idempotency key {run.idempotency_key!r} was used for another input, mode or source"
            f" (batch {batch.id})",
            hint="choose another key for another run",
        )
