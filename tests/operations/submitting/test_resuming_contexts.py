"""A run whose orders have several contexts breaks off and is taken up again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.batches import Followers, RunBatches
from ordercli.bulk.rejects_file import RejectsFile
from ordercli.bulk.resume import resume_batch
from ordercli.bulk.submission import BatchOrigin, Run
from ordercli.bulk.submit import submit_context, submit_files
from ordercli.errors import ConflictError, TryAgainError
from ordercli.intake import reader
from ordercli.operations.contexts import Context, Contexts, RunOptions
from ordercli.queue import batches
from ordercli.settings import Settings
from support.builders import encoded, product_order, write_orders
from support.following import KilledAfter, KilledError
from support.stored import audit, column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]
SETTINGS = Settings()
BAD = product_order(None, orderCurrency=...)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "BATCH", 3)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mixed(database: str) -> str:
    """A file with lines of crm, lines that are queued, and orders without a context; the last of each is bad."""
    for name, run in (("crm", Run("sync", "crm", ["crm"])), ("async", Run("async", "cli", ["async"]))):
        write_orders(Path(name), *[BAD] * 5)
        submit_files(database, run, SETTINGS)
    good = [json.dumps({**BAD, "orderCurrency": "EUR"}) for _ in range(4)]
    bodies = [*good, encoded(BAD).decode()]
    lines = {
        name: [
            json.dumps({**json.loads(line), "order": json.loads(body)})
            for line, body in zip(Path(f"{name}.rejects.ndjson").read_text().splitlines(), bodies, strict=True)
        ]
        for name in ("crm", "async")
    }
    plain, crm, queued = bodies, lines["crm"], lines["async"]
    text = [*crm[:3], plain[0], crm[3], *plain[1:3], crm[4], *plain[3:], *queued]
    Path("mixed.ndjson").write_text("\n".join(text) + "\n")
    return "mixed.ndjson"


RUN = Run("sync", "shop", ["mixed.ndjson"], stated=())
COMMITS = 7


def parts_of(connection: Store) -> list[tuple[str, str, str, int, int, int]]:
    return [
        (row["source"], row["mode"], row["status"], row["read"], row["accepted"], row["rejected"])
        for row in rows(connection, "batch", "started_at, id")[2:]
    ]


@pytest.mark.parametrize("commits", range(1, COMMITS + 1))
@pytest.mark.parametrize("which", [0, -1], ids=["by its first batch", "by its last batch"])
def test_a_run_of_several_contexts_goes_on_after_every_commit(
    connection: Store, database: str, mixed: str, commits: int, which: int
) -> None:
    with pytest.raises(KilledError):
        submit_files(database, RUN, SETTINGS, followers=Followers([KilledAfter(commits)]))
    opened = [row["id"] for row in rows(connection, "batch", "started_at, id")[2:]]

    result = resume_batch(database, opened[which], SETTINGS)

    assert parts_of(connection) == [
        ("crm", "sync", "completed", 5, 4, 1),
        ("shop", "sync", "completed", 5, 4, 1),
        ("cli", "async", "completed", 5, 4, 1),
    ]
    assert [each.counts.read for each in result.batches] == [5, 5, 5]
    assert sorted(column(connection, "customer_order", "source")) == ["crm"] * 4 + ["shop"] * 4
    assert column(connection, "inbound_entry", "source") == ["cli"] * 4
    rejected = [json.loads(line)["$reject"] for line in Path(f"{mixed}.rejects.ndjson").read_text().splitlines()]
    assert [(each["line"], each["source"], each["mode"]) for each in rejected] == [
        (8, "crm", "sync"),
        (10, "shop", "sync"),
        (15, "cli", "async"),
    ]
    assert audit(connection) == {}
    for batch in opened:
        with pytest.raises(ConflictError):
            resume_batch(database, batch, SETTINGS)


@pytest.mark.usefixtures("mixed")
def test_a_run_that_was_taken_over_opens_no_other_batch(connection: Store, database: str) -> None:
    with submit_context(database, SETTINGS, Followers()) as place:
        contexts = Contexts(place.connection, RunOptions(Context("submit", "shop", "servicenow", "sync")))
        parts = RunBatches(place, RUN, contexts, BatchOrigin(place.worker.name), RejectsFile((), "none"))
        first = parts.of(contexts.plain.context).batch_id
        (batch,) = batches.of_run(place.connection, first)
        batches.take_over(place.connection, batch, "another")
        before = rows(connection, "batch")

        with pytest.raises(TryAgainError) as caught:
            parts.of(Context("submit", "crm", "servicenow", "sync"))

    assert caught.value.message == f"Batch {first} was taken over by another run"
    assert rows(connection, "batch") == before
