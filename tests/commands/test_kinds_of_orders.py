"""`--resource`: commands that take both kinds of orders, where an external id may stand for one of each."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, get_args

import pytest

from ordercli.resources.registry import RESOURCES
from ordercli.settings import ResourceName
from support.builders import encoded, ndjson, product_order, service_order

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

SHARED = "X-1"
KINDS = ("productOrder", "serviceOrder")


def test_the_values_of_the_option_are_the_kinds_of_orders() -> None:
    assert get_args(ResourceName) == tuple(RESOURCES) == KINDS


@pytest.fixture
def both(ordercli: Ordercli) -> dict[str, str]:
    """An order of each kind with the same external id; their order ids."""
    ordercli("submit", stdin=ndjson(product_order(SHARED), service_order(SHARED)))
    return ids(ordercli)


def ids(ordercli: Ordercli) -> dict[str, str]:
    return {kind: ordercli("list", "--resource", kind, "-o", "id").stdout.strip() for kind in KINDS}


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("kind", KINDS)
def test_the_list_has_the_orders_of_one_kind_or_of_both(ordercli: Ordercli, kind: str) -> None:
    hrefs = [each["href"] for each in ordercli("list", "--resource", kind, "-o", "ndjson").ndjson]

    assert [href.rsplit("/", 2)[1] for href in hrefs] == [kind]
    assert len(ordercli("list", "-o", "ndjson").ndjson) == len(KINDS)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("show", ()),
        ("history", ()),
        ("history", ("--events",)),
        ("patch", ("--set", "description=new", "--dry-run")),
        ("patch", ("--set", "description=new")),
        ("cancel", ("--reason", "twice")),
    ],
)
def test_an_external_id_of_both_kinds_is_refused_with_advice_that_works_when_pasted(
    ordercli: Ordercli, both: dict[str, str], command: str, options: tuple[str, ...]
) -> None:
    refused = ordercli(command, SHARED, *options)
    advice = refused.stderr.rpartition("choose with ")[2].split(" or ")

    assert refused.exit_code == 4
    assert f"{SHARED!r} stands for orders of several kinds" in refused.stderr
    assert [each.strip() for each in advice] == [f"--resource {kind} ({order_id})" for kind, order_id in both.items()]
    for kind, each in zip(KINDS, advice, strict=True):
        pasted = shlex.split(each.partition("(")[0])
        done = ordercli(command, SHARED, *options, *pasted, "-o", "json")
        assert (done.exit_code, done.stderr) == (0, "")
        if command == "show":
            assert done.json["id"] == both[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_of_another_kind_is_not_found(ordercli: Ordercli, kind: str) -> None:
    ordercli("submit", stdin=encoded(product_order(SHARED) if kind == "serviceOrder" else service_order(SHARED)))

    for words in (("show",), ("history",), ("patch", "--set", "description=new"), ("cancel", "--reason", "twice")):
        done = ordercli(words[0], SHARED, *words[1:], "--resource", kind)
        assert done.exit_code == 3
        if words[0] in {"show", "history"}:
            assert f"nothing is known as 'X-1' among orders of kind {kind}" in done.stderr
    entry = ordercli("queue", "show", SHARED, "--resource", kind)
    assert (entry.exit_code, "has no entry in the inbound queue" in entry.stderr) == (3, False)


@pytest.mark.parametrize("kind", KINDS)
def test_events_of_one_kind(ordercli: Ordercli, both: dict[str, str], kind: str) -> None:
    events = ordercli("events", "--resource", kind, "-o", "ndjson").ndjson
    every = ordercli("events", "-o", "ndjson").ndjson

    assert [each["event"][kind]["id"] for each in events] == [both[kind]]
    assert [each["cursor"] for each in every if kind in each["event"]] == [each["cursor"] for each in events]
    assert len(every) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_patches_of_a_file_change_orders_of_one_kind(ordercli: Ordercli, both: dict[str, str], kind: str) -> None:
    line = encoded({"id": SHARED, "description": "new"})
    refused = ordercli("patch", "--from", "-", "-o", "ndjson", stdin=line)
    done = ordercli("patch", "--from", "-", "-o", "ndjson", "--resource", kind, stdin=line)

    assert refused.ndjson[0]["outcome"] == "conflict"
    assert [(each["id"], each["outcome"]) for each in done.ndjson] == [(both[kind], "patched")]


def test_the_command_that_sends_refused_patches_again_repeats_the_kind(ordercli: Ordercli) -> None:
    (ordercli.folder / "patches.ndjson").write_bytes(encoded({"id": "nothing", "description": "new"}))

    refused = ordercli("patch", "--from", "patches.ndjson", "--resource", "serviceOrder")

    again = "ordercli patch --resource serviceOrder --from patches.ndjson.rejects.ndjson"
    assert (refused.exit_code, again in refused.stderr) == (1, True)


def test_a_request_to_cancel_an_order_of_another_kind_has_one_finding(ordercli: Ordercli, both: dict[str, str]) -> None:
    lines = ndjson(*({"cancellationReason": "twice", kind: {"id": SHARED}} for kind in KINDS))

    done = ordercli("cancel", "--from", "-", "-o", "ndjson", "--resource", "serviceOrder", stdin=lines)

    assert [(each["id"], each["outcome"]) for each in done.ndjson] == [
        (None, "rejected"),
        (both["serviceOrder"], "cancelled"),
    ]
    (error,) = done.ndjson[0]["errors"]
    message = "Not a service order: this looks like the cancellation of a product order"
    assert (error["code"], error["pointer"], error["message"]) == ("ORD011", "/productOrder", message)


def test_several_orders_of_one_kind_are_cancelled(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(*(make(name) for name in ("A", "B") for make in (product_order, service_order))))
    wanted = ids(ordercli)["productOrder"].split()

    done = ordercli("cancel", "A", "B", "--resource", "productOrder", "--reason", "twice", "-o", "ndjson")

    assert sorted(each["id"] for each in done.ndjson) == sorted(wanted)
    assert {each["state"] for each in ordercli("list", "-o", "ndjson", "--resource", "serviceOrder").ndjson} == {"new"}


class TestQueue:
    @pytest.fixture(autouse=True)
    def _queued(self, ordercli: Ordercli) -> None:
        ordercli("submit", "--async", stdin=ndjson(product_order(SHARED), service_order(SHARED)))

    @pytest.mark.parametrize("kind", KINDS)
    def test_entries_of_one_kind_are_listed_and_shown(self, ordercli: Ordercli, kind: str) -> None:
        listed = ordercli("queue", "list", "--resource", kind, "-o", "ndjson").ndjson
        shown = ordercli("queue", "show", SHARED, "--resource", kind, "-o", "json").json

        assert [each["resource"] for each in listed] == [kind]
        assert (shown["resource"], shown["orderId"]) == (kind, listed[0]["orderId"])
        assert ordercli("queue", "show", SHARED).exit_code == 4

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_entry_of_one_kind_is_created(self, ordercli: Ordercli, kind: str) -> None:
        refused = ordercli("queue", "create", SHARED)
        done = ordercli("queue", "create", SHARED, "--resource", kind, "-o", "ndjson")

        assert (refused.exit_code, "--resource serviceOrder" in refused.stderr) == (4, True)
        assert [each["outcome"] for each in done.ndjson] == ["created"]
        assert [each["href"].rsplit("/", 2)[1] for each in ordercli("list", "-o", "ndjson").ndjson] == [kind]

    def test_entries_of_one_kind_are_discarded_by_id_or_by_filter(self, ordercli: Ordercli) -> None:
        by_id = ordercli("queue", "discard", SHARED, "--resource", "productOrder", "--reason", "r", "-o", "ndjson")
        chosen = ("queue", "discard", "--resource", "serviceOrder", "--reason", "r")
        dry = ordercli(*chosen, "--dry-run", "-o", "ndjson")
        by_kind = ordercli(*chosen, "--yes", "-o", "json")

        assert [each["outcome"] for each in by_id.ndjson] == ["discarded"]
        assert [each["resource"] for each in dry.ndjson] == ["serviceOrder"]
        assert (by_kind.json["matched"], by_kind.json["discarded"]) == (1, 1)

    def test_discarded_entries_of_one_kind_are_exported(self, ordercli: Ordercli) -> None:
        ordercli("queue", "discard", "--state", "new", "--reason", "r", "--yes")

        lines = ordercli("queue", "export", "--state", "cancelled", "--resource", "serviceOrder").ndjson

        assert [each["$reject"]["resource"] for each in lines] == ["serviceOrder"]


NOT_PRODUCT = "Not a product order: this looks like a service order (TMF641)"
NOT_SERVICE = "Not a service order: this looks like a product order (TMF622)"
OTHER_KINDS = [
    ("productOrder", service_order(), "/serviceOrderItem", NOT_PRODUCT),
    ("serviceOrder", product_order(), "/productOrderItem", NOT_SERVICE),
]


@pytest.mark.parametrize(("kind", "order", "pointer", "message"), OTHER_KINDS)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_validate_and_submit_tell_an_order_of_another_kind_by_one_finding(
    ordercli: Ordercli, kind: str, order: dict[str, Any], pointer: str, message: str, jobs: str
) -> None:
    right = product_order("R") if kind == "productOrder" else service_order("R")
    lines = ndjson(right, order, {kind: right | {"externalId": "R-2"}})
    (ordercli.folder / "orders.ndjson").write_bytes(lines)

    validated = ordercli("validate", "orders.ndjson", "--resource", kind, "--jobs", jobs, "-o", "json")
    submitted = ordercli("submit", "orders.ndjson", "--resource", kind, "--jobs", jobs, "-o", "ndjson")

    found = [(each["code"], each["pointer"], each["message"], each["line"]) for each in validated.json["diagnostics"]]
    assert found == [("ORD011", pointer, message, 2)]
    errors = [[(each["code"], each["message"]) for each in receipt["errors"]] for receipt in submitted.ndjson]
    assert errors == [[], [("ORD011", message)], []]
    assert ordercli("validate", "orders.ndjson").exit_code == 0


def test_an_order_with_line_items_of_both_kinds_has_one_finding(ordercli: Ordercli) -> None:
    mixed = encoded({**product_order(), "serviceOrderItem": service_order()["serviceOrderItem"]})

    found = ordercli("validate", "--resource", "serviceOrder", "-o", "ndjson", stdin=mixed).ndjson

    assert [(each["code"], each["pointer"]) for each in found] == [("ORD011", "/productOrderItem")]


def test_what_is_no_order_is_refused_in_the_words_of_the_kind_that_is_wanted(ordercli: Ordercli) -> None:
    def said(*options: str) -> list[str]:
        return [each["message"] for each in ordercli("validate", "-o", "ndjson", *options, stdin=b"{}").ndjson]

    assert said("--resource", "serviceOrder") == ["Invalid payload: Request body missing."]
    assert said("--resource", "productOrder") == said() == ["Invalid payload: Request body missing"]


def test_a_batch_is_resumed_with_its_kind(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_bytes(ndjson(product_order("A"), product_order("B"), service_order("C")))
    stopped = ordercli("submit", "orders.ndjson", "--resource", "serviceOrder", "--fail-fast", "-o", "json")

    resumed = ordercli("batch", "resume", stopped.json["batchId"], "--max-rejects", "100%", "-o", "json")

    assert (stopped.json["read"], stopped.json["rejected"]) == (1, 1)
    assert (resumed.json["rejected"], resumed.json["accepted"]) == (2, 1)


def test_an_idempotency_key_stands_for_one_kind(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_bytes(ndjson(service_order("C")))
    words = ("submit", "orders.ndjson", "--idempotency-key", "night")
    ordercli(*words, "--resource", "serviceOrder")

    again = ordercli(*words, "--resource", "serviceOrder", "-o", "json")
    without = ordercli(*words)

    assert (again.exit_code, again.json["repeated"]) == (0, True)
    assert (without.exit_code, "another input, --at, --resource, --map, mode" in without.stderr) == (4, True)


def test_an_unknown_kind_is_a_usage_error_that_names_the_kinds(ordercli: Ordercli) -> None:
    refused = ordercli("list", "--resource", "quote")

    assert refused.exit_code == 2
    assert all(f"'{kind}'" in refused.stderr for kind in KINDS)


@pytest.mark.parametrize("profile", ["servicenow", "tmf641"])
def test_a_blank_external_id_of_a_service_order_is_refused_in_every_profile(ordercli: Ordercli, profile: str) -> None:
    blank = encoded(service_order(" "))

    found = ordercli("--profile", profile, "validate", "-o", "ndjson", stdin=blank).ndjson

    assert [each["pointer"] for each in found if each["code"] == "ORD125"] == ["/externalId"]


LACKING = [
    ("productOrder", "product-order-item-action-missing", "Invalid payload: productOrderItem action is missing"),
    ("serviceOrder", "service-order-item-action-missing", "Invalid payload: serviceOrderItem action is missing."),
]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_finding_has_the_name_and_the_words_of_the_kind_of_its_order(ordercli: Ordercli, jobs: str) -> None:
    made = {"productOrder": product_order("P"), "serviceOrder": service_order("S")}
    for kind, order in made.items():
        del order[f"{kind}Item"][0]["action"]
    (ordercli.folder / "orders.ndjson").write_bytes(ndjson(*made.values()))

    found = ordercli("validate", "orders.ndjson", "--jobs", jobs, "-o", "ndjson").ndjson
    sarif = ordercli("validate", "orders.ndjson", "--resource", "serviceOrder", "--format", "sarif").json

    words = [(each["code"], each["pointer"], each["name"], each["message"]) for each in found]
    assert words == [("ORD104", f"/{kind}Item/0/action", name, message) for kind, name, message in LACKING]
    names = {each["id"]: each["name"] for each in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert names == {"ORD011": "other-kind", "ORD104": "service-order-item-action-missing"}


def test_a_cancellation_that_names_orders_of_both_kinds_is_refused(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(product_order(SHARED), service_order(SHARED)))
    body = {"cancellationReason": "late", "productOrder": {"id": SHARED}, "serviceOrder": {"id": SHARED}}

    done = ordercli("cancel", "-o", "json", stdin=encoded(body))

    (detail,) = json.loads(done.stderr)["details"]
    message = "The request names both a productOrder and a serviceOrder; send a request for each"
    assert (detail["rule"], detail["datapath"], detail["message"]) == ("ORD011", "/serviceOrder", message)
    assert {each["state"] for each in ordercli("list", "-o", "json").json} == {"new"}


ITEMS: dict[str, str] = {each.name: each.items for each in RESOURCES.values()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_patch_that_names_its_kind_changes_the_order_of_that_kind(
    ordercli: Ordercli, both: dict[str, str], kind: str
) -> None:
    items = ITEMS[kind]
    operation = {"op": "replace", "path": f"/{items}/0/quantity", "value": 4}
    merged = {items: [{"id": "1", "quantity": 2}]}
    commands = [
        (("patch", SHARED, "-"), encoded(merged)),
        (("patch", SHARED, "-"), encoded({kind: {"description": "new"}})),
        (("patch", SHARED, "-"), encoded([operation])),
        (("patch", SHARED, "--set", f"{items}.1.quantity=5"), b""),
        (("patch", "--from", "-"), encoded({"id": SHARED, items: [{"id": "1", "quantity": 6}]})),
        (("patch", "--from", "-"), encoded({kind: {"id": SHARED, "description": "newer"}})),
        (("patch", "--from", "-"), encoded({"id": SHARED, "patch": [{**operation, "value": 7}]})),
    ]
    for words, text in commands:
        done = ordercli(*words, "-o", "json" if "--from" not in words else "ndjson", stdin=text)
        assert (done.exit_code, (done.ndjson[-1] if "--from" in words else done.json)["id"]) == (0, both[kind])

    shown = [ordercli("show", each).json for each in both.values()]
    assert [each.get("description") for each in shown] == ["newer" if each == kind else None for each in KINDS]


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("patch", [{"description": "new"}, {each: [{"id": "1"}] for each in ITEMS.values()}])
def test_a_patch_that_names_no_kind_or_both_is_refused(ordercli: Ordercli, patch: dict[str, Any]) -> None:
    refused = ordercli("patch", SHARED, "-", stdin=encoded(patch))

    assert refused.exit_code == 4
    assert "stands for orders of several kinds; choose with --resource productOrder (" in refused.stderr


def test_the_option_wins_over_the_kind_that_a_patch_names(ordercli: Ordercli, both: dict[str, str]) -> None:
    patch = encoded({"serviceOrderItem": [{"id": "1", "quantity": 2}]})
    refused = ordercli("patch", SHARED, "-", "--resource", "productOrder", stdin=patch)
    version = ordercli("show", both["serviceOrder"]).json["version"]

    assert refused.exit_code != 0
    assert version == ordercli("show", both["productOrder"]).json["version"]


def test_a_patch_of_another_kind_than_the_only_order_is_refused_for_that_order(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order(SHARED)))
    refused = ordercli("patch", SHARED, "-", stdin=encoded({"serviceOrderItem": [{"id": "1", "quantity": 2}]}))

    assert (refused.exit_code, "There is no order" in refused.stderr) == (1, False)
