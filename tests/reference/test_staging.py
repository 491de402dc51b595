from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.errors import BadInputError
from ordercli.intake.reader import chunks
from ordercli.operations.import_reference import load_reference
from ordercli.reference.staging import Staged, arrivals, stage, staging
from ordercli.run_control import Stop
from support.builders import encoded, record
from support.records import Refusals, customer, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from ordercli.intake.record import Record


def staged(n: int) -> Staged:
    return Staged(n, "Customer", f"c-{n}", None, encoded(customer(f"c-{n}")), "reference.ndjson", n, 1, n)


@pytest.mark.parametrize(("limit", "most_bytes", "numbers"), [(10, 1000, [1, 2, 3]), (2, 1000, [1, 2]), (10, 1, [1])])
def test_records_arrive_as_many_as_are_wanted_and_fewer_where_they_are_large(
    connection: Store, limit: int, most_bytes: int, numbers: list[int]
) -> None:
    with staging(connection):
        stage(connection, [staged(n) for n in (1, 2, 3)], [])

        found = arrivals(connection, 0, limit, most_bytes)

    assert [each.n for each in found] == numbers


def test_nothing_is_left_of_an_import_that_broke_off(
    connection: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def documents() -> Iterator[Record]:
        yield record(customer("c-1"))
        raise BadInputError("broken")

    with pytest.raises(BadInputError, match="broken"):
        load_reference(connection, chunks(documents(), Stop()), Refusals().refused)

    assert list(tmp_path.glob("ordercli-*")) == []
    assert loaded(connection, customer("c-1"))["inserted"] == 1
