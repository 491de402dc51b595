from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, ndjson, product_order, product_orders
from support.running import COMMAND
from support.stored import column, rows
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.slow, pytest.mark.every_engine]


APPROVAL: dict[str, Any] = {"ORDERCLI_ORDERS_CANCELLATION_APPROVAL": "true"}
DATE = "2019-04-30T12:56:21.931Z"


@pytest.fixture
def order_id(ordercli: Ordercli) -> str:
    """An order with two lines, PO-1; its id."""
    order = product_order(items=[line("1"), line("2")])
    return ordercli("submit", "-o", "id", stdin=encoded(order)).stdout.strip()


def cancellation(order_id: str, state: str = "done", **members: str) -> Json:
    """The answer of the seed's example."""
    href = f"/api/sn_ind_tmt_orm/order/productOrder/{order_id}"
    return {
        "id": order_id,
        "href": href,
        **members,
        "@type": "CancelProductorder",
        "productOrder": {"id": order_id, "href": href, "@referredType": "ProductOrder"},
        "state": state,
    }


def states(connection: Store) -> tuple[list[str], list[str]]:
    """The states of the orders and of all lines."""
    return column(connection, "customer_order", "state"), column(connection, "order_line_item", "state")


def errors(result: Result) -> list[tuple[str, str]]:
    """Code and message of each error."""
    return [(each["rule"], each["message"]) for each in json.loads(result.stderr)["details"]]


