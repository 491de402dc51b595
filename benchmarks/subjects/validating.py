"""validate against ajv-cli, jsonschema_rs and check-jsonschema, which know the structure of an order and no rule."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from benchmarks import results
from benchmarks.inputs import Orders, array
from benchmarks.ours import REFUSED, SubmitContext, ordercli
from benchmarks.peers import node_peer, python_peer
from benchmarks.timing import Command
from benchmarks.works import BOTH, Mark, Side, Work
from ordercli.intake.forms import typed_dict
from ordercli.resources.product_order.shapes import ProductOrder

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).parents[1] / "validators" / "jsonschema_rs_script.py"


def works(place: SubmitContext, count: int, few: int) -> Iterator[Work]:
    """`count` orders against ajv-cli, with and without lint, and jsonschema_rs; `few` against check-jsonschema."""
    orders = Orders(count)
    for name, options, mark in (
        ("validate --no-lint, one process", ["--no-lint", "--jobs", "1"], Mark("faster", 1, 1.3)),
        ("validate --no-lint, 2 processes", ["--no-lint", "--jobs", "2"], Mark("faster", 1.6, 2.2)),
        ("validate, one process", ["--jobs", "1"], None),
        ("validate, 2 processes", ["--jobs", "2"], None),
    ):
        for ending, is_stocked in BOTH.items():
            prepare = partial(_against_ajv, place, orders, options, is_stocked=is_stocked)
            yield Work(f"{name}{ending}", "ajv-cli (structure only)", prepare, mark if is_stocked else None)
    for jobs, processes, mark in (
        ("1", "one process", Mark("faster", 0.48, 0.6)),
        ("2", "2 processes", Mark("faster", 0.75, 1)),
    ):
        yield Work(
            f"validate --no-lint, {processes}, reference data loaded",
            "orjson and jsonschema_rs (structure only), a script in one process",
            partial(_against_script, place, orders, jobs),
            mark,
        )
    for ending, is_stocked in BOTH.items():
        yield Work(
            f"validate, {few:,} orders{ending}",
            "check-jsonschema (structure only)",
            partial(_against_check_jsonschema, place, Orders(few), is_stocked=is_stocked),
            Mark("faster", 10, 15) if is_stocked else None,
        )
    yield Work(
        "validate --no-lint, half of the lines bad",
        "the same, all lines good",
        partial(_half_bad, place, count, "--no-lint", "--jobs", "1"),
        Mark("as much", 2, 1.5),
    )


def validating(place: SubmitContext, orders: Orders, *options: str, is_stocked: bool = True) -> Side:
    """Validate a file; a clean one has no finding, and else exactly the broken lines have one."""
    database = place.stocked if is_stocked else place.empty
    file = place.file(orders)
    words = ("validate", file, "--database", database, *orders.options, *options)
    if orders.good == orders.count:
        check = partial(results.check_summary, orders=orders.count, errors=0, warnings=0)
        return Side(ordercli(*words, "--format", "json"), check=check, size=file.stat().st_size)
    command = ordercli(*words, "--format", "ndjson", exit_codes=(REFUSED,))
    return Side(command, check=partial(results.check_found, orders=orders), size=file.stat().st_size)


def _half_bad(place: SubmitContext, count: int, *options: str) -> tuple[Side, Side]:
    return validating(place, Orders(count, bad=5), *options), validating(place, Orders(count), *options)


def _against_ajv(place: SubmitContext, orders: Orders, options: list[str], *, is_stocked: bool) -> tuple[Side, Side]:
    program = node_peer("ajv-cli") / "ajv"
    words = ["validate", "--spec=draft2020", "--strict=false", "-s", _schema(place), "-d", array(place.inputs, orders)]
    ours = validating(place, orders, *options, is_stocked=is_stocked)
    return ours, Side(Command([str(program), *map(str, words)]))


def _against_script(place: SubmitContext, orders: Orders, jobs: str) -> tuple[Side, Side]:
    python = python_peer("jsonschema-rs", "orjson") / "python"
    words = [str(python), str(_SCRIPT), str(place.file(orders)), str(_schema(place, is_of_one=True))]
    theirs = Side(Command(words), check=lambda took: results.expect("valid orders", int(took.output), orders.count))
    return validating(place, orders, "--no-lint", "--jobs", jobs), theirs


def _against_check_jsonschema(place: SubmitContext, orders: Orders, *, is_stocked: bool) -> tuple[Side, Side]:
    program = python_peer("check-jsonschema") / "check-jsonschema"
    words = [str(program), "--schemafile", str(_schema(place)), str(array(place.inputs, orders))]
    return validating(place, orders, "--jobs", "1", is_stocked=is_stocked), Side(Command(words))


def _schema(place: SubmitContext, *, is_of_one: bool = False) -> Path:
    """Write the structure of an array of orders, or of one, as JSON Schema (2020-12), from what ordercli reads."""
    path = place.databases / ("order.schema.json" if is_of_one else "orders.schema.json")
    if not path.exists():
        order = _plain(TypeAdapter(typed_dict(ProductOrder)).json_schema())
        schema = order if is_of_one else {"type": "array", "$defs": order.pop("$defs"), "items": order}
        path.write_text(json.dumps(schema))
    return path


def _plain(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON Schema
    """`anyOf` a type and null is a list of types, which the peers check faster."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    choices = schema.get("anyOf", [])
    if choices and all(set(choice) == {"type"} for choice in choices):
        return {"type": [choice["type"] for choice in choices]}
    return {name: _plain(member) for name, member in schema.items() if name not in {"title", "description"}}
