"""validate against ajv-cli and check-jsonschema, which know the structure of an order and no rule."""

from __future__ import annotations

import json
from functools import partial
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
    from pathlib import Path


def works(place: SubmitContext, count: int, few: int) -> Iterator[Work]:
    """`count` orders against ajv-cli with and without lint, `few` against check-jsonschema."""
    orders = Orders(count)
    for name, options, mark in (
        ("validate --no-lint, one process", ["--no-lint", "--jobs", "1"], Mark("faster", 1, 1.5)),
        ("validate --no-lint, 2 processes", ["--no-lint", "--jobs", "2"], Mark("faster", 1.7, 2.5)),
        ("validate, one process", ["--jobs", "1"], Mark("faster", 0.5, 0.8)),
        ("validate, 2 processes", ["--jobs", "2"], Mark("faster", 0.9, 1.4)),
    ):
        for ending, is_stocked in BOTH.items():
            prepare = partial(_against_ajv, place, orders, options, is_stocked=is_stocked)
            yield Work(f"{name}{ending}", "ajv-cli (structure only)", prepare, mark)
    for ending, is_stocked in BOTH.items():
        yield Work(
            f"validate, {few:,} orders{ending}",
            "check-jsonschema (structure only)",
            partial(_against_check_jsonschema, place, Orders(few), is_stocked=is_stocked),
            Mark("faster", 10, 15),
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
    words = ("validate", place.file(orders), "--database", database, *orders.options, *options)
    if orders.good == orders.count:
        check = partial(results.check_summary, orders=orders.count, errors=0, warnings=0)
        return Side(ordercli(*words, "--format", "json"), check=check)
    return Side(
        ordercli(*words, "--format", "ndjson", exit_codes=(REFUSED,)), check=partial(results.check_found, orders=orders)
    )


def _half_bad(place: SubmitContext, count: int, *options: str) -> tuple[Side, Side]:
    return validating(place, Orders(count, bad=5), *options), validating(place, Orders(count), *options)


def _against_ajv(place: SubmitContext, orders: Orders, options: list[str], *, is_stocked: bool) -> tuple[Side, Side]:
    program = node_peer("ajv-cli") / "ajv"
    words = ["validate", "--spec=draft2020", "--strict=false", "-s", _schema(place), "-d", array(place.inputs, orders)]
    ours = validating(place, orders, *options, is_stocked=is_stocked)
    return ours, Side(Command([str(program), *map(str, words)]))


def _against_check_jsonschema(place: SubmitContext, orders: Orders, *, is_stocked: bool) -> tuple[Side, Side]:
    program = python_peer("check-jsonschema") / "check-jsonschema"
    words = [str(program), "--schemafile", str(_schema(place)), str(array(place.inputs, orders))]
    return validating(place, orders, "--jobs", "1", is_stocked=is_stocked), Side(Command(words))


def _schema(place: SubmitContext) -> Path:
    """Write the structure of an array of orders as JSON Schema (2020-12), from the shapes that ordercli reads."""
    path = place.databases / "orders.schema.json"
    if not path.exists():
        items = _plain(TypeAdapter(typed_dict(ProductOrder)).json_schema())
        path.write_text(json.dumps({"type": "array", "$defs": items.pop("$defs"), "items": items}))
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
