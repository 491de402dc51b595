"""Readers that go early, full disks, and terminals that make no sense: real pipes, real shells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.version import __version__
from support.builders import line, product_order, product_orders, write_orders
from support.running import COMMAND, PATIENCE_SECONDS
from support.stored import enqueue, states
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

ORDERCLI = f"{sys.executable} -m ordercli"
BAD = product_order("BAD", items=[line(action="ad")])
MANY = 1_000  # more than a pipe holds, in each format


def in_shell(ordercli: Ordercli, command: str, **env: str) -> tuple[list[int], str, str]:
    """The exit codes of the commands of a pipe in bash, with what came out of it and out of standard error."""
    done = subprocess.run(
        ["bash", "-c", f'{command}; echo "${{PIPESTATUS[*]}}" > codes'],
        cwd=ordercli.folder,
        env=ordercli.environment(env),
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    codes = [int(code) for code in (ordercli.folder / "codes").read_text().split()]
    return codes, done.stdout.decode(), done.stderr.decode()


FORMS = ("text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif")
# Buffered, a few lines reach the reader when the command ends; unbuffered, at once.
FEW = [(form, 1, "true", unbuffered) for form in ("text", "ndjson") for unbuffered in ("", "1")]


@pytest.mark.parametrize(
    ("form", "count", "reader", "unbuffered"), [*FEW, *((form, MANY, "head -1", "") for form in FORMS)]
)
def test_validate_ends_by_its_findings_and_writes_its_reports(
    ordercli: Ordercli, form: str, reader: str, unbuffered: str, count: int
) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", *[{**BAD, f"odd{n}": 1} for n in range(count)])
    command = f"{ORDERCLI} validate {path} --format {form} --report json=report.json -q | {reader}"

    codes, _, stderr = in_shell(ordercli, command, PYTHONUNBUFFERED=unbuffered)

    report = json.loads((ordercli.folder / "report.json").read_text())
    assert (codes, stderr) == ([1, 0], "")
    assert (report["orders"], report["errors"], len(report["diagnostics"])) == (count, count, 2 * count)


def test_a_shell_with_pipefail_sees_what_validate_found(ordercli: Ordercli) -> None:
    write_orders(ordercli.folder / "bad.ndjson", BAD)
    write_orders(ordercli.folder / "good.ndjson", product_order())

    found = [
        subprocess.run(
            ["bash", "-c", f"set -o pipefail; {ORDERCLI} validate {name} -q | head -1"],
            cwd=ordercli.folder,
            env=ordercli.environment(),
            capture_output=True,
            check=False,
        ).returncode
        for name in ("bad.ndjson", "good.ndjson")
    ]

    assert found == [1, 0]


CLOSED = [("| true", "1"), ("| true", ""), ("2>&1 | true", ""), ("2> >(true)", ""), ("2> /dev/full", "")]


def cases(*forms: str) -> list[tuple[str, str, str]]:
    """Each format with a reader that goes at once; the first one with every way in which one can go."""
    return [(forms[0], *way) for way in CLOSED] + [(form, *CLOSED[0]) for form in forms[1:]]


@pytest.mark.parametrize(("form", "closed", "unbuffered"), cases("ndjson", "auto", "table", "json", "csv", "id"))
def test_submit_creates_every_order_and_ends_by_what_it_refused(
    ordercli: Ordercli, connection: Store, form: str, closed: str, unbuffered: str
) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", *product_orders(600), BAD)

    codes, _, _ = in_shell(ordercli, f"{ORDERCLI} submit {path} -v -o {form} {closed}", PYTHONUNBUFFERED=unbuffered)

    assert codes[0] == 1
    assert connection.execute("SELECT count(*) FROM customer_order").fetchone() == (600,)
    assert (ordercli.folder / "orders.ndjson.rejects.ndjson").read_text().count("\n") == 1


@pytest.mark.parametrize(("form", "closed", "unbuffered"), cases("ndjson", "auto", "csv"))
def test_queue_run_works_the_queue_off_and_ends_by_what_failed(
    ordercli: Ordercli, connection: Store, form: str, closed: str, unbuffered: str
) -> None:
    enqueue(connection, *product_orders(3), b"not an order")

    codes, _, _ = in_shell(ordercli, f"{ORDERCLI} queue run -v -o {form} {closed}", PYTHONUNBUFFERED=unbuffered)

    assert codes[0] == 1
    assert states(connection) == {1: "completed", 2: "completed", 3: "completed", 4: "error"}


@pytest.mark.parametrize(("form", "closed", "unbuffered"), cases("ndjson", "auto", "table", "json", "csv", "id"))
@pytest.mark.parametrize(
    ("command", "condition"),
    [
        ("patch --from requests.ndjson", "version = 2"),
        ("cancel --from requests.ndjson --yes", "state = 'canceled'"),
    ],
)
def test_requests_from_a_file_are_all_handled(
    ordercli: Ordercli, connection: Store, command: str, condition: str, form: str, closed: str, unbuffered: str
) -> None:
    ordercli("submit", write_orders(ordercli.folder / "orders.ndjson", *product_orders(40)))
    requests = [
        {"productOrder": {"id": f"PO-{n}"}, "cancellationReason": "x"}
        if "cancel" in command
        else {"id": f"PO-{n}", "note": [{"text": f"note {n}"}]}
        for n in range(1, 41)
    ]
    write_orders(ordercli.folder / "requests.ndjson", *requests, {})

    codes, _, _ = in_shell(ordercli, f"{ORDERCLI} {command} -o {form} {closed}", PYTHONUNBUFFERED=unbuffered)

    assert codes[0] == 1
    assert connection.execute(f"SELECT count(*) FROM customer_order WHERE {condition}").fetchone() == (40,)


@pytest.mark.parametrize(("closed", "unbuffered"), CLOSED)
def test_reference_import_loads_everything_and_ends_by_what_it_refused(
    ordercli: Ordercli, connection: Store, closed: str, unbuffered: str
) -> None:
    records = [{"@type": "Currency", "id": f"C{n}", "status": "active"} for n in range(3_000)]
    write_orders(ordercli.folder / "records.ndjson", *[{}] * 3_000, *records)

    codes, _, _ = in_shell(
        ordercli, f"{ORDERCLI} reference import records.ndjson -o json {closed}", PYTHONUNBUFFERED=unbuffered
    )

    assert codes[0] == 1
    assert connection.execute("SELECT count(*) FROM reference_record").fetchone() == (3_000,)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_check_ends_by_what_it_found(ordercli: Ordercli, connection: Store, unbuffered: str) -> None:
    enqueue(connection, product_order())

    codes, _, stderr = in_shell(ordercli, f"{ORDERCLI} queue status --check | true", PYTHONUNBUFFERED=unbuffered)

    assert codes == [1, 0]
    assert stderr.startswith("error: ")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments", ["--version", "-q --version", "--help", "submit --help", "rules", "rules -o table", "schema order"]
)
def test_what_only_shows_ends_quietly_or_says_why_it_could_not(
    ordercli: Ordercli, arguments: str, unbuffered: str
) -> None:
    gone = in_shell(ordercli, f"{ORDERCLI} {arguments} | true", PYTHONUNBUFFERED=unbuffered)
    full = in_shell(ordercli, f"{ORDERCLI} {arguments} > /dev/full", PYTHONUNBUFFERED=unbuffered)

    assert gone == ([0, 0], "", "")
    assert full == ([75], "", "error: No space left on device\n")


@pytest.mark.parametrize("arguments", ["--help", "rules -o table"])
def test_a_width_that_is_none_is_as_good_as_unset(ordercli: Ordercli, arguments: str) -> None:
    usual = ordercli.process(*arguments.split())

    for value in ("0", "-1", "x", "", "00", "٣", "99999", "9" * 5_000):
        odd = ordercli.process(*arguments.split(), COLUMNS=value, LINES=value, TERMINAL_WIDTH=value)
        assert (value, odd) == (value, usual)
    assert len(usual.stdout.splitlines()) > 20


def test_no_colour_is_shown_where_none_is_wanted(ordercli: Ordercli) -> None:
    def has_colour(words: str, **more: str) -> bool:
        environment = ordercli.environment({"TERM": "xterm-256color", **more})
        sent = ended(on_terminal([*COMMAND, *words.split()], ordercli.folder, environment)).sent
        return re.search(r"\x1b\[[0-9;]*[34][0-9]m", sent) is not None

    plain = (
        "--help --no-color",
        "--no-color --help",
        "submit --no-color --help",
        "--no-color submit --help",
        "queue --no-color",
        "submit --nosuch --no-color",
    )
    assert has_colour("--help")
    assert [words for words in plain if has_colour(words)] == []
    assert not has_colour("--help", NO_COLOR="1")
    assert not has_colour("--help", TERM="dumb")


def test_an_empty_no_color_is_unset(ordercli: Ordercli) -> None:
    assert ordercli.process("--help", FORCE_COLOR="1", NO_COLOR="") == ordercli.process("--help", FORCE_COLOR="1")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("validate", "no input: name a file, or - for standard input"),
        ("submit --async", "no input: name a file, or - for standard input"),
        ("reference import", "no input: name a file, or - for standard input"),
        ("cancel", "no input: name a file, or - for standard input"),
        ("patch PO-1", "no input: name a file, or - for standard input"),
        ("patch", "no order: give its ID, or many with --from"),
    ],
)
def test_a_command_without_input_on_a_terminal_says_what_it_lacks(ordercli: Ordercli, command: str, text: str) -> None:
    name = re.sub(" --async| PO-1", "", command)

    code, screen, _ = ended(on_terminal([*COMMAND, *command.split()], ordercli.folder, ordercli.environment()))

    assert (code, screen) == (2, f"error: {text}\n  hint: see `ordercli {name} --help`\n")


def test_the_version_is_whole(ordercli: Ordercli) -> None:
    assert in_shell(ordercli, f"{ORDERCLI} --version | cat") == ([0, 0], f"ordercli {__version__}\n", "")
