"""docs/partitioning.sql makes a store of partitions, on which everything works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from support.builders import ndjson, product_order

if TYPE_CHECKING:
    from support.running import Ordercli
    from support.servers import Server

SCRIPT = Path(__file__).parents[2] / "docs" / "partitioning.sql"


@pytest.fixture
def partitioned(ordercli: Ordercli, server: Server) -> str:
    """The address of a partitioned store; the command works on it."""
    address = server.database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SCRIPT.read_bytes())
    ordercli.database = address
    return address


def orders(*names: str) -> bytes:
    return ndjson(*map(product_order, names))


def test_the_main_job_works_on_partitions(ordercli: Ordercli, partitioned: str) -> None:
    first = ordercli("submit", "--async", "-o", "json", stdin=orders("PO-1", "PO-2"))
    run = ordercli("queue", "run", "-o", "json")
    again = ordercli("submit", "-o", "json", stdin=orders("PO-2", "PO-3"))
    patched = ordercli("patch", "PO-1", "--set", "state=acknowledged", "-o", "json")
    checked = ordercli("db", "check", "--database", partitioned)

    assert (first.json["accepted"], run.json["completed"]) == (2, 2)
    assert (again.json["accepted"], again.json["duplicates"]) == (1, 1)
    assert patched.json["state"] == "acknowledged"
    assert (checked.exit_code, checked.stdout) == (0, "")


def test_ids_are_unique_over_all_partitions(ordercli: Ordercli, partitioned: str) -> None:
    ordercli("submit", stdin=orders("PO-1"))

    with psycopg.connect(partitioned) as connection:
        connection.execute("INSERT INTO payload VALUES (7, '', '')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="customer_order_id_pkey"):
            connection.execute(
                "INSERT INTO customer_order SELECT (jsonb_populate_record(o, '{\"seq\": 7}')).*"
                " FROM customer_order AS o"
            )


def test_a_range_is_forgotten_as_a_whole(ordercli: Ordercli, partitioned: str) -> None:
    ordercli("submit", "--async", stdin=orders("OLD"))
    ordercli("queue", "run")
    with psycopg.connect(partitioned, autocommit=True) as connection:
        connection.execute("CALL add_partitions('p1', 10000000, 20000000)")
        connection.execute("SELECT setval('payload_seq_seq', 10000000)")
    ordercli("submit", "--async", stdin=orders("NEW"))
    ordercli("queue", "run")

    with psycopg.connect(partitioned, autocommit=True) as connection:
        connection.execute("CALL drop_partitions('p0', 0, 10000000)")

    listed = ordercli("list", "--fields", "externalId", "-o", "ndjson")
    shown = ordercli("show", "OLD")
    assert [each["externalId"] for each in listed.ndjson] == ["NEW"]
    assert shown.exit_code == 3
    assert ordercli("db", "check").stdout == ""
    assert ordercli("submit", stdin=orders("OLD")).exit_code == 0
