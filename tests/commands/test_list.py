from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from ordercli.clock import later, now
from ordercli.orders.order_list import Sort
from support.builders import encoded, ndjson, product_order
from support.running import COMMAND
from support.stored import enqueue, rows
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


ORDERS = [
    product_order("A"),
    product_order("B", orderCurrency="USD"),
    product_order("C", relatedParty=[{"id": "consumer-1", "@referredType": "Consumer"}]),
    product_order("D"),
]


@pytest.fixture
def four(ordercli: Ordercli, connection: Store) -> None:
    """Four orders, A to D, created at 08:00 of four days, updated the other way round."""
    ordercli("submit", stdin=ndjson(*ORDERS))
    for seq in range(1, 5):
        connection.execute(
            "UPDATE customer_order SET created_at = ?, updated_at = ? WHERE seq = ?",
            (f"2026-03-0{seq}T08:00:00.000Z", f"2026-04-0{5 - seq}T08:00:00.000Z", seq),
        )
    for state, seqs in (("acknowledged", "2"), ("in_progress", "3, 4"), ("awaiting_information", "4")):
        connection.execute(f"UPDATE customer_order SET state = '{state}' WHERE seq IN ({seqs})")
    connection.execute("UPDATE customer_order SET source = 'crm' WHERE seq = 4")


def listed(ordercli: Ordercli, *options: str) -> list[str]:
    result = ordercli("list", *options, "-o", "ndjson")
    assert result.exit_code == 0, result.stderr
    return [each["externalId"] for each in result.ndjson]


@pytest.mark.usefixtures("four")
def test_the_list_gives_the_documents_that_show_gives_the_newest_first(ordercli: Ordercli) -> None:
    result = ordercli("list")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.ndjson == [ordercli("show", known).json for known in "DCBA"]


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--state new", "A"),
        ("--state new --state in_progress", "CA"),
        ("--state inProgress", "C"),
        ("--state pending", "D"),
        ("--state completed", ""),
        ("--customer customer-1", "DBA"),
        ("--customer consumer-1", "C"),
        ("--external-id B", "B"),
        ("--source crm", "D"),
        ("--currency USD", "B"),
        ("--since 2026-03-02T08:00:00Z", "DCB"),
        ("--since 2026-03-02T09:00:00+01:00", "DCB"),
        ("--since 2026-03-03", "DC"),
        ("--until 2026-03-02T08:00:00Z", "A"),
        ("--since 2026-03-02 --until 2026-03-04", "CB"),
        ("--currency EUR --state new --customer customer-1", "A"),
        ("--sort created --ascending", "ABCD"),
        ("--sort updated", "ABCD"),
        ("--sort externalId", "DCBA"),
        ("--sort state --ascending", "BDCA"),
        ("--limit 2", "DC"),
        ("--limit 2 --offset 1", "CB"),
        ("--limit 0 --offset 2", "BA"),
        ("--offset 9", ""),
    ],
)
def test_the_list_is_narrowed_sorted_and_cut(ordercli: Ordercli, options: str, found: str) -> None:
    assert "".join(listed(ordercli, *options.split())) == found


def test_since_takes_how_long_ago(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(product_order("OLD"), product_order("NEW")))
    connection.execute("UPDATE customer_order SET created_at = ? WHERE seq = 1", (later(now(), -7200),))

    assert [listed(ordercli, "--since", ago) for ago in ("1h", "1h ago", "90m", "3h", "1d")] == [
        ["NEW"],
        ["NEW"],
        ["NEW"],
        ["NEW", "OLD"],
        ["NEW", "OLD"],
    ]
    assert listed(ordercli, "--until", "1h") == ["OLD"]


@pytest.mark.parametrize("text", ["soon", "", "2026-13-01", "99999999999999d", "0001-01-01T00:00:00+14:00", "-2h"])
def test_a_time_that_is_none_is_a_mistake(ordercli: Ordercli, text: str) -> None:
    result = ordercli("list", f"--since={text}")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: --since takes a time, not {text!r}\n"
        "  hint: such as 2h, yesterday, 15:00, 2026-11-29, 2026-11-29T15:00Z; local time unless it has an offset\n"
    )


def test_on_a_terminal_it_is_said_how_local_time_was_read(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))

    def told(*options: str) -> str:
        command = [*COMMAND, "list", "--limit", "1", "-o", "id", *options]
        return ended(on_terminal(command, ordercli.folder, ordercli.environment({"TZ": "Europe/Berlin"}))).sent

    read = "note: --since 2026-03-02 09:00:00 local time is 2026-03-02T08:00:00.000Z"
    assert read in told("--since", "2026-03-02 09:00")
    assert "note" not in told("--since", "2026-03-02T09:00Z")
    assert "note" not in told("--since", "2026-03-02 09:00", "-q")


def test_a_state_that_is_none_is_a_mistake(ordercli: Ordercli) -> None:
    result = ordercli("list", "--state", "done")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "error: no state is called 'done'\n  hint: states: new, acknowledged, in_progress, "
    )


