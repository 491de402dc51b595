"""What a process that judges is given, and what it gives back, as bytes."""

from typing import NamedTuple

import msgspec

from ordercli.intake.record import Record
from ordercli.pipeline.judgement.standard import Standard
from ordercli.pipeline.judgement.work_notes import WorkNotes
from ordercli.validation.finding import Finding


class Errand(NamedTuple):
    """A batch to be judged, and what it is judged by."""

    standard: Standard
    records: list[Record]


class Opinion(NamedTuple):
    """A judged order less its record, which the other side has; the members stand as in `Judged`."""

    findings: list[Finding]
    external_id: str | None
    filled_currency: str | None
    work_notes: WorkNotes


encode = msgspec.msgpack.Encoder().encode
errand_of = msgspec.msgpack.Decoder(Errand).decode
opinions_of = msgspec.msgpack.Decoder(list[Opinion]).decode
