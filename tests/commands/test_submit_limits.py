from __future__ import annotations

import random
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, product_order, write_orders
from support.printed import outcomes, read_rejects, summary
from support.stored import column, present

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


BAD = product_order("BAD", orderCurrency=...)


def stopped(result: Result, line: int, *limit: str) -> str:
    """What is told of a run that stopped there: how to go on, too."""
    next_step = " ".join(("ordercli batch resume", result.json["batchId"], *limit))
    return f"stopped at orders.ndjson:{line}; nothing after it was accepted\ngo on: {next_step}\n"


def test_fail_fast_stops_at_the_first_refused_order(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"), BAD, product_order("PO-2"))

    result = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json")

    assert (result.exit_code, result.notes) == (1, stopped(result, 2))
    assert summary(result, "read", "accepted", "rejected") == {"read": 2, "accepted": 1, "rejected": 1}
    assert column(connection, "customer_order", "external_id") == ["PO-1"]
    assert present(connection, "batch")[0]["status"] == "failed"


@pytest.mark.parametrize(
    ("limit", "read", "accepted", "exit_code"),
    [("1", 2, 1, 5), ("2", 4, 2, 5), ("3", 6, 3, 5), ("4", 6, 3, 1), ("0", 2, 1, 5)],
)
def test_a_run_stops_at_so_many_refused_orders(
    ordercli: Ordercli, connection: Store, limit: str, read: int, accepted: int, exit_code: int
) -> None:
    pairs = [(product_order(f"PO-{n}"), {**BAD, "externalId": f"BAD-{n}"}) for n in range(3)]
    write_orders(Path("orders.ndjson"), *(each for pair in pairs for each in pair))

    result = ordercli("submit", "orders.ndjson", "--max-rejects", limit, "-o", "json")

    assert result.exit_code == exit_code
    assert summary(result, "read", "accepted", "exitCode") == {
        "read": read,
        "accepted": accepted,
        "exitCode": exit_code,
    }
    assert len(column(connection, "customer_order", "external_id")) == accepted
    assert len(read_rejects(Path("orders.ndjson.rejects.ndjson"))) == read - accepted


@pytest.mark.parametrize(("limit", "read", "exit_code"), [("5%", 100, 5), ("5.7%", 104, 5), ("50%", 120, 1)])
def test_a_run_stops_at_a_percentage_once_a_hundred_orders_were_read(
    ordercli: Ordercli, limit: str, read: int, exit_code: int
) -> None:
    orders = [BAD if n in {10, 20, 30, 40, 50, 104} else product_order(f"PO-{n}") for n in range(1, 121)]
    write_orders(Path("orders.ndjson"), *orders)

    result = ordercli("submit", "orders.ndjson", "--async", "--max-rejects", limit, "-o", "json")

    assert (result.exit_code, result.json["read"]) == (exit_code, read)


@pytest.mark.parametrize(("bad", "read"), [(range(1, 61), 100), (range(61, 121), 100), ([100, 101, 102], 102)])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_percentage_is_asked_for_after_every_order_from_the_hundredth_on(
    ordercli: Ordercli, bad: list[int], read: int, jobs: str
) -> None:
    orders = [BAD if n in bad else product_order(f"PO-{n}") for n in range(1, 121)]
    write_orders(Path("orders.ndjson"), *orders)

    result = ordercli("submit", "orders.ndjson", "--max-rejects", "2.9%", "--jobs", jobs, "-o", "json")

    assert (result.exit_code, result.json["read"]) == (5, read)
    assert result.notes == stopped(result, read, "--max-rejects", "100%")


@pytest.mark.parametrize(
    ("limit", "bad", "orders", "exit_code"),
    [("5%", 60, 60, 5), ("5%", 1, 20, 5), ("5%", 1, 21, 1), ("100%", 60, 60, 5), ("100%", 59, 60, 1), ("1%", 0, 9, 0)],
)
@pytest.mark.parametrize("option", ["--async", "--dry-run"])
def test_a_percentage_is_asked_for_at_the_end_of_the_input_too(
    ordercli: Ordercli, limit: str, bad: int, orders: int, exit_code: int, option: str
) -> None:
    write_orders(Path("orders.ndjson"), *[BAD] * bad, *(product_order(f"PO-{n}") for n in range(orders - bad)))

    result = ordercli("submit", "orders.ndjson", option, "--max-rejects", limit, "-o", "json")

    reached = f"{bad} of {orders} orders were refused, as many as --max-rejects allows or more\n"
    assert (result.exit_code, result.notes) == (exit_code, reached if exit_code == 5 else "")
    assert summary(result, "read", "rejected", "exitCode") == {"read": orders, "rejected": bad, "exitCode": exit_code}


def test_a_run_that_its_limit_failed_at_the_end_is_completed(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), BAD)
    command = ("submit", "orders.ndjson", "--max-rejects", "5%", "--idempotency-key", "k", "-o", "json")

    first, again = ordercli(*command), ordercli(*command)

    assert (first.exit_code, again.exit_code, again.json["repeated"]) == (5, 5, True)
    assert column(connection, "batch", "status") == ["completed"]


def test_a_percentage_is_no_binary_fraction(ordercli: Ordercli) -> None:
    orders = [BAD if n > 342 else product_order(f"PO-{n}") for n in range(1, 376)]
    write_orders(Path("orders.ndjson"), *orders)

    result = ordercli("submit", "orders.ndjson", "--dry-run", "--max-rejects", "8.8%", "-o", "json")

    assert 8.8 * 375 > 33 * 100
    assert (result.exit_code, result.json["read"]) == (5, 375)


