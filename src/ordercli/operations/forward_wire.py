"""What is sent to a target about an order, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from ordercli.intake import json_text
from ordercli.operations.remote import Answer, NoAnswerError
from ordercli.resources.registry import RESOURCES

if TYPE_CHECKING:
    from ordercli.operations.remote import Remote
    from ordercli.resources.resource import Profile, Resource
    from ordercli.targets import Target

_SUCCESS = range(200, 300)
_NOT_FOUND = 404
# What msgspec raises: ValueError is its own error, and that for text that is not UTF-8.
NO_JSON = (ValueError, RecursionError)
# A look-up by filter needs no more.
_MOST_FOUND = 10


class Arrived(NamedTuple):
    """An order that the target has: its id, address and state there."""

    id: str
    href: str | None
    state: str | None


class Found(NamedTuple):
    """An order that a look-up found; `differs` tells what is not as it was sent."""

    arrived: Arrived
    differs: str | None


class UnexpectedAnswerError(Exception):
    """An answer that says nothing about the order, such as 401."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"answered {answer.status}")


class Standard(NamedTuple):
    """How orders of a kind are written and where they are sent.

    `version` replaces the one at the end of the address of the target; "" leaves it.
    """

    resource: Resource
    profile: Profile
    version: str = ""


def standard_of(target: Target, written_in: str = "") -> Standard:
    """Return the standard of a target for an order that is written in a profile.

    A family of profiles takes several versions of a standard, each of which has its own address.
    """
    resource = RESOURCES[target.resource]
    named = target.profile if target.profile in (*resource.profiles, *resource.families) else resource.standard
    if named in resource.profiles:
        return Standard(resource, resource.profiles[named])
    family = resource.families[named]
    found = next((each for each in family if each.name == written_in), None)
    return Standard(resource, found, found.version) if found else Standard(resource, family[0])


def sent_body(body: bytes, external_id: str, currency: str | None) -> bytes:
    """Return the order as it is sent: as it was accepted, with its external id at the target.

    A currency that was filled in is sent too.
    """
    document = json_text.decode_given(body)
    assert isinstance(document, dict)  # noqa: S101 - it was validated
    changed = dict(document)
    if currency and "orderCurrency" not in document:
        changed["orderCurrency"] = currency
    if external_id not in _external_ids(document):
        given = document.get("externalId")
        if isinstance(given, list) or (given is None and _is_v5(document)):
            first = {"externalIdentifierType": "ordercli", "@type": "ExternalIdentifier", "id": external_id}
            others = [each for each in given or () if isinstance(each, dict)]
            changed["externalId"] = [{**(others[0] if others else first), "id": external_id}, *others[1:]]
        else:
            changed["externalId"] = external_id
    return body if changed == document else json_text.encode(changed)


def _is_v5(document: dict[str, Any]) -> bool:
    return any("partyOrPartyRole" in each for each in document.get("relatedParty", ()) if isinstance(each, dict))


def arrived(answer: Answer) -> Arrived | None:
    """Return what an answer of success says about the order; None if it has no id."""
    document = _object(answer.body)
    if document is None:
        return None
    identifier = document.get("id") or document.get("orderId")
    location = answer.headers.get("location")
    if not isinstance(identifier, str) or not identifier:
        return None
    href, state = document.get("href"), document.get("state")
    return Arrived(identifier, href if isinstance(href, str) else location, state if isinstance(state, str) else None)


