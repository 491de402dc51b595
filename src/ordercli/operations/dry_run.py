"""Remember what a dry run would have accepted, since it finds nothing of that in the database."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ordercli.resources.document import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.intake.record import Line, Origin
    from ordercli.operations.validate import ValidatedOrder


class DryRun:
    """The orders that a dry run would have accepted so far, by kind, source and external id."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str], dict[str, bytes]] = defaultdict(dict)
        self._keys: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._lines: dict[Line, bytes] = {}

    def remember(self, order: ValidatedOrder, source: str, origin: Origin | None) -> None:
        """Remember an order; `origin` is the line of a rejects file that it came in."""
        if origin:
            self._lines[origin.line] = _content(order)
        if order.external_id:
            self._contents[order.resource, source][order.external_id] = _content(order)
            for each in order.other_ids:
                self._keys[order.resource, source].setdefault(each.id, order.external_id)

    def has(self, resource: str, source: str, external_id: str) -> bool:
        """Return whether an order with this key would have been accepted."""
        return external_id in self._contents[resource, source]

    def has_equal(self, order: ValidatedOrder, source: str, external_id: str) -> bool:
        """Return whether the order with this key is equal."""
        return self._contents[order.resource, source][external_id] == _content(order)

    def key_of(self, resource: str, source: str, external_id: str) -> str | None:
        """Return the key of the order that has this further external id; None if there is none."""
        return self._keys[resource, source].get(external_id)

    def equals_line(self, order: ValidatedOrder, origin: Origin) -> bool:
        """Return whether the line of a rejects file would have been accepted with the content of this order."""
        return self._lines[origin.line] == _content(order)

    def in_other_sources(self, resource: str, source: str, external_ids: Iterable[str]) -> dict[str, str]:
        """Return those of these external ids that orders of other sources have, each with its source."""
        wanted = list(external_ids)
        others = [
            (other, contents)
            for (kind, other), contents in self._contents.items()
            if kind == resource and other != source
        ]
        return {each: other for other, contents in others for each in wanted if each in contents}


def _content(order: ValidatedOrder) -> bytes:
    return fingerprint(order.record.data, order.filled_currency)
