from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.errors import BadDatabaseError
from ordercli.inbound.payloads import digest, digest_of_one, undamaged


def test_an_undamaged_payload_is_given_back() -> None:
    assert undamaged(digest(b"{}"), b"{}") == b"{}"


@pytest.mark.parametrize("body", [b"{} ", b"", b"{]"])
def test_a_damaged_payload_is_refused(body: bytes) -> None:
    with pytest.raises(BadDatabaseError, match="A stored payload is damaged"):
        undamaged(digest(b"{}"), body)


@given(st.binary(max_size=200))
def test_one_payload_has_the_digest_that_many_have(body: bytes) -> None:
    assert digest_of_one(body) == digest(body)
