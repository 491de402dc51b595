"""Whatever stands in a record of reference data, it is refused in words, or can be kept and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from fuzz import seeds as known
from ordercli.intake.record import Record
from ordercli.operations.import_reference import Skipped, check_record
from ordercli.reference.allowed_values import AllowedValues
from ordercli.reference.records import ProductSpecification, ServiceSpecification, decode_record, links

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = ("white", 1, 1.5, True, None, ["white", {}], {"a": 1}, "1e999", 10**400)


def seeds() -> Iterator[bytes]:
    """A record of each type."""
    yield from known.reference_records()
    yield b'{"@type":"ProductSpecification","id":"a","productSpecCharacteristic":[{"name":"a","extensible":false,"productSpecCharacteristicValue":[{"valueFrom":1,"valueTo":2,"rangeInterval":"open"}],"productSpecCharRelationship":[{"name":"a"}]}]}'  # noqa: E501


def check(data: bytes) -> None:
    """Check the record, follow its links, ask its characteristics."""
    found = check_record(Record(data, "reference.ndjson", 1, 1, 1))

    if isinstance(found, list):
        assert found
        orjson.dumps([each._asdict() for each in found])
        return
    if isinstance(found, Skipped):
        return
    kept = decode_record(type(found.record).__name__, found.body)
    assert list(links(kept)) == list(links(found.record))
    orjson.dumps([each._asdict() for each in links(kept)])
    if isinstance(kept, ProductSpecification | ServiceSpecification):
        for characteristic in kept.characteristics or ():
            if characteristic:
                allowed = AllowedValues(characteristic)
                for value in VALUES:
                    allowed.allow(value)
