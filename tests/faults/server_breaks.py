"""On a PostgreSQL server: kill commands, or let them fail, at every failpoint, and kill a migration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.failpoint_breaks import break_at
from faults.killed_upgrades import die_at_a_statement
from faults.scenarios import scenarios
from faults.trial_server import trial_server
from support.schemas import DUMPS, content, upgrade_server_to

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random


def _anywhere(action: str, folder: Path, rng: Random) -> Trial:
    place, scenario = rng.choice(scenarios())
    with scenario.provided(trial_server()) as address:
        return break_at(folder, place, scenario, action, address)


def _upgrade(_folder: Path, rng: Random) -> Trial:
    server = trial_server()
    fresh, address = server.database(), server.empty_database()
    if version := rng.choice([0, *sorted(DUMPS)[:-1]]):
        upgrade_server_to(version, address)
    trial = die_at_a_statement(address, content(fresh), rng)
    server.give_back(fresh)
    server.drop(address)
    return trial


CAMPAIGNS = (
    Campaign("kill -9 at a failpoint, PostgreSQL", partial(_anywhere, "kill"), 500),
    Campaign("an unexpected error at a failpoint, PostgreSQL", partial(_anywhere, "raise"), 250),
    Campaign("kill -9 at any statement of a migration, PostgreSQL", _upgrade, 150),
)