def test_an_order_is_cancelled_with_its_lines(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    result = ordercli("cancel", "PO-1", "--reason", "Duplicate order", "--requested-date", DATE, "-o", "json")

    expected = cancellation(order_id, cancellationReason="Duplicate order", requestedCancellationDate=DATE)
    assert (result.exit_code, result.stderr, result.json) == (0, "", expected)
    assert list(result.json) == list(expected)
    assert states(connection) == (["canceled"], ["canceled", "canceled"])


def test_a_payload_on_standard_input_is_answered_alike(ordercli: Ordercli, order_id: str) -> None:
    request = {
        "cancellationReason": "Duplicate order",
        "requestedCancellationDate": DATE,
        "productOrder": {"id": order_id, "href": "/elsewhere", "@referredType": "ProductOrder"},
        "@type": "CancelProductorder",
    }

    result = ordercli("cancel", "-o", "json", stdin=encoded(request))

    expected = cancellation(order_id, cancellationReason="Duplicate order", requestedCancellationDate=DATE)
    assert (result.exit_code, result.json) == (0, expected)


@pytest.mark.parametrize("state", ["new", "acknowledged", "in_progress", "awaiting_information", "on_hold"])
def test_what_is_not_final_is_cancelled_at_once(
    ordercli: Ordercli, connection: Store, order_id: str, state: str
) -> None:
    lead(ordercli, order_id, state)

    result = ordercli("cancel", order_id, "--reason", "left")

    assert (result.exit_code, states(connection)) == (0, (["canceled"], ["canceled", "canceled"]))


def test_a_line_that_is_done_stays(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    for state in ("in_progress", "completed"):
        ordercli("patch", order_id, "--set", f"productOrderItem.1.state={state}")

    result = ordercli("cancel", order_id, "--reason", "left")

    assert (result.exit_code, states(connection)) == (0, (["canceled"], ["completed", "canceled"]))


@pytest.mark.parametrize("state", ["rejected", "canceled", "completed", "failed"])
def test_a_final_order_is_not_cancelled(ordercli: Ordercli, connection: Store, order_id: str, state: str) -> None:
    lead(ordercli, order_id, *(["in_progress"] if state in {"completed", "failed"} else []), state)
    before = rows(connection, "customer_order")

    result = ordercli("cancel", order_id, "--reason", "left", "-o", "json")

    printed = f"The order is {state} and cannot become canceled; allowed: nothing, for this state is final"
    assert (result.exit_code, errors(result)) == (4, [("ORD405", printed)])
    assert rows(connection, "customer_order") == before


def test_a_line_past_the_point_of_no_return_keeps_the_order(
    ordercli: Ordercli, connection: Store, order_id: str
) -> None:
    ordercli("patch", order_id, "--set", "productOrderItem.2.ponr=true")

    result = ordercli("cancel", order_id, "--reason", "left", "-o", "json")

    assert (result.exit_code, errors(result)) == (4, [("ORD407", "Line item 2 is past its point of no return")])
    assert states(connection) == (["new"], ["new", "new"])


def test_an_unknown_order_is_not_found(ordercli: Ordercli) -> None:
    result = ordercli("cancel", "nobody", "--reason", "left", "-o", "json")

    assert (result.exit_code, errors(result)) == (3, [("ORD404", "Invalid order ID.")])


def test_an_order_that_waits_cannot_be_cancelled(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order()))

    result = ordercli("cancel", "PO-1", "--reason", "left", "-o", "json")

    printed = "Invalid order ID: This order is yet to be created in customer order table"
    assert (result.exit_code, errors(result)) == (4, [("ORD401", printed)])


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", [("ORD410", "Empty payload.")]),
        (b"null", [("ORD410", "Empty payload.")]),
        (b"{}", [("ORD410", "Empty payload.")]),
        (
            {"@type": "CancelProductorder"},
            [
                ("ORD411", "Invalid payload. Mandatory field missing: cancellationReason."),
                ("ORD411", "Invalid payload. Mandatory field missing: productOrder."),
            ],
        ),
        (
            {"cancellationReason": " ", "productOrder": {"id": ""}},
            [
                ("ORD411", "Invalid payload. Mandatory field missing: cancellationReason."),
                ("ORD411", "Invalid payload. Mandatory field missing: productOrder.id."),
            ],
        ),
        (
            {"cancellationReason": "left", "productOrder": {}},
            [("ORD411", "Invalid payload. Mandatory field missing: productOrder.")],
        ),
        (
            {"cancellationReason": 1, "productOrder": {"id": 2}, "requestedCancellationDate": 3},
            [
                ("ORD120", "Invalid payload: cancellationReason must be a string"),
                ("ORD120", "Invalid payload: productOrder.id must be a string"),
                ("ORD120", "Invalid payload: requestedCancellationDate must be a string"),
            ],
        ),
        (
            {"cancellationReason": "left", "productOrder": ["PO-1"]},
            [("ORD120", "Invalid payload: productOrder must be an object")],
        ),
        (
            {"cancellationReason": "left", "productOrder": {"id": "PO-1"}, "requestedCancellationDate": "2019-04-30"},
            [
                (
                    "ORD123",
                    "requestedCancellationDate `2019-04-30` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
                )
            ],
        ),
    ],
)
@pytest.mark.usefixtures("order_id")
def test_a_payload_that_is_wrong_is_refused(
    ordercli: Ordercli, connection: Store, payload: Json | bytes, expected: list[tuple[str, str]]
) -> None:
    raw = payload if isinstance(payload, bytes) else encoded(payload)

    result = ordercli("cancel", "-o", "json", stdin=raw)

    assert (result.exit_code, errors(result)) == (1, expected)
    assert states(connection) == (["new"], ["new", "new"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("PO-1",), "error: cancelling needs a --reason"),
        (("PO-1", "--reason", " "), "error: cancelling needs a --reason"),
        (("PO-1", "--approve", "--deny"), "error: --approve and --deny cannot be combined"),
        (
            ("PO-1", "--reason", "x", "--requested-date", "soon"),
            "error: --requested-date takes a date-time such as 2026-03-20T17:00:00Z, not 'soon'",
        ),
        (
            ("PO-1", "--from", "x.ndjson"),
            "error: requests from a file name the orders and the reasons themselves",
        ),
        (("--reason", "x"), "error: requests from a file name the orders and the reasons themselves"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(ordercli: Ordercli, options: tuple[str, ...], reason: str) -> None:
    result = ordercli("cancel", *options)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, reason)


def test_several_ids_have_a_receipt_each(ordercli: Ordercli) -> None:
    ids = ordercli("submit", "-o", "id", stdin=ndjson(*product_orders(2))).stdout.split()

    result = ordercli("cancel", "PO-1", "nobody", "PO-2", "--reason", "left", "-o", "ndjson")

    not_found = {"code": "ORD404", "pointer": "/productOrder/id", "line": 2, "column": 1}
    refused = [{**not_found, "message": "Invalid order ID.", "suggestion": None}]
    hint = "nothing is known as 'nobody'"
    assert result.exit_code == 1
    assert result.ndjson == [
        {"id": ids[0], "line": 1, "outcome": "cancelled", "version": 2, "errors": []},
        {"id": "nobody", "line": 2, "outcome": "not-found", "version": None, "errors": refused, "hint": hint},
        {"id": ids[1], "line": 3, "outcome": "cancelled", "version": 2, "errors": []},
    ]


def test_a_file_of_requests_has_a_receipt_each_and_rejects(ordercli: Ordercli, tmp_path: Path) -> None:
    ids = ordercli("submit", "-o", "id", stdin=ndjson(*product_orders(2))).stdout.split()
    requests = [{"cancellationReason": "left", "productOrder": {"id": each}} for each in ("PO-1", "PO-1", ids[1])]
    (tmp_path / "cancel.ndjson").write_bytes(ndjson(*requests))

    result = ordercli("cancel", "--from", "cancel.ndjson", "-o", "ndjson")

    rejects = [json.loads(each) for each in (tmp_path / "cancel.ndjson.rejects.ndjson").read_text().splitlines()]
    reported = [(each["id"], each["line"], each["outcome"], each["version"]) for each in result.ndjson]
    assert result.exit_code == 1
    assert reported == [(ids[0], 1, "cancelled", 2), (ids[0], 2, "conflict", 2), (ids[1], 3, "cancelled", 2)]
    assert [(each["$reject"]["line"], each["order"]) for each in rejects] == [(2, requests[1])]


@pytest.mark.parametrize(("options", "answer"), [((), "n"), ((), "y"), (("--yes",), None)])
def test_on_a_terminal_many_are_cancelled_only_when_that_is_confirmed(
    ordercli: Ordercli, connection: Store, tmp_path: Path, options: tuple[str, ...], answer: str | None
) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(101)))
    requests = [{"cancellationReason": "left", "productOrder": {"id": f"PO-{n}"}} for n in range(1, 102)]
    (tmp_path / "cancel.ndjson").write_bytes(ndjson(*requests))
    process = on_terminal(
        [*COMMAND, "cancel", "--from", "cancel.ndjson", *options], ordercli.folder, ordercli.environment()
    )
    if answer:
        process.expect_exact("101 orders are to be cancelled. Go on? [y/N]:")
        process.sendline(answer)
    code = ended(process).exit_code

    state = "new" if answer == "n" else "canceled"
    assert (code, set(column(connection, "customer_order", "state"))) == (answer == "n", {state})


