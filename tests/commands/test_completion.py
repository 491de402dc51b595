from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from builders import product_order
from ordercli.commands.tree import COMMANDS
from stored import BATCH, enqueue, order_id

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.driver import Connection
    from running import Ordercli


def completed(ordercli: Ordercli, words: str, **env: Any) -> list[str]:  # noqa: ANN401 - handed on
    """What a shell is offered for the last of these words."""
    asked: dict[str, Any] = {
        "_ORDERCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    done = ordercli.process(**asked, **env)
    assert done.stderr == ""
    return done.stdout.split()


def test_names_of_commands_are_completed(ordercli: Ordercli) -> None:
    assert completed(ordercli, "ordercli ") == list(COMMANDS)
    assert completed(ordercli, "ordercli sub") == ["submit"]
    assert completed(ordercli, "ordercli queue re") == ["retry", "resume"]


def test_options_are_completed(ordercli: Ordercli) -> None:
    assert completed(ordercli, "ordercli queue run --max") == ["--max-runtime"]
    assert completed(ordercli, "ordercli --ver") == ["--version", "--verbose"]


@pytest.mark.parametrize("command", ["show", "queue show", "queue create", "queue retry", "queue discard"])
def test_ids_of_orders_are_completed(ordercli: Ordercli, connection: Connection, command: str) -> None:
    enqueue(connection, product_order("CRM-1"), product_order("CRM-2"), product_order(None))

    assert completed(ordercli, f"ordercli {command} CRM") == ["CRM-1", "CRM-2"]
    assert completed(ordercli, f"ordercli {command} ") == [order_id(3), "CRM-2", "CRM-1"]


def test_ids_of_batches_are_completed(ordercli: Ordercli, connection: Connection) -> None:
    enqueue(connection, product_order("CRM-1"))

    assert completed(ordercli, "ordercli batch show b") == [BATCH]


def test_the_database_that_is_named_on_the_line_is_asked(
    ordercli: Ordercli, connection: Connection, tmp_path: Path
) -> None:
    enqueue(connection, product_order("CRM-1"))
    elsewhere = {"ORDERCLI_DATABASE": str(tmp_path / "none.db")}

    assert completed(ordercli, "ordercli show CRM", **elsewhere) == []
    assert completed(ordercli, f"ordercli --database {ordercli.database} show CRM", **elsewhere) == ["CRM-1"]
    assert not (tmp_path / "none.db").exists()


def test_trouble_is_kept_from_the_prompt(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "ordercli.toml").write_text("this is no TOML")

    assert completed(ordercli, "ordercli show CRM") == []
