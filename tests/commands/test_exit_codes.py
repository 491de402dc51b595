"""Whatever goes wrong: a line for people or a JSON document for programs, the documented exit code, no traceback."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database.sqlite import connect
from support.builders import encoded, ndjson, product_order, product_orders, write_orders
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.slow

MEBIBYTE = 1024 * 1024


# Mistakes on the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("bogus", "No such command 'bogus'."),
        ("queue bogus", "No such command 'bogus'."),
        ("list --bogus", "No such option: --bogus"),
        ("list --limit x", "Invalid value for '--limit': 'x' is not a valid int range."),
        ("list --limit -1", "Invalid value for '--limit': -1 is not in the range 0<=x<=9223372036854775807."),
        ("show", "Missing argument 'ID'."),
        ("list extra", "Got unexpected extra argument"),
        (
            "--profile sap list",
            "command line: `profile` must be one of servicenow, tmf622, tmf622-v4, tmf622-v5, tmf641, not 'sap'",
        ),
        ("list --database .", ". is a folder, not a database file"),
        (
            "list --database mysql://me@host/orders",
            "--database: only addresses that begin with postgresql:// are known",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(ordercli: Ordercli, arguments: str, message: str) -> None:
    words = ordercli(*arguments.split())
    document = ordercli(*arguments.split(), ORDERCLI_OUTPUT="json")

    assert (words.exit_code, words.stdout) == (2, "")
    assert words.stderr.startswith(f"error: {message}")
    assert (document.exit_code, document.stdout, document.stderr.count("\n")) == (2, "", 1)
    assert json.loads(document.stderr)["message"].startswith(message)
    assert json.loads(document.stderr)["exitCode"] == 2


def test_an_error_for_programs_has_the_error_body(ordercli: Ordercli) -> None:
    result = ordercli("list", "--state", "x", "-o", "json")

    message = "no state is called 'x'"
    assert json.loads(result.stderr) == {
        "code": 1,
        "reason": message,
        "message": message,
        "details": [{"message": message}],
        "exitCode": 2,
        "hint": "states: new, acknowledged, in_progress, awaiting_information, on_hold, assessing_cancellation,"
        " cancellation_in_progress, rejected, canceled, completed, failed, partial, draft, in_progress_accepted,"
        " submitted, enrichment_in_progress, enrichment_on_hold, revision_in_progress",
    }


@pytest.mark.parametrize(
    ("arguments", "as_json"),
    [
        ("-o json list --bogus", True),
        ("list --output=ndjson --bogus", True),
        ("list -ojson --bogus", True),
        ("-o table list -o json --bogus", True),
        ("-o json list -o table --bogus", False),
        ("list -o csv --bogus", False),
    ],
)
def test_the_last_output_option_says_how_errors_are_reported(
    ordercli: Ordercli, arguments: str, *, as_json: bool
) -> None:
    result = ordercli(*arguments.split())

    assert result.stderr.startswith("{" if as_json else "error: ")


@pytest.mark.parametrize("arguments", ["", "queue", "db"])
def test_no_command_gets_the_help(ordercli: Ordercli, arguments: str) -> None:
    result = ordercli(*arguments.split())

    assert (result.exit_code, result.stderr) == (2, "")
    assert "Usage: " in result.stdout


def test_a_wrong_setting_names_its_origin(ordercli: Ordercli) -> None:
    Path("ordercli.toml").write_text("[queue]\nbatch = 5\n")

    result = ordercli("list")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: ordercli.toml: unknown setting `queue.batch`\n  hint: did you mean `queue.batch_size`?\n"
    )


# Bad input of submit, as real processes

DEEP = b"[" * 100_000 + b"]" * 100_000
INPUTS: dict[str, tuple[bytes | None, int, str]] = {
    "missing": (None, 6, "missing: No such file or directory"),
    "broken.gz": (gzip.compress(ndjson(*product_orders(2)))[:-9], 6, "broken.gz: truncated gzip data"),
    "damaged.gz": (gzip.compress(ndjson(*product_orders(2)))[:-8] + bytes(8), 6, "damaged.gz: broken gzip data: "),
    "garbage.bin": (bytes(range(256)) * 16, 1, "ORD005"),
    "empty.json": (b"", 1, "ORD101"),
    "blank.json": (b" \n\t\n", 1, "ORD101"),
    "long.ndjson": (b'{"x":"' + b"x" * 50 * MEBIBYTE + b'"}\n', 1, "ORD007"),
    "deep.json": (DEEP, 1, "ORD007"),
    "deep_object.json": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 1, "ORD007"),
    "deep_member.json": (encoded(product_order(x="D")).replace(b'"D"', DEEP), 1, "ORD007"),
    "not_utf8.json": (encoded(product_order("PO-\N{LATIN SMALL LETTER E}")).replace(b"EUR", b"\xff\xfe"), 1, "ORD005"),
    "nul.json": (b"\0" * 1000, 1, "ORD001"),
    "nul_inside.json": (encoded(product_order()).replace(b"EUR", b"E\0R"), 1, "ORD001"),
    "scalar.json": (b"5", 1, "ORD008"),
    "two.ndjson": (encoded(product_order()) + encoded(product_order()), 1, "ORD002"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_bad_input_is_reported_in_a_line_and_nothing_else_is_lost(
    ordercli: Ordercli, connection: Store, name: str
) -> None:
    content, exit_code, printed = INPUTS[name]
    if content is not None:
        Path(name).write_bytes(content)
    good = write_orders(Path("good.ndjson"), product_order("GOOD"))

    result = ordercli.process("submit", good, name, "--async", "-o", "ndjson", "--rejects", "rejects.ndjson")

    reported = result.stdout + result.stderr
    assert (result.exit_code, printed in reported, "Traceback" in reported) == (exit_code, True, False), reported[:2000]
    assert len(result.stderr.splitlines()) <= 1
    accepted = {"broken.gz": ["GOOD", "PO-1", "PO-2"], "damaged.gz": ["GOOD", "PO-1", "PO-2"], "missing": []}
    assert column(connection, "inbound_entry", "external_id") == accepted.get(name, ["GOOD"])


def test_a_folder_without_orders_is_bad_input(ordercli: Ordercli) -> None:
    Path("folder").mkdir()
    Path("folder/readme.txt").write_text("no orders")

    result = ordercli.process("submit", "folder")

    assert (result.exit_code, result.stdout, result.stderr) == (6, "", "error: folder: no orders in this folder\n")


def test_a_file_name_that_is_no_utf_8_is_reported_as_json_too(ordercli: Ordercli) -> None:
    result = ordercli.process("submit", b"auftr\xe4ge.json".decode(errors="surrogateescape"), "-o", "json")

    assert (result.exit_code, result.stdout) == (6, "")
    assert json.loads(result.stderr)["message"] == "auftr\\xe4ge.json: No such file or directory"


# Databases that cannot be used, by every command


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all\n" * 100)


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE song (title)")
    other.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA application_id = {0x4F524443}")
        other.execute("PRAGMA user_version = 999")
    other.close()


COMMANDS = (
    "submit good.ndjson",
    "queue run",
    "queue status",
    "queue list",
    "queue show X",
    "list",
    "show X",
    "db upgrade",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("make", "printed"),
    [
        (garbage, "is not a database"),
        (foreign, "is a database of another program"),
        (newer, "has schema 999; this ordercli knows schemas up to"),
    ],
)
def test_a_database_that_is_none_of_ours_is_refused_untouched(
    ordercli: Ordercli, command: str, make: Callable[[Path], None], printed: str
) -> None:
    write_orders(Path("good.ndjson"), product_order())
    path = Path("other.db")
    make(path)
    before = path.read_bytes()

    result = ordercli(*command.split(), "--database", str(path))

    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.startswith(f"error: {path} {printed}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", ["submit good.ndjson", "db upgrade"])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/proc/orders.db", "Cannot write /proc/orders.db: No such file or directory"),
        ("good.ndjson/orders.db", "Cannot write good.ndjson/orders.db: "),
    ],
)
def test_a_place_where_nothing_can_be_written_asks_to_try_again(
    ordercli: Ordercli, command: str, path: str, message: str
) -> None:
    write_orders(Path("good.ndjson"), product_order())

    result = ordercli(*command.split(), "--database", path)

    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr.startswith(f"error: {message}")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_is_no_database(ordercli: Ordercli, command: str) -> None:
    write_orders(Path("good.ndjson"), product_order())

    result = ordercli(*command.split(), "--database", "/dev/full")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "error: /dev/full is not a regular file\n")


@pytest.mark.parametrize("command", ["list", "queue list", "show PO-1", "queue run", "submit good.ndjson"])
def test_a_database_that_is_damaged_inside_is_called_corrupt(ordercli: Ordercli, command: str) -> None:
    write_orders(Path("good.ndjson"), product_order("PO-X"))
    ordercli("submit", stdin=ndjson(*product_orders(50)))
    ordercli("submit", "--async", "--source", "queue", stdin=ndjson(*product_orders(50)))
    path = Path(ordercli.database)
    content = path.read_bytes()
    page = 16384
    path.write_bytes(content[:page] + b"\xa5" * (len(content) - page))

    result = ordercli(*command.split())

    assert (result.exit_code, result.stdout) == (6, ""), result.stderr
    assert "corrupt" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_locked_database_asks_to_try_again(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordercli.database.sqlite.BUSY_TIMEOUT_SECONDS", 0)
    with closing(connect(ordercli.database)) as other:
        other.execute("BEGIN IMMEDIATE")

        result = ordercli("submit", stdin=encoded(product_order()))

    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr.splitlines() == [
        f"error: The database is locked by another process: {ordercli.database}",
        "  hint: nothing was lost; run the command again",
    ]


# Output that cannot be written


@pytest.mark.parametrize("command", ["list --limit 0", "submit -o ndjson good.ndjson", "show PO-1", "queue status"])
def test_output_to_a_full_disk_asks_to_try_again(ordercli: Ordercli, command: str) -> None:
    write_orders(Path("good.ndjson"), *product_orders(200, first=1000))
    ordercli("submit", stdin=ndjson(*product_orders(100)))

    with Path("/dev/full").open("wb") as full, ordercli.start(*command.split(), stdout=full) as process:
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 75
    assert "No space left on device" in stderr.decode().splitlines()[0]


@pytest.mark.parametrize(
    "command", ["list --limit 0", "list --limit 0 -o table", "list --limit 0 -o csv", "queue list --limit 0"]
)
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(ordercli: Ordercli, command: str) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(300)))
    ordercli("submit", "--async", "--source", "q", stdin=ndjson(*product_orders(300)))

    with ordercli.start(*command.split()) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        stderr = process.stderr.read()

    assert (process.returncode, stderr) == (0, b"")


def test_a_submission_goes_on_when_nobody_reads_its_receipts(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(1100))

    with ordercli.start("submit", "orders.ndjson", "--async", "-o", "ndjson") as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()

    assert process.returncode == 0
    assert len(column(connection, "inbound_entry", "seq")) == 1100
    assert column(connection, "batch", "status") == ["completed"]


# Bugs

BUG = "CREATE TRIGGER bug BEFORE INSERT ON batch BEGIN SELECT json('no json'); END"


def test_a_bug_is_one_line_that_says_how_to_report_it(ordercli: Ordercli, connection: Store) -> None:
    connection.execute(BUG)

    result = ordercli("submit", stdin=encoded(product_order()))

    assert (result.exit_code, result.stdout) == (70, "")
    assert result.stderr.startswith("error: internal error (OperationalError: ")
    assert result.stderr.endswith("hint: this is a bug; run again with --debug and report the output\n")


def test_debug_shows_the_traceback(ordercli: Ordercli, connection: Store) -> None:
    connection.execute(BUG)

    result = ordercli.process("submit", "--debug", stdin=encoded(product_order()))

    assert result.stderr.startswith("Traceback (most recent call last):")
