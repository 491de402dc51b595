"""Change an order that was forwarded: the request goes to its target first, and is applied here once that took it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from ordercli.clock import timestamp
from ordercli.database.store import transaction
from ordercli.errors import (
    AmbiguousIdError,
    ConflictError,
    OrdercliError,
    OrderNotFoundError,
    TryAgainError,
    UsageError,
)
from ordercli.forwarding import following, forwards
from ordercli.intake import json_text
from ordercli.intake.record import STDIN, Record
from ordercli.operations import target_pauses
from ordercli.operations.change_requests import OrderReference, RequestOutcome, find_named
from ordercli.operations.find import document_of
from ordercli.operations.forward_wire import standard_of
from ordercli.operations.patch_document import NOT_SENT_ON, MergePatch, read_patch
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
    from ordercli.operations.revise import Author, Proposal
    from ordercli.settings import Settings
    from ordercli.targets import Target

Json = dict[str, Any]

_SUCCESS = range(200, 300)
_SERVER_ERRORS = range(500, 600)
_TOO_MANY = 429
_UNKNOWN = {408, 425}
_REFUSED = {401, 403}
# The states of a request to cancel that is not decided yet (TMF622, TaskStateType), and of one that is refused: v4, v5.
_WAITS = {"acknowledged", "inProgress"}
_REJECTED = {"terminatedWithError", "rejected"}
_LONGEST_REASON = 300


class Caller(NamedTuple):
    """Who changes an order, with which settings; `connect` makes the client of a target."""

    settings: Settings
    author: Author
    connect: Callable[[Target], Remote]


class ChangeRefusedError(ConflictError):
    """The target refuses the change."""

    rule = "ORD434"


class ChangeNotSentError(TryAgainError):
    """The change was not sent on."""

    rule = "ORD435"


class CredentialsRefusedByTargetError(UsageError):
    """The target refuses our credentials."""

    rule = "ORD435"


class ChangeUnknownError(TryAgainError):
    """Nobody knows whether the target took the change."""

    rule = "ORD436"


class There(NamedTuple):
    """An order at a target."""

    order: OrderView
    forward: ForwardRow


def patch_at_target(
    store: Store, reference: OrderReference, request: PatchRequest, caller: Caller
) -> PatchAnswer | None:
    """Patch an order that is at a target, there first; return None if the order is at none. A dry run sends nothing.

    Raises:
        UsageError: this patch cannot be sent on.
        See `Changes`.
    """
    from ordercli.operations.patch import patch_order  # only what is at a target is patched here

    there = order_there(store, reference)
    if there is None:
        return None
    here = caller.author._replace(local_only=True)
    checked = patch_order(store, reference, request._replace(dry_run=True), caller.settings, here)
    if checked.result.refused or checked.proposal is None or checked.proposal.revised is None:
        return checked
    sent = _patch(request.document, request.assignments)
    if request.dry_run:
        hint = f"it would go to target {there.forward.target} first; nothing was sent"
        return checked._replace(result=checked.result._replace(hint=hint))
    Changes(store, caller).patch(there, sent)
    answer = patch_order(store, reference, request, caller.settings, here)
    return answer._replace(result=after_sending(answer.result, there))


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
        See `Changes`.
    """
    from ordercli.operations.cancel import CancelHandler, Decision, cancel_order

    there = order_there(store, reference)
    if there is None or decision is not Decision.CANCELLED:
        return None
    here = caller.author._replace(local_only=True)
    handler = CancelHandler(store, caller.settings, here, release_ids=release_ids)
    proposal = handler.sent_on(there.order.seq, reasons)
    if proposal is None:
        return cancel_order(store, reference, decision, reasons, caller.settings, here, release_ids=release_ids)
    answer = Changes(store, caller).cancel(there, reasons)
    if is_undecided(answer):
        with transaction(store, "forward-ask"):
            following.ask_now(store, [there.forward.order_id])
        return undecided(proposal, Record(b"", STDIN, 1, 1, 1), answer)
    result = cancel_order(store, reference, decision, reasons, caller.settings, here, release_ids=release_ids)
    return after_sending(result, there)


def after_sending(result: RevisionResult, there: There) -> RevisionResult:
    """Return the result of a change that the target took; if it is refused here, with what helps."""
    if not result.refused:
        return result
    target, order_id = there.forward.target, there.forward.order_id
    hint = f"target {target} took it; `ordercli forward follow {order_id}` takes over its state there"
    return result._replace(hint=hint)


def undecided(proposal: Proposal, record: Record, answer: Json) -> RevisionResult:
    """Return the result of a cancellation about which the target decides later; the order here stays as it is."""
    return proposal._replace(revised=None).result(record, RequestOutcome.REQUESTED, answer)


def is_undecided(answer: Json) -> bool:
    """Return whether a target that answered a cancellation so decides about it later."""
    return answer.get("state") in _WAITS


