from __future__ import annotations

import pytest

from ordercli.database.address import is_server, masked


@pytest.mark.parametrize(
    ("database", "server"),
    [("orders.db", False), ("/var/lib/orders.db", False), ("postgresql://host/orders", True), ("postgres://", True)],
)
def test_a_server_is_distinguished_from_a_file(database: str, server: bool) -> None:  # noqa: FBT001
    assert is_server(database) is server


@pytest.mark.parametrize(
    ("database", "shown"),
    [
        ("orders.db", "orders.db"),
        ("postgresql://host/orders", "postgresql://host/orders"),
        ("postgresql://ana@host:5432/orders", "postgresql://ana@host:5432/orders"),
        ("postgresql://ana:secret@host/orders", "postgresql://ana:***@host/orders"),
        ("postgresql://ana:@host/orders", "postgresql://ana:***@host/orders"),
        ("postgresql://ana:se@cr/et@host/orders", "postgresql://ana:***@host/orders"),
        ("postgresql://host/orders?user=ana&password=secret", "postgresql://host/orders?user=ana&password=***"),
        (
            "postgresql://host/orders?sslpassword=secret&sslmode=require",
            "postgresql://host/orders?sslpassword=***&sslmode=require",
        ),
    ],
)
def test_a_password_is_never_shown(database: str, shown: str) -> None:
    assert masked(database) == shown
