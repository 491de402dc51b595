"""Claims in hand are held for as long as the work on them takes, and given back where it ends early."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from ordercli.clock import later, timestamp
from ordercli.database import faults
from ordercli.database.clock import now
from ordercli.database.transaction import transaction
from ordercli.inbound import claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection
    from ordercli.database.faults import Fault
    from ordercli.pipeline.draining.drained import Drained

RENEW_SECONDS = claims.CLAIM_SECONDS / 3


class Lease:
    """Every claim of a run, by its token; what is given back is counted in `result`."""

    def __init__(self, connection: Connection, result: Drained) -> None:
        self._connection = connection
        self._result = result
        self._tokens: set[str] = set()
        self._renew_at = 0.0

    def hold(self, token: str) -> None:
        """Look after a claim that was just taken."""
        if not self._tokens:
            self._renew_at = monotonic() + RENEW_SECONDS
        self._tokens.add(token)

    def renew(self) -> None:
        """Hold all claims for longer, once a third of their time has gone; to be called often.

        Where that fails the next statement fails too, and its caller knows what follows.
        """
        if monotonic() < self._renew_at:
            return
        with suppress(*faults.driver_errors()):
            for token in sorted(self._tokens):
                claims.renew(self._connection, token, later(now(self._connection), claims.CLAIM_SECONDS))
            self._renew_at = monotonic() + RENEW_SECONDS

    def end(self, token: str) -> None:
        """Look no longer after a claim that was worked off."""
        self._tokens.discard(token)

    def give_back(self, token: str) -> None:
        """Leave a claim to others."""
        self.end(token)
        # What cannot be given back is rescued by the next run, for this process is about to end.
        with suppress(*faults.driver_errors()), transaction(self._connection, "release"):
            self._result.released += claims.release(self._connection, token, timestamp(now(self._connection)))

    @contextmanager
    def given_back(self, token: str, *, unless: Fault | None = None) -> Iterator[None]:
        """What fails gives the claim back. A commit can fail and yet have taken effect: claiming is no exception.

        `unless`: the class of faults after which there is nothing to give back, such as a lock that was not had.
        """
        try:
            yield
        except Exception as error:
            if faults.classify(error) is not unless:
                self.give_back(token)
            raise
