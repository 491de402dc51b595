"""One PostgreSQL server for all trials of a long run."""

from __future__ import annotations

import atexit
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from support.servers import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.servers import Server


@cache
def trial_server() -> Server:
    """Return the server, which runs until this process ends."""
    stack = ExitStack()
    started = stack.enter_context(running_server())
    atexit.register(stack.close)
    return started


@contextmanager
def lent_database() -> Iterator[str]:
    """Yield the address of an empty database for one trial."""
    address = trial_server().database()
    yield address
    trial_server().give_back(address)
