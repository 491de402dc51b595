"""List, show, count and export records of reference data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any, cast

from msgspec import Meta, defstruct

from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.errors import NotFoundError, UsageError, reading
from ordercli.intake import json_text
from ordercli.reference.imports import last_imports
from ordercli.reference.record_types import RECORD_TYPES
from ordercli.reference.store import StoredRecords, count_by_type, count_records, export, list_records
from ordercli.result_types import Count, Page, Result, Time


@contextmanager
def records(database: str, record_type: str, *, limit: int, offset: int) -> Iterator[Page[dict[str, Any]]]:
    """Yield a page of the records of a type, sorted by id; they are read while the page is open, in bounded memory."""
    with closing(read_database(database)) as store, snapshot(store):
        found = list_records(store, record_type, limit=limit, offset=offset)
        yield Page(map(json_text.decode, found), lambda: count_records(store, record_type), limit)


def record_type(word: str) -> str:
    """Return the type of record with this name, in any case.

    Raises:
        UsageError: there is no such type; the hint names the most similar type, or all.
    """
    types = {each.lower(): each for each in RECORD_TYPES}
    if word.lower() in types:
        return types[word.lower()]
    from difflib import get_close_matches  # only after a mistake

    near = [types[each] for each in get_close_matches(word.lower(), types, n=1)]
    hint = f"did you mean {near[0]}?" if near else f"types: {', '.join(RECORD_TYPES)}"
    raise UsageError(f"no type of record is called {word!r}", hint=hint)


def record(database: str, kind: str, name: str) -> dict[str, Any]:
    """Return the record of that type with this id or external id, the newest of several versions; numbers unchanged.

    Raises:
        NotFoundError: there is no such record.
    """
    with closing(read_database(database)) as store:
        for body in StoredRecords(store).find(kind, name):
            with reading(f"the record {name!r}"):
                document: dict[str, Any] = json_text.decode(body)
                return document
    raise NotFoundError(f"no {kind} is known as {name!r}")


class LastImport(Result):
    """The last import that had records of a type."""

    imported_at: Time
    records: Annotated[Count, Meta(description="how many the import had; the others are of earlier ones")]
    file: Annotated[str, Meta(description="where the last one of them was read; - is standard input")]


_Imports = Annotated[
    dict[str, LastImport],
    Meta(description="when records of each type were last imported; without types that an older ordercli imported"),
]
ReferenceStats = defstruct(
    "ReferenceStats",
    [*((name, Count) for name in (*RECORD_TYPES, "total")), ("imports", _Imports)],
    bases=(Result,),
    namespace={"__doc__": "How many records of reference data there are of each type, and when they were imported."},
)


def stats(database: str) -> Result:
    """Return the number of records of each type, and of all types together."""
    with closing(read_database(database)) as store, snapshot(store):
        counted, imports = count_by_type(store), last_imports(store)
    numbers = {each: counted.get(each, 0) for each in RECORD_TYPES}
    last = {name: LastImport(each.imported_at, each.records, each.file) for name, each in imports.items()}
    return cast("Result", ReferenceStats(**numbers, total=sum(counted.values()), imports=last))


@contextmanager
def exported(database: str, kind: str | None) -> Iterator[Iterator[bytes]]:
    """Yield an iterator over all records, or those of one type, as lines that can be imported again."""
    with closing(read_database(database)) as store, snapshot(store):
        yield (body + b"\n" for body in export(store, kind))
