"""The faults of a database, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.rows import print_rows
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.render.output import Output
    from ordercli.reports.audit_orders import Fault

COLUMNS = ("check", "orderId", "message")


def print_faults(faults: Iterable[Fault], output: Output) -> int:
    """Print them as they are found, in words unless another format is wanted; gives their number."""
    found = 0

    def counted() -> Iterator[Fault]:
        nonlocal found
        for fault in faults:
            found += 1
            yield fault

    if output.wanted is Format.AUTO:
        output.stdout.writelines(f"{_in_words(fault)}\n".encode() for fault in counted())
    else:
        rows = ({"check": each.check, "orderId": each.order_id, "message": each.message} for each in counted())
        print_rows(rows, COLUMNS, output, id_member="orderId")
    if output.stderr_on_terminal:
        output.note(f"{found} faults found" if found else "no fault found")
    return found


def _in_words(fault: Fault) -> str:
    about = f" {fault.order_id}" if fault.order_id else ""
    return f"{fault.check}{about}: {visible(fault.message)}"
