"""The filters of an operator become the queue entries that are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.clock import later, now
from ordercli.database.session import reading
from ordercli.errors import UsageError
from ordercli.inbound.listing import EntryFilter, keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.inbound.states import EntryState


def entry_filter(
    allowed: Sequence[EntryState],
    default: Sequence[EntryState],
    *,
    states: Sequence[str],
    code: str | None,
    batch: str | None,
    older_than: float | None,
) -> EntryFilter:
    """The filter that the words of the command line stand for; `older_than` is in seconds, since the last change.

    Raises:
        UsageError: a state in which entries are not touched.
    """
    for state in states:
        if state not in allowed:
            raise UsageError(f"entries in state {state!r} are not touched", hint=f"states: {', '.join(allowed)}")
    return EntryFilter(
        states=tuple(states or default),
        batch_id=batch,
        error_code=code,
        updated_before=None if older_than is None else later(now(), -older_than),
    )


def choose(database: str, wanted: EntryFilter) -> list[int]:
    """The keys of the entries that pass the filter, the newest first."""
    with reading(database) as session:
        return keys_of(session, wanted)
