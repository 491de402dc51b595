"""The committed samples, read once, with every number as the text that stands in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"

Json = dict[str, Any]
Catalogue = dict[tuple[str, str], Json]


def read(text: str) -> Json:
    document: Json = json.loads(text, parse_float=str)
    return document


@pytest.fixture(scope="session")
def exported() -> list[Json]:
    """The orders of orders.ndjson, in the order of its lines."""
    return [read(line) for line in (SAMPLES / "orders.ndjson").read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def orders(exported: list[Json]) -> dict[str, Json]:
    """Every order of the servicenow profile by its external id."""
    single = [read(path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*.json"))]
    return {order["externalId"]: order for order in (*exported, *single)}


@pytest.fixture(scope="session")
def standard() -> Json:
    """The order of the tmf622 profile."""
    return read((SAMPLES / "tmf622" / "standard.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def records() -> list[Json]:
    """The reference data."""
    return [read(line) for line in (SAMPLES / "reference.ndjson").read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def catalogue(records: list[Json]) -> Catalogue:
    """Every reference record by type and id, and by type and external id."""
    return {
        (record["@type"], record[name]): record for record in records for name in ("id", "externalId") if name in record
    }
