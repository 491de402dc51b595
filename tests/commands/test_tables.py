"""Every list is a table that fits a narrow terminal, and breaks no word that may stay whole."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, product_orders, write_orders
from support.records import currency, customer
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from support.running import Ordercli

FILE = "a-long-name-of-the-file-of-tonights-orders.ndjson"
LONGEST_ID, LONGEST_PART = 40, 20
PARTS = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")
TABLES = (
    "config path",
    "events",
    "forward status",
    "list",
    "queue list",
    "reference list Customer",
    "rejects show rejects.ndjson",
    "rules",
    "target list",
)
VARYING = ("config show --origin", "doctor")  # their rows tell the format and the free space


@pytest.fixture
def night(ordercli: Ordercli) -> Ordercli:
    """A store with something for each list to show, and a target."""
    write_orders(ordercli.folder / FILE, *product_orders(2), product_order("BAD", orderCurrency="a-wrong-currency"))
    (ordercli.folder / ".config/ordercli").mkdir(parents=True)
    settings = "[targets.crm]\nurl = 'https://crm.of-another-company.example.com/orders'\n"
    (ordercli.folder / ".config/ordercli/ordercli.toml").write_text(settings)
    records = ndjson(currency(), customer("customer-of-a-long-name", name="The company of a long name & sons"))
    ordercli("reference", "import", stdin=records)
    sent = ordercli(*("submit", FILE, "--async", "--rejects", "rejects.ndjson"), ORDERCLI_VALIDATION_REFERENCE="off")
    assert (sent.exit_code, ordercli("queue", "run").exit_code) == (1, 0)
    return ordercli


@pytest.mark.parametrize("width", [40, 80])
def test_a_list_fits_the_terminal_and_no_word_is_broken(night: Ordercli, width: int) -> None:
    for words in (*TABLES, *VARYING):
        shown = night(*words.split(), "-o", "table", COLUMNS=str(width)).stdout
        listed = "" if words in VARYING else night(*words.split(), "-o", "csv").stdout
        rows = list(csv.reader(listed.splitlines()))[1:]
        cells = [cell for row in rows for cell in row]

        assert [line for line in shown.splitlines() if len(line) > max(width, LONGEST_ID + 2)] == [], words
        texts = {cell for cell in cells if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", cell)}
        parts = {part for text in texts for part in PARTS.split(text) if len(part) <= LONGEST_PART}
        assert sorted(part for part in parts if part not in shown) == [], words


@pytest.mark.slow
def test_the_list_of_batches_names_their_files_on_a_terminal_of_80_columns(night: Ordercli) -> None:
    done = ended(on_terminal([*COMMAND, "batch", "list"], night.folder, night.environment(), 80))

    (batch,) = night("batch", "list", "-o", "id").stdout.split()
    assert (done.exit_code, done.screen.splitlines()) == (
        0,
        [
            "batchId                           status     accepted  rejected  file",
            f"{batch}  completed  2         1         a-long-name-of-",
            f"{'the-file-of-':>77}",
            f"{'tonights-':>74}",
            f"{'orders.ndjson':>78}",
        ],
    )


@pytest.mark.slow
def test_the_list_of_batches_has_lines_of_name_and_value_on_a_terminal_of_40_columns(night: Ordercli) -> None:
    done = ended(on_terminal([*COMMAND, "batch", "list"], night.folder, night.environment(), 40))

    (batch,) = night("batch", "list", "-o", "id").stdout.split()
    assert (done.exit_code, done.screen.splitlines()) == (
        0,
        [
            "batchId",
            f"  {batch}",
            "status    completed",
            "accepted  2",
            "rejected  1",
            "file      a-long-name-of-the-file-of-",
            "          tonights-orders.ndjson",
        ],
    )
