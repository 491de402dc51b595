"""`ordercli rejects show` and `ordercli rejects fix`."""

from __future__ import annotations

import fcntl
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.builders import encoded, line, ndjson, product_order, service_order
from support.printed import codes
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

FILE = Path("night.ndjson.rejects.ndjson")
OFF = "reference rules are off: no reference data is loaded; `ordercli reference import --help` tells how to load it"
COPY = Path("night.ndjson.rejects.ndjson.bak")
MISSPELT = [product_order(f"M-{n}", items=[line("1", action="Add"), line("2")]) for n in range(2)]
NO_CURRENCY = product_order("C-1", orderCurrency=...)
BOTH = product_order("B-1", orderCurrency=..., items=[line("1", action="Add")])


def refused(ordercli: Ordercli, *orders: Json, options: tuple[str, ...] = ()) -> None:
    """Submit bad orders; their lines are in FILE."""
    Path("night.ndjson").write_bytes(ndjson(*orders))
    result = ordercli("submit", "night.ndjson", *options)
    assert (result.exit_code, FILE.exists()) == (1, True), result.stderr


def fix(ordercli: Ordercli, *options: str) -> Result:
    return ordercli("rejects", "fix", str(FILE), *options, "-o", "ndjson")


def orders() -> list[Json]:
    """The orders in the file."""
    return [json.loads(each)["order"] for each in FILE.read_bytes().splitlines()]


def outcomes(result: Result) -> list[tuple[int, str]]:
    return [(each["line"], each["outcome"]) for each in result.ndjson]


def test_errors_are_counted_by_code_and_value_the_most_frequent_first(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY, BOTH, options=("--source", "crm"))

    result = ordercli("rejects", "show", str(FILE), "-o", "ndjson")

    words = "add, change, delete, no-change, resume, suspend"
    shared = {"source": "crm", "file": "night.ndjson"}
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.ndjson == [
        {
            "orders": 3,
            "code": "ORD121",
            "value": "Add",
            "pointer": "/productOrderItem/0/action",
            "message": f"action `Add` is none of {words}",
            "suggestion": "add",
            "applicability": "safe",
            **shared,
            "line": 1,
        },
        {
            "orders": 2,
            "code": "ORD113",
            "value": None,
            "pointer": "/orderCurrency",
            "message": "Invalid payload: orderCurrency is required",
            "suggestion": None,
            "applicability": None,
            **shared,
            "line": 3,
        },
    ]


def test_a_text_that_is_a_number_becomes_the_number(ordercli: Ordercli) -> None:
    quantities = ["3", "-1.50", "3.0e2", "03", "+3", "3 ", "", "NaN", "1,5", "three", True]
    items = [line(str(n), quantity=each) for n, each in enumerate(quantities, 1)]
    refused(ordercli, product_order("N-1", items=items), product_order("N-2", orderCurrency=5))

    shown = ordercli("rejects", "show", str(FILE), "-o", "ndjson").ndjson
    result = fix(ordercli, "--apply-suggestions")

    suggested = {each["value"]: (each["suggestion"], each["applicability"]) for each in shown if each["suggestion"]}
    assert suggested == {each: (each, "safe") for each in ("3", "-1.50", "3.0e2")}
    assert {each["code"] for each in shown} == {"ORD120"}
    assert outcomes(result) == [(1, "better")]
    fixed = FILE.read_bytes()
    assert [fixed.count(each) for each in (b'"quantity":3,', b'"quantity":-1.50,', b'"quantity":3.0e2,')] == [1, 1, 1]
    assert [each["quantity"] for each in orders()[0]["productOrderItem"]] == [3, -1.5, 300, *quantities[3:]]


