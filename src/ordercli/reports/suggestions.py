"""Ids that complete what is being typed: a look into the database that changes nothing and never fails."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.database.driver import sqlite
from ordercli.database.faults import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.driver import Connection

MOST = 30
PATIENCE_SECONDS = 0.2
# Shells evaluate what they are offered: an id with anything else in it is left to be typed.
_HARMLESS = re.compile(r"[A-Za-z0-9_.@+=/-]+")


def suggested(database: str, begun: str, *look: Callable[[Connection, str, int], list[str]]) -> list[str]:
    """At most 30 ids that begin so, from each place to look; none where the database cannot be read at once."""
    try:
        uri = f"{Path(database).absolute().as_uri()}?mode=ro"
        with closing(sqlite.connect(uri, uri=True, timeout=PATIENCE_SECONDS)) as connection:
            found = [each for place in look for each in place(connection, begun, MOST)]
    except (DriverError, OSError, ValueError):
        return []
    return list(dict.fromkeys(each for each in found if each.startswith(begun) and _HARMLESS.fullmatch(each)))[:MOST]
