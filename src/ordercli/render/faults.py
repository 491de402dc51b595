"""The faults of a database, one a line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.rows import print_rows
from ordercli.render.visible import visible
from ordercli.reports.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.render.output import Output
    from ordercli.reports.audit_orders import Discrepancy

COLUMNS = ("check", "orderId", "message")


def print_faults(faults: Iterable[Discrepancy], output: Output) -> int:
    """Print them as they are found, in words unless another format is wanted; gives their number.

    In words, what to do follows on stderr, once for each check that found any, with the first order that it found.
    """
    found: Counter[str] = Counter()
    named: dict[str, str] = {}

    def counted() -> Iterator[Discrepancy]:
        for fault in faults:
            found[fault.check] += 1
            if fault.order_id:
                named.setdefault(fault.check, fault.order_id)
            yield fault

    if output.wanted is Format.AUTO:
        output.stdout.writelines(f"{_in_words(fault)}\n".encode() for fault in counted())
    else:
        print_rows((_row(fault, output) for fault in counted()), COLUMNS, output, id_member="orderId")
    if output.stderr_on_terminal:
        output.note(f"{found.total()} faults found" if found else "no fault found")
    if not output.wants_json:
        for check in found:
            output.note(f"  what to do ({check}): {output.advice.completed(remedy(check, named.get(check)))}")
    return found.total()


def _row(fault: Discrepancy, output: Output) -> dict[str, object]:
    return {
        "check": fault.check,
        "orderId": fault.order_id,
        "message": fault.message,
        "remedy": output.advice.completed(remedy(fault.check, fault.order_id)),
    }


def _in_words(fault: Discrepancy) -> str:
    about = f" {fault.order_id}" if fault.order_id else ""
    return f"{fault.check}{about}: {visible(fault.message)}"