def test_conflicts_are_grouped_by_the_members_that_differ(ordercli: Ordercli) -> None:
    known = [product_order(f"K-{n}", items=[line("1"), line("2")]) for n in range(5)]
    ordercli("submit", stdin=ndjson(*known))
    changed = [
        *({**each, "orderCurrency": "USD"} for each in known[:2]),
        *({**each, "productOrderItem": [line("1"), line("2", quantity=n)]} for n, each in enumerate(known[2:4], 2)),
        {**known[4], "orderCurrency": "USD", "productOrderItem": [line("1", quantity=7), line("2", quantity=7)]},
    ]
    refused(ordercli, *changed)

    result = ordercli("rejects", "show", str(FILE), "-o", "ndjson")

    assert [(each["orders"], each["code"], each["value"], each["pointer"]) for each in result.ndjson] == [
        (2, "ORD420", "/orderCurrency", "/externalId"),
        (2, "ORD420", "/productOrderItem/*/quantity", "/externalId"),
        (1, "ORD420", "/orderCurrency, /productOrderItem/*/quantity", "/externalId"),
    ]


def test_the_table_shows_what_is_needed_to_repair_them(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT)

    assert ordercli("rejects", "show", str(FILE), "-o", "table").stdout.splitlines() == [
        "orders  code    value  message                                                                  suggestion",
        "2       ORD121  Add    action `Add` is none of add, change, delete, no-change, resume, suspend  add",
    ]


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ("code", [(3, "ORD113", None), (1, "ORD301", None)]),
        ("source", [(4, None, None)]),
        ("pointer,code", [(3, "ORD113", None), (1, "ORD301", None)]),
    ],
)
def test_what_differs_within_a_group_is_null(ordercli: Ordercli, keys: str, groups: list[Any]) -> None:
    errors = [{"code": "ORD113", "pointer": "/orderCurrency", "message": "m"}]
    unknown = [{"code": "ORD301", "pointer": "/channel/0/id", "message": "n", "value": "web"}]
    FILE.write_bytes(
        ndjson(
            *({"$reject": {"errors": errors}, "order": {"externalId": str(n)}} for n in range(3)),
            {"$reject": {"errors": unknown}, "order": {}},
        )
    )

    result = ordercli("rejects", "show", str(FILE), "--group-by", keys, "-o", "ndjson")

    found = [
        (each["orders"], each["code"], each["value"] if each["code"] == "ORD113" else None) for each in result.ndjson
    ]
    assert found == groups


def test_orders_are_grouped_only_by_what_errors_have(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)

    result = ordercli("rejects", "show", str(FILE), "--group-by", "code,color")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: errors cannot be grouped by 'color'\n"
        "  hint: group by some of: code, value, pointer, message, source, file\n"
    )


def test_suggestions_are_applied_and_the_file_can_be_sent(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY, BOTH)
    before = FILE.read_bytes()

    result = fix(ordercli, "--apply-suggestions")

    change = {"pointer": "/productOrderItem/0/action", "before": "Add", "after": "add"}
    missing = {"code": "ORD113", "pointer": "/orderCurrency", "message": "Invalid payload: orderCurrency is required"}
    assert result.exit_code == 0
    assert result.ndjson == [
        {"line": 1, "externalId": "M-0", "outcome": "repaired", "changes": [change], "errors": [], "reason": None},
        {"line": 2, "externalId": "M-1", "outcome": "repaired", "changes": [change], "errors": [], "reason": None},
        {"line": 4, "externalId": "B-1", "outcome": "better", "changes": [change], "errors": [missing], "reason": None},
    ]
    assert [json.loads(each)["message"] for each in result.stderr.splitlines()] == [
        "2 repaired, 1 better, 1 unchanged",
        OFF,
        f"the file as it was: {COPY.resolve()}",
        f"what is left: ordercli rejects show {FILE}",
        f"send it again: ordercli rejects submit {FILE}",
    ]
    assert COPY.read_bytes() == before
    assert FILE.read_bytes().splitlines()[2] == before.splitlines()[2]
    assert orders()[0] == {**MISSPELT[0], "productOrderItem": [line("1"), line("2")]}
    assert codes(FILE) == [[], [], ["ORD113"], ["ORD113"]]
    sent = ordercli("submit", str(FILE), "-o", "ndjson")
    assert [each["outcome"] for each in sent.ndjson] == ["accepted", "accepted", "rejected", "rejected"]


