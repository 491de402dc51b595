"""Diagnostics get fingerprints, by which a forge knows them again after the lines have moved."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from ordercli.render.diagnostics.repository_path import repository_path

if TYPE_CHECKING:
    from ordercli.errors import BadInputError
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic


class Fingerprints:
    """Unique fingerprints of 32 hexadecimal digits.

    They are made of the file, the order's external id (or its record number), the code, the pointer and the
    message, and number repetitions; line and column do not count. Only the last `MOST` are held against each
    other, so that a report of any length needs little memory: later ones depend on how many came before.
    """

    MOST: Final = 100_000

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._round = 0

    def of(self, diagnostic: Diagnostic) -> str:
        """Return the fingerprint of the next diagnostic; the same diagnostic again gets another one."""
        order = diagnostic.record if diagnostic.external_id is None else diagnostic.external_id
        file = repository_path(diagnostic.file)
        return self._next((file, order, diagnostic.code, diagnostic.pointer, diagnostic.message))

    def of_unreadable(self, error: BadInputError) -> str:
        """Return the fingerprint of an input that could not be read."""
        return self._next((repository_path(error.file or ""), error.message))

    def _next(self, identity: tuple[object, ...]) -> str:
        if len(self._seen) >= self.MOST:
            self._seen.clear()
            self._round += 1
        digest = _digest((*identity, self._round))
        repetition = self._seen[digest] = self._seen.get(digest, 0) + 1
        return (digest if repetition == 1 else _digest((digest, repetition))).hex()


def _digest(identity: object) -> bytes:
    return blake2b(repr(identity).encode("utf-8", "backslashreplace"), digest_size=16).digest()
