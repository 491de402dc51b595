"""A page of reference data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.paging import print_page

if TYPE_CHECKING:
    from ordercli.render.output import Output
    from ordercli.reports.page import Page

COLUMNS = ("id", "externalId", "name", "version", "status")


def print_records(page: Page, output: Output) -> None:
    """Print records."""
    print_page(page, COLUMNS, output)
