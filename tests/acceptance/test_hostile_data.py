"""Whatever an order says, it cannot steer the terminal, the forge or the spreadsheet that shows it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import pytest

from ordercli.output.diagnostics.reports import FORMATS
from support.builders import encoded, line, ndjson, product_order
from support.stored import change_entry

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

EVIL = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f\u202egnp.exe\u2066\u200f\u2028[red]bold[/red]:smile:"
    "%0A::error::x::set-output name=a::b\n::warning::y\r\n]]></failure><!--&lt;\x00\ufffe\uffff\rover"
)
STARTS = ("", "=1+1 ", "+1 ", "-1 ", "@SUM ", "\t=1 ", "\r=1 ", "\n=1 ")
FORMATS_OF_RESULTS = ("auto", "table", "json", "ndjson", "csv", "csv-safe", "id")
# What a terminal obeys; line ends are looked at apart.
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)")
FORMULA = re.compile(r"[=+\-@\t\r\n](?!\d+(\.\d+)?$)")
COMMAND = re.compile(
    r"::(error|warning) file=[^,:]*,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=ORD\d{3} [a-z0-9-]+::.*"
)
NAMES = [f"{start}{EVIL}" for start in STARTS]


def as_key(name: str) -> str:
    """The external id that an order is known by: U+2400 stands for U+0000, which not every database can hold."""
    return name.replace("\0", "\u2400")


def hostile_order(name: str) -> Json:
    """A good order that says it wherever text may stand."""
    return product_order(
        name,
        note=[{"id": name, "author": name, "date": None, "text": name}],
        channel=[{"id": name, "name": name}],
        items=[
            line(
                name[:40],
                offering=name,
                specification=name,
                actionReason=name,
                externalProductInventory=[{"externalProductInventoryId": name}],
                product={
                    "place": {"id": name},
                    "productCharacteristic": [{"name": name, "value": name, "previousValue": {name: name}}],
                    "relatedParty": [{"id": name, "name": name, "@referredType": "OrderLineItemContact"}],
                    "productRelationship": [{"id": name, "relationshipType": name}],
                },
            )
        ],
        relatedParty=[{"id": name, "name": name, "@referredType": "Customer"}],
        fulfillmentType="deliver",
        **{name: {name: [name]}},
    )


def faulty_orders(name: str) -> list[bytes]:
    """Orders whose faults are told in their own words."""
    good = hostile_order(name)
    [item] = good["productOrderItem"]
    related = {"id": name, "relationshipType": "x"}
    faulty = [
        {**good, "orderCurrency": name, "requestedStartDate": name},
        {**good, "productOrderItem": [{**item, "action": name}, {**item, "action": name}]},
        {
            **good,
            "productOrderItem": [{**item, "productOrderItemRelationship": [related]}],
        },
        {**good, "relatedParty": [{"id": name, "@referredType": name}], "@type": [name]},
    ]
    return [
        *map(encoded, faulty),
        encoded(name),
        EVIL.encode().replace(b"\n", b" ").replace(b"\r", b" "),
        b'{"a": \xff}',
    ]


def assert_inert(result: Result, *, csv_on_stdout: bool = False) -> None:
    """Nothing is shown that is obeyed; only CSV may hold tabs and CRLF."""
    for text in (result.stdout, result.stderr):
        assert OBEYED.search(text) is None, ascii(text)
    assert not {"\r", "\t"} & set(result.stderr if csv_on_stdout else result.stdout + result.stderr)
    assert "internal error" not in result.stderr


def assert_parsed(result: Result, wanted: str) -> None:
    """Machine formats are whole, and no cell of CSV for a spreadsheet is a formula."""
    if wanted == "json" and result.stdout:
        json.loads(result.stdout)
    if wanted == "ndjson":
        [json.loads(each) for each in result.stdout.splitlines()]
    if wanted == "csv-safe":
        _, *rows = csv.reader(io.StringIO(result.stdout, newline="")) if result.stdout else [[]]
        cells = [cell for row in rows for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell)] == []


@pytest.fixture
def filled(ordercli: Ordercli, connection: Store) -> Ordercli:
    """A database in which everything that people can name is called something evil."""
    records: list[Json] = [
        {"@type": kind, "id": f"{name}{n}", "externalId": name, "name": name}
        for kind in ("Place", "Customer", "ProductOffering")
        for n, name in enumerate(NAMES)
    ]
    Path("reference.ndjson").write_bytes(ndjson(*records))
    orders = ndjson(*map(hostile_order, NAMES))
    quiet = {"ORDERCLI_VALIDATION_REFERENCE": "off"}
    ordercli("reference", "import", "reference.ndjson")
    for mode in ("--source=sync" + EVIL.replace("\x00", ""), "--async"):
        assert ordercli("submit", mode, stdin=orders, **quiet).exit_code == 0
    body = {"code": 1, "reason": EVIL, "message": EVIL, "details": [{"message": EVIL, "datapath": EVIL, "rule": EVIL}]}
    ended = {"finished_at": "2026-03-01T08:00:00.000Z"}
    change_entry(connection, len(NAMES) + 1, state="error", error_code="ORD190", error=json.dumps(body), **ended)
    change_entry(connection, len(NAMES) + 2, state="cancelled", reason=EVIL, **ended)
    return ordercli


def some_order(connection: Store) -> str:
    found: str = connection.execute("SELECT order_id FROM customer_order ORDER BY seq").fetchone()[0]
    return found


COMMANDS = (
    "list --limit 0",
    "list --state new --fields note,productOrderItem",
    "show {order}",
    "show {evil}",
    "history {order}",
    "history {order} --format events",
    "events --limit 5",
    "queue list",
    "queue show {entry}",
    "queue show {evil}",
    "queue retry {evil}",
    "queue create {evil}",
    "queue discard {entry} --reason {evil}",
    "batch list",
    "batch show {evil}",
    "report",
    "report --batch {evil}",
    "report --since {evil}",
    "report {evil}",
    "reference list Place",
    "reference list ProductOffering",
    "reference show Place {evil}",
    "reference show {evil} {evil}",
    "patch {order} --dry-run --set description={evil}",
    "patch {order} --set note.0.text={evil} --set {evil}=1",
    "patch {evil} --set a=1",
    "cancel {order} {evil} --reason {evil}",
    "explain {evil}",
    "config show",
    "rules --select {evil}",
    "schema {evil}",
    "db check",
    "{evil}",
    "list --{evil}",
    "list --state {evil}",
    "submit {evil}",
    "submit missing --source {evil} --idempotency-key {evil} --track-id {evil}",
)


@pytest.mark.parametrize("wanted", FORMATS_OF_RESULTS)
def test_no_command_lets_what_an_order_says_steer_the_terminal(
    filled: Ordercli, connection: Store, wanted: str
) -> None:
    entry = connection.execute("SELECT order_id FROM inbound_entry ORDER BY seq").fetchone()[0]
    words = {"order": some_order(connection), "entry": entry, "evil": EVIL.replace("\x00", "")}
    for command in COMMANDS:
        result = filled(*(word.format_map(words) for word in command.split(" ")), "-o", wanted)

        assert_inert(result, csv_on_stdout=wanted.startswith("csv"))
        assert_parsed(result, wanted)


@pytest.mark.parametrize("wanted", FORMATS_OF_RESULTS)
@pytest.mark.parametrize("options", [("--async", "--lint"), ("--full",)])
def test_no_receipt_steers_the_terminal(ordercli: Ordercli, options: tuple[str, ...], wanted: str) -> None:
    orders = ndjson(*map(hostile_order, NAMES), *(each for name in NAMES for each in faulty_orders(name)))
    twice = orders + ndjson(hostile_order(NAMES[0]) | {"changed": True})

    result = ordercli("submit", *options, "-o", wanted, "--log-format", "text", stdin=twice)

    assert_inert(result, csv_on_stdout=wanted.startswith("csv"))
    assert_parsed(result, wanted)


@pytest.mark.parametrize("wanted", FORMATS_OF_RESULTS)
def test_no_answer_to_requests_steers_the_terminal(filled: Ordercli, connection: Store, wanted: str) -> None:
    order = some_order(connection)
    requests: list[Json] = [
        {"id": order, "note": [{"text": EVIL}], "productOrderItem": [{"id": EVIL, EVIL: EVIL}]},
        {"id": EVIL, "description": EVIL},
        {"id": order, "state": EVIL, EVIL: [EVIL]},
    ]
    cancellations: list[Json] = [
        {"cancellationReason": EVIL, "productOrder": {"id": EVIL}},
        {"cancellationReason": EVIL, "productOrder": {"id": order}, "requestedCancellationDate": EVIL},
        {"cancellationReason": EVIL, "productOrder": {"id": order}},
    ]
    for command, documents in (("patch", requests), ("cancel", cancellations)):
        result = filled(command, "--from", "-", "-o", wanted, stdin=ndjson(*documents))

        assert_inert(result, csv_on_stdout=wanted.startswith("csv"))
        assert_parsed(result, wanted)
    document = encoded({**requests[2], EVIL: None, "productOrderItem": [{"id": EVIL}, {"id": EVIL}]})
    assert_inert(filled("patch", order, "-", "-o", wanted, stdin=document))


def evil_file(name: str) -> Path:
    """Orders with faults, in a file whose name is no better than they are."""
    path = Path(EVIL.replace("\x00", "").replace("/", "|")[:80] + ".ndjson")
    path.write_bytes(ndjson(*faulty_orders(name), hostile_order(name)))
    return path


@pytest.mark.parametrize("name", NAMES[:2])
def test_no_diagnostic_steers_what_shows_it(ordercli: Ordercli, name: str) -> None:
    path = str(evil_file(name))
    shown = {wanted: ordercli("validate", path, "--format", wanted) for wanted in FORMATS}

    for result in shown.values():
        assert result.exit_code == 1
        assert_inert(result)
    found = shown["json"].json["diagnostics"]
    commands = shown["github"].stdout.splitlines()
    assert [each for each in commands if not COMMAND.fullmatch(each)] == []
    assert len(commands) == len(found) == len(shown["concise"].stdout.splitlines())
    assert len(shown["gitlab"].json) == len(shown["sarif"].json["runs"][0]["results"]) == len(found)
    suite = fromstring(shown["junit"].stdout).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert suite.get("tests") == "8"
    assert shown["ndjson"].ndjson == found
    exact = [each["externalId"] for each in found if each["record"] in {1, 2, 3}]
    assert set(exact) == {as_key(name)}


def test_machines_get_every_character(filled: Ordercli) -> None:
    def known_as(documents: list[Any], member: str) -> set[str]:
        return {each[member] for each in documents}

    orders = filled("list", "--limit", "0", "-o", "ndjson").ndjson
    entries = filled("queue", "list", "-o", "json").json
    places = filled("reference", "list", "Place", "-o", "ndjson").ndjson

    assert known_as(orders, "externalId") == set(NAMES)
    assert known_as(entries, "externalId") == set(map(as_key, NAMES))
    assert known_as(places, "name") == set(NAMES)
    assert {each["productOrderItem"][0]["actionReason"] for each in orders} == set(NAMES)
