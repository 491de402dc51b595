"""Keep the answers to requests that had an Idempotency-Key, so that a repeated request gets the same answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from ordercli.database.statements import Row, insert_rows, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.database.store import Store

KEPT_DAYS = 7


class KeptAnswerRow(Row, frozen=True, gc=False):
    """The answer to a request of a client; `sha256` is the digest of the request, `location` that of its order."""

    TABLE: ClassVar = "kept_answer"

    client: str
    idempotency_key: str
    sha256: bytes
    status: int
    location: str | None
    body: bytes
    created_at: str


def find(store: Store, client: str, keys: Iterable[str]) -> dict[str, KeptAnswerRow]:
    """Return the answers of a client by their keys, and keep others from adding any until the transaction ends."""
    store.lock(f"answers {client}")
    rows = store.execute(
        select(
            KeptAnswerRow,
            f"WHERE client = ? AND idempotency_key IN (SELECT wanted.value FROM {store.WANTED})",
        ),
        (client, json.dumps(list(keys))),
    )
    return {row.idempotency_key: row for row in (KeptAnswerRow(*row) for row in rows)}


def keep(store: Store, answers: Sequence[KeptAnswerRow]) -> None:
    """Keep answers; the caller commits."""
    insert_rows(store, answers)


def forget(store: Store, before: str) -> None:
    """Delete the answers that were given before a time."""
    store.execute("DELETE FROM kept_answer WHERE created_at < ?", (before,))