def test_files_of_a_folder_that_cannot_be_read_are_reported_and_the_others_applied(
    ordercli: Ordercli, connection: Store, tmp_path: Path
) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(101)))
    requests = [{"cancellationReason": "left", "productOrder": {"id": f"PO-{n}"}} for n in range(1, 102)]
    folder = tmp_path / "requests"
    folder.mkdir()
    (folder / "1.ndjson").symlink_to("missing.ndjson")
    (folder / "2.ndjson").write_bytes(ndjson(*requests))

    process = on_terminal([*COMMAND, "cancel", "--from", "requests"], ordercli.folder, ordercli.environment())
    process.expect_exact("101 orders are to be cancelled. Go on? [y/N]:")
    process.sendline("y")
    reported = ended(process)

    assert reported.exit_code == 6
    assert "error: requests/1.ndjson: No such file or directory" in reported.screen
    assert set(column(connection, "customer_order", "state")) == {"canceled"}


def test_several_requests_on_standard_input_have_a_receipt_each(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(2)))
    requests = [{"cancellationReason": "left", "productOrder": {"id": each}} for each in ("PO-1", "PO-2")]

    result = ordercli("cancel", stdin=ndjson(*requests))

    assert [(each["line"], each["outcome"]) for each in result.ndjson] == [(1, "cancelled"), (2, "cancelled")]


