"""Store payloads: the unchanged bytes of accepted orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ordercli.database.faults import RESTORE
from ordercli.database.statements import BigInt, Row, insert_rows, select
from ordercli.database.store import Store
from ordercli.errors import BadDatabaseError


class PayloadRow(Row, frozen=True, gc=False):
    """The bytes of an accepted order, never changed; `seq` is also the key of its queue entry and customer order."""

    TABLE: ClassVar = "payload"

    seq: BigInt
    sha256: bytes
    body: bytes


def digest(body: bytes) -> bytes:
    """Return the SHA-256 of a payload, 32 bytes."""
    from hashlib import sha256  # OpenSSL is slow to load, and not every command needs a hash

    return sha256(body).digest()


def next_seqs(store: Store, count: int) -> Sequence[int]:
    """Return `count` free keys of payloads; see `Store.next_keys`."""
    return store.next_keys(PayloadRow.TABLE, count)


def keep(store: Store, payloads: list[PayloadRow]) -> None:
    """Write payloads."""
    insert_rows(store, payloads)


def is_undamaged(sha256: bytes, body: bytes) -> bool:
    """Return whether the body is what was written; somebody may have made a text of it."""
    return isinstance(body, bytes) and digest(body) == sha256


def undamaged(sha256: bytes, body: bytes) -> bytes:
    """Return the body if it matches its SHA-256.

    Raises:
        BadDatabaseError: it does not match.
    """
    if digest(body) != sha256:
        raise BadDatabaseError("A stored payload is damaged", hint=RESTORE)
    return body


def bodies(store: Store, seqs: str) -> dict[int, bytes]:
    """Return the bytes of the payloads with these keys (a JSON list).

    Raises:
        BadDatabaseError: one is damaged.
    """
    rows = store.execute(select(PayloadRow, f"WHERE seq {store.IN_LIST}"), (seqs,))
    return {seq: undamaged(sha256, body) for seq, sha256, body in rows}


def read(store: Store, seq: int) -> tuple[bytes, bytes] | None:
    """Return the SHA-256 and the bytes of one payload."""
    found: tuple[bytes, bytes] | None = store.execute(
        "SELECT sha256, body FROM payload WHERE seq = ?", (seq,)
    ).fetchone()
    return found


def delete(store: Store, seqs: str) -> None:
    """Delete payloads (a JSON list of keys) that neither an entry nor an order needs any more."""
    store.execute(f"DELETE FROM payload WHERE seq {store.IN_LIST}", (seqs,))
