"""Small inputs in the form that real senders give them (tests/data/payloads), from the file to the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, product_orders

if TYPE_CHECKING:
    from support.running import Ordercli, Result

PAYLOADS = Path(__file__).parents[1] / "data" / "payloads"


def payload(name: str) -> str:
    """The path of an input."""
    return str(PAYLOADS / name)


def diagnostics(result: Result) -> list[tuple[str, str, str]]:
    """Severity, code and pointer of each diagnostic that `validate -o ndjson` prints."""
    return [(each["severity"], each["code"], each["pointer"]) for each in result.ndjson]


@pytest.mark.parametrize(
    ("name", "servicenow"),
    [
        ("urn-item-id.json", ("error", "ORD122", "/productOrderItem/0/id")),
        ("start-after-completion.json", ("error", "ORD208", "/requestedCompletionDate")),
    ],
)
def test_what_the_standard_allows_is_accepted_in_its_profile(
    ordercli: Ordercli, name: str, servicenow: tuple[str, str, str]
) -> None:
    validated = ordercli("validate", payload(name), "--profile", "tmf622", "-o", "ndjson")
    stricter = ordercli("validate", payload(name), "-o", "ndjson")
    submitted = ordercli("submit", payload(name), "--profile", "tmf622", "-o", "ndjson", "--rejects", "none")

    assert (validated.exit_code, diagnostics(validated)) == (0, [])
    assert servicenow in diagnostics(stricter)
    assert [each["statusCode"] for each in submitted.ndjson] == [201]


def test_a_member_is_ignored_by_a_setting(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_text(
        '{"productOrderItem":[{"id":"1","action":"add"}],"relatedParty":[{"role":"Owner","name":"A"}]}\n'
    )
    (ordercli.folder / "ordercli.toml").write_text(
        'profile = "tmf622"\n[validation]\nignore = ["ORD114:@referredType"]\n'
    )

    result = ordercli("validate", "orders.ndjson", "-o", "ndjson")

    assert diagnostics(result) == [("error", "ORD114", "/relatedParty/0/id")]


def test_the_newer_form_is_accepted_in_its_wrapper_and_shown_as_it_was_sent(ordercli: Ordercli) -> None:
    sent = json.loads((PAYLOADS / "servicenow-current.json").read_text("utf-8"))["productOrder"]

    validated = ordercli("validate", payload("servicenow-current.json"), "-o", "ndjson")
    submitted = ordercli("submit", payload("servicenow-current.json"), "-o", "ndjson")
    shown = ordercli("show", "CUR-1", "-o", "json").json

    assert (validated.exit_code, validated.ndjson) == (0, [])
    assert [each["statusCode"] for each in submitted.ndjson] == [201]
    item = sent["productOrderItem"][0]
    assert {name: shown[name] for name in sent if name != "productOrderItem"} == {
        name: member for name, member in sent.items() if name != "productOrderItem"
    }
    assert {name: shown["productOrderItem"][0][name] for name in item} == item


def test_what_a_profile_leaves_off_is_switched_on_by_its_code(ordercli: Ordercli) -> None:
    order = payload("start-after-completion.json")

    narrowed = ordercli("validate", order, "--profile", "tmf622", "--select", "ORD208", "-o", "ndjson")
    beside = ordercli("validate", order, "--profile", "tmf622", "--severity", "ORD208=error", "-o", "ndjson")
    wrong = ordercli("validate", order, "--severity", "ORD208=fatal")

    assert (narrowed.exit_code, diagnostics(narrowed)) == (0, [("warning", "ORD208", "/requestedCompletionDate")])
    assert (beside.exit_code, diagnostics(beside)) == (1, [("error", "ORD208", "/requestedCompletionDate")])
    assert (wrong.exit_code, wrong.stdout) == (2, "")


def test_a_severity_for_one_member_is_a_setting(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_text(
        '{"productOrderItem":[{"id":"1","action":"add"}],"relatedParty":[{"role":"Owner","name":"A"}]}\n'
    )
    (ordercli.folder / "ordercli.toml").write_text(
        'profile = "tmf622"\n[validation.severity]\n"ORD114:@referredType" = "warning"\n'
    )

    by_file = ordercli("validate", "orders.ndjson", "-o", "ndjson")
    by_variable = ordercli(
        "validate", "orders.ndjson", "-o", "ndjson", ORDERCLI_VALIDATION_SEVERITY="ORD114:id=warning"
    )

    assert sorted(diagnostics(by_file)) == [
        ("error", "ORD114", "/relatedParty/0/id"),
        ("warning", "ORD114", "/relatedParty/0/@referredType"),
    ]
    assert sorted(diagnostics(by_variable)) == [
        ("error", "ORD114", "/relatedParty/0/@referredType"),
        ("warning", "ORD114", "/relatedParty/0/id"),
    ]


def test_a_comment_before_an_order_is_one_finding(ordercli: Ordercli) -> None:
    result = ordercli("validate", payload("comment-first.json"), "-o", "ndjson")

    (found,) = result.ndjson
    assert (found["code"], found["line"], found["column"]) == ("ORD001", 1, 1)
    assert found["message"] == "Not JSON: a comment, which JSON does not have"


@pytest.mark.parametrize("name", ["orders.ndjson", "orders.jsonl"])
def test_documents_over_many_lines_are_read_as_such_whatever_their_name(ordercli: Ordercli, name: str) -> None:
    orders = [json.dumps(each, indent=2) for each in product_orders(3)]
    (ordercli.folder / name).write_text("\n".join(orders))

    result = ordercli("submit", name, "-o", "json")

    assert (result.json["read"], result.json["accepted"], result.json["rejected"]) == (3, 3, 0)


@pytest.mark.parametrize(("encoding", "text"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-32-be", "UTF-32")])
def test_another_encoding_is_named_in_one_finding(ordercli: Ordercli, encoding: str, text: str) -> None:
    orders = "\n".join(json.dumps(each, indent=2) for each in product_orders(3))
    (ordercli.folder / "orders.json").write_bytes(orders.encode(encoding))

    result = ordercli("validate", "orders.json", "-o", "ndjson")

    printed = [(each["code"], each["line"], each["column"], each["message"]) for each in result.ndjson]
    assert printed == [("ORD005", 1, 1, f"Not UTF-8: the input is {text}; save it as UTF-8")]


@pytest.mark.parametrize(
    ("content", "exit_code", "rejected"),
    [(b"[]", 0, 0), (b" [ ]\n", 0, 0), (b"", 1, 1), (b" \r\n\t\n", 1, 1), (b"null", 1, 1), (b"{}\n{}\n", 1, 2)],
)
@pytest.mark.parametrize("options", [(), ("--async",), ("--dry-run",)])
def test_an_input_without_orders_is_said_to_have_none(
    ordercli: Ordercli, content: bytes, exit_code: int, rejected: int, options: tuple[str, ...]
) -> None:
    (ordercli.folder / "orders.json").write_bytes(content)

    result = ordercli("submit", "orders.json", *options, "-o", "json", "--rejects", "none")

    assert (result.exit_code, result.json["rejected"]) == (exit_code, rejected)
    assert "no orders in orders.json: nothing but empty lists, empty documents or white space\n" in result.notes


def test_an_input_with_an_order_among_empty_ones_is_not_said_to_have_none(ordercli: Ordercli) -> None:
    result = ordercli("submit", "-", "--rejects", "none", "-o", "json", stdin=ndjson({}, product_order()))

    assert (result.json["accepted"], result.json["rejected"], result.stderr) == (1, 1, "")
