"""Send the changes of many orders on to their targets, one by one; each is applied here once its target took it."""

from __future__ import annotations

from collections import Counter
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ordercli.errors import OrdercliError
from ordercli.forwarding import following
from ordercli.operations.change_at_target import (
    ChangeNotSentError,
    Changes,
    ChangeUnknownError,
    CredentialsRefusedByTargetError,
    after_sending,
    is_undecided,
    order_there,
    sent_members,
    undecided,
)
from ordercli.operations.change_requests import OrderReference, RequestOutcome, RevisionResult
from ordercli.operations.patch_document import read_patch_line
from ordercli.resources.all_rules import rule_of
from ordercli.resources.common.rules.creation import AT_TARGET
from ordercli.targets import target as target_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.cancel import CancelHandler
    from ordercli.operations.change_at_target import Caller, Json, There
    from ordercli.operations.patch import PatchHandler

    # Finishes a request within the caller's transaction: applies it here, or says why not.
    Finish = Callable[[Record], RevisionResult]

# So many requests in a row without a clear answer, and nothing more is sent to that target.
_MOST_UNCLEAR = 3


class ManyAtTargets:
    """Sends changes on, outside of transactions, and returns how each is finished in one.

    Nothing more is sent to a target that is paused, cannot be reached, refuses our credentials or has too much to do,
    nor to one of which it is unclear several times in a row whether it took a change: the rest would wait as long.
    """

    def __init__(self, store: Store, caller: Caller) -> None:
        self._store = store
        self._settings = caller.settings
        self._changes = Changes(store, caller)
        self._unclear: Counter[str] = Counter()
        self._given_up: dict[str, str] = {}
        self._next: dict[str, float] = {}

    def patch(self, handler: PatchHandler, record: Record, source: str | None, resource: str | None) -> Finish:
        """Send the patch of a record on, unless it is refused here or changes nothing; `handler` applies it here."""

        def apply(record: Record) -> RevisionResult:
            return handler(record, source)

        line = read_patch_line(record)
        if isinstance(line, list):
            return apply
        reference = OrderReference(line.identifier, source, line.id_at, resource, line.patch.resource)
        there = order_there(self._store, reference)
        if there is None or not handler.would_change(record, source):
            return apply

        def send() -> None:
            self._changes.patch(there, sent_members(line.patch))

        return self._sent(there, send, apply)

    def cancel(
        self, handler: CancelHandler, reference: OrderReference, reasons: dict[str, str], apply: Finish
    ) -> Finish:
        """Send a cancellation on, unless it is refused here; `apply` applies it here, as `handler` would."""
        there = order_there(self._store, reference)
        proposal = handler.sent_on(there.order.seq, reasons) if there else None
        if there is None or proposal is None:
            return apply
        answers: list[Json] = []

        def finish(record: Record) -> RevisionResult:
            if not is_undecided(answers[0]):
                return apply(record)
            following.ask_now(self._store, [there.forward.order_id])
            return undecided(proposal, record, answers[0])

        return self._sent(there, lambda: answers.append(self._changes.cancel(there, reasons)), finish)

    def _sent(self, there: There, send: Callable[[], None], finish: Finish) -> Finish:
        """Send a request, and return how it is finished: as is given, or by a refusal if its target did not take it."""
        target = there.forward.target
        try:
            if target in self._given_up:
                raise ChangeNotSentError(f"Nothing more is sent to the target {target}: {self._given_up[target]}")
            self._keep_rate(target)
            send()
        except OrdercliError as error:
            self._note(target, error)
            return self._refusal(there, error)
        self._unclear[target] = 0
        return lambda record: after_sending(finish(record), there)

    def _keep_rate(self, name: str) -> None:
        """Wait until the limit of the target per second allows a request."""
        most = target_of(self._settings, name).max_per_second
        if most:
            sleep(max(self._next.get(name, 0.0) - monotonic(), 0.0))
            self._next[name] = monotonic() + 1 / most

    def _note(self, target: str, error: OrdercliError) -> None:
        """Give a target up where further requests would end in the same way."""
        is_unclear = isinstance(error, ChangeUnknownError)
        self._unclear[target] = self._unclear[target] + 1 if is_unclear else 0
        ends = isinstance(error, ChangeNotSentError | CredentialsRefusedByTargetError)
        if ends or self._unclear[target] >= _MOST_UNCLEAR:
            self._given_up.setdefault(target, error.message)

    @staticmethod
    def _refusal(there: There, error: OrdercliError) -> Finish:
        """Return how a request ends that the target did not take; without a rule of its own it cannot be sent on."""
        rule = rule_of(error.rule) if error.rule else AT_TARGET
        finding = rule.finding(target=there.forward.target, reason="", remote_id="")._replace(message=error.message)

        def refuse(record: Record) -> RevisionResult:
            order = there.order
            return RevisionResult(
                *(record, order.source, order.order_id, RequestOutcome.CONFLICT, order.version, [finding]),
                hint=error.hint,
            )

        return refuse
