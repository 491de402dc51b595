"""Suggest ids for shell completion; this reads the database, changes nothing and never fails."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.database.faults import driver_errors
from ordercli.database.opening import look_into
from ordercli.errors import OrdercliError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store

MOST = 30
# Shells evaluate completions, so ids with any other character are not suggested.
_SAFE = re.compile(r"[A-Za-z0-9_.@+=/-]+")


def suggested(database: str, prefix: str, *look: Callable[[Store, str, int], list[str]]) -> list[str]:
    """Return at most 30 ids with this prefix; none if the database cannot be read at once."""
    try:
        with closing(look_into(database)) as store:
            found = [each for place in look for each in place(store, prefix, MOST)]
    except driver_errors():
        return []
    except (OrdercliError, OSError, ValueError):
        return []
    return list(dict.fromkeys(each for each in found if each.startswith(prefix) and _SAFE.fullmatch(each)))[:MOST]
