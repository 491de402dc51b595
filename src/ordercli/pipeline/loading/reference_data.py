"""Reference data is made ready for a run: that of the database, or that of files alone."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.database.dialect import is_postgresql
from ordercli.pipeline.loading.inventory_versions import InventoryVersions
from ordercli.pipeline.runs.stopping import Stop
from ordercli.reference.coverage import Coverage
from ordercli.reference.lookup import ReferenceData
from ordercli.reference.records import RECORD_TYPES
from ordercli.reference.served import ServedRecords
from ordercli.reference.store import StoredRecords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.pipeline.loading.load_reference import Listener
    from ordercli.settings import Settings


def reference_data(connection: Connection, settings: Settings) -> ReferenceData | None:
    """What the rules of a run ask; None where they need not ask: switched off, or (mode auto) nothing is loaded."""
    mode = settings.validation.reference
    if mode == "off":
        return None
    records = ServedRecords(connection) if is_postgresql(connection) else StoredRecords(connection)
    reference = ReferenceData(records, strict=mode == "strict")
    return reference if reference.loaded else None


def coverage(reference: ReferenceData | None, settings: Settings) -> Coverage:
    """Tell which rules can ask it."""
    loaded = reference.loaded if reference else frozenset()
    missing = tuple(each for each in RECORD_TYPES if each not in loaded)
    return Coverage(missing, switched_off=settings.validation.reference == "off")


def inventory_versions(
    connection: Connection, reference: ReferenceData | None, settings: Settings
) -> InventoryVersions | None:
    """What moves the inventory when orders are created; None where it stays, or none is loaded."""
    moves = settings.orders.allow_spec_version_update_in_change_order
    return InventoryVersions(connection, reference) if moves and reference and "Product" in reference.loaded else None


@contextmanager
def reference_of_files(paths: Sequence[str], settings: Settings, listener: Listener) -> Iterator[str]:
    """A database of records in files, which is thrown away afterwards; refused records go to the listener.

    Raises:
        BadInputError: a path is missing, cannot be read or breaks off.
    """
    from ordercli.pipeline.loading.load_reference_files import load_reference_files  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/reference.db"
        load_reference_files(database, paths, settings, listener, stop=Stop())  # a signal ends the whole run
        yield database
