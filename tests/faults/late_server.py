"""Run the command with a fault: a server acknowledges orders before they are committed, as a program that is too quick.

It commits every few groups. The campaign that kills servers must find lost orders here.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from ordercli.__main__ import main
from ordercli.database.store import transaction
from ordercli.http import accepting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store

GROUPS_IN_A_COMMIT = 5
_groups = count(1)


@contextmanager
def late(store: Store, name: str) -> Iterator[Store]:
    """Do as `transaction`, but leave the transactions of orders open for a while."""
    if name != "serve":
        if store.in_transaction:
            store.execute("COMMIT")
        with transaction(store, name):
            yield store
        return
    if not store.in_transaction:
        store.begin_write()
    yield store
    if next(_groups) % GROUPS_IN_A_COMMIT == 0:
        store.execute("COMMIT")


if __name__ == "__main__":
    vars(accepting)["transaction"] = late
    main()