def test_a_dry_run_writes_nothing(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT)
    before = FILE.read_bytes()

    result = fix(ordercli, "--apply-suggestions", "--dry-run")

    assert outcomes(result) == [(1, "repaired"), (2, "repaired")]
    told = [json.loads(each)["message"] for each in result.stderr.splitlines()]
    assert told == ["2 repaired (dry run, nothing was written)", OFF]
    assert (FILE.read_bytes(), COPY.exists()) == (before, False)


def test_a_value_is_set_in_the_orders_with_an_error(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY, MISSPELT[0])

    result = fix(ordercli, "--code", "ORD113", "--set", "orderCurrency=EUR", "--set", "note.0.text=night of the 3rd")

    assert outcomes(result) == [(1, "repaired")]
    assert orders() == [
        {**NO_CURRENCY, "orderCurrency": "EUR", "note": [{"text": "night of the 3rd"}]},
        MISSPELT[0],
    ]


def test_a_fix_that_makes_an_order_worse_is_shown_and_left_out(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()

    result = ordercli("rejects", "fix", str(FILE), "--code", "ORD113", "--set", "productOrderItem.1.action=fly")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "line 1 (C-1) would be worse and was left as it is: ORD121 /productOrderItem/0/action: action `fly` is none of"
        " add, change, delete, no-change, resume, suspend; ORD113 /orderCurrency: Invalid payload: orderCurrency is"
        " required\n1 worse\n"
        f"{OFF}\n"
    )
    assert (FILE.read_bytes(), COPY.exists()) == (before, False)


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (("--code", "ORD121", "--substitute", "Add=add"), ("add", "shop", "web", "1.10")),
        (("--code", "ORD121", "--substitute", "Ad=add"), ("Add", "shop", "web", "1.10")),
        (("--at", "productOrderItem.1.action", "--substitute", "Add=add"), ("add", "shop", "web", "1.10")),
        (("--at", "/productOrderItem/0/action", "--substitute", "Add=add"), ("add", "shop", "web", "1.10")),
        (("--at", "channel.id", "--substitute", "web=phone"), ("Add", "shop", "phone", "1.10")),
        (("--at", "channel.id", "--substitute", "web=a", "--substitute", "shop=b"), ("Add", "b", "a", "1.10")),
        (("--at", "channel.0.id", "--substitute", "web=phone"), ("Add", "shop", "web", "1.10")),
        (("--at", "channel.1", "--substitute", "web=phone"), ("Add", "shop", "phone", "1.10")),
        (("--at", "note.weight", "--substitute", "1.10=1.2"), ("Add", "shop", "web", "1.2")),
        (("--at", "note.weight", "--substitute", "1.1=1.2"), ("Add", "shop", "web", "1.10")),
        (("--at", "nothing.there", "--substitute", "web=phone"), ("Add", "shop", "web", "1.10")),
    ],
)
def test_whole_values_are_substituted_where_they_stand(
    ordercli: Ordercli, options: tuple[str, ...], changed: tuple[str, ...]
) -> None:
    order = encoded({**MISSPELT[0], "channel": [{"id": "shop"}, {"id": "web"}], "note": [{"weight": "W"}]})
    Path("night.ndjson").write_bytes(order.replace(b'"W"', b"1.10"))
    ordercli("submit", "night.ndjson")

    result = fix(ordercli, *options)

    action, first, second, weight = changed
    (found,) = FILE.read_bytes().splitlines()
    assert result.exit_code == 0
    assert f'"action":"{action}"'.encode() in found
    assert f'"channel":[{{"id":"{first}"}},{{"id":"{second}"}}]'.encode() in found
    assert f'{{"weight":{weight}}}'.encode() in found


