"""Other processes prepare what is claimed next, while this one writes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import cycle
from typing import TYPE_CHECKING

import msgspec

from ordercli.bulk.worker_pool import close, started
from ordercli.database.opening import open_database
from ordercli.database.store import snapshot
from ordercli.errors import OrdercliError
from ordercli.operations.create import Creation, Prepared
from ordercli.queue import claims
from ordercli.reference.store import reference_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.worker_pool import Member
    from ordercli.database.store import Store
    from ordercli.settings import Settings

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Prepared]).decode
_NOTHING = b""
TURN_SECONDS = 1.0


class Preparing:
    """The processes that prepare, in turn: each claim is asked for at once, the answers come in the same order."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.size = len(members)
        self._members = members
        self._asked = cycle(members)
        self._answering = cycle(members)

    def ask(self, token: str) -> None:
        """Begin with a claim; a process that has ended is met at the answer to the claim that it ended with."""
        with suppress(OrdercliError):
            next(self._asked).ask(token.encode())

    def answer(self, meanwhile: Callable[[], None]) -> list[Prepared] | None:
        """The next claim's entries without their bytes; None where something went wrong that has to be met here.

        `meanwhile` is called once a second as long as it takes.

        Raises:
            MemberError, TryAgainError: the process has ended.
        """
        member = next(self._answering)
        while not member.has_answered(TURN_SECONDS):
            meanwhile()
        answer = member.answer()
        return None if answer == _NOTHING else _decode(answer)

    def close(self) -> None:
        """Let the processes end, and wait for that."""
        close(self._members)


@contextmanager
def preparing(size: int, database: str, settings: Settings) -> Iterator[Preparing]:
    """Start so many processes. To be called before a database is opened: SQLite's locks do not survive a fork."""
    with started(size, lambda: _Preparer(database, settings).answer) as members:
        yield Preparing(members)


class _Preparer:
    """What the process does; it opens a connection of its own when it is first asked."""

    def __init__(self, database: str, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @cached_property
    def _connection(self) -> Store:
        return open_database(self._database)

    @cached_property
    def _creation(self) -> Creation:
        return Creation(self._settings, reference_data(self._connection, self._settings))

    def answer(self, token: bytes) -> bytes:
        """The entries of a claim, prepared; nothing where one met an exception, whose trace could not be handed on."""
        try:
            with snapshot(self._connection):
                entries = claims.claimed(self._connection, token.decode())
                self._creation.look_ahead(entries)
                prepared = [self._creation.prepare(entry) for entry in entries]
        except Exception:  # noqa: BLE001 - whoever writes meets it too, and knows what follows
            return _NOTHING
        if any(each.fault for each in prepared):
            return _NOTHING
        return _encode([each._replace(entry=each.entry._replace(sha256=b"", body=b"")) for each in prepared])
