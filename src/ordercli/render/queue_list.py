"""A page of inbound queue entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.paging import print_page

if TYPE_CHECKING:
    from ordercli.render.output import Output
    from ordercli.reports.page import Page

COLUMNS = ("orderId", "externalId", "state", "errorCode", "updatedAt")


def print_entries(page: Page, output: Output) -> None:
    """Print entries."""
    print_page(page, COLUMNS, output, id_member="orderId")
