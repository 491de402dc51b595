"""On a PostgreSQL server: a kill, or an error for no reason, at every named place; a kill in a migration."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.failpoint_breaks import break_at
from faults.killed_upgrades import die_at_a_statement
from faults.scenes import scenes
from schemas import DUMPS, content, upgrade_server_to
from servers import running_server

if TYPE_CHECKING:
    from servers import Server


@cache
def _server() -> Server:
    """One for all trials, until this process ends."""
    stack = ExitStack()
    started = stack.enter_context(running_server())
    atexit.register(stack.close)
    return started


def _anywhere(action: str, folder: Path, chance: Random) -> Trial:
    place, scene = chance.choice(scenes())
    with scene.lent(_server()) as address:
        return break_at(folder, place, scene, action, address)


def _upgrade(_folder: Path, chance: Random) -> Trial:
    server = _server()
    fresh, address = server.database(), server.empty_database()
    if version := chance.choice([0, *sorted(DUMPS)[:-1]]):
        upgrade_server_to(version, address)
    trial = die_at_a_statement(address, content(fresh), chance)
    server.give_back(fresh)
    server.drop(address)
    return trial


CAMPAIGNS = (
    Campaign("kill -9 at a failpoint, PostgreSQL", partial(_anywhere, "kill"), 500),
    Campaign("an unexpected error at a failpoint, PostgreSQL", partial(_anywhere, "raise"), 250),
    Campaign("kill -9 at any statement of a migration, PostgreSQL", _upgrade, 150),
)
