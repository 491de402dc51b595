from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.reference_files import import_reference_files
from ordercli.database.sqlite import connect
from ordercli.database.store import transaction
from ordercli.exit_codes import ExitCode
from ordercli.intake.reader import chunks
from ordercli.operations.import_reference import load_reference
from ordercli.reference.imports import last_imports
from ordercli.reference.store import StoredRecords, export
from ordercli.run_control import Progress, Stop
from ordercli.settings import Settings
from support.builders import encoded, ndjson, record
from support.records import Refusals, customer, load, loaded, offering, product, specification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from support.builders import Json


def kept(connection: Store) -> list[bytes]:
    return list(export(connection, None))


def counts(inserted: int = 0, updated: int = 0, unchanged: int = 0, refused: int = 0) -> dict[str, int]:
    read = inserted + updated + unchanged + refused
    return {
        "read": read,
        "inserted": inserted,
        "updated": updated,
        "unchanged": unchanged,
        "refused": refused,
    }


def test_records_are_kept_as_they_came_in_the_order_in_which_they_came(connection: Store) -> None:
    first = b'{"id": "c-1", "@type": "Customer",  "credit": 1.10, "name": "Gro\\u00dfmann"}'
    second = b'{"@type":"Currency","id":"EUR","status":"active"}'

    assert loaded(connection, first, second) == counts(inserted=2)

    assert kept(connection) == [first, second]


def test_a_record_over_several_lines_is_kept_on_one(connection: Store) -> None:
    load(connection, b'{\r\n  "@type": "Customer",\n  "id": "c-1",\n  "note": "a\\nb",\n  "credit": 1.10\n}')

    assert kept(connection) == [b'{"@type":"Customer","id":"c-1","note":"a\\nb","credit":1.10}']


def test_a_second_import_changes_nothing(connection: Store) -> None:
    records: list[Json | bytes] = [customer(), specification(), b'{\n"@type": "Currency", "id": "EUR"}']
    load(connection, *records)
    before = kept(connection)

    assert loaded(connection, *records) == counts(unchanged=3)

    assert kept(connection) == before


def test_a_record_replaces_the_one_of_its_type_and_id(connection: Store) -> None:
    load(connection, customer("a", externalId="OLD"), specification("a", children=["a"], externalId="OLD"))

    assert loaded(connection, customer("a", externalId="NEW"), customer("b")) == counts(updated=1, inserted=1)

    assert kept(connection) == [
        encoded(each)
        for each in (
            customer("a", externalId="NEW"),
            specification("a", children=["a"], externalId="OLD"),
            customer("b"),
        )
    ]
    records = StoredRecords(connection)
    assert [records.knows("Customer", name) for name in ("OLD", "NEW")] == [False, True]


def test_the_relations_of_a_specification_are_replaced_with_it(connection: Store) -> None:
    load(connection, specification("a"), specification("b"), specification("c", parents=["a", "b"]))

    load(connection, specification("c", parents=["b"]))

    records = StoredRecords(connection)
    assert (records.relating_to(["a"], "HasParent"), records.relating_to(["b"], "HasParent")) == ([], ["c"])


def test_the_same_record_twice_is_unchanged_the_second_time(connection: Store) -> None:
    twice = b'{"id":"customer-1", "@type":"Customer", "name":null}'

    assert loaded(connection, customer(), twice, customer()) == counts(inserted=1, unchanged=2)

    assert kept(connection) == [encoded(customer())]


@pytest.mark.parametrize("between", [0, 600])
def test_a_record_twice_with_other_content_is_refused_and_the_first_one_kept(connection: Store, between: int) -> None:
    others = [customer(f"other-{n}") for n in range(between)]

    refused = load(connection, customer(name="A"), *others, customer(name="B"))

    message = "Customer customer-1 stands in this import already, with other content (reference.ndjson:1)"
    assert refused == [(between + 2, "ORD503", "/id", message)]
    assert kept(connection)[0] == encoded(customer(name="A"))


def test_records_may_point_at_later_ones_and_at_what_was_loaded_before(connection: Store) -> None:
    load(connection, specification("old", externalId="OLD"))

    refused = load(
        connection,
        product("p", productSpecification={"id": "NEW"}),
        offering("o", "OLD", bundledProductOffering=[{"id": "o2"}, None, {"id": None}]),
        offering("o2", "old"),
        specification("new", children=["newer"], parents=["old"], externalId="NEW"),
        specification("newer"),
    )

    assert refused == []
    assert len(kept(connection)) == 6


@pytest.mark.parametrize(
    ("bad", "pointer", "message"),
    [
        (offering("x", "nothing"), "/productSpecification/id", "ProductSpecification nothing does not exist"),
        (
            offering("x", bundledProductOffering=[{"id": "fiber"}, {"id": "nothing"}]),
            "/bundledProductOffering/1/id",
            "ProductOffering nothing does not exist",
        ),
        (
            specification("x", children=["access"], parents=["nothing"]),
            "/productSpecificationRelationship/1/id",
            "ProductSpecification nothing does not exist",
        ),
        (
            product("x", productSpecification={"id": "nothing"}),
            "/productSpecification/id",
            "ProductSpecification nothing does not exist",
        ),
        (
            {
                "@type": "ServiceSpecification",
                "id": "x",
                "serviceSpecRelationship": [{"id": "nothing", "relationshipType": "HasChild"}],
            },
            "/serviceSpecRelationship/0/id",
            "ServiceSpecification nothing does not exist",
        ),
    ],
)
def test_a_record_that_points_at_nothing_is_refused_and_the_rest_loaded(
    connection: Store, bad: Json, pointer: str, message: str
) -> None:
    good = [offering("fiber"), specification("access")]

    assert load(connection, bad, *good) == [(1, "ORD504", pointer, message)]

    assert kept(connection) == [encoded(each) for each in good]