def test_an_error_that_cannot_be_judged_is_gone_where_its_value_was_replaced(ordercli: Ordercli) -> None:
    """Without reference data nothing tells whether the new id is known."""
    unknown = {"code": "ORD301", "pointer": "/productOrderItem/0/productOffering/id", "message": "m", "value": "x1"}
    order = product_order("A-1", items=[line(offering="x1")])
    FILE.write_bytes(ndjson({"$reject": {"errors": [unknown], "request": "submit"}, "order": order}))

    result = fix(ordercli, "--code", "ORD301", "--substitute", "x1=HF1000")

    assert outcomes(result) == [(1, "repaired")]
    assert (codes(FILE), orders()) == ([[]], [product_order("A-1", items=[line(offering="HF1000")])])


def test_an_order_inside_another_document_is_repaired(ordercli: Ordercli) -> None:
    Path("night.ndjson").write_bytes(encoded({"event": {"productOrder": MISSPELT[0]}}) + b"\n")
    assert ordercli("submit", "night.ndjson", "--at", "/event/productOrder").exit_code == 1

    assert outcomes(fix(ordercli, "--apply-suggestions")) == [(1, "repaired")]
    assert (orders()[0]["productOrderItem"][0]["action"], codes(FILE)) == ("add", [[]])


def test_the_name_of_a_member_is_corrected_and_its_value_stays(ordercli: Ordercli) -> None:
    error = {"code": "ORD004", "pointer": "/descripton", "message": "m", "suggestion": "description"}
    order = {**product_order("A-1"), "descripton": "night"}
    taken = {**order, "externalId": "A-2", "description": "day"}
    FILE.write_bytes(ndjson(*({"$reject": {"errors": [error]}, "order": each} for each in (order, taken))))

    assert outcomes(fix(ordercli, "--apply-suggestions")) == [(1, "repaired")]
    assert orders() == [{**product_order("A-1"), "description": "night"}, taken]


def test_service_orders_are_repaired_too(ordercli: Ordercli) -> None:
    order = service_order("S-1")
    order["serviceOrderItem"][0]["action"] = "Add"
    refused(ordercli, order)

    assert outcomes(fix(ordercli, "--apply-suggestions")) == [(1, "repaired")]
    assert ordercli("submit", str(FILE)).exit_code == 0


def test_what_a_fix_cannot_change_is_counted_and_one_reason_told(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY, product_order("C-2", orderCurrency=...), MISSPELT[0])

    result = fix(ordercli, "--code", "ORD113", "--set", "productOrderItem.quantity=1")

    assert (result.exit_code, result.stdout, COPY.exists()) == (1, "", False)
    assert result.notes == (
        "3 unchanged\n2 could not be changed, such as line 1: --set productOrderItem.quantity: the order has no line"
        f" item quantity\n{OFF}\n"
    )


def test_the_first_orders_that_would_be_worse_are_shown_and_the_others_counted(ordercli: Ordercli) -> None:
    refused(ordercli, *(product_order(f"C-{n}", orderCurrency=...) for n in range(7)))
    change = ("--code", "ORD113", "--set", "productOrderItem.1.action=fly")

    result = ordercli("rejects", "fix", str(FILE), *change)
    dry = ordercli("rejects", "fix", str(FILE), *change, "--dry-run", "-o", "ndjson")

    shown = result.stderr.splitlines()
    assert [each[:12] for each in shown[:5]] == [f"line {n} (C-{n - 1})" for n in range(1, 6)]
    assert shown[5:] == ["and 2 more would be worse; --dry-run shows all", "7 worse", OFF]
    assert outcomes(dry) == [(n, "worse") for n in range(1, 8)]


def test_what_is_left_is_named_only_while_something_is_left(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY)

    some = fix(ordercli, "--apply-suggestions")
    last = fix(ordercli, "--code", "ORD113", "--set", "orderCurrency=EUR")

    assert "what is left: " in some.stderr
    assert last.notes == (
        f"1 repaired, 2 unchanged\n{OFF}\nthe file as it was: {COPY.resolve()}.2"
        "; older copies are beside it, remove those that you do not need\n"
        f"send it again: ordercli rejects submit {FILE}\n"
    )