def test_equal_orders_come_in_the_order_of_their_acceptance(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(*(product_order(f"PO-{n}") for n in range(10))))
    connection.execute("UPDATE customer_order SET created_at = '2026-03-01T08:00:00.000Z'")

    assert listed(ordercli, "--ascending") == [f"PO-{n}" for n in range(10)]
    assert listed(ordercli) == [f"PO-{n}" for n in reversed(range(10))]


@pytest.mark.usefixtures("four")
def test_fields_keep_id_and_address(ordercli: Ordercli) -> None:
    result = ordercli("list", "--fields", "state, externalId,description,id", "--limit", "1")

    assert [list(each) for each in result.ndjson] == [["id", "href", "state", "externalId"]]
    assert result.ndjson[0]["externalId"] == "D"


@pytest.mark.usefixtures("four")
def test_a_list_that_is_cut_says_so_on_standard_error(ordercli: Ordercli) -> None:
    cut = ordercli("list", "--limit", "3", "--state", "new", "--state", "acknowledged", "--state", "in_progress")
    more = ordercli("list", "--limit", "2", "-o", "id")
    quiet = ordercli("list", "--limit", "2", "-o", "id", "-q")

    assert (cut.stderr, more.stderr, quiet.stderr) == ("", "showing 2 of 4; --limit 0 shows all\n", "")


@pytest.mark.usefixtures("four")
def test_the_list_in_every_format(ordercli: Ordercli, connection: Store) -> None:
    found = rows(connection, "customer_order")[::-1]
    ids = [row["order_id"] for row in found]

    formats = {output: ordercli("list", "-o", output).stdout for output in ("json", "ndjson", "csv", "id", "table")}

    documents = [json.loads(each) for each in formats["ndjson"].splitlines()]
    assert json.loads(formats["json"]) == documents
    assert formats["id"].split() == ids
    assert list(csv.reader(io.StringIO(formats["csv"]))) == [
        ["id", "externalId", "state", "orderDate"],
        *([row["order_id"], row["external_id"], row["state"], row["created_at"]] for row in found),
    ]
    assert [each.split()[:3] for each in formats["table"].splitlines()] == [
        ["id", "externalId", "state"],
        *([row["order_id"], row["external_id"], row["state"]] for row in found),
    ]


@pytest.mark.parametrize(
    ("output", "text"),
    [("json", "[]\n"), ("ndjson", ""), ("csv", "id,externalId,state,orderDate\r\n"), ("id", "")],
)
def test_an_empty_list_in_every_format(ordercli: Ordercli, output: str, text: str) -> None:
    result = ordercli("list", "-o", output)

    assert (result.exit_code, result.stdout, result.stderr) == (0, text, "")


@pytest.mark.parametrize(
    ("external_id", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+CMD|'/c calc'!A0", "'+CMD|'/c calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\\r=1"),
        ("\n=1", "'\n=1"),
        ("-12.50", "-12.50"),
        ("+4915112345", "+4915112345"),
        ("A=1", "A=1"),
        ('say "hi", you', 'say "hi", you'),
    ],
)
def test_no_cell_is_a_formula_for_a_spreadsheet(ordercli: Ordercli, external_id: str, cell: str) -> None:
    ordercli("submit", stdin=ndjson(product_order(external_id)))

    result = ordercli("list", "-o", "csv-safe", "--fields", "externalId")

    (_, (_, _, found)) = csv.reader(io.StringIO(result.stdout, newline=""))
    assert found == cell


def test_orders_that_wait_are_not_listed(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"))

    assert listed(ordercli) == []


def test_more_orders_than_a_page_are_streamed(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(*(product_order(f"PO-{n}") for n in range(450))))

    assert listed(ordercli, "--limit", "0", "--ascending") == [f"PO-{n}" for n in range(450)]


@pytest.mark.parametrize("external_id", ["-X1", "=1+1", "@a", "+49", "\t=1", "-5"])
def test_csv_has_values_as_they_are_and_another_csv_is_safe_in_a_spreadsheet(
    ordercli: Ordercli, external_id: str
) -> None:
    ordercli("submit", stdin=encoded(product_order(external_id)))

    def cells(wanted: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(ordercli("list", "-o", wanted).stdout, newline="")))

    (names, exact), (same_names, safe) = cells("csv"), cells("csv-safe")
    assert names == same_names
    assert exact[1] == external_id
    assert safe[1] == (external_id if external_id in {"-5", "+49"} else f"'{external_id}")


def test_csv_of_one_object_has_its_members_as_they_are_called(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded({**product_order("PO-1"), "@type": "ProductOrder"}))

    header, _ = csv.reader(io.StringIO(ordercli("show", "PO-1", "-o", "csv-safe").stdout, newline=""))

    assert [name for name in header if name.startswith(("'", "@"))] == ["@type"]


@pytest.mark.of_a_file
def test_the_command_offers_every_order_of_a_list(ordercli: Ordercli) -> None:
    shown = ordercli("list", "--help", COLUMNS="200", TERM="dumb").stdout

    assert f"<{'|'.join(Sort)}>" in shown
