"""The summaries of validate and submit group findings by code and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.diagnostics import finding_group, finding_groups
from ordercli.output.finding_groups import group_lines
from ordercli.output.rows import member_table
from ordercli.output.stream import Output
from support.builders import line, product_order, service_order, write_orders

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli


def group(orders: int, code: str, value: str | None, message: str | None, **members: Any) -> dict[str, Any]:
    return {
        "orders": orders,
        "code": code,
        "severity": "error",
        "value": value,
        "message": message,
        "suggestion": None,
        **members,
    }


def not_a_currency(value: str) -> str:
    return f"orderCurrency `{value}` is not a currency code of three upper-case letters"


NO_CURRENCY = "Invalid payload: orderCurrency is required"
GROUPS = [
    group(3, "ORD124", "euro", not_a_currency("euro")),
    group(2, "ORD102", None, None),  # the messages of the two kinds differ
    group(2, "ORD113", None, NO_CURRENCY),
    group(1, "ORD124", "Euro", not_a_currency("Euro")),
    group(2, "ORD901", "hue", "hue is no known field of the order", severity="warning"),
]
LINES = [
    f"  3 orders: ORD124 {not_a_currency('euro')}",
    "  2 orders: ORD102 The order has no line item.",
    f"  2 orders: ORD113 {NO_CURRENCY}",
    "  2 orders: ORD901 hue is no known field of the order",
    "  and 1 more by code and value",
]


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    """Orders of both kinds with findings."""
    orders = [
        *(product_order(f"A-{n}", orderCurrency=each) for n, each in enumerate(["euro", "euro", "Euro", "euro"])),
        *(product_order(f"B-{n}", orderCurrency=...) for n in range(2)),
        product_order("C", items=[]),
        service_order("D", items=[]),
        *(product_order(f"E-{n}", hue="red") for n in range(2)),
    ]
    return write_orders(tmp_path / "mixed.ndjson", *orders)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_validate_groups_findings_by_code_and_value(ordercli: Ordercli, mixed: str, jobs: str) -> None:
    text = ordercli("validate", mixed, "--jobs", jobs)
    as_json = ordercli("validate", mixed, "--jobs", jobs, "-o", "json")

    assert text.stderr.splitlines()[-len(LINES) :] == LINES
    assert (as_json.json["groups"], as_json.json["otherGroups"]) == (GROUPS, 0)
    assert as_json.stderr == ""


def test_a_table_has_a_line_for_each_group(ordercli: Ordercli, mixed: str) -> None:
    table = ordercli("submit", mixed, "--rejects", "none", "-o", "table", COLUMNS="200").stdout

    _, _, after = table.partition("\ngroups")
    groups, _, _ = after.partition("\notherGroups")
    assert [each.strip() for each in groups.splitlines()] == [
        f"orders: 3, code: ORD124, severity: error, value: euro, message: {not_a_currency('euro')}",
        "orders: 2, code: ORD102, severity: error",
        f"orders: 2, code: ORD113, severity: error, message: {NO_CURRENCY}",
        f"orders: 1, code: ORD124, severity: error, value: Euro, message: {not_a_currency('Euro')}",
    ]


def test_only_what_is_nested_deeper_is_json_in_a_table() -> None:
    members = {"a": ["x", 1], "b": {"n": 1, "m": ["x", "y"]}, "c": [{"n": 1, "o": None}], "d": [], "e": {"n": {"m": 1}}}
    console = Output().console()

    with console.capture() as shown:
        console.print(member_table(members))

    lines = ["a  x", "1", "b  n: 1", "m: x, y", "c  n: 1", "d", "e  {", '"n": {', '"m": 1', "}", "}"]
    assert [each.strip() for each in shown.get().splitlines()] == lines


def test_groups_of_one_order_are_left_to_the_findings(ordercli: Ordercli, tmp_path: Path) -> None:
    file = write_orders(tmp_path / "o.ndjson", product_order("A", orderCurrency="x"), product_order("B", items=[]))

    text = ordercli("validate", file)

    assert text.stderr.splitlines()[-1] == "2 orders in 1 file: 2 errors, 0 warnings"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "`a`: There is no `x-1` in EUR"),
        ("x-1", "There is no `x-1` in EUR"),
        ("EU", "`EU`: There is no `x-1` in EUR"),
    ],
)
def test_a_value_is_shown_unless_the_message_names_it(value: str, shown: str) -> None:
    groups = finding_groups()
    for _ in range(2):
        groups.add_order([finding_group("ORD301", "error", value, "There is no `x-1` in EUR", None)])

    assert list(group_lines(groups.largest(), groups.others())) == [f"  2 orders: ORD301 {shown}"]


def test_the_largest_groups_are_shown_and_the_others_counted(ordercli: Ordercli, tmp_path: Path) -> None:
    names = [f"c{n:02}" for n in range(25) for _ in range(1 + (n > 10))]
    file = write_orders(tmp_path / "o.ndjson", *[product_order(str(n), orderCurrency=c) for n, c in enumerate(names)])

    text = ordercli("validate", file)
    as_json = ordercli("validate", file, "-o", "json").json

    shown = text.stderr.splitlines()[-11:]
    assert shown[:10] == [f"  2 orders: ORD124 {not_a_currency(f'c{n:02}')}" for n in range(11, 21)]
    assert shown[10] == "  and 15 more by code and value"
    assert [each["value"] for each in as_json["groups"]] == [f"c{n:02}" for n in [*range(11, 25), *range(6)]]
    assert as_json["otherGroups"] == 5


def test_an_order_counts_once_in_a_group(ordercli: Ordercli, tmp_path: Path) -> None:
    items = [line("1", action="addd"), line("2", action="addd")]
    file = write_orders(tmp_path / "o.ndjson", product_order("A", items=items))

    found = ordercli("validate", file, "-o", "json").json

    message = "action `addd` is none of add, change, delete, no-change, resume, suspend"
    assert found["groups"] == [group(1, "ORD121", "addd", message, suggestion="add")]
    assert found["errors"] == 2


@pytest.mark.every_engine
@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--async",), ("--jobs", "2")])
def test_submit_groups_what_it_refused(ordercli: Ordercli, mixed: str, options: tuple[str, ...]) -> None:
    found = ordercli("submit", mixed, *options, "-o", "json").json

    assert found["groups"] == [each for each in GROUPS if each["severity"] == "error"]
    assert found["otherGroups"] == 0


def test_rejects_show_finds_the_groups_of_submit(
    ordercli: Ordercli, mixed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unknown = write_orders(tmp_path / "more.ndjson", product_order("F", relatedParty=[{"nmae": 1, "id": "c"}]))
    monkeypatch.chdir(tmp_path)

    submitted = ordercli("submit", mixed, unknown, "-o", "json").json
    shown = ordercli("rejects", "show", submitted["rejectsFile"], "-o", "json").json

    names = ("orders", "code", "value", "message", "suggestion")
    assert [[each[name] for name in names] for each in shown] == [
        [each[name] for name in names] for each in submitted["groups"]
    ]


def test_a_file_without_faults_has_no_groups(ordercli: Ordercli, tmp_path: Path) -> None:
    file = write_orders(tmp_path / "o.ndjson", product_order("A"))

    found = [ordercli(command, file, "-o", "json").json for command in ("validate", "submit")]

    assert [(each["groups"], each["otherGroups"]) for each in found] == [([], 0), ([], 0)]


def test_a_sheet_is_grouped_too(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'group = "order"\n[columns]\norder = "/externalId"\ncurrency = "/orderCurrency"\n'
        'qty = { at = "/productOrderItem/*/quantity", type = "number" }\n'
    )
    (tmp_path / "s.csv").write_text("order,qty,currency\nA,x,EUR\nB,x,EUR\nC,y,EUR\n")
    sheet = (str(tmp_path / "s.csv"), "--map", str(tmp_path / "map.toml"))

    converted = ordercli("convert", *sheet, "--to", str(tmp_path / "out"), "--format", "json").json
    validated = ordercli("validate", *sheet, "--format", "json").json

    groups = [(each["orders"], each["value"]) for each in converted["groups"] if each["code"] == "ORD701"]
    assert groups == [(2, "x"), (1, "y")]
    assert validated["groups"] == converted["groups"]


def test_many_different_values_do_not_grow_without_end() -> None:
    groups = finding_groups()

    def add(value: str) -> None:
        groups.add_order([finding_group("ORD124", "error", value, "m", None)])

    for n in range(35_000):
        add(f"single {n}")
        if n % 7 == 0:
            add("often")

    often, *singles = groups.largest()
    assert (often.value, often.orders) == ("often", 5_000)
    assert [each.orders for each in singles] == [1] * 19
    assert len(groups) == 35_001
    assert len(groups.largest(None)) <= 10_000


def test_long_texts_are_cut_off() -> None:
    found = finding_group("ORD124", "error", "v" * 1_000_000, "m" * 1_000_000, None)

    assert (found.value, found.message) == ("v" * 99 + "…", "m" * 500)
