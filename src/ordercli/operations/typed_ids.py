"""Find the order that people mean by the end of its id, or by `@last`; for commands that change nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.errors import AmbiguousIdError, OrderNotFoundError
from ordercli.operations.find import find_by_any_id

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.settings import Settings

LAST = "@last"
# An order id has 32 digits and begins with its time, so that only its end tells orders apart.
_ENDING = re.compile(r"[0-9a-f]{8,31}")
_MOST_NAMED = 5
# Runs of others that may be newer than the last one of this user.
_RUNS = 100


def resolved(store: Store, typed: str, source: str | None, resource: str | None, settings: Settings) -> str:
    """Return the order id that is meant, or what was typed if it is an id of its own or nothing is known by it.

    An id that is typed in full, of an order or of its caller, goes before the end of another.

    Raises:
        AmbiguousIdError: several orders are meant.
        OrderNotFoundError: `@last`, and the user of the settings has submitted nothing.
    """
    if typed == LAST:
        return _last(store, settings.acting)
    if not _ENDING.fullmatch(typed):
        return typed
    try:
        find_by_any_id(store, typed, source, resource)
    except OrderNotFoundError:
        found = _ending(store, typed)
    else:
        return typed
    if len(found) > 1:
        more = ", …" if len(found) > _MOST_NAMED else ""
        known = ", ".join(found[:_MOST_NAMED]) + more
        raise AmbiguousIdError(f"The ids of several orders end with {typed!r}", hint=f"give more of it: {known}")
    return found[0] if found else typed


def _ending(store: Store, ending: str) -> list[str]:
    """Return the ids of orders and entries with this end, a few at most."""
    from ordercli.orders import order_store
    from ordercli.queue import entries

    most = _MOST_NAMED + 1
    found = [*order_store.ids_ending(store, ending, most), *entries.ids_ending(store, ending, most)]
    return sorted(set(found))[:most]


def _last(store: Store, actor: str) -> str:
    from ordercli.orders import order_store
    from ordercli.queue import batch_entries, batches

    for batch in batches.newest(store, _RUNS, 0):
        first = batch.part_of or batch.id
        by = order_store.submitter(store, batch.id) or batch_entries.submitter(store, batch.id)
        if by != actor:
            continue
        run = [each.id for each in batches.of_run(store, first)]
        found = {each for part in run for each in order_store.ids_of_batch(store, part, 2)}
        found |= {each for part in run for each in batch_entries.order_ids(store, part, 2)}
        if len(found) > 1:
            raise AmbiguousIdError(
                f"The last submission of {actor} accepted several orders",
                hint=f"see `ordercli batch show {first} --orders`",
            )
        return found.pop()
    raise OrderNotFoundError(hint=f"{actor} has submitted no order; see `ordercli batch list`")
