"""Files that must fail: `bad.json` passes while it gives what `bad.expect.json` says, and nothing else."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, product_order, write_orders

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

SAMPLES = Path(__file__).parents[3] / "samples"
NO_ACTION = ("ORD104", "/productOrderItem/0/action")
WARNED = ("ORD903", "/state")


def order_without_action(**members: Any) -> Json:
    item = line()
    del item["action"]
    return product_order(items=[item], **members)


def expect(ordercli: Ordercli, name: str, *findings: tuple[str, str]) -> None:
    listed = [{"code": code, "pointer": pointer} for code, pointer in findings]
    (ordercli.folder / name).write_text(json.dumps({"findings": listed}))


def printed(ordercli: Ordercli, *paths: str) -> tuple[list[tuple[str, ...]], int]:
    """Place, code, severity and message of each diagnostic, and the exit code."""
    result = ordercli("validate", *paths, "-o", "ndjson")
    assert result.stderr == ""
    found: list[tuple[str, ...]] = [
        (f"{each['line']}:{each['column']}", each["code"], each["severity"], each["pointer"], each["message"])
        for each in result.ndjson
    ]
    return found, result.exit_code


@pytest.mark.parametrize("name", ["bad.json", "bad.ndjson", "bad.jsonl", "bad.JSON"])
def test_a_file_that_gives_what_is_expected_passes(name: str, ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / name, order_without_action(state="new"))
    expect(ordercli, "bad.expect.json", NO_ACTION, WARNED)

    assert printed(ordercli, path) == ([], 0)


def test_a_packed_file_has_the_sidecar_of_the_plain_one(ordercli: Ordercli) -> None:
    (ordercli.folder / "bad.json.gz").write_bytes(gzip.compress(encoded(order_without_action())))
    expect(ordercli, "bad.expect.json", NO_ACTION)

    assert printed(ordercli, "bad.json.gz") == ([], 0)


def test_what_is_expected_and_missing_fails_where_it_should_stand(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "bad.json", product_order())
    expect(ordercli, "bad.expect.json", NO_ACTION, NO_ACTION)

    column = encoded(product_order()).decode().index('"add"') + 1
    missing = (f"1:{column}", NO_ACTION[0], "error", NO_ACTION[1], "ORD104 was expected here and not found")
    assert printed(ordercli, path) == ([missing, missing], 1)


def test_what_is_found_and_not_expected_fails_even_as_a_warning(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "bad.json", order_without_action(state="new"))
    expect(ordercli, "bad.expect.json", NO_ACTION)

    found, exit_code = printed(ordercli, path)

    assert [each[1:] for each in found] == [
        ("ORD903", "error", "/state", "state is set by the order system; the value is ignored")
    ]
    assert exit_code == 1


def test_another_place_is_missing_and_unexpected(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "bad.json", order_without_action())
    expect(ordercli, "bad.expect.json", ("ORD104", "/productOrderItem/1/action"))

    found, exit_code = printed(ordercli, path)

    assert [each[1:] for each in found] == [
        ("ORD104", "error", "/productOrderItem/0/action", "Invalid payload: productOrderItem action is missing"),
        ("ORD104", "error", "/productOrderItem/1/action", "ORD104 was expected here and not found"),
    ]
    assert exit_code == 1


def test_the_orders_of_a_file_are_expected_together(ordercli: Ordercli) -> None:
    orders = [order_without_action(), product_order(), order_without_action()]
    path = write_orders(ordercli.folder / "bad.ndjson", *orders)
    expect(ordercli, "bad.expect.json", NO_ACTION, NO_ACTION, WARNED)

    result = ordercli("validate", path, "--format", "junit")

    assert (result.stdout.count("<testcase"), result.stdout.count("<failure"), result.exit_code) == (3, 1, 1)
    assert 'tests="3" failures="1"' in result.stdout


def test_a_file_without_orders_can_miss_something_too(ordercli: Ordercli) -> None:
    (ordercli.folder / "none.json").write_text("[]")
    expect(ordercli, "none.expect.json", ("ORD101", ""))

    assert printed(ordercli, "none.json") == (
        [("1:1", "ORD101", "error", "", "ORD101 was expected here and not found")],
        1,
    )


def test_nothing_expected_is_an_expectation(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "good.json", product_order(state="new"))
    expect(ordercli, "good.expect.json")

    assert printed(ordercli, path)[1] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Input data was truncated"),
        ('{"finding": []}', "Object missing required field `findings`"),
        ('{"findings": [{"code": "ORD104"}]}', "Object missing required field `pointer` - at `$.findings[0]`"),
        ('{"findings": [{"code": "ORD999", "pointer": ""}]}', "there is no rule ORD999"),
        ("\xff", "invalid"),
    ],
)
def test_a_sidecar_that_is_none_is_refused_before_anything_is_printed(
    content: str, message: str, ordercli: Ordercli
) -> None:
    write_orders(ordercli.folder / "a.json", order_without_action())
    write_orders(ordercli.folder / "b.json", order_without_action())
    (ordercli.folder / "b.expect.json").write_text(content, encoding="latin-1")

    result = ordercli("validate", "a.json", "b.json")

    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith("error: b.expect.json: ")
    assert message in result.stderr


def test_a_sidecar_that_cannot_be_read_is_bad_input(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    write_orders(ordercli.folder / "a.json", product_order())
    expect(ordercli, "a.expect.json")
    monkeypatch.setattr(Path, "read_bytes", refuse)

    result = ordercli("validate", "a.json")

    assert (result.stdout, result.stderr, result.exit_code) == ("", "error: a.expect.json: Permission denied\n", 6)


def test_the_bad_samples_give_what_their_sidecars_say_and_fail_without_them(ordercli: Ordercli) -> None:
    bad = Path(shutil.copytree(SAMPLES / "bad", ordercli.folder / "bad"))
    expected = ordercli("validate", "bad")
    for sidecar in bad.glob("*.expect.json"):
        sidecar.unlink()
    found = ordercli("validate", "bad", "-o", "ndjson")

    text = {Path(each["file"]).stem[:6] for each in found.ndjson}
    codes = {path.stem[:6] for path in bad.iterdir()}
    assert (expected.stdout, expected.exit_code) == ("", 0)
    assert {code for code in codes - text if not code.startswith("ORD3")} == {"ORD210"}  # these need more than defaults


def test_standard_input_has_no_sidecar(ordercli: Ordercli) -> None:
    expect(ordercli, "-.expect.json", NO_ACTION)

    result = ordercli("validate", "-", "-o", "ndjson", stdin=encoded(product_order()))

    assert (result.exit_code, result.stdout) == (0, "")