def look_up(remote: Remote, target: Target, external_id: str, sent: bytes, written_in: str = "") -> Found | None:
    """Look for an order, which is written in a profile, at the target; None if it is not there.

    Raises:
        NotSentError, NoAnswerError: no answer came.
        UnexpectedAnswerError: the answer tells neither.
    """
    standard = standard_of(target, written_in)
    if target.lookup == "filter":
        query = {"externalId": external_id, "limit": str(_MOST_FOUND)}
        answer = remote.request("GET", standard.profile.posted_to, query, version=standard.version)
    else:
        path = f"{standard.profile.found_at}/{quote(external_id, safe='')}"
        answer = remote.request("GET", path, version=standard.version)
    if answer.status == _NOT_FOUND and is_error_of_api(answer):
        return None
    if answer.status not in _SUCCESS:
        raise UnexpectedAnswerError(answer)
    try:
        document = msgspec.json.decode(answer.body)
    except NO_JSON as error:
        raise NoAnswerError("the answer is no JSON") from error
    documents = document if isinstance(document, list) else [document]
    for each in documents:
        if isinstance(each, dict) and (found := _found(each, standard, external_id, sent)):
            return found
    # Other orders in the answer mean that the filter is ignored; ours may be on a later page.
    if target.lookup == "filter" and document == []:
        return None
    raise NoAnswerError(f"the answer has no order with the externalId {external_id}")


def is_error_of_api(answer: Answer) -> bool:
    """Return whether the API itself answers an error, not a proxy before it that knows no such path.

    Its errors are those of the standard (`code` and `reason`) or of ServiceNow (an object `error`).
    """
    document = _error(answer)
    return {"code", "reason"} <= document.keys() or is_error_of_servicenow(answer)


def is_error_of_servicenow(answer: Answer) -> bool:
    """Return whether the error is one of ServiceNow, in its own form."""
    return isinstance(_error(answer).get("error"), dict)


def _error(answer: Answer) -> dict[str, Any]:
    return (_object(answer.body) if "json" in answer.headers.get("content-type", "") else None) or {}


def _found(document: dict[str, Any], standard: Standard, external_id: str, sent: bytes) -> Found | None:
    waiting = document.get("queueEntry")
    if isinstance(waiting, dict) and waiting.get("externalId") == external_id:  # an ordercli that has not created it
        identifier = waiting.get("orderId")
        return Found(Arrived(str(identifier), None, str(waiting.get("state"))), None) if identifier else None
    identifier = document.get("id")
    if external_id not in _external_ids(document) or not isinstance(identifier, str) or not identifier:
        return None
    href, state = document.get("href"), document.get("state")
    there = Arrived(identifier, href if isinstance(href, str) else None, state if isinstance(state, str) else None)
    return Found(there, _difference(document, standard, sent))


def _difference(found: dict[str, Any], standard: Standard, sent: bytes) -> str | None:
    """Return what differs between the line items that were found and those that were sent."""
    resource, profile, _ = standard
    ours = dict(_items(msgspec.json.decode(sent), resource, profile))
    theirs = dict(_items(found, resource, profile))
    if ours.keys() != theirs.keys():
        return f"its line items are {', '.join(sorted(theirs)) or 'none'}, not {', '.join(sorted(ours))}"
    for identifier, item in ours.items():
        for word, mine, other in zip(("action", "offering or specification"), item, theirs[identifier], strict=True):
            if mine and other and mine != other:
                return f"the {word} of its line item {identifier} is {other}, not {mine}"
    return None


def _items(
    document: dict[str, Any], resource: Resource, profile: Profile
) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """Yield each line item, nested ones too: its id, its action, and the offering or else the specification."""
    for item in document.get(resource.items) or ():
        if not isinstance(item, dict):
            continue
        thing = item.get("product") or item.get("service") or {}
        named = [item.get("productOffering"), thing.get("productSpecification"), thing.get("serviceSpecification")]
        about = next((each.get("id") for each in named if isinstance(each, dict)), None)
        action = item.get("action")
        yield str(item.get("id")), (profile.actions.get(action, action) if isinstance(action, str) else None, about)
        yield from _items(item, resource, profile)


def _external_ids(document: dict[str, Any]) -> list[str]:
    given = document.get("externalId")
    if isinstance(given, list):
        return [each["id"] for each in given if isinstance(each, dict) and isinstance(each.get("id"), str)]
    return [given] if isinstance(given, str) else []


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        document = msgspec.json.decode(body)
    except NO_JSON:
        return None
    return document if isinstance(document, dict) else None