class TestWithApproval:
    """`orders.cancellation_approval` is on."""

    @pytest.fixture(autouse=True)
    def in_progress(self, ordercli: Ordercli, order_id: str) -> None:
        lead(ordercli, order_id, "in_progress")
        ordercli("patch", order_id, "--set", "productOrderItem.2.state=in_progress")

    def test_an_order_in_progress_waits(self, ordercli: Ordercli, connection: Store, order_id: str) -> None:
        result = ordercli("cancel", "PO-1", "--reason", "left", "-o", "json", **APPROVAL)

        expected = cancellation(order_id, "inProgress", cancellationReason="left")
        assert (result.exit_code, result.json) == (0, expected)
        assert states(connection) == (["assessing_cancellation"], ["new", "assessing_cancellation"])

    def test_approved_it_is_cancelled(self, ordercli: Ordercli, connection: Store, order_id: str) -> None:
        ordercli("cancel", "PO-1", "--reason", "left", "--requested-date", DATE, **APPROVAL)

        result = ordercli("cancel", "PO-1", "--approve", "-o", "json", **APPROVAL)

        expected = cancellation(order_id, cancellationReason="left", requestedCancellationDate=DATE)
        assert (result.exit_code, result.json) == (0, expected)
        assert states(connection) == (["canceled"], ["canceled", "canceled"])

    def test_denied_it_goes_back(self, ordercli: Ordercli, connection: Store, order_id: str) -> None:
        ordercli("cancel", "PO-1", "--reason", "left", **APPROVAL)

        result = ordercli("cancel", "PO-1", "--deny", "--reason", "too late", "-o", "json", **APPROVAL)

        expected = cancellation(order_id, "terminatedWithError", cancellationReason="too late")
        assert (result.exit_code, result.json) == (0, expected)
        assert states(connection) == (["in_progress"], ["new", "in_progress"])
        assert column(connection, "order_line_item", "assessed_from") == [None, None]

    def test_asked_for_twice_it_is_refused(self, ordercli: Ordercli, connection: Store) -> None:
        ordercli("cancel", "PO-1", "--reason", "left", **APPROVAL)

        result = ordercli("cancel", "PO-1", "--reason", "left", "-o", "json", **APPROVAL)

        printed = "cannot become canceled; allowed: in_progress, cancellation_in_progress"
        assert (result.exit_code, errors(result)) == (
            4,
            [("ORD405", f"The order is assessing_cancellation and {printed}")],
        )
        assert states(connection)[0] == ["assessing_cancellation"]

    @pytest.mark.parametrize(("option", "word"), [("--approve", "approved"), ("--deny", "denied")])
    def test_nothing_is_decided_that_was_not_asked_for(self, ordercli: Ordercli, option: str, word: str) -> None:
        result = ordercli("cancel", "PO-1", option, "-o", "json", **APPROVAL)

        (reported,) = errors(result)
        assert (result.exit_code, reported[0], reported[1][:45]) == (
            4,
            "ORD405",
            f"The order is in_progress and cannot become {word}"[:45],
        )

    def test_a_line_that_waits_is_decided_alone(self, ordercli: Ordercli, connection: Store) -> None:
        ordercli("patch", "PO-1", "--set", "productOrderItem.2.revisionOperation=cancel", **APPROVAL)
        waits = states(connection)

        result = ordercli("cancel", "PO-1", "--approve", **APPROVAL)

        assert waits == (["in_progress"], ["new", "assessing_cancellation"])
        assert (result.exit_code, states(connection)) == (0, (["in_progress"], ["new", "canceled"]))

    def test_an_order_on_hold_is_cancelled_at_once_and_its_lines_on_the_longer_way(
        self, ordercli: Ordercli, connection: Store
    ) -> None:
        ordercli("patch", "PO-1", "--set", "state=on_hold", **APPROVAL)

        result = ordercli("cancel", "PO-1", "--reason", "left", **APPROVAL)

        assert (result.exit_code, states(connection)) == (0, (["canceled"], ["canceled", "canceled"]))

    def test_a_line_gone_too_far_meanwhile_is_not_cancelled(self, ordercli: Ordercli, connection: Store) -> None:
        ordercli("cancel", "PO-1", "--reason", "left", **APPROVAL)
        ordercli("patch", "PO-1", "--set", "productOrderItem.1.ponr=true", **APPROVAL)

        result = ordercli("cancel", "PO-1", "--approve", "-o", "json", **APPROVAL)

        assert (result.exit_code, errors(result)) == (4, [("ORD407", "Line item 1 is past its point of no return")])
        assert states(connection)[0] == ["assessing_cancellation"]


def lead(ordercli: Ordercli, order_id: str, *states: str) -> None:
    """Set one state of the order after the other, over what lies between."""
    way = {"awaiting_information": ["in_progress"], "on_hold": ["acknowledged"]}
    for state in states:
        for step in [*way.get(state, []), state] if state != "new" else []:
            assert ordercli("patch", order_id, "--set", f"state={step}").exit_code == 0


def test_an_order_that_nobody_knows_is_named(ordercli: Ordercli) -> None:
    cancelled = ordercli("cancel", "NO-1", "--reason", "left", "--source", "crm")
    patched = ordercli("patch", "NO-1", "--set", "state=in_progress")

    hint = "Invalid order ID.\n  hint: nothing is known as 'NO-1'"
    assert (cancelled.exit_code, patched.exit_code) == (3, 3)
    assert cancelled.stderr == f"error[ORD404]: /productOrder/id: {hint} from source 'crm'\n"
    assert patched.stderr == f"error[ORD404]: {hint}\n"
