from __future__ import annotations

import pytest

from ordercli.errors import BadDatabaseError
from ordercli.queue.entries import digest, undamaged


def test_an_undamaged_payload_is_given_back() -> None:
    assert undamaged(digest(b"{}"), b"{}") == b"{}"


@pytest.mark.parametrize("body", [b"{} ", b"", b"{]"])
def test_a_damaged_payload_is_refused(body: bytes) -> None:
    with pytest.raises(BadDatabaseError, match="A stored payload is damaged"):
        undamaged(digest(b"{}"), body)
