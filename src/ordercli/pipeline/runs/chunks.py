"""Records become batches, each of which is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.errors import BadInputError
from ordercli.pipeline.runs.stopping import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.record import Record
    from ordercli.pipeline.runs.stopping import Stop

BATCH = 500
BATCH_BYTES = 16 * 1024 * 1024


def chunks(records: Iterator[Record], stop: Stop) -> Iterator[list[Record]]:
    """Batches of records; what was read before the input broke off, or before a signal, is handed over first."""
    while not stop.requested:
        chunk: list[Record] = []
        try:
            with stop.waiting():
                _fill(chunk, records)
        except Interrupted:
            pass
        except BadInputError:
            if chunk:
                yield chunk
            raise
        if not chunk:
            return
        yield chunk


def _fill(chunk: list[Record], records: Iterator[Record]) -> None:
    """Take records until the batch has 500 of them or 16 MiB, so that large orders do not pile up in memory."""
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record.data)
        if len(chunk) == BATCH or size >= BATCH_BYTES:
            return
