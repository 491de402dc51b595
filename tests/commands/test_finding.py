"""Find orders by what they hold, count them, and name one by the end of its id or as the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.list import groups_of_orders
from ordercli.operations.list_entries import page_of_entries
from ordercli.operations.search_orders import Search
from ordercli.orders.order_list import GroupBy, OrderFilter
from ordercli.queue.entries import PayloadRow
from ordercli.queue.entry_list import EntryFilter
from support.builders import CUSTOMER, encoded, line, ndjson, product_order, service_line, service_order
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

MSISDN = {"productCharacteristic": [{"name": "MSISDN", "value": "491511234567"}, {"name": "slots", "value": 2}]}
ORDERS = [
    product_order("A", items=[line("1", offering="HF1000", quantity=1), line("20", offering="TV", quantity=3)]),
    product_order("B", items=[line("1", product=MSISDN)], requestedCompletionDate="2026-03-20T18:00:00+02:00"),
    product_order(
        "C", relatedParty=[CUSTOMER, {"id": "part\u00fcr", "@type": "RelatedParty", "@referredType": "CustomerContact"}]
    ),
    service_order(
        "D", items=[service_line("1", action="delete", service={"id": "s", "serviceSpecification": {"id": "x"}})]
    ),
]


@pytest.fixture
def four(ordercli: Ordercli) -> None:
    for order in ORDERS:
        submitted = ordercli("submit", stdin=encoded(order))
        assert submitted.exit_code == 0, submitted.stderr


def listed(ordercli: Ordercli, *options: str) -> str:
    result = ordercli("list", *options, "--fields", "externalId", "-o", "ndjson")
    assert result.exit_code == 0, result.stderr
    return "".join(each["externalId"] for each in result.ndjson)


@pytest.mark.parametrize("option", ["--external-id", "--customer", "--currency", "--batch"])
def test_a_value_that_is_not_utf_8_is_refused(ordercli: Ordercli, option: str) -> None:
    result = ordercli("list", option, "a\udcff")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "error: 'a\\udcff' is not UTF-8\n")


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--where productOrderItem.productOffering.id=HF1000", "A"),
        ("--where productOrderItem.20.productOffering.id=TV", "A"),
        ("--where productOrderItem.20.productOffering.id=HF1000", ""),
        ("--where productOrderItem.quantity=3", "A"),
        ("--where productOrderItem.quantity=3.0", "A"),
        ("--where /productOrderItem/0/productOffering/id=HF1000", "A"),
        ("--where /productOrderItem/1/productOffering/id=HF1000", ""),
        ("--where /productOrderItem/productOffering/id=HF1000", ""),
        ("--where productOrderItem.state=new", "CBA"),
        ("--where state=new", "DCBA"),
        ("--where serviceOrderItem.service.serviceSpecification.id=x", "D"),
        ("--where relatedParty.id=part\u00fcr", "C"),
        ("--where nothing.at.all=1", ""),
        ("--where state=new --where externalId=B", "B"),
        ("--characteristic MSISDN=491511234567", "B"),
        ("--characteristic MSISDN=491511234567 --characteristic slots=2", "B"),
        ("--characteristic MSISDN=491511234567 --characteristic slots=3", ""),
        ("--party customer-1", "DCBA"),
        ("--party part\u00fcr", "C"),
        ("--party part", ""),
        ("--due-before 2026-03-20T16:00:01Z", "B"),
        ("--due-before 2026-03-20T16:00:00Z", ""),
        ("--action delete", "D"),
        ("--action add", "CBA"),
        ("--offering HF1000", "A"),
        ("--offering HF1000 --action delete", ""),
        ("--action add --limit 1 --offset 1", "B"),
        ("--action add --sort externalId --ascending", "ABC"),
        ("--action add --resource serviceOrder", ""),
    ],
)
def test_orders_are_found_by_what_they_hold(ordercli: Ordercli, options: str, found: str) -> None:
    assert listed(ordercli, *options.split()) == found


@pytest.mark.usefixtures("four")
def test_an_order_is_found_by_what_a_patch_made_of_it(ordercli: Ordercli) -> None:
    ordercli("patch", "A", "--set", "productOrderItem.1.quantity=7")

    assert listed(ordercli, "--where", "productOrderItem.quantity=7") == "A"
    assert listed(ordercli, "--where", "productOrderItem.quantity=1") == "CB"


@pytest.mark.usefixtures("four")
def test_a_page_of_a_search_does_not_know_the_total(ordercli: Ordercli) -> None:
    result = ordercli("list", "--action", "add", "--limit", "2", "-o", "csv")

    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == "showing 2, there may be more; --limit 0 shows all\n"


@pytest.mark.usefixtures("four")
def test_orders_are_counted_by_members(ordercli: Ordercli) -> None:
    (batch, *_) = ordercli("batch", "list", "-o", "id").stdout.split()

    def counted(*options: str) -> list[object]:
        return ordercli("list", *options, "-o", "ndjson").ndjson

    assert counted("--group-by", "resource, state") == [
        {"state": "new", "resource": "productOrder", "orders": 3},
        {"state": "new", "resource": "serviceOrder", "orders": 1},
    ]
    assert counted("--group-by", "currency") == [{"currency": "EUR", "orders": 3}, {"currency": None, "orders": 1}]
    assert counted("--group-by", "customer", "--action", "add") == [{"customer": "customer-1", "orders": 3}]
    assert counted("--group-by", "batch", "--batch", batch) == [{"batch": batch, "orders": 1}]
    assert counted("--group-by", "state", "--external-id", "none") == []
    assert ordercli("list", "--group-by", "resource", "-o", "csv").stdout.splitlines() == [
        "resource,orders",
        "productOrder,3",
        "serviceOrder,1",
    ]


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("command", "error", "hint"),
    [
        ("list --where foo", "--where takes PATH=VALUE, not 'foo'", "such as productOrderItem"),
        ("list --where a..b=1", "--where takes PATH=VALUE, not 'a..b=1'", "such as productOrderItem"),
        ("list --where state!=new", "--where compares with `=` only, not 'state!=new'", "such as state=new"),
        ("list --where /state~=new", "--where compares with `=` only, not '/state~=new'", "such as /state=new"),
        ("list --where quantity>=2", "--where compares with `=` only, not 'quantity>=2'", "such as quantity=2"),
        ("list --where /a~2/b=1", "--where takes PATH=VALUE, not '/a~2/b=1'", "such as productOrderItem"),
        ("list --characteristic MSISDN", "--characteristic takes NAME=VALUE, not 'MSISDN'", "such as MSISDN="),
        ("list --action ad", "no action is called 'ad'", "actions: add, "),
        ("list --due-before soon", "--due-before takes a time, not 'soon'", "such as 2h, "),
        ("list --group-by colour", "--group-by: there is no 'colour'", "known: state, currency, source, "),
        ("list --group-by state -o id", "the result of this command has no id", "choose another format"),
        ("list --fields state,externalID", "--fields: there is no 'externalID'", "did you mean externalId"),
        ("list --currency EUT", "--currency: there is no 'EUT'", "did you mean EUR?"),
        ("queue list --code ORD12", "--code: there is no 'ORD12'", "did you mean ORD"),
        ("queue retry --code ORD12", "--code: there is no 'ORD12'", "did you mean ORD"),
    ],
)
def test_values_that_nothing_has_are_refused(ordercli: Ordercli, command: str, error: str, hint: str) -> None:
    result = ordercli(*command.split())

    said, advised = result.stderr.splitlines()
    assert (result.exit_code, result.stdout, said) == (2, "", f"error: {error}")
    assert advised.startswith(f"  hint: {hint}")


@pytest.mark.parametrize("command", ["list --batch", "queue list --batch", "queue retry --dry-run --batch"])
def test_a_batch_that_is_not_there_is_refused_with_the_newest_ones(ordercli: Ordercli, command: str) -> None:
    unknown = ordercli(*command.split(), "f" * 32)
    ordercli("submit", stdin=encoded(product_order("A")))
    known = ordercli("batch", "list", "-o", "id").stdout.strip()

    refused = ordercli(*command.split(), "f" * 32)

    message = f"error: No batch has the id '{'f' * 32}'\n  hint: "
    assert (unknown.exit_code, unknown.stderr) == (3, f"{message}nothing was submitted yet\n")
    assert (refused.exit_code, refused.stderr) == (3, f"{message}the newest: {known}; see `ordercli batch list`\n")


def test_any_currency_may_be_asked_for_where_none_is_known(ordercli: Ordercli) -> None:
    assert (ordercli("list", "--currency", "EUR").exit_code, listed(ordercli, "--currency", "EUR")) == (0, "")

    ordercli("reference", "import", "-", stdin=b'{"@type": "Currency", "id": "EUR", "status": "active"}\n')

    assert ordercli("list", "--currency", "EUR").exit_code == 0
    assert ordercli("list", "--currency", "USD").stderr == "error: --currency: there is no 'USD'\n  hint: known: EUR\n"


@pytest.mark.usefixtures("four")
def test_on_a_terminal_a_search_says_that_it_reads_every_order(ordercli: Ordercli) -> None:
    command = [*COMMAND, "list", "--action", "add", "--offering", "HF1000"]
    shown = ended(on_terminal(command, ordercli.folder, ordercli.environment()))

    first, header, row = shown.screen.splitlines()
    assert first == "note: no index for --action, --offering: each order is read; other filters make it faster"
    assert (header.split(), row.split()[1:3]) == (["id", "externalId", "state", "orderDate"], ["A", "new"])


@pytest.fixture
def many(ordercli: Ordercli, connection: Store) -> None:
    """Two orders whose keys are as far apart as in a long table."""
    ordercli("submit", "--async", stdin=encoded(product_order("A")))
    connection.continue_after(PayloadRow.TABLE, 200_000)
    ordercli("submit", "--async", stdin=encoded(product_order("B")))
    ordercli("queue", "run")


@pytest.mark.usefixtures("many")
def test_on_a_terminal_a_filter_without_an_index_says_that_it_reads_every_row(ordercli: Ordercli) -> None:
    for command, row in (("list --source default", "order"), ("queue list --code ORD301", "entry")):
        shown = ended(on_terminal([*COMMAND, *command.split()], ordercli.folder, ordercli.environment()))

        option = command.split()[-2]
        said = f"note: no index for {option}: each {row} is read; other filters make it faster"
        assert shown.screen.splitlines()[:1] == [said]


def scans_of_orders(database: str, **filters: Any) -> list[str]:
    found: list[str] = []
    wanted, search = OrderFilter(**filters), Search()
    with groups_of_orders(database, wanted, search, [GroupBy.STATE], lambda _: None, found.extend):
        pass
    return found


def scans_of_entries(database: str, **filters: Any) -> list[str]:
    found: list[str] = []
    with page_of_entries(database, EntryFilter(**filters), limit=1, offset=0, on_scan=found.extend):
        pass
    return found


@pytest.mark.usefixtures("many")
def test_only_filters_without_an_index_read_every_row(database: str) -> None:
    assert scans_of_orders(database) == []
    assert scans_of_orders(database, until="2999-01-01") == []
    assert scans_of_orders(database, source="x", until="2999-01-01") == ["--source"]
    assert scans_of_orders(database, resource="serviceOrder", target="x") == ["--resource", "--target"]
    assert scans_of_orders(database, source="x", customer_id="c") == []
    assert scans_of_orders(database, source="x", since="2026-01-01") == []
    assert scans_of_orders(database, target="x", is_troubled=True) == []
    assert scans_of_entries(database, target="") == []
    assert scans_of_entries(database, states=("error",), resource="serviceOrder") == ["--resource"]
    assert scans_of_entries(database, source="x", error_code="ORD301") == ["--source", "--code"]
    assert scans_of_entries(database, source="x", target="x") == []


@pytest.mark.usefixtures("four")
def test_a_short_table_is_read_without_a_word(database: str) -> None:
    assert scans_of_orders(database, source="x") == []
    assert scans_of_entries(database, source="x") == []


def test_the_end_of_an_id_names_an_order(ordercli: Ordercli) -> None:
    created = ordercli("submit", "-o", "ndjson", stdin=ndjson(*(product_order(f"PO-{n}") for n in range(2)))).ndjson
    (waiting,) = ordercli("submit", "--async", "-o", "ndjson", stdin=encoded(product_order("PO-9"))).ndjson
    first, second = (each["orderId"] for each in created)

    assert ordercli("show", first[-8:]).json["id"] == first
    assert ordercli("history", second[-12:], "-o", "ndjson").ndjson[0]["kind"] == "creation"
    assert ordercli("queue", "show", waiting["orderId"][-8:], "-o", "id").stdout == f"{waiting['orderId']}\n"
    assert ordercli("show", first[-7:]).exit_code == 3
    assert ordercli("patch", first[-8:], "--set", "priority=1").exit_code == 3
    assert ordercli("cancel", first[-8:], "--reason", "no").exit_code == 3
    assert ordercli("queue", "discard", waiting["orderId"][-8:], "--reason", "no").exit_code == 3


def test_an_id_of_its_own_goes_before_the_end_of_another(ordercli: Ordercli) -> None:
    (first,) = ordercli("submit", "-o", "ndjson", stdin=encoded(product_order("PO-1"))).ndjson
    ordercli("submit", stdin=encoded(product_order(first["orderId"][-8:])))

    assert ordercli("show", first["orderId"][-8:]).json["externalId"] == first["orderId"][-8:]


def test_the_end_of_several_ids_is_refused(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(product_order("A"), product_order("B")))
    ids = [f"{n}{'0' * 15}{'abcdef01' * 2}" for n in (1, 2)]
    for seq, order_id in enumerate(ids, start=1):
        connection.execute("UPDATE customer_order SET order_id = ? WHERE seq = ?", (order_id, seq))

    refused = ordercli("show", "abcdef01")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr == (
        f"error: The ids of several orders end with 'abcdef01'\n  hint: give more of it: {', '.join(ids)}\n"
    )


def test_the_last_order_is_that_of_the_last_submission_of_this_user(ordercli: Ordercli) -> None:
    nothing = ordercli("show", "@last")
    ordercli("submit", "--async", stdin=encoded(product_order("MINE")))
    ordercli("submit", stdin=encoded(product_order("OTHER")), ORDERCLI_ACTOR="somebody-else")
    waiting = ordercli("queue", "show", "@last").json["externalId"]
    ordercli("queue", "run", ORDERCLI_ACTOR="cron")
    created, of_other = ordercli("show", "@last").json, ordercli("show", "@last", ORDERCLI_ACTOR="somebody-else").json
    ordercli("submit", stdin=ndjson(product_order("X"), product_order("Y")))
    several = ordercli("show", "@last")
    (batch, *_) = ordercli("batch", "list", "-o", "id").stdout.split()

    assert (nothing.exit_code, waiting, created["externalId"], of_other["externalId"]) == (3, "MINE", "MINE", "OTHER")
    assert (several.exit_code, several.stderr.splitlines()[1]) == (
        4,
        f"  hint: see `ordercli batch show {batch} --orders`",
    )
    for command in ("patch @last --set priority=1", "cancel @last --reason no", "queue discard @last --reason no"):
        assert ordercli(*command.split()).exit_code == 3


def test_a_value_is_found_however_its_characters_are_written(ordercli: Ordercli) -> None:
    order = encoded(product_order("A", items=[line(offering="part\u00fcr")])).replace(b'"customer-1"', b'"c\\u00fc"')
    ordercli("submit", stdin=order.replace("part\u00fcr".encode(), b"\\u0070art\\u00fcr"))

    assert listed(ordercli, "--where", "productOrderItem.productOffering.id=part\u00fcr") == "A"
    assert listed(ordercli, "--party", "c\u00fc") == "A"
    assert listed(ordercli, "--party", "c") == ""


def test_members_that_the_order_system_adds_are_found(ordercli: Ordercli) -> None:
    (created,) = ordercli("submit", "-o", "ndjson", stdin=encoded(product_order("A"))).ndjson
    ordercli("patch", "A", "--set", "state=in_progress")

    for condition in (f"id={created['orderId']}", "state=in_progress", "version=2", "productOrderItem.ponr=false"):
        assert listed(ordercli, "--where", condition) == "A"
