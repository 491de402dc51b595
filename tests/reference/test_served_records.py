"""What a batch names is fetched from a server at once, and says the same as one question after the other."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ordercli.database.store import transaction
from ordercli.reference import store
from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.reference.store import ServedRecords
from support.records import customer, load, product

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.reference.lookup import Name

KEPT = (
    customer("c-1", externalId="both"),
    customer("c-2", externalId="twice"),
    customer("c-3", externalId="twice"),
    customer("both"),
    product("c-1"),
)
NAMES: list[Name] = [
    *(("Customer", name) for name in ("c-1", "both", "twice", "nobody", "zażółć", "c-1\0")),
    ("Product", "c-1"),
    ("Product", "c-2"),
]


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def records(connection: Store) -> ServedRecords:
    """What is kept on the server."""
    assert load(connection, *KEPT) == []
    return ServedRecords(connection)


def answers(records: ServedRecords | HeldRecords) -> dict[Name, tuple[bool, list[bytes]]]:
    return {name: (records.knows(*name), records.find(*name)) for name in NAMES}


def forget_all(connection: Store) -> None:
    connection.execute("DELETE FROM reference_record")


def test_what_was_fetched_ahead_is_not_asked_for_again(records: ServedRecords, connection: Store) -> None:
    records.look_ahead(NAMES)
    forget_all(connection)

    assert answers(records) == answers(HeldRecords(*KEPT))


def test_what_was_fetched_is_kept_until_it_is_too_much(
    records: ServedRecords, connection: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_NAMES", 2)
    found = []
    for names in (["c-1"], ["c-2"], ["c-1", "c-3"], ["c-1", "c-2", "both"]):
        records.look_ahead([("Customer", name) for name in names])
        with suppress(KeyError), transaction(connection, "test"):
            forget_all(connection)
            found.append([name for name in ("c-1", "c-2", "c-3", "both") if records.knows("Customer", name)])
            raise KeyError  # the records are there again

    assert found == [["c-1"], ["c-1", "c-2"], ["c-3"], ["c-1", "c-2"]]


def test_names_of_types_that_are_not_loaded_are_not_fetched(connection: Store) -> None:
    assert load(connection, customer("c-1")) == []
    reference = ReferenceData(ServedRecords(connection))
    reference.look_ahead([("Customer", "c-1"), ("Consumer", "c-1"), ("OrderLineItemContact", "c-1")])
    forget_all(connection)

    assert [reference.lacks(record_type, "c-1") for record_type in ("Customer", "Consumer")] == [False, False]