def test_every_reference_that_leads_nowhere_is_reported(connection: Store) -> None:
    refused = load(connection, offering("x", "no-1", bundledProductOffering=[{"id": "no-2"}]))

    assert [(code, pointer) for _, code, pointer, _ in refused] == [
        ("ORD504", "/productSpecification/id"),
        ("ORD504", "/bundledProductOffering/0/id"),
    ]


def test_who_points_at_a_refused_record_is_refused_too_and_so_on(connection: Store) -> None:
    chain = [
        offering(f"o{n}", None, bundledProductOffering=[{"id": f"O{n + 1}"}], externalId=f"O{n}") for n in range(3)
    ]

    refused = load(connection, *chain, offering("alone", None))

    assert [(n, code, message) for n, code, _, message in refused] == [
        (3, "ORD504", "ProductOffering O3 does not exist"),
        (2, "ORD504", "ProductOffering O2 does not exist"),
        (1, "ORD504", "ProductOffering O1 does not exist"),
    ]
    assert kept(connection) == [encoded(offering("alone", None))]


def test_records_that_point_at_each_other_hold_each_other(connection: Store) -> None:
    assert load(connection, specification("a", children=["b"]), specification("b", parents=["a"])) == []


def test_what_the_database_has_of_a_refused_record_stays_and_can_be_pointed_at(connection: Store) -> None:
    load(connection, specification("access"), offering("fiber", "access"))

    refused = load(
        connection,
        offering("fiber", "nothing", name="changed"),
        offering("bundle", None, bundledProductOffering=[{"id": "fiber"}]),
    )

    assert [code for _, code, _, _ in refused] == ["ORD504"]
    assert kept(connection) == [
        encoded(each)
        for each in (
            specification("access"),
            offering("fiber", "access"),
            offering("bundle", None, bundledProductOffering=[{"id": "fiber"}]),
        )
    ]


def test_an_external_id_that_the_import_takes_away_cannot_be_pointed_at(connection: Store) -> None:
    load(connection, specification("access", externalId="OLD"))

    refused = load(connection, specification("access", externalId="NEW"), offering("fiber", "OLD"))

    assert [(n, code) for n, code, _, _ in refused] == [(2, "ORD504")]


def test_many_records_go_in_batches(connection: Store) -> None:
    records = [customer(f"c-{n}") for n in range(1201)]

    assert loaded(connection, *records) == counts(inserted=1201)

    assert kept(connection) == [encoded(each) for each in records]


def test_many_refused_records_are_reported_one_by_one(connection: Store) -> None:
    refused = load(connection, *(offering(f"o-{n}", "nothing") for n in range(1201)))

    assert [n for n, _, _, _ in refused] == list(range(1, 1202))
    assert kept(connection) == []


def test_a_stopped_import_loads_nothing_when_not_all_was_read(connection: Store) -> None:
    stop, seen = Stop(), list[Progress]()

    def documents() -> Iterator[Record]:
        yield record(offering("fiber", "comes later"))
        stop.signal = signal.SIGTERM
        yield record(customer("c-2"))

    listener = Refusals()
    result = load_reference(
        connection,
        chunks(documents(), stop),
        listener.refused,
        stop=lambda: stop.signal is not None,
        on_progress=seen.append,
    )

    assert (result.read, result.inserted, listener.received, kept(connection)) == (2, 0, [], [])
    assert seen == [Progress(0, 2, 0)]
    assert last_imports(connection) == {}


def test_others_can_write_while_an_import_is_read(connection: Store, database: str) -> None:
    def documents() -> Iterator[Record]:
        for n in range(600):
            if n == 550:
                other = connect(database)
                with transaction(other, "test"):
                    other.execute("DELETE FROM payload")
                other.close()
            yield record(customer(f"c-{n}"), n + 1)

    result = load_reference(connection, chunks(documents(), Stop()), Refusals().refused)

    assert result.inserted == 600


@pytest.mark.parametrize(
    ("lines", "code"),
    [((customer(),), 0), (({"id": 1},), 1), ((customer(), {"id": 1}), 1)],
    ids=["good", "bad", "both"],
)
def test_the_exit_code_tells_whether_something_was_refused(
    tmp_path: Path, database: str, lines: list[Json], code: ExitCode
) -> None:
    file = tmp_path / "reference.ndjson"
    file.write_bytes(ndjson(*lines))

    found = import_reference_files(database, [str(file)], Settings(), Refusals().refused)

    assert found.exit_code == code


def test_a_signal_ends_an_import_of_files_with_its_exit_code(tmp_path: Path, database: str) -> None:
    file = tmp_path / "reference.ndjson"
    file.write_bytes(ndjson(customer()))

    found = import_reference_files(
        database,
        [str(file)],
        Settings(),
        Refusals().refused,
        on_progress=lambda _: signal.raise_signal(signal.SIGTERM),
    )

    assert (found.exit_code, found.inserted) == (ExitCode.TERMINATED, 0)
