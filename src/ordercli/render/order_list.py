"""A page of customer orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.render.paging import print_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.render.output import Output
    from ordercli.reports.page import Page

COLUMNS = ("id", "externalId", "state", "orderDate")
ALWAYS = ("id", "href")


def print_orders(page: Page, fields: str | None, output: Output) -> None:
    """Print orders; with `fields` (a comma-separated list) their documents keep these members, id and href."""
    if fields is None:
        print_page(page, COLUMNS, output)
        return
    wanted = [*ALWAYS, *(name.strip() for name in fields.split(",") if name.strip() not in ALWAYS)]
    print_page(page._replace(rows=_narrowed(page.rows, wanted)), wanted, output)


def _narrowed(rows: Iterator[dict[str, Any]], wanted: list[str]) -> Iterator[dict[str, Any]]:
    return ({name: row[name] for name in wanted if name in row} for row in rows)
