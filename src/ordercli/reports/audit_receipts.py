"""Receipts that were printed are held against the orders and entries that are there."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ordercli.errors import BadInputError
from ordercli.inbound import accounts
from ordercli.reports.audit_orders import Discrepancy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection

CHUNK = 500


class _Receipt(msgspec.Struct, rename="camel"):
    """What `submit -o ndjson` and `submit --accepted` write, as far as it is needed here."""

    order_id: str | None = None


class Promised(NamedTuple):
    """An order id that was given out, and the line of the file that says so."""

    line: int
    order_id: str


def receipts(path: str) -> Iterator[Promised]:
    """The order ids of a file of receipts; one that was cut off in its last line is taken up to there.

    Raises:
        BadInputError: the file cannot be read, or a line of it is no receipt.
    """
    decode = msgspec.json.Decoder(_Receipt).decode
    try:
        with Path(path).open("rb") as file:
            for n, line in enumerate(file, 1):
                if line.endswith(b"\n") and (order_id := decode(line).order_id):
                    yield Promised(n, order_id)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadInputError(f"{path}:{n}: this is no receipt: {error}") from error


def receipt_faults(connection: Connection, promised: Iterator[Promised]) -> Iterator[Discrepancy]:
    """The orders that were promised and are not known.

    Where entries that had failed were purged, those may be the ones: then as many as these are passed over.
    """
    forgiven = accounts.purged_without_order(connection)
    while chunk := list(islice(promised, CHUNK)):
        unknown = accounts.unknown_among(connection, json.dumps([each.order_id for each in chunk]))
        for each in chunk:
            if each.order_id in unknown and forgiven:
                forgiven -= 1
            elif each.order_id in unknown:
                yield Discrepancy(
                    "receipt", each.order_id, f"line {each.line} of the receipts promises it; it is not there"
                )