def shown_to_a_person(ordercli: Ordercli, file: Path = FILE) -> list[str]:
    """What `rejects show` says below its table on a terminal."""
    terminal = on_terminal([*COMMAND, "rejects", "show", str(file)], ordercli.folder, ordercli.environment(), 200)
    text = ended(terminal).screen
    return re.split(r"(?:order|request)s? in ", text, maxsplit=1)[1].splitlines()[1:]


def test_a_person_is_told_how_to_go_on(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY)
    by_hand = [
        "repair many at once: `ordercli rejects fix --help` has examples",
        f"repair by hand: ordercli rejects edit {FILE}",
    ]

    first = shown_to_a_person(ordercli)
    fix(ordercli, "--apply-suggestions")
    second = shown_to_a_person(ordercli)
    fix(ordercli, "--code", "ORD113", "--set", "orderCurrency=EUR")
    third = shown_to_a_person(ordercli)

    assert first == [f"apply the suggestions that are sure: ordercli rejects fix {FILE} --apply-suggestions", *by_hand]
    assert second == by_hand
    assert third == [f"no error is left, send it again: ordercli rejects submit {FILE}"]


def test_a_person_with_very_many_groups_is_told_how_to_have_fewer(ordercli: Ordercli) -> None:
    refused(ordercli, *(product_order(f"C-{n}", items=[line("1", action=f"x{n}")]) for n in range(31)))

    assert shown_to_a_person(ordercli)[0] == f"fewer groups: ordercli rejects show {FILE} --group-by code"


def test_no_way_to_go_on_is_told_for_a_file_of_other_lines(ordercli: Ordercli) -> None:
    error = {"code": "ORD121", "pointer": "/state", "message": "m"}
    FILE.write_bytes(ndjson({"$reject": {"request": "patch", "errors": [error]}, "order": {"id": "PO-1"}}))

    assert shown_to_a_person(ordercli) == []


def test_each_fix_keeps_a_copy_of_its_own(ordercli: Ordercli) -> None:
    refused(ordercli, BOTH)
    first = FILE.read_bytes()
    fix(ordercli, "--apply-suggestions")
    second = FILE.read_bytes()
    fix(ordercli, "--code", "ORD113", "--set", "orderCurrency=EUR")

    assert (COPY.read_bytes(), Path(f"{COPY}.2").read_bytes()) == (first, second)
    assert (FILE.stat().st_mode & 0o777, COPY.stat().st_mode & 0o777) == (0o600, 0o600)


def test_a_link_to_the_file_stays_a_link(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT)
    Path("link.ndjson").symlink_to(FILE)

    assert ordercli("rejects", "fix", "link.ndjson", "--apply-suggestions").exit_code == 0
    assert (Path("link.ndjson").is_symlink(), codes(FILE)) == (True, [[], []])


def test_lines_that_are_none_stay_as_they_are_and_are_named(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT)
    ours = FILE.read_bytes()
    others = [b"\n", b'{"externalId": "plain"}\n', b"[1]\n", b"{\n", b'{"$reject": {"errors": 7}}\n', ours[:80]]
    FILE.write_bytes(b"".join([*others[:3], ours, *others[3:]]))

    result = ordercli("rejects", "fix", str(FILE), "--apply-suggestions")
    shown = ordercli("rejects", "show", str(FILE), "-o", "id")

    lines = FILE.read_bytes().splitlines(keepends=True)
    assert (result.exit_code, shown.exit_code, shown.stdout) == (1, 1, "")
    assert [lines[n] for n in (0, 1, 2, 5, 6, 7)] == others
    named = [each.partition(":")[2].partition(":")[0].strip() for each in result.stderr.splitlines()[:5]]
    assert named == [f"line {n} was left as it is" for n in (2, 3, 6, 7, 8)]
    assert result.stderr.splitlines()[4].endswith("; the file ends in the middle of it")