@pytest.mark.parametrize("limit", ["0%", "0.0%"])
def test_no_percent_is_no_refused_order(ordercli: Ordercli, limit: str) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"), BAD, product_order("PO-2"))

    result = ordercli("submit", "orders.ndjson", "--max-rejects", limit, "-o", "json")

    assert (result.exit_code, result.json["read"]) == (5, 2)
    assert result.notes == stopped(result, 2, "--max-rejects", "100%")


NO_LIMITS = [
    "x",
    "-1",
    "1.5",
    "%",
    "1%%",
    "",
    "150%",
    "100.1%",
    "-5%",
    "1e9%",
    "1e2",
    "٣",
    "9" * 5000,
    "9" * 5000 + "%",
]


@pytest.mark.parametrize("limit", NO_LIMITS, ids=lambda limit: limit[:9])
@pytest.mark.parametrize("command", ["submit orders.ndjson", "batch resume 0"])
def test_a_limit_is_a_number_or_a_percentage(ordercli: Ordercli, command: str, limit: str) -> None:
    write_orders(Path("orders.ndjson"), BAD)

    result = ordercli(*command.split(), f"--max-rejects={limit}")

    assert (result.exit_code, result.stdout) == (2, "")
    reported = f"--max-rejects takes a number, or a percentage up to 100%, not {limit!r}"
    assert result.stderr.startswith(f"error: {reported[:900]}")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("mode", ["--async", "--fail-fast"])
def test_a_dry_run_tells_the_outcome_and_leaves_no_trace(ordercli: Ordercli, mode: str) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    again = [product_order("PO-1"), product_order("PO-1", x=1)]
    new = [product_order("PO-2"), product_order("PO-2"), product_order("PO-2", x=1)]
    write_orders(Path("orders.ndjson"), *again, *new)
    before = snapshot(Path())

    dry = ordercli("submit", "orders.ndjson", mode, "--dry-run", "-o", "ndjson", "--accepted", "accepted.ndjson")
    after = snapshot(Path())
    wet = ordercli("submit", "orders.ndjson", mode, "-o", "ndjson")

    assert after == before
    assert outcomes(dry) == outcomes(wet)
    assert dry.exit_code == wet.exit_code == 1


@pytest.mark.parametrize("mode", ["--async", "--full"])
def test_a_dry_run_gives_no_id_but_those_that_exist(ordercli: Ordercli, mode: str) -> None:
    (known,) = ordercli("submit", "-o", "id", stdin=encoded(product_order("PO-1"))).stdout.split()
    new = [product_order("PO-2"), product_order("PO-2"), product_order("PO-2", x=1), product_order(None)]
    write_orders(Path("orders.ndjson"), product_order("PO-1"), product_order("PO-1", x=1), *new)

    receipts = ordercli("submit", "orders.ndjson", mode, "--dry-run", "-o", "ndjson").ndjson
    ids = ordercli("submit", "orders.ndjson", mode, "--dry-run", "-o", "id")

    assert [(each["outcome"], each["orderId"], "order" in each) for each in receipts] == [
        ("duplicate", known, False),
        ("conflict", known, False),
        ("accepted", None, False),
        ("duplicate", None, False),
        ("conflict", None, False),
        ("accepted", None, False),
    ]
    assert ids.stdout == f"{known}\n"


def test_a_dry_run_makes_no_database(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order(), BAD)

    result = ordercli("submit", "orders.ndjson", "--dry-run", "--database", "none/orders.db")

    assert (result.exit_code, result.json["accepted"], result.json["dryRun"]) == (1, 1, True)
    assert not Path("none").exists()


def incompressible(length: int) -> str:
    """An external id that a server cannot make any shorter for its index."""
    rng = random.Random(length)  # noqa: S311 - no secret
    return "".join(rng.choices(string.ascii_letters + string.digits, k=length))


@pytest.mark.parametrize(
    ("settings", "code", "pointer"),
    [
        ({}, "ORD122", "/externalId"),
        ({"ORDERCLI_VALIDATION_IGNORE": "ORD122"}, "ORD190", ""),
        (
            {
                "ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_SYNC": "false",
                "ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false",
            },
            "ORD190",
            "",
        ),
    ],
)
@pytest.mark.parametrize("mode", ["--async", "--fail-fast"])
def test_an_external_id_that_no_index_takes_is_a_fault_of_its_order_alone(
    ordercli: Ordercli,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    settings: dict[str, str],
    code: str,
    pointer: str,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    write_orders(Path("orders.ndjson"), product_order("PO-1"), product_order(incompressible(3000)))

    result = ordercli("submit", "orders.ndjson", mode, "-o", "ndjson")

    faults = [(each["outcome"], [(e["code"], e["pointer"]) for e in each["errors"]]) for each in result.ndjson]
    assert result.exit_code == 1
    assert faults[0] == ("accepted", [])
    assert (faults[1][0], faults[1][1][0]) == ("rejected", (code, pointer))


@pytest.mark.parametrize("mode", ["--async", "--fail-fast"])
@pytest.mark.parametrize("external_id", [incompressible(2000), incompressible(1700) + "\0" * 100])
def test_the_longest_external_id_is_accepted_and_known_again(ordercli: Ordercli, mode: str, external_id: str) -> None:
    write_orders(Path("orders.ndjson"), product_order(external_id), product_order(external_id))

    result = ordercli("submit", "orders.ndjson", mode, "-o", "ndjson")

    assert [each["outcome"] for each in result.ndjson] == ["accepted", "duplicate"]
