"""Parse the query of a request: the orders, the page of them, and the members that a client wants."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from ordercli.clock import now, timestamp
from ordercli.counted import counted
from ordercli.http.answers import RefusedError
from ordercli.intake import json_text
from ordercli.intake.json_text import shown_nul
from ordercli.orders.order_list import OPEN_END, OrderFilter, count_orders, list_orders
from ordercli.orders.states import known_states
from ordercli.typed_times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.http.paths import Api

Json = dict[str, Any]
Pairs = list[tuple[str, str]]

DEFAULT_LIMIT, MOST = 20, 100
_MOST_PARAMETERS = 100
_LARGEST = 2**31 - 1
_ALWAYS = ("id", "href", "@type")
# The most orders whose documents are read for a filter on a member that has no column.
MOST_READ = 10_000


def parameters(query: bytes) -> Pairs:
    """Return the names and values of a query.

    Raises:
        RefusedError: it is not UTF-8, or has too many parameters.
    """
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise RefusedError(400, "The query is not UTF-8, or has more than 100 parameters") from error


def only(pairs: Pairs, name: str) -> str | None:
    """Return the value of a parameter that may be given once.

    Raises:
        RefusedError: it is given several times.
    """
    found = [value for key, value in pairs if key == name]
    if len(found) > 1:
        raise RefusedError(400, f"The query has {name} {len(found)} times; give it once")
    return found[0] if found else None


def refuse_others(pairs: Pairs, *known: str) -> None:
    """Refuse parameters that a request does not have.

    Raises:
        RefusedError: there is one.
    """
    for name, _ in pairs:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise RefusedError(400, f"This request has no query parameter {name!r}; {takes}")


class Fields(NamedTuple):
    """The members of an order that a client wants; None for all. `id`, `href` and `@type` are always there."""

    names: frozenset[str] | None = None

    @classmethod
    def of(cls, pairs: Pairs) -> Fields:
        """Return what `fields` asks for."""
        text = only(pairs, "fields")
        return cls() if text is None else cls(frozenset(_ALWAYS) | {each.strip() for each in text.split(",")})

    def pick(self, document: Json) -> Json:
        """Return the document with these members alone."""
        if self.names is None:
            return document
        return {name: member for name, member in document.items() if name in self.names}


class Page(NamedTuple):
    """The page of a collection that a client wants; `values` are conditions on members that have no column."""

    order_filter: OrderFilter
    values: tuple[tuple[str, tuple[str, ...]], ...]
    fields: Fields
    offset: int
    limit: int

    @classmethod
    def of(cls, pairs: Pairs, api: Api, source: str | None) -> Page:
        """Return the page that a query asks for; `source` is the only one whose orders are shown, None shows all.

        Raises:
            RefusedError: a parameter is unknown, or its value is invalid.
        """
        limit = min(_number(pairs, "limit", DEFAULT_LIMIT), MOST)
        order_filter = OrderFilter(api.resource.name, api.form.name, source)
        values: dict[str, tuple[str, ...]] = {}
        for name, text in pairs:
            if name in {"fields", "limit", "offset"}:
                continue
            member, _, comparison = name.partition(".")
            refuse_unknown_member(member, api)
            if member == api.form.created_at:
                since, until = _span(name, comparison or "eq", text)
                order_filter = order_filter._replace(
                    since=max(since, order_filter.since), until=min(until, order_filter.until)
                )
            elif name == "state":
                order_filter = order_filter._replace(states=(*order_filter.states, *_states(text, api)))
            elif name == "externalId":
                given = tuple(map(shown_nul, text.split(",")))
                order_filter = order_filter._replace(external_ids=(*order_filter.external_ids, *given))
            else:
                values[name] = (*values.get(name, ()), *text.split(","))
        return cls(order_filter, tuple(values.items()), Fields.of(pairs), _number(pairs, "offset", 0), limit)

    def read(self, store: Store, api: Api) -> tuple[list[Json], int]:
        """Return the orders of the page, and how many the whole collection has.

        Raises:
            RefusedError: too many documents would have to be read.
        """
        if not self.values:
            # For `list_orders` a limit of 0 means no limit, for a client it means no orders.
            found = list_orders(store, self.order_filter, limit=self.limit, offset=self.offset) if self.limit else ()
            return [self.fields.pick(api.document(store, each)) for each in found], count_orders(
                store, self.order_filter
            )
        matching = [each for each in _documents(store, self.order_filter, api) if self._matches(each)]
        end = self.offset + self.limit
        return [self.fields.pick(each) for each in matching[self.offset : end]], len(matching)

    def _matches(self, document: Json) -> bool:
        return all(any(text in texts for text in texts_at(document, name.split("."))) for name, texts in self.values)


def _documents(store: Store, order_filter: OrderFilter, api: Api) -> Iterator[Json]:
    total = count_orders(store, order_filter)
    if total > MOST_READ:
        raise RefusedError(
            400,
            f"{counted(total, 'order')} would have to be read for this filter, more than {MOST_READ};"
            f" narrow it with state, externalId, {api.form.created_at}.gte or {api.form.created_at}.lt",
        )
    return (api.document(store, order) for order in list_orders(store, order_filter))


def texts_at(value: Any, names: list[str]) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the texts that stand at a path; of an object there, its id and its name."""
    if isinstance(value, list):
        for each in value:
            yield from texts_at(each, names)
    elif names and isinstance(value, dict):
        yield from texts_at(value.get(names[0]), names[1:])
    elif isinstance(value, dict):
        yield from (text for name in ("id", "name") if isinstance(text := value.get(name), str))
    elif isinstance(value, str):
        yield value
    elif value is not None and not names:
        yield json_text.encode(value).decode()


