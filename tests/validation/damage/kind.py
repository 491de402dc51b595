"""A kind of damage: a good order goes in, a bad one comes out with the one finding that it must give."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple, Protocol, TypeVar

Json = dict[str, Any]
_T = TypeVar("_T")


class Damaged(NamedTuple):
    """The bytes of a damaged order, and the finding it must give."""

    data: bytes
    code: str
    pointer: str


class NoPlaceForIt(Exception):  # noqa: N818 - not a fault
    """The order has nothing that this kind of damage could break."""


class Pick(Protocol):
    """Chance: one of several, or NoPlaceForIt where there is none."""

    def __call__(self, choices: Sequence[_T], /) -> _T: ...


Kind = Callable[[Json, Pick], Damaged]
Kinds = dict[str, Kind]
# The kinds of damage to product orders, to service orders of ServiceNow, and to those of TMF641.
KINDS: Kinds = {}
SERVICE_KINDS: Kinds = {}
STANDARD_KINDS: Kinds = {}


def kind_in(*lists: Kinds) -> Callable[[Callable[[Json, Pick], tuple[Json | bytes, str]]], Kind]:
    """Take a function into lists; its name begins with the code that its damage gives."""

    def listed(function: Callable[[Json, Pick], tuple[Json | bytes, str]]) -> Kind:
        code = function.__name__[:6].upper()

        def damage(order: Json, pick: Pick) -> Damaged:
            broken, pointer = function(order, pick)
            return Damaged(broken if isinstance(broken, bytes) else encoded(broken), code, pointer)

        for each in lists:
            each[function.__name__] = damage
        return damage

    return listed


kind = kind_in(KINDS)
any_kind = kind_in(KINDS, SERVICE_KINDS, STANDARD_KINDS)


def damaged_orders(kinds: Kinds, orders: Sequence[Json], count: int, seed: int) -> Iterator[tuple[str, Damaged]]:
    """So many damaged orders, of every kind in turn, each with the name of its kind."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets

    def pick(choices: Sequence[_T], /) -> _T:
        if not choices:
            raise NoPlaceForIt
        return rng.choice(choices)

    names = list(kinds)
    for n in range(count):
        name = names[n % len(names)]
        yield name, _damaged(kinds[name], orders, pick)


def _damaged(damage: Kind, orders: Sequence[Json], pick: Pick) -> Damaged:
    while True:
        try:
            return damage(deepcopy(pick(orders)), pick)
        except NoPlaceForIt:
            continue


def encoded(order: Json) -> bytes:
    """The order on one line."""
    return json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode()


def items(order: Json) -> list[tuple[str, Json]]:
    """The line items with their pointers, those that are nested in others too."""
    member = "serviceOrderItem" if "serviceOrderItem" in order else "productOrderItem"
    return list(_items(order, member, ""))


def _items(holder: Json, member: str, above: str) -> Iterator[tuple[str, Json]]:
    for n, item in enumerate(holder.get(member, ())):
        yield f"{above}/{member}/{n}", item
        yield from _items(item, member, f"{above}/{member}/{n}")


def relations(order: Json, *types: str, member: str = "productOrderItemRelationship") -> list[tuple[str, Json, Json]]:
    """The relations of these types: pointer, line item, relation."""
    return [
        (f"{pointer}/{member}/{n}", item, relation)
        for pointer, item in items(order)
        for n, relation in enumerate(item.get(member, []))
        if relation["relationshipType"] in types
    ]


def relate(parent: Json, child: Json, member: str = "productOrderItemRelationship") -> None:
    """Say on both sides that one line item is the parent of the other."""
    for one, other, word in ((parent, child, "HasChild"), (child, parent, "HasParent")):
        one.setdefault(member, []).append({"id": other["id"], "relationshipType": word})
