"""What became of the queue entries that an operator named or chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.errors import ExitCode
from ordercli.render.output import Format
from ordercli.render.rows import print_object, print_rows
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.pipeline.lookup.entry_receipt import EntryReceipt
    from ordercli.pipeline.operating.queue_operations import Changed
    from ordercli.render.output import Output

COLUMNS = ("id", "orderId", "outcome")


def print_receipts(receipts: Sequence[EntryReceipt], output: Output) -> None:
    """A receipt an id on stdout; what went wrong in words on stderr."""
    shown = [each for each in receipts if each.order_id or output.format_of_many() is not Format.ID]
    print_rows((each.as_json() for each in shown), COLUMNS, output, id_member="orderId")
    for each in receipts:
        for error in each.errors[:1]:
            output.note(visible(f"  {each.id}: {error['code'] or ''} {error['message']}"))


def end_of(receipts: Sequence[EntryReceipt]) -> ExitCode:
    """The exit code of the command: the worst of its receipts."""
    return max((each.exit_code for each in receipts), default=ExitCode.OK)


def print_changed(changed: Changed, output: Output) -> None:
    """Print how many entries were changed."""
    print_object(changed.as_json(), output)
    if not changed.matched and output.stderr_on_terminal:
        output.note("no entry matches the filters; nothing was done")
    if changed.changed < changed.matched:
        left = changed.matched - changed.changed
        output.note(f"{left} were left as they are: changed meanwhile, or their externalId is held by another order")
