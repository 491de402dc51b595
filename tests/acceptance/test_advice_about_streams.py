"""Where rejects or exported entries go to a pipe, no command is advised that would read them there again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order
from support.stored import enqueue
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli


@pytest.fixture
def pipe() -> Iterator[str]:
    """The path of a pipe that has room for what is written."""
    reader, writer = os.pipe()
    yield f"/dev/fd/{writer}"
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("command", [["reference", "import"], ["patch", "--from"]], ids=" ".join)
def test_rejects_in_a_pipe_are_not_sent_again(ordercli: Ordercli, command: list[str], pipe: str) -> None:
    Path("bad.ndjson").write_bytes(ndjson(*[{"@type": "Offer", "id": "x"}] * 2))

    result = ordercli(*command, "bad.ndjson", "--rejects", pipe, "-o", "csv")

    assert result.exit_code
    assert "ordercli explain" in result.stderr or "2 refused" in result.stderr
    assert pipe not in result.stderr


def test_rejects_of_submit_in_a_pipe_are_not_sent_again(ordercli: Ordercli) -> None:
    (ordercli.folder / "bad.ndjson").write_bytes(ndjson({"externalId": "1"}, {"externalId": "2"}))
    command = [sys.executable, "-m", "ordercli", "submit", "bad.ndjson"]

    at_a_terminal = ["/bin/bash", "-c", f"{join(command)} --rejects >(cat >/dev/null)"]
    screen = ended(on_terminal(at_a_terminal, ordercli.folder, ordercli.environment())).screen

    assert "0 of 2 orders created" in screen
    assert ("by code and value:" in screen, "repair and send again:" in screen) == (False, False)


def test_entries_exported_into_a_pipe_are_not_sent_again(ordercli: Ordercli, connection: Store, pipe: str) -> None:
    enqueue(connection, product_order("PO-1"), state="error", error_code="ORD190", error="{}", status_code=400)

    assert ordercli("queue", "export", "--to", pipe).stderr == "1 order exported\n"