def test_an_id_that_is_near_in_the_catalogue_is_applied_only_on_request(ordercli: Ordercli) -> None:
    Path("catalogue.ndjson").write_bytes(ndjson({"@type": "ProductOffering", "id": "HF1000"}))
    ordercli("reference", "import", "catalogue.ndjson")
    refused(ordercli, product_order("N-1", items=[line("1", productOffering={"id": "HF100"})]))

    [group] = ordercli("rejects", "show", str(FILE), "-o", "ndjson").ndjson
    members = ("code", "value", "suggestion", "applicability")
    assert [group[each] for each in members] == ["ORD301", "HF100", "HF1000", "maybe"]
    assert outcomes(fix(ordercli, "--apply-suggestions")) == []
    assert outcomes(fix(ordercli, "--apply-suggestions", "--include-maybe")) == [(1, "repaired")]
    assert orders()[0]["productOrderItem"][0]["productOffering"] == {"id": "HF1000"}


def test_suggestions_that_are_not_sure_are_applied_only_on_request(ordercli: Ordercli) -> None:
    place = {"code": "ORD121", "pointer": "/productOrderItem/0/action", "message": "m", "suggestion": "add"}
    order = product_order("U-1", items=[line("1", action="ad")])
    FILE.write_bytes(ndjson({"$reject": {"errors": [{**place, "applicability": "maybe"}]}, "order": order}))

    left = ordercli("rejects", "fix", str(FILE), "--apply-suggestions")
    assert (left.exit_code, left.stdout, orders()) == (0, "", [order])
    assert left.stderr.splitlines() == [
        "1 unchanged",
        OFF,
        "1 order has suggestions that are not sure; --include-maybe applies these too",
    ]

    assert outcomes(fix(ordercli, "--apply-suggestions", "--include-maybe")) == [(1, "repaired")]
    assert orders() == [product_order("U-1", items=[line("1")])]


@pytest.mark.parametrize("reject", [{"request": "patch"}, {"request": "cancel"}])
def test_only_orders_are_changed(ordercli: Ordercli, reject: Json) -> None:
    error = {"code": "ORD121", "pointer": "/productOrderItem/0/action", "message": "m", "suggestion": "add"}
    FILE.write_bytes(ndjson({"$reject": {**reject, "errors": [error]}, "order": MISSPELT[0]}))
    before = FILE.read_bytes()

    result = fix(ordercli, "--apply-suggestions")

    assert (result.exit_code, result.stdout, FILE.read_bytes()) == (0, "", before)
    assert [json.loads(each)["message"] for each in result.stderr.splitlines()] == [
        "1 unchanged",
        f"1 could not be changed, such as line 1: it is no order but a request for `{reject['request']}`",
        OFF,
    ]


def test_members_of_a_newer_version_are_kept(ordercli: Ordercli) -> None:
    error = {"code": "ORD121", "pointer": "/productOrderItem/0/action", "message": "m", "suggestion": "add", "new": 1}
    left = {"code": "ORD999", "pointer": "/externalId", "message": "m", "suggestion": "X-1", "more": 1.50}
    FILE.write_bytes(ndjson({"$reject": {"errors": [error, left], "later": [1]}, "order": MISSPELT[0], "extra": None}))

    assert outcomes(fix(ordercli, "--apply-suggestions")) == [(1, "repaired")]
    (found,) = map(json.loads, FILE.read_bytes().splitlines())
    assert {**found, "order": None} == {"$reject": {"errors": [left], "later": [1]}, "order": None, "extra": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no rejects file: it is empty"),
        (b"\n\n", "is no rejects file: it is empty"),
        (b'{"externalId": "A"}\n', "is no rejects file: of line 1, it is no line of a rejects file: Object missing"),
        (b"\x1f\x8b\x08", "is no rejects file: of line 1, it is not one JSON object: "),
        (b'{\n "$reject": {}\n}\n', "is no rejects file: of line 1, it is not one JSON object: Input data was trunc"),
    ],
)
def test_another_file_is_refused_and_stays(ordercli: Ordercli, content: bytes, message: str) -> None:
    FILE.write_bytes(content)

    results = [ordercli("rejects", "show", str(FILE)), ordercli("rejects", "fix", str(FILE), "--apply-suggestions")]

    for result in results:
        assert (result.exit_code, result.stdout) == (6, "")
        assert result.stderr.startswith(f"error: {FILE} {message}")
        assert result.stderr.endswith("\n  hint: `ordercli schema reject` describes its lines\n")
    assert (FILE.read_bytes(), COPY.exists()) == (content, False)