def order_there(store: Store, reference: OrderReference) -> There | None:
    """Return the order that a request names, if it is at a target."""
    try:
        order = find_named(store, reference)
    except (OrderNotFoundError, AmbiguousIdError):
        return None
    forward = forwards.find(store, order.order_id)
    return There(order, forward) if isinstance(order, OrderView) and forward and forward.remote_id else None


class Changes:
    """Sends changes of orders to their targets; keeps the client of each target.

    Raises:
        ChangeRefusedError: the target refuses the change; nothing was changed.
        ChangeNotSentError, CredentialsRefusedByTargetError: it is paused, or cannot be asked; nothing was changed.
        ChangeUnknownError: nobody knows what became of the change there.
        NotFoundError, UsageError: the settings of the target are gone or wrong.
    """

    def __init__(self, store: Store, caller: Caller) -> None:
        self._store = store
        self._caller = caller
        self._remotes: dict[str, Remote] = {}

    def patch(self, there: There, members: Json) -> None:
        """Send a merge patch on."""
        standard = standard_of(target_of(self._caller.settings, there.forward.target), there.order.profile)
        if load_notices := standard.profile.load_notices:
            members = load_notices().patch_request(members, document_of(self._store, there.order))
        path = f"{standard.profile.posted_to}/{quote(there.forward.remote_id or '', safe='')}"
        self._send(there.forward, ("PATCH", path, standard.version), members)

    def cancel(self, there: There, reasons: dict[str, str]) -> Json:
        """Send a cancellation on; return what the target answered."""
        standard = standard_of(target_of(self._caller.settings, there.forward.target), there.order.profile)
        remote_id = there.forward.remote_id or ""
        load_notices = standard.profile.load_notices
        body = (
            load_notices().cancel_request(remote_id, reasons)
            if load_notices
            else {**reasons, standard.resource.name: {"id": remote_id}}
        )
        answer = _document(self._send(there.forward, ("POST", standard.profile.cancelled_at, standard.version), body))
        if answer.get("state") in _REJECTED:
            raise ChangeRefusedError(f"The target {there.forward.target} does not cancel the order")
        return answer

    def _send(self, forward: ForwardRow, request: tuple[str, str, str], body: Json) -> Answer:
        """Send a request to the target of an order; return the answer if the target took it."""
        method, path, version = request
        target = forward.target
        pause = target_pauses.current_pause(self._store, target, timestamp(self._store.now()))
        if pause:
            raise ChangeNotSentError(
                f"The target {target} is paused since {pause.paused_at} ({pause.reason}); {_UNCHANGED}",
                hint=f"`ordercli forward resume {target}` lets it go on; --local-only changes the order here alone",
            )
        if target not in self._remotes:
            self._remotes[target] = self._caller.connect(target_of(self._caller.settings, target))
        try:
            answer = self._remotes[target].request(method, path, None, json_text.encode(body), version=version)
        except CredentialsRefusedError as error:
            message = f"The target {target} refuses our credentials: {error}; {_UNCHANGED}"
            raise CredentialsRefusedByTargetError(message) from error
        except NotSentError as error:
            raise ChangeNotSentError(f"The target {target} cannot be reached: {error}; {_UNCHANGED}") from error
        except NoAnswerError as error:
            message = f"Nobody knows whether target {target} took the request: {error}; {_UNCHANGED}"
            raise ChangeUnknownError(message, hint=_look(forward)) from error
        if answer.status not in _SUCCESS:
            raise _not_taken(forward, answer)
        return answer


_UNCHANGED = "nothing was changed here"


def _look(forward: ForwardRow) -> str:
    return f"look at the order there; `ordercli forward follow {forward.order_id}` takes over its state"


def _not_taken(forward: ForwardRow, answer: Answer) -> OrdercliError:
    """Return what an answer means that is no success."""
    status, target = answer.status, forward.target
    if status in _REFUSED:
        return CredentialsRefusedByTargetError(
            f"The target {target} refuses our credentials (status {status}); {_UNCHANGED}"
        )
    if status == _TOO_MANY:
        return ChangeNotSentError(f"The target {target} answered {status}; {_UNCHANGED}")
    if status in _SERVER_ERRORS or status in _UNKNOWN:
        return ChangeUnknownError(f"The target {target} answered {status}; {_UNCHANGED}", hint=_look(forward))
    reason = _document(answer)
    words = str(reason.get("message") or reason.get("reason") or "")[:_LONGEST_REASON]
    return ChangeRefusedError(
        f"The target {target} refuses the request (status {status}){': ' if words else ''}{words}; {_UNCHANGED}",
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
    found = sent_members(read_patch(document) if document else MergePatch({}))
    for each in assignments:
        found = _merged(found, _as_patch(each.segments, each))
    return found


def sent_members(patch: object) -> Json:
    """Return the members of a merge patch that are sent; the id of the order here is none of them.

    Raises:
        UsageError: it is a JSON Patch.
    """
    if not isinstance(patch, MergePatch):
        raise UsageError(
            NOT_SENT_ON,
            hint="give a merge patch or --set, or --local-only",
        )
    return {name: member for name, member in patch.members.items() if name != "id"}


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
