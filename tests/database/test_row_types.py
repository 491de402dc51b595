"""Row types have the columns of their tables, so a statement that is made from one fits its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

import pytest
from sqlmodel import SQLModel

from ordercli.clients.kept_answers import KeptAnswerRow
from ordercli.clients.subscriptions import LeaseRow, SubscriptionRow
from ordercli.clients.tokens import ApiTokenRow
from ordercli.database.statements import insert, new_values, select, update, upsert
from ordercli.forwarding.forwards import ForwardRow
from ordercli.forwarding.pauses import TargetPauseRow
from ordercli.orders.external_ids import ExternalIdRow
from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    DocumentRow,
    LineRow,
    NumberedHistoryRow,
    OrderRow,
    RelatedRow,
    WorkNoteRow,
)
from ordercli.queue.batch_findings import BatchFindingRow, BatchValueRow
from ordercli.queue.batches import BatchRow
from ordercli.queue.entries import EntryRow, PayloadRow
from ordercli.queue.queue_tables import PauseRow
from ordercli.queue.sent_again import SentAgainRow
from ordercli.queue.tallies import TallyRow
from ordercli.reference.imports import ImportRow
from ordercli.reference.store import GenerationRow, RecordRow, RelationRow
from support.sql_texts import ROW_TYPES

if TYPE_CHECKING:
    from ordercli.database.statements import Row

WHOLE: list[type[Row]] = [
    ApiTokenRow,
    BatchFindingRow,
    BatchRow,
    BatchValueRow,
    CharacteristicRow,
    ContactRow,
    DocumentRow,
    EntryRow,
    ExternalIdRow,
    ForwardRow,
    GenerationRow,
    ImportRow,
    KeptAnswerRow,
    LeaseRow,
    LineRow,
    NumberedHistoryRow,
    OrderRow,
    PauseRow,
    PayloadRow,
    RecordRow,
    RelatedRow,
    RelationRow,
    SentAgainRow,
    SubscriptionRow,
    TallyRow,
    TargetPauseRow,
    WorkNoteRow,
]


def fields(row_type: type[Row]) -> dict[str, object]:
    """The fields of a row type that are columns, each with its type."""
    hints = get_type_hints(row_type)
    return {name: hints[name] for name in row_type.__struct_fields__}


def table_columns(table: str) -> dict[str, object]:
    """The columns of a table, each with the type of its values."""
    columns = SQLModel.metadata.tables[table].columns
    kinds = {column.name: column.type.python_type for column in columns}
    return {column.name: kinds[column.name] | None if column.nullable else kinds[column.name] for column in columns}


@pytest.mark.parametrize("row_type", WHOLE)
def test_a_row_has_every_column_of_its_table(row_type: type[Row]) -> None:
    assert fields(row_type) == table_columns(row_type.TABLE)


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_a_field_of_a_row_is_a_column_of_its_table(row_type: type[Row]) -> None:
    known = table_columns(row_type.TABLE)

    assert {name: known.get(name) for name in row_type.__struct_fields__} == fields(row_type)


def test_every_table_has_one_row_type_of_all_its_columns() -> None:
    assert sorted(row_type.TABLE for row_type in WHOLE) == sorted(set(SQLModel.metadata.tables))


def test_statements_name_the_fields_of_a_row_and_take_their_values() -> None:
    kept = frozenset({"order_seq", "line_n", "n"})
    note = WorkNoteRow(7, 0, 1, "2026-03-01T08:00:00.000Z", "why")

    assert select(WorkNoteRow, "WHERE n = ?") == (
        "SELECT order_seq, line_n, n, date, text FROM order_line_work_note WHERE n = ?"
    )
    assert insert(WorkNoteRow) == (
        "INSERT INTO order_line_work_note (order_seq, line_n, n, date, text) VALUES (?, ?, ?, ?, ?)"
    )
    assert update(WorkNoteRow, kept, "WHERE n = ?") == "UPDATE order_line_work_note SET date = ?, text = ? WHERE n = ?"
    assert upsert(WorkNoteRow, "order_seq", "line_n", "n") == (
        "INSERT INTO order_line_work_note (order_seq, line_n, n, date, text) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (order_seq, line_n, n) DO UPDATE SET date = excluded.date, text = excluded.text"
    )
    assert new_values(note, kept) == ["2026-03-01T08:00:00.000Z", "why"]
