"""An operator's day in a real terminal: what is shown, asked and answered there."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from ordercli.clock import later, now
from support.builders import product_order, product_orders, write_orders
from support.running import COMMAND, Result
from support.stored import BATCH, enqueue_many, states
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pexpect

    from ordercli.database.store import Store
    from support.running import Ordercli


@pytest.fixture
def terminal(ordercli: Ordercli) -> Callable[..., pexpect.spawn]:
    """Starts the command on a terminal of 100 columns."""

    def start(*args: str, columns: int = 100, **env: str) -> pexpect.spawn:
        return on_terminal([*COMMAND, *args], ordercli.folder, ordercli.environment(env), columns)

    return start


def in_shell(ordercli: Ordercli, line: str) -> pexpect.spawn:
    """Starts a pipe that begins with the command."""
    return on_terminal(["/bin/sh", "-c", f"{shlex.join(COMMAND)} {line}"], ordercli.folder, ordercli.environment())


def days_ago(count: int) -> str:
    """The time so many days ago."""
    return later(now(), -count * 86_400)


def test_the_day_of_an_operator(terminal: Callable[..., pexpect.spawn], tmp_path: Path) -> None:
    bad = product_order("BAD", orderCurrency=...)
    write_orders(tmp_path / "orders.ndjson", *product_orders(3), bad)

    submitted = ended(terminal("submit", "orders.ndjson", "--async"))
    status = ended(terminal("queue", "status"))
    created = ended(terminal("queue", "run"))
    idle = ended(terminal("queue", "run"))
    shown = ended(terminal("show", "PO-2"))
    batches = ended(terminal("batch", "list"))

    text = submitted.screen
    assert submitted.exit_code == 1
    assert re.search(r"3 of 4 orders queued in \d+\.\d s \(\d+/s\), batch [0-9a-f]{32}\n", text)
    assert "  read 4, accepted 3, duplicates 0, conflicts 0, rejected 1, warnings 0\n" in text
    assert "  most frequent: ORD113 1; see `ordercli explain ORD113`\n" in text
    assert "  repair and send again: ordercli submit orders.ndjson.rejects.ndjson\n" in text
    assert "  create the orders: ordercli queue run\n" in text
    assert re.search(r"^new +3$", status.screen, re.MULTILINE)
    assert re.fullmatch(r"3 orders created in \d+\.\d s, 0 failed, 0 to be tried again, 0 remaining\n", created.screen)
    assert idle == (0, "", "")
    assert shown.screen.startswith("PO-2  new\n")
    assert re.search(r"^[0-9a-f]{32} +completed +3 +1 ", batches.screen, re.MULTILINE)


def test_one_order_is_shown_with_its_id_or_with_all_that_is_wrong(
    terminal: Callable[..., pexpect.spawn], ordercli: Ordercli, tmp_path: Path
) -> None:
    write_orders(tmp_path / "good.ndjson", product_order("A-1"))
    write_orders(tmp_path / "bad.ndjson", product_order("BAD", orderCurrency=..., channel=[{"id": 5}]))
    write_orders(tmp_path / "other.ndjson", product_order("A-1", description="x"))

    good, again, bad, conflict = (
        ended(terminal("submit", f"{name}.ndjson", "--rejects", "none")) for name in ("good", "good", "bad", "other")
    )

    order_id = ordercli("show", "A-1", "-o", "json").json["id"]
    validated = ended(terminal("validate", "bad.ndjson")).screen.splitlines()
    findings = [line for line in validated if line.startswith("error[")]
    assert good.screen.startswith(f"order {order_id}\n1 of 1 order created in ")
    assert again.screen.startswith(f"order {order_id} (known before)\n0 of 1 order created in ")
    assert len(findings) == 2
    assert bad.screen.splitlines()[: len(validated) - 2] == validated[:-2]
    assert conflict.screen.startswith("error[ORD420] idempotency-conflict: externalId 'A-1' is known in source 'cli'")
    assert f"\norder {order_id} (known before)\n" in conflict.screen


def test_many_rejects_lead_to_what_is_wrong_with_them(terminal: Callable[..., pexpect.spawn], tmp_path: Path) -> None:
    bad = [product_order(f"B-{n}", orderCurrency=...) for n in range(3)]
    write_orders(tmp_path / "orders.ndjson", *bad)

    text = ended(terminal("submit", "orders.ndjson")).screen

    assert "  by code and value: ordercli rejects show orders.ndjson.rejects.ndjson\n" in text
    assert "    3 orders: ORD113 Invalid payload: orderCurrency is required\n" in text
    assert "error[" not in text


def test_the_values_that_were_refused_most_are_named(
    terminal: Callable[..., pexpect.spawn], ordercli: Ordercli, tmp_path: Path
) -> None:
    wanted = {"Ad\x1bd": 3, "Remove": 2, "Change": 1}
    bad = [product_order(f"B-{action}-{n}") for action, count in wanted.items() for n in range(count)]
    for order in bad:
        order["productOrderItem"][0]["action"] = order["externalId"].split("-")[1]
    write_orders(tmp_path / "orders.ndjson", *bad, *[product_order(f"C-{n}", orderCurrency="euro") for n in range(4)])

    text = ended(terminal("submit", "orders.ndjson", "--async")).screen
    quiet = ordercli("submit", str(tmp_path / "orders.ndjson"), "--async", "--source", "again")

    actions = "add, change, delete, no-change, resume, suspend"
    assert (
        "    4 orders: ORD124 orderCurrency `euro` is not a currency code of three upper-case letters\n"
        f"    3 orders: ORD121 action `Ad\\x1bd` is none of {actions}\n"
        f"    2 orders: ORD121 action `Remove` is none of {actions}\n"
        "    and 1 more by code and value\n"
    ) in text
    assert "orders: ORD" not in quiet.stderr


def test_a_backup_tells_a_person_that_it_is_whole(terminal: Callable[..., pexpect.spawn]) -> None:
    code, text, _ = ended(terminal("db", "backup", "backup.db"))

    assert code == 0
    assert re.fullmatch(r"backup\.db: \d\.\d MiB in \d+\.\d s, checked\n  sha256 [0-9a-f]{64}\n", text)


def test_ids_are_whole_on_a_narrow_terminal(terminal: Callable[..., pexpect.spawn], connection: Store) -> None:
    enqueue_many(connection, 1)

    code, text, _ = ended(terminal("queue", "list", columns=60))

    assert code == 0
    assert "00000000000000000000000000000001" in text


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_go_where_they_are_not_wanted(
    terminal: Callable[..., pexpect.spawn],
    env: dict[str, str],
    *,
    coloured: bool,
) -> None:
    shown = ended(terminal("--help", **env))

    assert (re.search(r"\x1b\[[0-9;]*3[0-9]m", shown.sent) is not None) is coloured


def test_force_color_colours_a_pipe(ordercli: Ordercli) -> None:
    plain = ordercli.process("--help")
    forced = ordercli.process("--help", FORCE_COLOR="1")

    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in forced.stdout


def test_a_resumed_run_tells_what_it_did_beside_the_whole_batch(
    terminal: Callable[..., pexpect.spawn], ordercli: Ordercli, tmp_path: Path
) -> None:
    write_orders(tmp_path / "orders.ndjson", *product_orders(600))
    ordercli.process("submit", "orders.ndjson", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="receipts:kill")
    batch = ordercli("batch", "list", "-o", "id").stdout.strip()

    code, text, _ = ended(terminal("batch", "resume", batch))

    nothing = "duplicates 0, conflicts 0, rejected 0, warnings 0"
    headline = re.search(r"100 of 100 orders created in \d+\.\d s \(\d+/s\), batch [0-9a-f]{32}\n", text)
    assert (code, bool(headline)) == (0, True)
    assert f"  read 100, accepted 100, {nothing}\n  the whole batch: read 600, accepted 600, {nothing}\n" in text


def test_a_dry_run_names_no_batch(terminal: Callable[..., pexpect.spawn], tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))

    code, text, _ = ended(terminal("submit", "orders.ndjson", "--dry-run"))

    assert (code, "batch" in text) == (0, False)


FINAL = (
    ("queue", "discard", "--state", "error", "--reason", "wrong file"),
    ("queue", "discard", "--batch", BATCH, "--reason", "wrong file"),
    ("queue", "purge", "--error", "1d"),
)


@pytest.mark.parametrize("command", FINAL, ids=" ".join)
@pytest.mark.parametrize("answer", ["n\n", "y\n", "\x04", "\x03"])
def test_what_is_final_is_done_only_after_a_yes(
    terminal: Callable[..., pexpect.spawn], connection: Store, command: tuple[str, ...], answer: str
) -> None:
    enqueue_many(connection, 1, state="error", error_code="ORD190", finished_at=days_ago(2))

    process = terminal(*command)
    process.expect(r"1 entry will be (discarded|deleted)\. Go on\? \[y/N\]: ")
    process.send(answer)
    code, text, _ = ended(process)

    if answer == "y\n":
        assert (code, set(states(connection).values())) == (0, {"cancelled"} if "discard" in command else set())
    else:
        assert (code, set(states(connection).values())) == (130 if answer == "\x03" else 1, {"error"})
        assert text.endswith("nothing was done\n") is (answer != "\x03")


@pytest.mark.parametrize("command", FINAL, ids=" ".join)
def test_what_is_final_needs_yes_where_no_terminal_asks(
    ordercli: Ordercli, connection: Store, command: tuple[str, ...]
) -> None:
    enqueue_many(connection, 2, state="error", error_code="ORD190", finished_at=days_ago(2))

    refused = ordercli.process(*command, stdin=b"y\n")
    left = states(connection)
    done = ordercli.process(*command, "--yes")

    consequence = f"2 entries will be {'discarded' if 'discard' in command else 'deleted'}"
    seen = f"error: {consequence}: this needs --yes without a terminal\n  hint: nothing was done; add --yes to go on\n"
    assert refused == Result(2, "", seen)
    assert (left, done.exit_code) == ({1: "error", 2: "error"}, 0)
    assert set(states(connection).values()) == ({"cancelled"} if "discard" in command else set())


def test_ids_that_are_named_and_the_configured_retention_need_no_yes(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 3, state="error", error_code="ORD190", finished_at=days_ago(2))

    named = ordercli.process("queue", "discard", "PO-1", "PO-2", "--reason", "why")
    kept = ordercli.process("queue", "purge")
    due = ordercli.process("queue", "purge", ORDERCLI_QUEUE_RETENTION_ERROR="1d")
    dry = ordercli.process("queue", "purge", "--error", "0s", "--dry-run")

    assert (named.exit_code, kept.exit_code, due.exit_code, dry.exit_code) == (0, 0, 0, 0)
    assert states(connection) == {1: "cancelled", 2: "cancelled"}


def test_nothing_is_asked_with_yes_nor_in_a_dry_run(terminal: Callable[..., pexpect.spawn], connection: Store) -> None:
    enqueue_many(connection, 200)

    dry = ended(terminal("queue", "discard", "--state", "new", "--reason", "why", "--dry-run", "-o", "id"))
    yes = ended(terminal("queue", "discard", "--state", "new", "--reason", "why", "--yes"))

    assert (len(dry.screen.split()), yes.exit_code) == (200, 0)
    assert set(states(connection).values()) == {"cancelled"}


def test_nothing_is_asked_where_nothing_matches(terminal: Callable[..., pexpect.spawn], connection: Store) -> None:
    enqueue_many(connection, 1)

    discard = ended(terminal("queue", "discard", "--state", "error", "--reason", "why"))
    purge = ended(terminal("queue", "purge", "--completed", "1d"))

    assert (discard[0], purge[0]) == (0, 0)
    assert "no entry matches the filters; nothing was done\n" in discard[1]
    assert "0 entries deleted" in purge[1]
    assert "Go on?" not in discard[1] + purge[1]
    assert states(connection) == {1: "new"}


def test_a_purge_of_many_is_asked_about(terminal: Callable[..., pexpect.spawn], connection: Store) -> None:
    enqueue_many(connection, 150, state="completed", finished_at="2020-01-01T00:00:00.000Z")

    process = terminal("queue", "purge")
    process.expect_exact("150 entries will be deleted. Go on? [y/N]: ")
    process.sendline("y")
    code, text, _ = ended(process)

    assert code == 0
    assert re.search(r"150 entries deleted in \d+\.\d s \(150 completed\)\n", text)
    assert states(connection) == {}


CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_bar_shows_long_work_and_goes_when_it_is_done(terminal: Callable[..., pexpect.spawn], tmp_path: Path) -> None:
    bad = [product_order("BAD", orderCurrency=...)] * 500
    write_orders(tmp_path / "orders.ndjson", *product_orders(3500), *bad)
    # However fast the machine is, each batch of 500 takes longer than the bar waits before it is drawn again.
    slowed = {"ORDERCLI_TESTING": "1", "ORDERCLI_FAILPOINT": "submit-batch-after-commit:sleep:0.2"}

    code, screen, sent = ended(terminal("submit", "orders.ndjson", "--async", "--jobs", "1", **slowed))

    frames = [CONTROL.sub("", frame) for frame in sent.split("\r") if "submit" in frame and "%" in frame]
    shares = [int(match[1]) for frame in frames if (match := re.search(r"(\d+)%", frame))]
    assert code == 1
    assert shares == sorted(shares)
    assert len(set(shares)) > 1
    assert re.search(r"[\d,]+ \([\d,]+/s\)", frames[0])
    assert re.search(r"100% 4,000 \([\d,]+/s\) 500 rejected", " ".join(frames[-1].split()))
    assert re.match(r"3500 of 4000 orders queued in ", screen)


def test_a_reader_that_has_enough_ends_it_quietly(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2000)
    ordercli.process("queue", "run")

    for line in ("list --limit 0 | head -1", "queue list --limit 0 -o table | head -1", "--help | head -1"):
        shown = ended(in_shell(ordercli, f"{line}; echo end"))
        lines = shown.screen.splitlines()
        assert len(lines) == 2
        assert lines[-1] == "end"


def test_a_pager_gets_no_escape_sequences(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 3)

    shown = ended(in_shell(ordercli, "queue list -o table | cat -v")).screen

    assert "^[" not in shown
    assert len(shown.splitlines()) == 4


@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}])
@pytest.mark.parametrize("result_format", ["table", "csv"])
def test_a_note_about_rows_stands_below_them(
    terminal: Callable[..., pexpect.spawn],
    ordercli: Ordercli,
    tmp_path: Path,
    result_format: str,
    environment: dict[str, str],
) -> None:
    write_orders(tmp_path / "orders.ndjson", *product_orders(3))
    ordercli("submit", "orders.ndjson")

    options = ("--limit", "2", "--fields", "externalId", "-o", result_format)
    listed = ended(terminal("list", *options, columns=200, **environment))

    names, *rows, note = listed.screen.splitlines()
    assert "externalId" in names
    assert [re.findall(r"PO-\d", row) for row in rows] == [["PO-3"], ["PO-2"]]
    assert note == "showing 2 of 3; --limit 0 shows all"
