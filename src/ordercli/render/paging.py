"""A part of a list, with a word about the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.render.rows import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.render.output import Output
    from ordercli.reports.page import Page


def print_page(page: Page, columns: Sequence[str], output: Output, *, id_member: str = "id") -> None:
    """Print the rows of a page; on stderr, how many there are in all when the page is full."""
    counting = _Counting(page.rows)
    print_rows(counting, columns, output, id_member=id_member)
    if page.limit and counting.seen == page.limit:
        total = page.total()
        if total > counting.seen:
            output.note(f"showing {counting.seen} of {total}; --limit 0 shows all")


class _Counting:
    """Rows that are counted while they pass."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self.seen = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.seen += 1
            yield row
