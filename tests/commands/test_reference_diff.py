from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson
from support.records import currency, customer, offering, specification

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

LOADED: list[Json | bytes] = [
    customer("c-1", name="A"),
    customer("c-2"),
    currency(),
    specification("access"),
    offering("fiber", "access"),
]
# One record new, one changed, one in another spelling, one missing; the specification is of a type that is not given.
GIVEN: list[Json | bytes] = [
    b'{"id": "c-1", "name": "B", "phone": ["1"], "@type": "Customer"}',
    customer("c-3"),
    b'{"id": "EUR", "status": "active", "@type": "Currency"}',
    offering("fiber", "access"),
]


def write(folder: Path, *records: Json | bytes, name: str = "records.ndjson") -> str:
    (folder / name).write_bytes(ndjson(*records))
    return name


def imported(ordercli: Ordercli, *records: Json | bytes) -> str:
    ordercli("reference", "import", write(ordercli.folder, *records, name="loaded.ndjson"))
    return ordercli("reference", "export").stdout


def test_a_dry_run_counts_what_would_be_loaded_and_changes_nothing(ordercli: Ordercli) -> None:
    before = imported(ordercli, *LOADED)
    path = write(ordercli.folder, *GIVEN, offering("dsl", "unknown"))

    result = ordercli("reference", "import", path, "--dry-run", "-o", "json")

    counts = {name: result.json[name] for name in ("read", "inserted", "updated", "unchanged", "refused", "dryRun")}
    assert counts == {"read": 5, "inserted": 1, "updated": 2, "unchanged": 1, "refused": 1, "dryRun": True}
    assert result.exit_code == 1
    assert ordercli("reference", "export").stdout == before


def test_a_dry_run_tells_its_counts_even_to_a_log(ordercli: Ordercli) -> None:
    imported(ordercli, *LOADED)

    result = ordercli("reference", "import", write(ordercli.folder, *GIVEN), "--dry-run")

    assert (result.exit_code, result.stderr.rpartition(" in ")[0]) == (
        0,
        "4 records read: 1 would be inserted, 2 would be updated, 1 unchanged, 0 refused",
    )


def test_a_dry_run_makes_no_database(ordercli: Ordercli) -> None:
    nowhere = ordercli.folder / "nowhere" / "orders.db"
    path = write(ordercli.folder, *LOADED)

    result = ordercli("reference", "import", path, "--dry-run", "-o", "json", "--database", str(nowhere))

    assert (result.exit_code, result.json["inserted"]) == (0, 5)
    assert "new database" not in result.stderr
    assert not nowhere.parent.exists()


def test_records_differ_that_are_new_changed_or_missing(ordercli: Ordercli) -> None:
    before = imported(ordercli, *LOADED)

    result = ordercli("reference", "diff", write(ordercli.folder, *GIVEN), "-o", "json")

    assert result.json == [
        {
            "difference": "changed",
            "type": "Customer",
            "id": "c-1",
            "changes": [
                {"pointer": "/name", "before": "A", "after": "B"},
                {"pointer": "/phone", "before": None, "after": ["1"]},
            ],
        },
        {"difference": "new", "type": "Customer", "id": "c-3", "changes": []},
        {"difference": "missing", "type": "Customer", "id": "c-2", "changes": []},
    ]
    assert (result.exit_code, result.stderr) == (0, "")
    assert ordercli("reference", "export").stdout == before


def test_a_refused_record_is_reported_and_is_no_difference(ordercli: Ordercli) -> None:
    imported(ordercli, *LOADED)
    path = write(ordercli.folder, *LOADED[:-1], offering("fiber", "unknown"))

    result = ordercli("reference", "diff", path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("records.ndjson:5:70: ORD504 ")


def test_many_missing_records_are_listed_each_once_in_order(ordercli: Ordercli) -> None:
    imported(ordercli, *[customer(f"c-{n:04}") for n in range(1_201)])

    result = ordercli("reference", "diff", write(ordercli.folder, customer("c-0000")), "-o", "id")

    assert result.stdout.split() == [f"c-{n:04}" for n in range(1, 1_201)]
