"""Follow orders at their targets: ask for the state of each, and let the order here take it.

What the target says is written whatever the order's own state is, unless that is final: the target fulfils the order. A
state that cannot follow by the transitions of the kind of order is written and told; nothing else is overwritten.
"""

from __future__ import annotations

import random
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from ordercli.clock import later, timestamp
from ordercli.database.store import transaction
from ordercli.errors import EntryStateError, OrdercliError
from ordercli.forwarding import following, forwards, pauses
from ordercli.operations import target_pauses
from ordercli.operations.find import find
from ordercli.operations.followed_states import compare
from ordercli.operations.forward_wire import is_error_of_api, standard_of
from ordercli.operations.remote import Answer, CredentialsRefusedError, NoAnswerError, NotSentError
from ordercli.operations.revise import Author, Proposal, load, revise, write
from ordercli.operations.revise import Target as Wanted
from ordercli.operations.target_runs import TargetRun, allowed_in_second
from ordercli.operations.targets import check_target
from ordercli.orders import order_store
from ordercli.orders.states import FINAL
from ordercli.result_types import Count

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ordercli.database.store import Store
    from ordercli.forwarding.following import Followed
    from ordercli.operations.remote import Remote
    from ordercli.targets import Target

# Unchanged orders are asked for less and less often, but at least after this many times `follow_every`.
_SLOWEST = 64
_SUCCESS = range(200, 300)
_SERVER_ERRORS = range(500, 600)
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_GONE = {404, 410}
_TOO_MANY = 429
_GAVE_UP = {408, 425}
_WAITS = 102  # ServiceNow: the order is still in the inbound queue


class What(Enum):
    """What an answer tells about an order."""

    STATE = auto()
    WAITS = auto()
    GONE = auto()
    UNREADABLE = auto()
    UNKNOWN = auto()
    NOT_SENT = auto()
    STOP = auto()


class Told(NamedTuple):
    """What a target told about an order; `retry_after` are the seconds for which it asks for a pause."""

    order: Followed
    what: What
    document: dict[str, Any] | None = None
    reason: str = ""
    retry_after: float | None = None


class FollowRun(TargetRun):
    """What a run learned of the orders at one target.

    `changed` took another state here, `troubled` need a person (`list --trouble`), `unread` are asked again.
    """

    columns = ("target", "asked", "changed", "final", "troubled", "unread", "paused")

    asked: Count = 0
    changed: Count = 0
    final: Count = 0
    troubled: Count = 0
    unread: Count = 0

    def add_trouble(self, order_id: str, trouble: str | None) -> None:
        """Count an order that needs a person; None: it does not."""
        if trouble is not None:
            self.troubled += 1
            self.add_incident("order troubled", order_id, {"message": trouble})


def ask_now(store: Store, identifiers: Sequence[str], source: str | None, targets: Collection[str]) -> None:
    """Let these targets be asked for the states of orders at once, also of those that are not followed any more.

    Raises:
        OrderNotFoundError, AmbiguousIdError: nothing has one of these ids, or several orders have it.
        EntryStateError: one of them did not arrive at a target, or is at another one.
    """
    found = [find(store, each, source).order_id for each in identifiers]
    for identifier, order_id in zip(identifiers, found, strict=True):
        forward = forwards.find(store, order_id)
        if forward is None or forward.remote_id is None:
            raise EntryStateError(f"Order {identifier} is at no target, as far as is known")
        if forward.target not in targets:
            raise EntryStateError(
                f"Order {identifier} is at the target {forward.target}, which is not asked now",
                hint="the settings must have that target, and --target must not name another one",
            )
    with transaction(store, "forward-ask"):
        following.ask_now(store, found)


def ask(remote: Remote, target: Target, order: Followed) -> Told:
    """Ask a target for one of its orders; this is what the threads of a run do."""
    standard = standard_of(target, order.profile)
    path = f"{standard.profile.posted_to}/{quote(order.forward.remote_id or '', safe='')}"
    try:
        answer = remote.request("GET", path, version=standard.version)
        # If all else is well, only this order is refused.
        if answer.status == _FORBIDDEN and check_target(remote, "", target).error is None:
            return Told(order, What.UNREADABLE, reason="the target answered 403 when it was asked for this order")
    except CredentialsRefusedError as error:
        return Told(order, What.STOP, reason=str(error))
    except NotSentError as error:
        return Told(order, What.NOT_SENT, reason=str(error))
    except NoAnswerError as error:
        return Told(order, What.UNKNOWN, reason=str(error))
    return _judged(order, answer)


def _judged(order: Followed, answer: Answer) -> Told:
    status, reason = answer.status, f"answered {answer.status}"
    if status in _SUCCESS:
        return _read(order, answer)
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return Told(order, What.STOP, reason=f"{reason}: it refuses our credentials")
    pause = target_pauses.retry_after(answer.headers)
    if status == _TOO_MANY:
        return Told(order, What.UNKNOWN, None, reason, pause or target_pauses.DEFAULT_RETRY_AFTER)
    if status in _SERVER_ERRORS or status in _GAVE_UP:
        return Told(order, What.UNKNOWN, None, reason, pause)
    if status in _GONE and is_error_of_api(answer):
        return Told(order, What.GONE, reason=f"the target does not have it any more ({reason})")
    return Told(order, What.UNREADABLE, reason=f"the target {reason} when it was asked for this order")


