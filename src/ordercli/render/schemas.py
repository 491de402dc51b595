"""JSON Schemas and the list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.intake import exact
from ordercli.render.output import Format
from ordercli.render.rows import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.render.output import Output

COLUMNS = ("name", "usedBy", "about")


def print_schemas(schemas: Iterable[dict[str, Any]], output: Output) -> None:
    """Print the list of schemas."""
    print_rows(schemas, COLUMNS, output, id_member="name")


def print_schema(schema: dict[str, Any], output: Output) -> None:
    """Print one schema, which is JSON in every format; on one line under NDJSON."""
    text = exact.encode(schema)
    output.stdout.write((text if output.wanted is Format.NDJSON else exact.indented(text)) + b"\n")
