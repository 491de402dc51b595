"""A page of batches, or of the orders of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.paging import print_page

if TYPE_CHECKING:
    from ordercli.render.output import Output
    from ordercli.reports.page import Page

COLUMNS = ("batchId", "status", "accepted", "rejected", "startedAt")
ORDER_COLUMNS = ("line", "externalId", "orderId", "result", "state", "errorCode")


def print_batches(page: Page, output: Output) -> None:
    """Print batches."""
    print_page(page, COLUMNS, output, id_member="batchId")


def print_batch_orders(page: Page, output: Output) -> None:
    """Print what became of the orders of a batch."""
    print_page(page, ORDER_COLUMNS, output, id_member="orderId")
