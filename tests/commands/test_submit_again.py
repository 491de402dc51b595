from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, write_orders
from support.printed import outcomes, read_rejects, summary
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine


FIRST = product_order("PO-1", note=[{"text": "first"}])
SAME = {
    "same bytes": encoded(FIRST),
    "another spelling": json.dumps(FIRST, indent=2).encode(),
    "null instead of nothing": encoded({**FIRST, "channel": None}),
    "members of the server": encoded({**FIRST, "id": "x", "href": "/x", "state": "completed", "version": "7"}),
    "a number written otherwise": encoded(FIRST).replace(b'"quantity":1', b'"quantity":1.00'),
}
OTHER = {
    "another value": encoded({**FIRST, "orderCurrency": "USD"}),
    "another order of notes": encoded({**FIRST, "note": [{"text": "second"}, {"text": "first"}]}),
    "one member more": encoded({**FIRST, "fulfillmentType": "deliver"}),
}
SECOND = [(how, document, "duplicate", 200) for how, document in SAME.items()] + [
    (how, document, "conflict", 409) for how, document in OTHER.items()
]
FOUND = {"in the queue": ("--async", False), "completed": ("--async", True), "created at once": ("", False)}


@pytest.mark.parametrize("mode", ["--async", ""])
@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize(("how", "second", "outcome", "status_code"), SECOND)
def test_an_order_that_is_sent_again_is_known(
    ordercli: Ordercli,
    connection: Store,
    how: str,
    second: bytes,
    outcome: str,
    status_code: int,
    found: str,
    mode: str,
) -> None:
    first_mode, run = FOUND[found]
    first = ordercli("submit", *filter(None, [first_mode]), "-o", "id", stdin=encoded(FIRST)).stdout.strip()
    if run:
        ordercli("queue", "run")

    result = ordercli("submit", *filter(None, [mode]), "-o", "ndjson", "--rejects", "none", stdin=second)

    (receipt,) = result.ndjson
    assert (receipt["outcome"], receipt["statusCode"], receipt["orderId"]) == (outcome, status_code, first), how
    assert result.exit_code == (0 if outcome == "duplicate" else 1)
    assert [error["code"] for error in receipt["errors"]] == ([] if outcome == "duplicate" else ["ORD420"])
    assert len(rows(connection, "payload")) == 1


def test_within_one_file_the_first_counts(ordercli: Ordercli, connection: Store) -> None:
    documents = [encoded(FIRST), *SAME.values(), *OTHER.values()]

    result = ordercli(
        "submit", "-o", "ndjson", "--rejects", "none", stdin=b"\n".join(each.replace(b"\n", b" ") for each in documents)
    )

    outcomes_of = [each["outcome"] for each in result.ndjson]
    assert outcomes_of == ["accepted"] + ["duplicate"] * len(SAME) + ["conflict"] * len(OTHER)
    assert {each["orderId"] for each in result.ndjson} == {column(connection, "customer_order", "order_id")[0]}


def test_the_same_external_id_of_another_source_is_another_order(ordercli: Ordercli, connection: Store) -> None:
    for source in ("crm", "web"):
        ordercli("submit", "--source", source, stdin=encoded(FIRST))

    assert [(row["source"], row["external_id"]) for row in rows(connection, "customer_order")] == [
        ("crm", "PO-1"),
        ("web", "PO-1"),
    ]


def test_an_order_without_external_id_is_never_a_duplicate(ordercli: Ordercli, connection: Store) -> None:
    for _ in range(2):
        result = ordercli("submit", stdin=ndjson(product_order(None), product_order(None)))

    assert summary(result, "accepted", "duplicates") == {"accepted": 2, "duplicates": 0}
    assert column(connection, "customer_order", "external_id") == [None] * 4


@pytest.mark.parametrize("state", ["error", "cancelled"])
def test_an_order_that_failed_or_was_withdrawn_can_come_again_with_a_new_id(
    ordercli: Ordercli, connection: Store, state: str
) -> None:
    first = ordercli("submit", "--async", "-o", "id", stdin=encoded(FIRST)).stdout
    why = "error_code = 'ORD190', error = '{}'" if state == "error" else "reason = 'wrong'"
    connection.execute(f"UPDATE inbound_entry SET state = '{state}', {why}")

    second = ordercli("submit", "--async", "-o", "id", stdin=encoded(FIRST)).stdout
    again = ordercli("submit", "--async", "-o", "ndjson", stdin=encoded(FIRST))

    assert first != second
    assert (again.ndjson[0]["outcome"], again.ndjson[0]["orderId"]) == ("duplicate", second.strip())
    assert column(connection, "inbound_entry", "state") == [state, "new"]


