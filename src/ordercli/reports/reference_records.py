"""What reference data there is: one record, the number of each type, all records as lines."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from ordercli.database.connection import read_database
from ordercli.database.damage import reading
from ordercli.database.transaction import snapshot
from ordercli.errors import NotFoundError, UsageError
from ordercli.intake import exact
from ordercli.reference import store
from ordercli.reference.records import RECORD_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator


def record_type(word: str) -> str:
    """The type of record that a word of the command line names, in capitals or not.

    Raises:
        UsageError: there is none; the hint has the nearest, or all.
    """
    types = {each.lower(): each for each in RECORD_TYPES}
    if word.lower() in types:
        return types[word.lower()]
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    near = [types[each] for each in get_close_matches(word.lower(), types, n=1)]
    hint = f"did you mean {near[0]}?" if near else f"types: {', '.join(RECORD_TYPES)}"
    raise UsageError(f"no type of record is called {word!r}", hint=hint)


def record(database: str, kind: str, name: str) -> dict[str, Any]:
    """The record of that type with this id or external id, numbers as they came; of several versions the newest.

    Raises:
        NotFoundError: there is none.
    """
    with closing(read_database(database)) as connection:
        for body in store.StoredRecords(connection).find(kind, name):
            with reading(f"the record {name!r}"):
                document: dict[str, Any] = exact.decode(body)
                return document
    raise NotFoundError(f"no {kind} is known as {name!r}")


def stats(database: str) -> dict[str, int]:
    """How many records there are of each type, and in all."""
    with closing(read_database(database)) as connection:
        counted = store.count_by_type(connection)
    return {**{each: counted.get(each, 0) for each in RECORD_TYPES}, "total": sum(counted.values())}


@contextmanager
def exported(database: str, kind: str | None) -> Iterator[Iterator[bytes]]:
    """All records, or those of one type, as lines that can be imported again; read while it is open."""
    with closing(read_database(database)) as connection, snapshot(connection):
        yield (body + b"\n" for body in store.export(connection, kind))