def refuse_unknown_member(member: str, api: Api) -> None:
    """Refuse a member that the orders of a path do not have.

    Raises:
        RefusedError: there is none of this name.
    """
    known = (load_form().known_fields for _, load_form in api.form.forms)
    if member not in api.form.server_owned and not any(member in each.kinds[each.root] for each in known):
        raise RefusedError(400, f"An order has no member {member!r} by which a list can be filtered")


def _number(pairs: Pairs, name: str, default: int) -> int:
    text = only(pairs, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and int(text[:20]) <= _LARGEST):
        raise RefusedError(400, f"{name} takes a whole number from 0, not {text[:40]!r}")
    return int(text)


def _states(text: str, api: Api) -> Iterator[str]:
    """Yield the stored states for the profile's names of states; one name may stand for several."""
    profile = api.form
    states = known_states(profile.states, api.resource.name)
    for word in text.split(","):
        found = [state for state in states if profile.shown_state(state) == word]
        if not found:
            known = ", ".join(dict.fromkeys(map(profile.shown_state, states)))
            raise RefusedError(400, f"No state is called {word[:40]!r}; states: {known}")
        yield from found


# How a time may be compared: whether the span begins, and ends, at it or a millisecond later; None where it is open.
COMPARISONS = {"gt": (1, None), "gte": (0, None), "lt": (None, 0), "lte": (None, 1), "eq": (0, 1)}


def _span(name: str, comparison: str, text: str) -> tuple[str, str]:
    """Return the first time of a span, and the first one after it."""
    if comparison not in COMPARISONS:
        member = name.partition(".")[0]
        raise RefusedError(400, f"{name}: compare with {', '.join(COMPARISONS)}, as in {member}.gte")
    try:
        # A plus sign in a query is a space.
        at = moment(text.replace(" ", "+"), now(), UTC).at
        since, until = (
            None if shift is None else timestamp(at + timedelta(milliseconds=shift))
            for shift in COMPARISONS[comparison]
        )
    except (ValueError, OverflowError) as error:
        raise RefusedError(400, f"{name} takes a date-time such as 2026-03-01T00:00:00Z, not {text[:40]!r}") from error
    return since or "", until or OPEN_END


def links(path: str, pairs: Pairs, page: Page, total: int) -> str:
    """Return the value of the header Link: the other pages of a collection."""
    others = [(name, text) for name, text in pairs if name not in {"offset", "limit"}]
    step = page.limit or DEFAULT_LIMIT
    offsets = {"first": 0, "last": max((total - 1) // step * step, 0)}
    if page.offset > 0:
        offsets["prev"] = max(page.offset - step, 0)
    if page.offset + page.limit < total:
        offsets["next"] = page.offset + page.limit
    return ", ".join(
        f'<{path}?{urlencode([*others, ("offset", offset), ("limit", page.limit)])}>; rel="{relation}"'
        for relation, offset in offsets.items()
    )
