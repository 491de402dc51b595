from __future__ import annotations

import pytest

from ordercli.database.postgres import Copy, as_copy


@pytest.mark.parametrize(
    ("statement", "copy"),
    [
        (
            "INSERT INTO payload (seq, sha256, body) VALUES (?, ?, ?)",
            Copy("COPY payload (seq, sha256, body) FROM STDIN (FORMAT BINARY)", ("int8", "bytea", "bytea")),
        ),
        # Numbers in it could be too great, and a binary COPY would not say so.
        (
            "INSERT INTO order_line_item (order_seq, n) VALUES (?, ?)",
            Copy("COPY order_line_item (order_seq, n) FROM STDIN"),
        ),
        ("INSERT INTO batch (id) VALUES (?) ON CONFLICT DO NOTHING", None),
        ("INSERT INTO batch (id, status) VALUES (?, 'processing')", None),
        ("DELETE FROM batch WHERE id = ?", None),
    ],
)
def test_a_plain_insert_of_many_rows_is_a_copy_in_binary_where_all_is_bytes(statement: str, copy: Copy | None) -> None:
    assert as_copy(statement) == copy
