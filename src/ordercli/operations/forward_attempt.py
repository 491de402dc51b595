"""Send an order to a target, or look for it there, and judge the answer; the threads of a run do this."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from ordercli.operations import target_pauses
from ordercli.operations.forward_wire import (
    Arrived,
    Found,
    UnexpectedAnswerError,
    arrived,
    is_error_of_api,
    look_up,
    standard_of,
)
from ordercli.operations.remote import Answer, CredentialsRefusedError, NoAnswerError, NotSentError
from ordercli.operations.targets import check_target, first_order, has_collection

if TYPE_CHECKING:
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.operations.remote import Remote
    from ordercli.queue.claims import Claimed
    from ordercli.targets import Target

_SUCCESS = range(200, 300)
_SEE_OTHER = 303
_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_NOT_FOUND, _NOT_ALLOWED = 404, 405
_CONFLICT = 409
_TOO_MANY = 429
# A server, or a proxy before it, gave up waiting: nobody knows what became of the request.
_GAVE_UP = {408, 425}


class What(Enum):
    """What came of a request."""

    ARRIVED = auto()
    NOT_THERE = auto()
    DIFFERS = auto()
    REFUSED = auto()
    UNKNOWN = auto()
    NOT_SENT = auto()
    TOO_MANY = auto()
    STOP = auto()
    HELD_BACK = auto()

    @property
    def pauses(self) -> bool:
        """Return whether nothing more is sent for now."""
        return self in {What.NOT_SENT, What.TOO_MANY, What.STOP}


class Job(NamedTuple):
    """A claimed entry, and what is known of its order; `body` is what is sent, None if that cannot be made."""

    entry: Claimed
    token: str
    forward: ForwardRow
    body: bytes | None
    looks_up: bool


class Outcome(NamedTuple):
    """What came of a job; `retry_after` are the seconds for which the target asks for a pause."""

    job: Job
    what: What
    answer: Answer | None = None
    arrived: Arrived | None = None
    reason: str = ""
    retry_after: float | None = None


def attempt(remote: Remote, target: Target, job: Job) -> Outcome:
    """Send an order, or look for it; this is what the threads of a run do."""
    assert job.body is not None  # noqa: S101 - the others are not sent
    try:
        if job.looks_up:
            return _found(job, look_up(remote, target, job.forward.external_id, job.body, job.entry.profile))
        standard = standard_of(target, job.entry.profile)
        query = {"mode": "async"} if target.mode == "async" else None
        answer = remote.request(
            "POST", standard.profile.posted_to, query, job.body, job.entry.order_id, version=standard.version
        )
        outcome = _judged(job, answer)
        if _is_of_one_order(remote, target, outcome):
            outcome = outcome._replace(what=What.REFUSED)
        return _refused(remote, target, job, outcome) if outcome.what is What.REFUSED else outcome
    except CredentialsRefusedError as error:
        return Outcome(job, What.STOP, reason=str(error))
    except NotSentError as error:
        return Outcome(job, What.NOT_SENT, reason=str(error))
    except NoAnswerError as error:
        return Outcome(job, What.UNKNOWN, reason=str(error))
    except UnexpectedAnswerError as error:
        judged = _judged(job, error.answer)
        # What a server on the way does not find says nothing about the order.
        is_lost = judged.what is What.REFUSED or error.answer.status == _NOT_FOUND
        return judged._replace(what=What.UNKNOWN) if is_lost or _is_of_one_order(remote, target, judged) else judged


def _is_of_one_order(remote: Remote, target: Target, outcome: Outcome) -> bool:
    """Return whether only this order is refused, not all of them.

    With 403 that is so if a check is green, which would end the pause. With 404 it is so if the API says it, for
    example of something that the order refers to, and the collection is there.
    """
    if outcome.what is not What.STOP or outcome.answer is None:
        return False
    if outcome.answer.status == _FORBIDDEN:
        return check_target(remote, "", target).error is None
    return outcome.answer.status == _NOT_FOUND and is_error_of_api(outcome.answer) and _has_collection(remote, target)


def _has_collection(remote: Remote, target: Target) -> bool:
    try:
        return has_collection(first_order(remote, target))
    except (NotSentError, NoAnswerError):
        return False


def _refused(remote: Remote, target: Target, job: Job, outcome: Outcome) -> Outcome:
    """Look for an order that is refused: an earlier request, or the same one sent twice by a proxy, may be why."""
    assert outcome.answer  # noqa: S101 - only an answer refuses
    assert job.body is not None  # noqa: S101 - see the only caller
    may_be_there = job.forward.sent_at is not None
    if target.lookup == "none" or not (may_be_there or outcome.answer.status == _CONFLICT):
        return outcome
    try:
        found = look_up(remote, target, job.forward.external_id, job.body, job.entry.profile)
    except (NotSentError, NoAnswerError, UnexpectedAnswerError):
        return outcome._replace(what=What.UNKNOWN)
    if found and (may_be_there or not found.differs):
        return _found(job, found)
    return outcome._replace(what=What.UNKNOWN) if may_be_there else outcome


def _found(job: Job, found: Found | None) -> Outcome:
    if found is None:
        return Outcome(job, What.NOT_THERE, reason="the target does not have it")
    if found.differs:
        return Outcome(job, What.DIFFERS, reason=found.differs)
    return Outcome(job, What.ARRIVED, arrived=found.arrived)


def _judged(job: Job, answer: Answer) -> Outcome:
    status = answer.status
    reason = f"answered {status}"
    if status in _SUCCESS:
        there = arrived(answer)
        what = What.ARRIVED if there and not job.looks_up else What.UNKNOWN
        return Outcome(job, what, answer, there, "" if there else f"{reason} without an id")
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return Outcome(job, What.STOP, answer, reason=f"{reason}: it refuses our credentials")
    retry_after = target_pauses.retry_after(answer.headers)
    is_carried_out = status == _SEE_OTHER and not job.looks_up
    if is_carried_out or status in _SERVER_ERRORS or status in _GAVE_UP:
        return Outcome(job, What.UNKNOWN, answer, None, reason, retry_after)
    if status in _REDIRECTS or status in {_NOT_FOUND, _NOT_ALLOWED}:
        where = f", to {answer.headers['location']}" if "location" in answer.headers else ""
        return Outcome(job, What.STOP, answer, reason=f"{reason}{where}: the address in the settings may be wrong")
    if status == _TOO_MANY:
        return Outcome(job, What.TOO_MANY, answer, None, reason, retry_after or target_pauses.DEFAULT_RETRY_AFTER)
    return Outcome(job, What.REFUSED, answer, None, reason)
