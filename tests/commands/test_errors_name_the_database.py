"""An error of the driver, wherever it comes up, names the database that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database.address import masked
from support.builders import ndjson, product_order, product_orders, write_orders

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

BROKEN = "CREATE TRIGGER broken BEFORE INSERT ON {} BEGIN SELECT * FROM missing; END"
FULL = "CREATE FUNCTION full() RETURNS trigger AS $$ BEGIN RAISE 'x' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql"
ON_INSERT = "CREATE TRIGGER broken BEFORE INSERT ON {} EXECUTE FUNCTION full()"


def breaks(connection: Store, table: str) -> str:
    """Let the driver fail at each new row of a table; return what is said of that, before the detail."""
    if connection.engine == "postgresql":
        connection.execute(FULL.replace("full", '"full"'))
        connection.execute(ON_INSERT.format(table).replace("full", '"full"'))
        return "error: The disk of the server is full: {}"
    connection.execute(BROKEN.format(table))
    return "error: {} is corrupt: its tables are not those of ordercli"


@pytest.mark.every_engine
@pytest.mark.parametrize("table", ["batch", "customer_order"])
def test_a_submission_names_it_before_and_after_its_batch_is_open(
    ordercli: Ordercli, connection: Store, table: str
) -> None:
    reported = breaks(connection, table)
    write_orders(Path("orders.ndjson"), product_order())

    result = ordercli("submit", "orders.ndjson")

    assert result.stderr.splitlines()[0].startswith(reported.format(masked(ordercli.database))), result.stderr


@pytest.mark.every_engine
def test_any_other_command_names_it(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", "-", stdin=ndjson(*product_orders(1)))
    reported = breaks(connection, "order_history")

    result = ordercli("cancel", "PO-1", "--yes", "--reason", "x")

    assert result.stderr.splitlines()[0].startswith(reported.format(masked(ordercli.database))), result.stderr
