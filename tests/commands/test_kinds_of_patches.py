"""`ordercli patch` and what people take for a merge patch: one operation, a wrapped order, fields that nobody knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, ndjson, product_order
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

ONE_OPERATION = (
    "Not a JSON Patch: this is one operation of a JSON Patch (RFC 6902): give a list, "
    '[{"op": …}], or with --from lines like {"id": "CRM-1007", "patch": [{"op": …}]}'
)
NO_ORDER = (
    'Not a JSON Patch: a JSON Patch does not name its order: a line is like {"id": "CRM-1007", "patch": [{"op": …}]}'
)
OPERATION = {"op": "replace", "path": "/description", "value": "new"}


@pytest.fixture(autouse=True)
def _created(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order(description="old")))


def shown(ordercli: Ordercli) -> Any:
    """The order as it stands."""
    return ordercli("show", "PO-1", "-o", "json").json


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--set", "state=in_progress")])
@pytest.mark.parametrize(("wrap", "pointer"), [(False, ""), (True, "/productOrder")])
def test_one_operation_is_refused_and_the_order_left_as_it_is(
    ordercli: Ordercli, options: tuple[str, ...], pointer: str, *, wrap: bool
) -> None:
    patch = {"productOrder": OPERATION} if wrap else OPERATION
    before = shown(ordercli)

    (ordercli.folder / "patch.json").write_bytes(encoded(patch))
    result = ordercli("patch", "PO-1", "patch.json", *options, "-o", "json")

    details = [{"message": ONE_OPERATION, "datapath": pointer, "rule": "ORD412"}]
    assert (result.exit_code, result.stdout, json.loads(result.stderr)["details"]) == (1, "", details)
    assert shown(ordercli) == before


def test_operations_in_a_wrapper_are_refused_and_the_order_left_as_it_is(ordercli: Ordercli) -> None:
    before = shown(ordercli)

    by_hand = ordercli("patch", "PO-1", "-", "-o", "json", stdin=encoded({"productOrder": [OPERATION]}))
    line = encoded({"id": "PO-1", "productOrder": [OPERATION]})
    from_file = ordercli("patch", "--from", "-", "-o", "ndjson", "--rejects", "none", stdin=line)

    details = [(each["rule"], each["datapath"]) for each in json.loads(by_hand.stderr)["details"]]
    assert (by_hand.exit_code, details) == (1, [("ORD412", "/productOrder")])
    assert [each["errors"][0]["code"] for each in from_file.ndjson] == ["ORD412"]
    assert shown(ordercli) == before


def test_operations_line_by_line_are_several_patches(ordercli: Ordercli) -> None:
    (ordercli.folder / "patch.ndjson").write_bytes(ndjson(OPERATION, OPERATION))

    result = ordercli("patch", "PO-1", "patch.ndjson")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "error: patch.ndjson holds more than one patch")


def test_operations_without_an_order_are_refused_line_by_line(ordercli: Ordercli, connection: Store) -> None:
    before = shown(ordercli)
    lines = ndjson(
        OPERATION,
        encoded([OPERATION]),
        {"id": "PO-1", **OPERATION},
        {"productOrder": {"id": "PO-1", **OPERATION}},
        {"id": "PO-1", "productOrder": OPERATION},
    )

    result = ordercli("patch", "--from", "-", "-o", "ndjson", stdin=lines)

    reported = [(each["outcome"], [error["code"] for error in each["errors"]]) for each in result.ndjson]
    assert (result.exit_code, reported) == (1, [("rejected", ["ORD412"])] * 5)
    messages = [each["errors"][0]["message"] for each in result.ndjson]
    assert messages == [ONE_OPERATION, NO_ORDER, *[ONE_OPERATION] * 3]
    assert shown(ordercli) == before
    assert rows(connection, "revised_document", "1") == []


@pytest.mark.parametrize(
    "change",
    [{"op": "replace"}, {"path": "/x"}, {"op": 1, "path": "/x"}, {"description": "x", "op": "add", "path": None}],
)
def test_members_of_such_names_alone_make_no_json_patch(ordercli: Ordercli, change: dict[str, Any]) -> None:
    assert ordercli("patch", "PO-1", stdin=encoded(change)).exit_code == 0


def test_a_wrapped_order_is_unwrapped(ordercli: Ordercli) -> None:
    by_hand = ordercli("patch", "PO-1", "-o", "json", stdin=encoded({"productOrder": {"description": "new"}}))
    lines: list[Json] = [
        {"productOrder": {"id": "PO-1", "note": [{"text": "a"}]}},
        {"id": "PO-1", "productOrder": {"note": [{"text": "b"}]}},
    ]
    of_file = ordercli("patch", "--from", "-", "-o", "ndjson", stdin=ndjson(*lines))

    order = shown(ordercli)
    assert (by_hand.exit_code, of_file.exit_code) == (0, 0)
    assert (order["description"], order["note"]) == ("new", [{"text": "a"}, {"text": "b"}])
    assert "productOrder" not in order


def test_faults_of_a_wrapped_order_stand_at_their_place_in_the_file(ordercli: Ordercli) -> None:
    wrapped = {"productOrder": {"productOrderItem": [{"quantity": 2}]}}

    by_hand = ordercli("patch", "PO-1", "-o", "json", stdin=encoded(wrapped))
    lines = ndjson(wrapped, {"productOrder": {"id": 7, "note": []}}, {"productOrder": {"id": "PO-1"}})
    of_file = ordercli("patch", "--from", "-", "-o", "ndjson", stdin=lines)
    empty = ordercli("patch", "PO-1", "-o", "json", stdin=encoded({"productOrder": {}}))

    pointer = "/productOrder/productOrderItem/0/id"
    assert [each["datapath"] for each in json.loads(by_hand.stderr)["details"]] == [pointer]
    assert [[(error["code"], error["pointer"]) for error in each["errors"]] for each in of_file.ndjson] == [
        [("ORD103", pointer)],
        [("ORD120", "/productOrder/id")],
        [("ORD101", "")],
    ]
    assert json.loads(empty.stderr)["details"][0]["rule"] == "ORD101"


WARNED = (
    "warning[ORD901]: /descripton: descripton is no known field of the order\n"
    "  hint: did you mean description?\n"
    "warning[ORD901]: /productOrderItem/0/zzz: zzz is no known field of productOrderItem\n"
)


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_fields_that_nobody_knows_are_warned_of(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    patch = {"descripton": "new", "productOrderItem": [{"id": "1", "zzz": 1}]}

    by_document = ordercli("patch", "PO-1", *options, stdin=encoded(patch))
    by_options = ordercli("patch", "PO-1", *options, "--set", "descriptin=x", "--set", "productOrderItem.1.yyy=1")

    assert (by_document.exit_code, by_document.stderr) == (0, WARNED)
    assert (by_options.exit_code, by_options.stderr) == (
        0,
        WARNED.replace("descripton", "descriptin").replace("zzz", "yyy"),
    )


def test_what_an_order_holds_already_is_not_warned_of_again(ordercli: Ordercli) -> None:
    ordercli("patch", "PO-1", "--set", "descripton=x")

    again = ordercli("patch", "PO-1", "--set", "descripton=y", "--set", "channel.-.id=web")

    assert (again.exit_code, again.stderr) == (0, "")


def test_settings_hold_for_fields_that_nobody_knows(ordercli: Ordercli) -> None:
    patch = encoded({"descripton": "new"})

    ignored = ordercli("patch", "PO-1", stdin=patch, ORDERCLI_VALIDATION_IGNORE="ORD901:descripton")
    refused = ordercli("patch", "PO-1", stdin=encoded({"zzz": 1}), ORDERCLI_VALIDATION_SEVERITY="ORD901=error")

    assert (ignored.exit_code, ignored.stderr) == (0, "")
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        1,
        "error[ORD901]: /zzz: zzz is no known field of the order",
    )
    assert "zzz" not in shown(ordercli)


@pytest.mark.parametrize(
    "named",
    [
        {"productOrderId": "PO-1"},
        {"productOrderId": "PO-1", "productOrder": {}},
        {"productOrder": {"productOrderId": "PO-1", "productOrderHref": "https://x.test/1"}},
        {"productOrder": {"id": "PO-1", "productOrderId": "PO-9"}, "productOrderId": "PO-9"},
    ],
)
def test_a_request_of_mef_to_cancel_an_order_is_taken(ordercli: Ordercli, named: Json) -> None:
    request = encoded({"cancellationReason": "technical", **named})

    result = ordercli("cancel", "--from", "-", "-o", "ndjson", stdin=request)

    assert (result.exit_code, [each["outcome"] for each in result.ndjson]) == (0, ["cancelled"])
    assert shown(ordercli)["state"] == "canceled"


def test_a_request_to_cancel_that_names_no_order_is_told_how(ordercli: Ordercli) -> None:
    reason = {"cancellationReason": "twice"}
    requests: list[Json] = [
        {**reason, "productOrderId": 7},
        {**reason, "productOrder": {"productOrderId": " "}},
        {**reason, "productOrderId": "PO-1", "productOrder": "PO-1"},
        {**reason, "serviceOrder": {"id": "PO-1"}},
        reason,
    ]

    result = ordercli("cancel", "--from", "-", "-o", "ndjson", stdin=ndjson(*requests))

    assert [[(e["code"], e["pointer"], e["suggestion"]) for e in each["errors"]] for each in result.ndjson] == [
        [("ORD120", "/productOrderId", None)],
        [("ORD411", "/productOrder/productOrderId", None)],
        [("ORD120", "/productOrder", None)],
        [("ORD404", "/serviceOrder/id", None)],
        [("ORD411", "/productOrder", None)],
    ]
    assert shown(ordercli)["state"] == "new"
