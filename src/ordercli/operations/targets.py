"""List targets, and check that one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import uuid4

from msgspec import Meta

from ordercli.errors import ErrorKind
from ordercli.operations.forward_wire import (
    UnexpectedAnswerError,
    is_error_of_api,
    is_error_of_servicenow,
    look_up,
    standard_of,
)
from ordercli.operations.remote import Answer, CredentialsRefusedError, NoAnswerError, NotSentError
from ordercli.result_types import Count, Result
from ordercli.targets import Target, names, target

if TYPE_CHECKING:
    from ordercli.operations.remote import Remote
    from ordercli.settings import Settings

_REFUSED = {401, 403}
_SUCCESS = range(200, 300)
_TOO_MANY = 429
_SERVER_ERROR = 500
_FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED = 403, 404, 405
# Of ordercli, and of the standard: how many orders a collection has.
_TOTAL = "x-total-count"


class TargetLine(Result):
    """A target of the settings, without secrets."""

    columns = ("name", "url", "resource", "profile", "mode", "lookup", "auth")
    identified_by = "name"

    name: str
    url: str
    resource: str
    profile: str
    mode: Literal["sync", "async"]
    lookup: Literal["path", "filter", "none"]
    auth: Literal["none", "basic", "bearer", "oauth2"]
    max_in_flight: Count
    max_per_second: Count
    max_per_hour: Count
    file: Annotated[str, Meta(description="the settings file that it stands in")]


class TargetCheck(Result):
    """Whether a target answers: it was connected, authenticated and read; nothing was posted."""

    columns = ("name", "outcome", "status", "message")
    identified_by = "name"

    name: str
    outcome: Literal["ok", "unreachable", "refused", "failed"]
    status: Annotated[int | None, Meta(description="of the answer to the request that read; null without an answer")]
    message: str

    @property
    def error(self) -> ErrorKind | None:
        """Return the kind of error; None if all is well."""
        if self.outcome == "ok":
            return None
        return ErrorKind.TRY_AGAIN if self.outcome == "unreachable" else ErrorKind.USAGE


def target_lines(settings: Settings) -> list[TargetLine]:
    """Return the targets of the settings, by name.

    Raises:
        UsageError: the settings of one are wrong.
    """
    return [_line(name, target(settings, name), settings.targets[name][0]) for name in names(settings)]


def _line(name: str, found: Target, file: str) -> TargetLine:
    shared = {each: getattr(found, each) for each in Target._fields if each in TargetLine.__struct_fields__}
    return TargetLine(name=name, file=file, **shared)


def check_target(remote: Remote, name: str, found: Target) -> TargetCheck:
    """Look for an order that cannot be there, as a forwarder would, then ask for the orders, and tell what came of it.

    Where the address is wrong, some systems answer as if the order were not there; but only the right one has orders.
    """
    has_lookup = found.lookup != "none"
    try:
        known = look_up(remote, found, f"ordercli-check-{uuid4().hex}", b"{}") if has_lookup else None
        collection = first_order(remote, found)
    except NotSentError as error:
        refused = isinstance(error, CredentialsRefusedError)
        return TargetCheck(name, "refused" if refused else "unreachable", None, str(error))
    except NoAnswerError as error:
        return TargetCheck(name, "failed", None, f"the look-up by {found.lookup} does not work: {error}")
    except UnexpectedAnswerError as error:
        return _judged(name, error.answer)
    if known:
        return TargetCheck(name, "failed", None, f"the look-up by {found.lookup} finds an order that cannot be there")
    # Who may look for one order may not list all of them.
    if has_collection(collection) or (has_lookup and collection.status == _FORBIDDEN):
        words = f"it answers, and look-ups by {found.lookup} work" if has_lookup else "it answers; it has no look-up"
        return TargetCheck(name, "ok", None if has_lookup else collection.status, words)
    return _judged(name, collection)


def first_order(remote: Remote, found: Target) -> Answer:
    """Ask a target for its first order; see `Remote` for what is raised."""
    return remote.request("GET", standard_of(found).profile.posted_to, {"limit": "1"})


def has_collection(answer: Answer) -> bool:
    """Return whether the path that was asked for the first order is the one of the orders.

    ServiceNow and ordercli answer 404 where there is no order yet; at a path that it does not know, ordercli answers in
    the same form, without the total.
    """
    if answer.status == _NOT_FOUND:
        return is_error_of_servicenow(answer) or (is_error_of_api(answer) and _TOTAL in answer.headers)
    return answer.status in _SUCCESS or answer.status == _NOT_ALLOWED


def _judged(name: str, answer: Answer) -> TargetCheck:
    status = answer.status
    if status in _REFUSED:
        return TargetCheck(name, "refused", status, f"it refuses our credentials ({status})")
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        return TargetCheck(name, "unreachable", status, f"it answers {status}")
    where = f" and points to {answer.headers['location']}; set url" if "location" in answer.headers else ""
    return TargetCheck(name, "failed", status, f"it answers {status}{where}: the address may be wrong")
