"""Orders of TMF622 v5 with several external identifiers: what is known, found, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


def order(*ids: str, **members: Any) -> Json:
    """An order that is known by the first of these ids."""
    identifiers = [{"@type": "ExternalIdentifier", "id": each} for each in ids]
    offering = {"@type": "ProductOfferingRef", "id": "o"}
    line = {"@type": "ProductOrderItem", "id": "1", "action": "add", "productOffering": offering}
    return {"@type": "ProductOrder", "externalId": identifiers, "productOrderItem": [line], **members}


def submitted(ordercli: Ordercli, document: Json, *options: str) -> tuple[str, list[tuple[str, str]]]:
    """The outcome of an order, and the code and pointer of each of its errors."""
    arguments = ("--profile", "tmf622", "-o", "ndjson", "--rejects", "none", *options)
    (receipt,) = ordercli("submit", "-", *arguments, stdin=encoded(document)).ndjson
    return receipt["outcome"], [(each["code"], each["pointer"]) for each in receipt["errors"]]


@pytest.mark.parametrize("options", [(), ("--async",)])
def test_a_key_is_no_further_identifier_of_another_order(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    first = submitted(ordercli, order("A", "B", "C"), *options)
    again = submitted(ordercli, order("A", "B", "C"))
    known_as_further = submitted(ordercli, order("B"), *options)
    known_as_key = submitted(ordercli, order("D", "A"), *options)
    in_another_version = submitted(ordercli, {"externalId": "A", "productOrderItem": [{"id": "1", "action": "add"}]})
    of_another_source = submitted(ordercli, order("B"), "--source", "shop")

    assert (first, again) == (("accepted", []), ("duplicate", []))
    assert known_as_further == ("conflict", [("ORD420", "/externalId/0/id")])
    assert known_as_key == ("conflict", [("ORD420", "/externalId/1/id")])
    assert in_another_version == ("conflict", [("ORD420", "/externalId")])
    assert of_another_source == ("accepted", [])


def test_orders_are_found_by_each_identifier(ordercli: Ordercli) -> None:
    submitted(ordercli, order("A", "SHARED", "B"))
    submitted(ordercli, order("C", "SHARED"), "--async")

    waiting = ordercli("show", "SHARED")
    ordercli("queue", "run")
    ids = ordercli("list", "--external-id", "SHARED", "-o", "id").stdout.splitlines()
    several = ordercli("show", "SHARED")
    one = ordercli("show", "B", "-o", "id").stdout.split()

    assert (waiting.exit_code, several.exit_code, len(ids)) == (4, 4, 2)
    assert all(each in several.stderr for each in ids)
    assert one == ordercli("show", "A", "-o", "id").stdout.split()


def test_nul_in_an_identifier_is_kept(ordercli: Ordercli) -> None:
    document = order("A", "B")
    document["externalId"][1] |= {"owner": "a\0b", "externalIdentifierType": "\0"}

    outcome = submitted(ordercli, document)
    shown = ordercli("show", "B", "-o", "json").json

    assert (outcome, shown["externalId"]) == (("accepted", []), document["externalId"])
