"""Anybody may ask whether a server is ready, as often as they like: the database is written once a second at most."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ordercli.http import threads
from ordercli.http.threads import Writer
from ordercli.settings import Settings

if TYPE_CHECKING:
    import pytest

    from ordercli.database.store import Store


def raise_bug(error: Exception) -> None:
    raise error


def test_the_database_is_written_once_a_second_at_most(
    connection: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(threads, "monotonic", lambda: now)

    def written() -> int:
        version: int = connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def ask(many: int) -> list[int]:
        return [each.status for each in await asyncio.gather(*(writer.ready() for _ in range(many)))]

    async def all_of_it() -> None:
        nonlocal now
        writer.start()
        assert await ask(1) == [200]
        before = written()
        assert await ask(50) == [200] * 50
        assert written() == before
        now += 1.5
        assert await ask(50) == [200] * 50
        assert written() == before + 1
        await writer.stop()

    writer = Writer(database, Settings(), raise_bug)
    asyncio.run(all_of_it())