def _read(order: Followed, answer: Answer) -> Told:
    """Return the order in an answer of success."""
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Told(order, What.UNREADABLE, reason="the target answered something that is no order")
    if isinstance(document.get("state"), str) and document.get("id") == order.forward.remote_id:
        return Told(order, What.STATE, document)
    if document.get("code") == _WAITS:
        return Told(order, What.WAITS)
    if isinstance(document.get("state"), str):
        return Told(order, What.UNREADABLE, reason="the target answered another order than was asked for")
    message = document.get("message") or document.get("reason")
    return Told(order, What.UNREADABLE, reason=f"the target answered no state{f': {message}' if message else ''}"[:500])


class Follower:
    """One run for one target: its claims, its counts, and what it notes."""

    def __init__(self, store: Store, name: str, target: Target) -> None:
        self._store = store
        self._name = name
        self._target = target
        self.waits = False  # the limit per second keeps orders waiting, for a moment
        self.result = FollowRun(name)

    def claim(self, due: str | None, limit: int) -> list[Followed]:
        """Claim orders whose state is to be asked for at the moment `due` (None: now), unless the target is paused."""
        with transaction(self._store, "forward-follow-claim"):
            self._store.lock(f"target {self._name}")
            at = self._store.now()
            pause = target_pauses.current_pause(self._store, self._name, timestamp(at))
            self.result.show_pause(pause)
            self.waits = False
            if pause:
                return []
            allowed = allowed_in_second(self._store, self._name, self._target, at, limit)
            self.waits = allowed <= 0
            if self.waits:
                return []
            # A request ends within twice the timeout, and what it tells is noted soon after that.
            until = later(at, 4 * float(self._target.timeout) + 60.0)
            now = timestamp(at)
            return following.claim(self._store, self._name, due or now, now, until, allowed)

    def record(self, told: Sequence[Told]) -> None:
        """Note what the target told."""
        with transaction(self._store, "forward-follow"):
            at = self._store.now()
            for each in told:
                self._record_one(each, at)

    def _record_one(self, told: Told, at: datetime) -> None:
        self.result.asked += 1
        if told.what in {What.STATE, What.WAITS, What.GONE, What.UNREADABLE}:
            self._reached()
        if told.what is What.STATE:
            self._take(told, at)
        elif told.what is What.WAITS:
            self._again(told, at, None)
        elif told.what in {What.GONE, What.UNREADABLE}:
            self._again(told, at, told.reason)
        else:
            self.result.unread += 1
            self._ask_later(told, at)
            self._pause(told, at)

    def _take(self, told: Told, at: datetime) -> None:
        """Let the order here take the state that it has at the target, if this claim still holds."""
        assert told.document is not None  # noqa: S101 - see `_read`
        forward, seq = told.order.forward, told.order.order_seq
        order_store.hold(self._store, seq)
        try:
            before = load(self._store, seq)
        except OrdercliError as error:
            self._again(told, at, error.message)
            return
        found = compare(before, told.document)
        target = Wanted(before.document, found.states, found.line_states, rolls_up=False)
        revised = revise(before, target, None, timestamp(at)) if found.states or found.line_states else None
        unchanged = 0 if revised or forward.remote_state != found.word else forward.unchanged + 1
        trouble = found.trouble
        if found.states and forward.followed_at and forward.remote_state == found.word:
            here = before.profile.shown_state(before.subject.state)
            changed_here = f"the order was set to {here} here, and takes {found.word} again, its state there"
            trouble = f"{changed_here}; {trouble}" if trouble else changed_here
        is_final = found.remote in FINAL
        again = None if is_final else self._next(at, unchanged)
        # The fence comes first: what a later follower has learned is never overwritten.
        if not following.note(
            self._store, forward, following.Known(found.word, timestamp(at), unchanged, again, trouble)
        ):
            return
        if revised:
            write(self._store, Proposal(before, [], revised), Author(f"target {self._name}"), is_remote=True)
        self.result.changed += revised is not None
        self.result.final += is_final
        self.result.add_trouble(forward.order_id, trouble)

    def _again(self, told: Told, at: datetime, trouble: str | None) -> None:
        """Note that the target told no new state; an order that is not there twice is not asked for again."""
        forward = told.order.forward
        unchanged = forward.unchanged + 1
        gone = told.what is What.GONE and forward.trouble == trouble
        again = None if gone else self._next(at, unchanged)
        known = following.Known(forward.remote_state, timestamp(at), unchanged, again, trouble)
        following.note(self._store, forward, known)
        self.result.add_trouble(forward.order_id, trouble)

    def _ask_later(self, told: Told, at: datetime) -> None:
        """Note that nothing was told."""
        forward = told.order.forward
        again = self._next(at, forward.unchanged)
        known = following.Known(forward.remote_state, forward.followed_at, forward.unchanged, again, forward.trouble)
        following.note(self._store, forward, known)

    def _next(self, at: datetime, unchanged: int) -> str:
        """Return when to ask again: later after each answer without a change."""
        seconds = float(self._target.follow_every) * min(2**unchanged, _SLOWEST)  # a float would overflow
        return later(at, seconds * random.uniform(1.0, 1.25))  # noqa: S311 - spreads requests

    def _pause(self, told: Told, at: datetime) -> None:
        if told.what is What.STOP:
            self.result.refused = True
            target_pauses.stop(self._store, self._name, at, told.reason)
        elif told.what is What.NOT_SENT:
            self.result.unreachable = True
            target_pauses.back_off(self._store, self._name, at, told.reason)
        elif told.retry_after:
            target_pauses.wait(self._store, self._name, at, told.retry_after, told.reason)

    def _reached(self) -> None:
        pauses.forget_failures(self._store, self._name)