def test_a_conflict_names_the_source_and_goes_into_the_rejects(ordercli: Ordercli) -> None:
    ordercli("submit", "--source", "crm", stdin=encoded(FIRST))
    write_orders(Path("orders.ndjson"), OTHER["another value"])

    ordercli("submit", "orders.ndjson", "--source", "crm")

    (reject,) = read_rejects(Path("orders.ndjson.rejects.ndjson"))
    assert reject["order"] == {**FIRST, "orderCurrency": "USD"}
    assert reject["$reject"]["errors"] == [
        {
            "code": "ORD420",
            "pointer": "/externalId",
            "line": 1,
            "column": 15,
            "message": "externalId 'PO-1' is known in source 'crm' with other content (/orderCurrency: EUR -> USD)",
            "suggestion": None,
            "value": "/orderCurrency",
        }
    ]


def test_a_conflict_cuts_off_long_names(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded({**FIRST, "x" * 300: 1}))

    (receipt,) = ordercli("submit", "-o", "ndjson", stdin=encoded({**FIRST, "x" * 300: 2})).ndjson

    (error,) = receipt["errors"]
    name = f"/{'x' * 199}…"
    assert (error["message"], error["value"]) == (
        f"externalId 'PO-1' is known in source 'cli' with other content ({name}: 1 -> 2)",
        name,
    )


WEB = {"channel": [{"id": "web"}]}


def messages(result: Result) -> list[str]:
    return [error["message"] for each in result.ndjson for error in each["errors"]]


@pytest.mark.parametrize("options", [(), ("--async",)])
def test_a_conflict_tells_what_differs_and_how(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    item = {**FIRST["productOrderItem"][0], "quantity": 7}
    changed = {
        **FIRST,
        "orderCurrency": "USD",
        "description": "x" * 70,
        "productOrderItem": [item],
        "channel": [{"id": "web"}],
    }
    words = ("submit", *options, "--rejects", "none", "-o", "ndjson")

    in_one_run = ordercli(*words, stdin=ndjson(FIRST, changed))
    later = ordercli(*words, stdin=encoded({name: value for name, value in FIRST.items() if name != "note"}))
    dry = ordercli(*words, "--dry-run", "--source", "crm", stdin=ndjson(FIRST, changed))

    known = "externalId 'PO-1' is known in source 'cli' with other content"
    assert messages(in_one_run) == [
        (
            f"{known} (/orderCurrency: EUR -> USD, /productOrderItem/0/quantity: 1 -> 7, /description: nothing ->"
            f" {'x' * 60}…, and 1 more)"
        )
    ]
    assert messages(later) == [f'{known} (/note: [{{"text":"first"}}] -> nothing)']
    assert messages(dry) == ["externalId 'PO-1' is known in source 'crm' with other content"]


def test_a_conflict_with_a_canceled_order_tells_how_to_free_the_id(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(FIRST))
    order_id = ordercli("show", "PO-1", "-o", "json").json["id"]
    ordercli("cancel", "PO-1", "--reason", "left")
    words = ("submit", "--rejects", "none", "-o", "ndjson")

    (message,) = messages(ordercli(*words, stdin=encoded({**FIRST, "orderCurrency": "USD"})))
    ordercli(*message.split("`")[1].split()[1:])
    again = ordercli(*words, stdin=encoded({**FIRST, "orderCurrency": "USD"}))

    assert message == (
        "externalId 'PO-1' is known in source 'cli' with other content (/orderCurrency: EUR -> USD); that order is"
        f" canceled: `ordercli cancel {order_id} --release-id` frees the id"
    )
    assert [each["outcome"] for each in again.ndjson] == ["accepted"]


def test_the_advice_to_free_an_id_has_the_options_of_the_run(ordercli: Ordercli) -> None:
    words = ("submit", "--rejects", "none", "-o", "ndjson", "--database", "other.db")
    ordercli(*words, stdin=encoded(FIRST))
    ordercli("cancel", "PO-1", "--reason", "left", "--database", "other.db")
    changed = encoded({**FIRST, "orderCurrency": "USD"})

    (message,) = messages(ordercli(*words, stdin=changed))
    advised = message.split("`")[1]
    freed = ordercli(*advised.split()[1:])
    again = ordercli(*words, stdin=changed)

    assert advised.endswith(" --release-id --database other.db")
    assert (freed.exit_code, [each["outcome"] for each in again.ndjson]) == (0, ["accepted"])


def test_an_order_whose_first_was_damaged_meanwhile_is_known_by_its_hash(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(FIRST))
    connection.execute("UPDATE payload SET body = ?", (b"\xff",))

    same = ordercli("submit", "-o", "ndjson", stdin=encoded(FIRST))
    spelled_otherwise = ordercli("submit", "-o", "ndjson", stdin=SAME["another spelling"])

    assert outcomes(same) == [("PO-1", "duplicate", 200)]
    assert outcomes(spelled_otherwise) == [("PO-1", "conflict", 409)]