@pytest.mark.parametrize("command", [("show",), ("fix", "--apply-suggestions")])
@pytest.mark.parametrize("path", ["missing.ndjson", "."])
def test_what_is_no_file_cannot_be_read(ordercli: Ordercli, command: tuple[str, ...], path: str) -> None:
    result = ordercli("rejects", command[0], path, *command[1:])

    assert (result.exit_code, result.stdout) == (6, "")
    assert "error:" in result.stderr


def test_the_database_is_never_changed(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)
    before = Path(ordercli.database).read_bytes()

    result = ordercli("rejects", "fix", ordercli.database, "--apply-suggestions")

    assert (result.exit_code, Path(ordercli.database).read_bytes()) == (2, before)
    assert "would overwrite the database" in result.stderr


def test_a_file_that_a_run_is_writing_is_left_alone(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT)
    before = FILE.read_bytes()

    with FILE.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = ordercli("rejects", "fix", str(FILE), "--apply-suggestions")

    assert (result.exit_code, FILE.read_bytes()) == (75, before)
    assert f"{FILE} is being written by another run" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "there is nothing to change"),
        (("--code", "ORD113"), "there is nothing to change"),
        (("--set", "a=1"), "--set needs --code, which chooses the orders that are changed"),
        (("--substitute", "a=b"), "--substitute needs --code or --at, which tell where values are replaced"),
        (("--include-maybe", "--at", "a", "--substitute", "b=c"), "--include-maybe concerns suggestions"),
        (("--at", "a", "--apply-suggestions"), "--at tells where --substitute replaces values"),
        (("--code", "ORD999", "--set", "a=1"), "no rule has the code 'ORD999'"),
        (("--code", "ORD113", "--substitute", "a"), "--substitute takes OLD=NEW, not 'a'"),
        (("--code", "ORD113", "--substitute", "=b"), "--substitute takes OLD=NEW, not '=b'"),
        (("--code", "ORD113", "--set", "a"), "--set takes PATH=VALUE, not 'a'"),
    ],
)
def test_what_to_change_must_be_said(ordercli: Ordercli, options: tuple[str, ...], message: str) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()

    result = ordercli("rejects", "fix", str(FILE), *options)

    assert (result.exit_code, result.stdout, FILE.read_bytes()) == (2, "", before)
    assert result.stderr.startswith(f"error: {message}\n")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([b"\n", b"{}\n", b"\xff\n", b'"x"\n', b"[]\n", b'{"$reject":{}}\n', b"{"]), max_size=6))
def test_no_line_is_lost(ordercli: Ordercli, others: list[bytes]) -> None:
    error = {"code": "ORD121", "pointer": "/productOrderItem/0/action", "message": "m", "suggestion": "add"}
    ours = ndjson({"$reject": {"errors": [error]}, "order": MISSPELT[0]})
    FILE.write_bytes(ours + b"".join(others))

    ordercli("rejects", "fix", str(FILE), "--apply-suggestions")

    first, *rest = FILE.read_bytes().splitlines(keepends=True)
    assert json.loads(first)["order"]["productOrderItem"][0]["action"] == "add"
    assert b"".join(rest) == b"".join(others)


def test_only_orders_with_the_code_can_be_unchangeable(ordercli: Ordercli) -> None:
    Path("night.ndjson").write_bytes(b'{"externalId": "U-1"\n')
    ordercli("submit", "night.ndjson")

    other = ordercli("rejects", "fix", str(FILE), "--code", "ORD113", "--set", "orderCurrency=EUR")
    meant = ordercli("rejects", "fix", str(FILE), "--code", "ORD001", "--set", "orderCurrency=EUR")

    assert (other.exit_code, other.stderr) == (0, f"1 unchanged\n{OFF}\n")
    assert meant.stderr == f"1 unchanged\n1 could not be changed, such as line 1: its order is no JSON object\n{OFF}\n"
