"""Subscriptions to events over HTTP: POST and DELETE of a hub (TMF630, notifications), and what events they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from ordercli.clients import subscriptions
from ordercli.database.store import transaction
from ordercli.http.answers import Answer, RefusedError, answer
from ordercli.http.bodies import ORDER_TYPES, read_body, record_of, require_type
from ordercli.http.callbacks import CallbackError, callback_of
from ordercli.http.queries import parameters, refuse_others, refuse_unknown_member, texts_at
from ordercli.http.threads import Change
from ordercli.operations.subscriptions import MOST, NewSubscription, subscribe
from ordercli.resources.all_rules import error_body
from ordercli.resources.events import event_types
from ordercli.rulebook.document import problem_finding, read
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from starlette.requests import Request

    from ordercli.database.store import Store
    from ordercli.http.access import Caller
    from ordercli.http.callbacks import Callbacks
    from ordercli.http.orders import Service
    from ordercli.http.paths import Api
    from ordercli.resources.resource import Resource

Json = dict[str, Any]

LONGEST_QUERY = 1_000
_MOST_CONDITIONS = 20
_EVENT_TYPE = "eventType"


class Conditions(NamedTuple):
    """What events a subscriber wants: those that have one of the texts at each of the places."""

    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, query: str, api: Api) -> Conditions:
        """Return the conditions of a query such as `eventType=ProductOrderStateChangeEvent&state=completed`.

        Raises:
            RefusedError: it has another form, or names what events do not have.
        """
        try:
            pairs = parse_qsl(query, True, True, max_num_fields=_MOST_CONDITIONS) if query else []
        except ValueError as error:
            raise RefusedError(
                400, f"query takes conditions such as {_EVENT_TYPE}=…&state=…, {_MOST_CONDITIONS} at most"
            ) from error
        found = []
        for name, text in pairs:
            member = name.removeprefix("event.").removeprefix(f"{api.resource.name}.")
            texts = tuple(text.split(","))
            if member == _EVENT_TYPE:
                _refuse_unknown_types(texts, api.resource)
            else:
                refuse_unknown_member(member.partition(".")[0], api)
            found.append((member, texts))
        return cls(tuple(found))

    def are_met(self, event: Json) -> bool:
        """Return whether an event has one of the texts at each of the places."""
        payload = next(iter(event["event"].values()))
        return all(
            event[_EVENT_TYPE] in texts
            if name == _EVENT_TYPE
            else any(text in texts for text in texts_at(payload, name.split(".")))
            for name, texts in self.conditions
        )


def _refuse_unknown_types(texts: tuple[str, ...], resource: Resource) -> None:
    known = event_types(resource)
    for text in texts:
        if text not in known:
            raise RefusedError(400, f"No event is of type {text[:60]!r}; types: {', '.join(known)}")


async def register(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Subscribe to events; if an equal subscription exists, enable and return that."""
    refuse_others(parameters(request.scope["query_string"]))
    require_type(request, *ORDER_TYPES)
    record = record_of(await read_body(request, service.settings.serve), service.settings.limits.max_order_bytes)
    document = problem_finding(record.problem, record) if record.problem else read(record.data)
    if isinstance(document, Finding):
        return answer(400, api.error({**error_body([document])}, 400))
    callback, query = document.get("callback"), document.get("query") or ""
    if not isinstance(callback, str) or not isinstance(query, str) or len(query) > LONGEST_QUERY:
        raise RefusedError(
            400, f"A subscription takes callback and query, two texts; query has {LONGEST_QUERY:,} characters at most"
        )
    _require_allowed(callback, service.callbacks)
    Conditions.of(query, api)
    subscription = NewSubscription(api.resource.name, api.form.name, caller.sees, caller.actor, callback, query)

    def make(store: Store) -> Answer:
        found = subscribe(store, subscription)
        if found is None:
            raise RefusedError(409, f"There are {MOST} subscriptions, the most that are kept; remove some")
        body = {**api.hub_members, "id": found.id, "callback": found.callback}
        body |= {"query": found.query} if found.query else {}
        return answer(201, body, location=f"{api.hub}/{found.id}")

    return await service.writer.do(Change(make))


def _require_allowed(callback: str, callbacks: Callbacks) -> None:
    try:
        target = callback_of(callback)
    except CallbackError as error:
        raise RefusedError(400, str(error)) from error
    try:
        callbacks.require_allowed(target)
    except CallbackError as error:
        raise RefusedError(403, str(error)) from error


async def unregister(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Remove a subscription."""
    refuse_others(parameters(request.scope["query_string"]))
    subscription_id = request.path_params["id"]

    def make(store: Store) -> Answer:
        with transaction(store, "hub"):
            found = subscriptions.find(store, subscription_id)
            is_here = found and (found.resource, found.profile) == (api.resource.name, api.form.name)
            if not found or not is_here or caller.sees not in {None, found.source}:
                raise RefusedError(404, f"There is no subscription {subscription_id[:80]}")
            subscriptions.remove(store, subscription_id)
        return Answer(204)

    return await service.writer.do(Change(make))
