"""Change an order that was forwarded: the request goes to its target first, and is applied here once that took it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from ordercli.database.store import transaction
from ordercli.errors import AmbiguousIdError, ConflictError, OrderNotFoundError, TryAgainError, UsageError
from ordercli.forwarding import following, forwards
from ordercli.intake import json_text
from ordercli.intake.record import STDIN, Record
from ordercli.operations.change_requests import OrderReference, RequestOutcome
from ordercli.operations.find import find
from ordercli.operations.forward_wire import standard_of
from ordercli.operations.patch_document import MergePatch, read_patch
from ordercli.operations.remote import CredentialsRefusedError, NoAnswerError, NotSentError
from ordercli.orders.order_rows import OrderView
from ordercli.resources.document import ITEM_MEMBERS
from ordercli.targets import target as target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.intake.json_text import JsonValue
    from ordercli.operations.cancel import Decision
    from ordercli.operations.change_requests import RevisionResult
    from ordercli.operations.patch import PatchAnswer, PatchRequest
    from ordercli.operations.patch_document import Assignment
    from ordercli.operations.remote import Answer, Remote
    from ordercli.operations.revise import Author
    from ordercli.settings import Settings
    from ordercli.targets import Target

Json = dict[str, Any]

_SUCCESS = range(200, 300)
_SERVER_ERRORS = range(500, 600)
_TOO_MANY = 429
_UNKNOWN = {408, 425, _TOO_MANY}
_REFUSED = {401, 403}
# The states of a request to cancel that is not decided yet (TMF622, TaskStateType), and of one that is refused.
_WAITS = {"acknowledged", "inProgress"}
_REJECTED = "terminatedWithError"
_LONGEST_REASON = 300


class Caller(NamedTuple):
    """Who changes an order, with which settings; `connect` makes the client of a target."""

    settings: Settings
    author: Author
    connect: Callable[[Target], Remote]


class _There(NamedTuple):
    """An order at a target."""

    order: OrderView
    forward: ForwardRow


def patch_at_target(
    store: Store, reference: OrderReference, request: PatchRequest, caller: Caller
) -> PatchAnswer | None:
    """Patch an order that is at a target, there first; return None if the order is at none.

    Raises:
        ConflictError: the target refuses the patch; nothing was changed here.
        TryAgainError: the target cannot be reached, or nobody knows what became of the patch there.
        UsageError: this patch cannot be sent on, or the target refuses the credentials.
    """
    from ordercli.operations.patch import patch_order  # only what is at a target is patched here

    there = _there(store, reference)
    if there is None:
        return None
    here = caller.author._replace(local_only=True)
    checked = patch_order(store, reference, request._replace(dry_run=True), caller.settings, here)
    if checked.result.refused or checked.proposal is None or checked.proposal.revised is None:
        return checked
    body = _patch(request.document, request.assignments)
    target = target_of(caller.settings, there.forward.target)
    standard = standard_of(target, there.order.profile)
    path = f"{standard.profile.posted_to}/{quote(there.forward.remote_id or '', safe='')}"
    _send(caller.connect(target), there.forward, ("PATCH", path, standard.version), body)
    answer = patch_order(store, reference, request, caller.settings, here)
    if answer.result.refused:
        return answer._replace(result=answer.result._replace(hint=_taken(there.forward)))
    return answer


def cancel_at_target(
    store: Store,
    reference: OrderReference,
    decision: Decision,
    reasons: dict[str, str],
    caller: Caller,
    *,
    release_ids: bool = False,
) -> RevisionResult | None:
    """Cancel an order that is at a target, there first; return None if the order is at none.

    If the target has to decide about it first, the order here stays as it is until `forward follow` learns the end.
    `release_ids` frees the external id here; if the order is canceled already, nothing is sent.

    Raises:
        ConflictError, TryAgainError, UsageError: see `patch_at_target`.
    """
    from ordercli.operations.cancel import REASON, Decision, cancel_order, propose_cancellation

    there = _there(store, reference)
    if there is None or decision is not Decision.CANCELLED:
        return None
    record = Record(b"", STDIN, 1, 1, 1)
    approval = caller.settings.orders.cancellation_approval
    proposal = propose_cancellation(store, there.order.seq, decision, approval=approval)
    here = caller.author._replace(local_only=True)
    if release_ids and (proposal.refused or REASON not in reasons):
        return cancel_order(store, reference, decision, reasons, caller.settings, here, release_ids=True)
    if proposal.refused:
        return proposal.result(record, RequestOutcome.CANCELLED)
    target = target_of(caller.settings, there.forward.target)
    standard = standard_of(target, there.order.profile)
    body = {**reasons, standard.resource.name: {"id": there.forward.remote_id}}
    sent = ("POST", standard.profile.cancelled_at, standard.version)
    answer = _document(_send(caller.connect(target), there.forward, sent, body))
    if answer.get("state") == _REJECTED:
        raise ConflictError(f"The target {there.forward.target} does not cancel the order")
    if answer.get("state") in _WAITS:
        with transaction(store, "forward-ask"):
            following.ask_now(store, [there.forward.order_id])
        return proposal._replace(revised=None).result(record, RequestOutcome.REQUESTED, answer)
    result = cancel_order(store, reference, decision, reasons, caller.settings, here, release_ids=release_ids)
    return result._replace(hint=_taken(there.forward)) if result.refused else result


def _taken(forward: ForwardRow) -> str:
    return f"target {forward.target} took it; `ordercli forward follow {forward.order_id}` takes over its state there"


def _there(store: Store, reference: OrderReference) -> _There | None:
    try:
        order = find(store, reference.identifier, reference.source, reference.resource)
    except (OrderNotFoundError, AmbiguousIdError):
        return None
    forward = forwards.find(store, order.order_id)
    return _There(order, forward) if isinstance(order, OrderView) and forward and forward.remote_id else None


def _send(remote: Remote, forward: ForwardRow, request: tuple[str, str, str], body: Json) -> Answer:
    """Send a request to the target of an order; return the answer if the target took it."""
    method, path, version = request
    target = forward.target
    unchanged = "nothing was changed here"
    look = f"look at the order there; `ordercli forward follow {forward.order_id}` takes over its state"
    try:
        answer = remote.request(method, path, None, json_text.encode(body), version=version)
    except CredentialsRefusedError as error:
        raise UsageError(f"The target {target} refuses our credentials: {error}; {unchanged}") from error
    except NotSentError as error:
        raise TryAgainError(f"The target {target} cannot be reached: {error}; {unchanged}") from error
    except NoAnswerError as error:
        raise TryAgainError(
            f"Nobody knows whether target {target} took the request: {error}; {unchanged}",
            hint=look,
        ) from error
    status = answer.status
    if status in _SUCCESS:
        return answer
    if status in _REFUSED:
        raise UsageError(f"The target {target} refuses our credentials (status {status}); {unchanged}")
    if status in _SERVER_ERRORS or status in _UNKNOWN:
        raise TryAgainError(
            f"The target {target} answered {status}; {unchanged}", hint=None if status == _TOO_MANY else look
        )
    reason = _document(answer)
    words = str(reason.get("message") or reason.get("reason") or "")[:_LONGEST_REASON]
    raise ConflictError(
        f"The target {target} refuses the request (status {status}){': ' if words else ''}{words}; {unchanged}",
        hint="--local-only changes the order here alone",
    )


def _document(answer: Answer) -> Json:
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _patch(document: Record | None, assignments: Sequence[Assignment]) -> Json:
    """Return the merge patch that is sent."""
    patch = read_patch(document) if document else MergePatch({})
    if not isinstance(patch, MergePatch):
        raise UsageError(
            "a JSON Patch is not sent on to a target: its indexes count the elements of the order here",
            hint="give a merge patch or --set, or --local-only",
        )
    found = {name: member for name, member in patch.members.items() if name != "id"}
    for each in assignments:
        found = _merged(found, _as_patch(each.segments, each))
    return found


def _as_patch(names: Sequence[str], wanted: Assignment) -> JsonValue:
    """Return an assignment as a merge patch, in which lines have their ids."""
    if not names:
        return wanted.value
    name, *rest = names
    if name in ITEM_MEMBERS and len(rest) > 1:
        line: Json = {"id": rest[0]}
        return {name: [_merged(line, _as_patch(rest[1:], wanted))]}
    if name.isdecimal() or name == "-":
        raise UsageError(
            f"--set {wanted.path} is not sent on to a target: it counts the elements of a list here",
            hint="give a merge patch with the whole list, or --local-only",
        )
    return {name: _as_patch(rest, wanted)}


def _merged(one: Json, other: Json) -> Json:
    """Return both patches as one; lines of the same id are merged."""
    found = dict(one)
    for name, value in other.items():
        known = found.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            found[name] = _merged(known, value)
        elif name in ITEM_MEMBERS and isinstance(known, list) and isinstance(value, list):
            lines = {each["id"]: each for each in known}
            for each in value:
                lines[each["id"]] = _merged(lines.get(each["id"], {}), each)
            found[name] = list(lines.values())
        else:
            found[name] = value
    return found
