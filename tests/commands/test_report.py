"""`ordercli report`: its figures, what it escapes, where it is written."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.exit_codes import ExitCode
from ordercli.forwarding.pauses import TargetPauseRow, pause
from ordercli.operations.report import report_since
from ordercli.output.report import ReportFormat, print_report
from ordercli.output.report_text import code, report_text
from ordercli.output.stream import FileFailures, Output
from ordercli.output_files.guard import OutputFiles
from support.builders import ndjson, product_order, product_orders, service_order, write_orders
from support.stored import enqueue, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.running import Ordercli

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EVIL = "<script>alert(1)</script> ![x](http://evil.example/) `|\x1b[31m\u202e"


def text_of(ordercli: Ordercli, since: str = "2026-03-01T06:10:00.000Z") -> str:
    """The report of the store at a fixed moment, in UTC."""
    return report_text(report_since(ordercli.database, lambda _: False, since, AT, UTC), "Report", "UTC+00:00", UTC)


def move(connection: Store, name: str, created: str, finished: str | None = None) -> None:
    """Let an order be taken in at one moment, and created or failed at another one."""
    at = f"2026-03-01T{created}:00.000Z"
    ended = f"2026-03-01T{finished}:30.000Z" if finished else None
    order_id = f"{int(datetime.fromisoformat(at).timestamp() * 1000):012x}{name.lower().encode().hex():0>20}"
    connection.execute(
        "UPDATE inbound_entry SET order_id = ?, created_at = ?, finished_at = ? WHERE external_id = ?",
        (order_id, at, ended, name),
    )
    connection.execute(
        "UPDATE customer_order SET order_id = ?, created_at = ? WHERE external_id = ?", (order_id, ended or at, name)
    )


@pytest.fixture
def night(ordercli: Ordercli, connection: Store) -> Ordercli:
    """A store with two runs: what was created at once and from the queue, what failed, what waits, what was refused."""
    bad = [product_order(f"BAD-{n}", orderCurrency=each) for n, each in enumerate(("euro", "EURO", "euro"))]
    noted = product_order("PO-3", channel=[{"id": "web", "name": "Web", "@type": "ChannelRef"}])
    unpaid = product_order("BAD-9", relatedParty=[])
    write_orders(Path("orders.ndjson"), product_order("PO-1"), service_order("SO-1"), noted, *bad, unpaid)
    write_orders(Path("later.ndjson"), *product_orders(4, first=11))
    ordercli("submit", "orders.ndjson", "--track-id", "early")
    ordercli("submit", "later.ndjson", "--async", "--source", "crm")
    for name in ("PO-11", "PO-12"):
        ordercli("queue", "create", name)
    move(connection, "PO-1", "06:20")
    move(connection, "SO-1", "06:50")
    move(connection, "PO-3", "07:10")
    move(connection, "PO-11", "08:00", "08:05")
    move(connection, "PO-12", "08:01", "08:05")
    connection.execute("UPDATE inbound_entry SET state = 'error', error_code = 'ORD190' WHERE external_id = 'PO-13'")
    move(connection, "PO-13", "08:02", "09:00")
    move(connection, "PO-14", "08:03")
    for source, at in (("cli", "06:15"), ("crm", "08:00")):
        started = f"2026-03-01T{at}:00.000Z"
        connection.execute(
            "UPDATE batch SET started_at = ?, finished_at = ? WHERE source = ?", (started, started, source)
        )
    return ordercli


GOLDEN = """\
# Report

2026-03-01 06:15:00 to 2026-03-01 09:30:00. Times are local, UTC+00:00.

## Orders of this period

7 taken in, 5 created, 1 failed

## Queue, now

1 waiting, 0 waiting for a retry, 0 in progress, 1 failed, 2 completed, 0 discarded

The oldest due entry has waited for 1 h.

## By hour

| From             | Taken in | Created | Failed |
| ---------------- | -------: | ------: | -----: |
| 2026-03-01 06:15 |        2 |       2 |      0 |
| 2026-03-01 07:00 |        1 |       1 |      0 |
| 2026-03-01 08:00 |        4 |       2 |      0 |
| 2026-03-01 09:00 |        0 |       0 |      1 |

## Findings

| Rule   | What is wrong                                                    | Findings | Orders refused |
| ------ | ---------------------------------------------------------------- | -------: | -------------: |
| ORD124 | A currency is not written as a code of three upper-case letters. |        3 |              3 |
| ORD111 | The order has no party.                                          |        1 |              1 |

| Rule   | Value  | Orders refused | Such as                                          |
| ------ | ------ | -------------: | ------------------------------------------------ |
| ORD124 | `euro` |              2 | `BAD-0`, `orders.ndjson` line 4 `/orderCurrency` |
| ORD124 | `EURO` |              1 | `BAD-1`, `orders.ndjson` line 5 `/orderCurrency` |
| ORD111 | none   |              1 | `BAD-9`, `orders.ndjson` line 7 `/relatedParty`  |

## Failed in the queue

| Rule   | What is wrong                                                   | Entries |
| ------ | --------------------------------------------------------------- | ------: |
| ORD190 | An order was accepted without validation and cannot be created. |       1 |

## Created orders by state

| State | Orders |
| ----- | -----: |
| `new` |      5 |

## Created orders by source

| Source | Orders |
| ------ | -----: |
| `cli`  |      3 |
| `crm`  |      2 |

## Created orders by channel

| Channel | Orders |
| ------- | -----: |
| none    |      4 |
| `web`   |      1 |

## Created orders by kind

| Kind           | Orders |
| -------------- | -----: |
| `productOrder` |      4 |
| `serviceOrder` |      1 |

## Waiting longest

| Order   | State | Source | Waits for |
| ------- | ----- | ------ | --------: |
| `PO-14` | new   | `crm`  |       1 h |

## Slowest minutes of the queue

| Minute              | Orders | Longest wait |
| ------------------- | -----: | -----------: |
| 2026-03-01 08:05:00 |      2 |      330.0 s |

## Runs

| Run            | Status     | Source | Accepted | Refused | Known | Started             |
| -------------- | ---------- | ------ | -------: | ------: | ----: | ------------------- |
| `later.ndjson` | processing | `crm`  |        4 |       0 |     0 | 2026-03-01 08:00:00 |
| `early`        | completed  | `cli`  |        3 |       4 |     0 | 2026-03-01 06:15:00 |
"""


@pytest.mark.every_engine
def test_a_report_tells_what_happened_in_a_period(night: Ordercli) -> None:
    batches = [f"`{each['batchId']}`" for each in night("batch", "list", "-o", "ndjson").ndjson]
    *lines, _, _, _, _ = GOLDEN.splitlines()
    last = ["Batch".ljust(len(batches[0])), "-" * len(batches[0]), *batches]
    runs = [f"{line} {cell} |" for line, cell in zip(GOLDEN.splitlines()[-4:], last, strict=True)]

    assert text_of(night).splitlines() == [*lines, *runs]


class Meanwhile(str):
    """A moment: when it is compared with the first run that is read, another process submits an order."""

    __slots__ = ("act",)
    act: Callable[[], object] | None

    def __le__(self, other: str) -> bool:
        act, self.act = self.act, None
        if act:
            act()
        return super().__le__(other)


@pytest.mark.every_engine
def test_the_runs_and_the_figures_of_a_report_are_of_one_moment(night: Ordercli) -> None:
    since = Meanwhile("2026-03-01T06:10:00.000Z")
    since.act = lambda: night("submit", stdin=ndjson(product_order("PO-99")))

    report = report_since(night.database, lambda _: False, since, datetime.now(UTC) + timedelta(hours=1))

    assert "PO-99" in rows_of(night, "externalId")
    assert (len(report.runs), sum(each.accepted for each in report.runs), report.taken_in) == (2, 7, 7)


def rows_of(ordercli: Ordercli, member: str) -> list[str]:
    return [each[member] for each in ordercli("list", "-o", "ndjson", "--limit", "0").ndjson]


@pytest.mark.every_engine
def test_a_report_of_a_batch_tells_what_became_of_its_orders(night: Ordercli) -> None:
    (batch,) = [each for each in night("batch", "list", "-o", "json").json if each["source"] == "crm"]

    found = night("report", "--batch", batch["batchId"], "-o", "json").json

    assert (found["batch"]["created"], found["batch"]["failed"], found["batch"]["waiting"]) == (2, 1, 1)
    assert (found["takenIn"], found["created"], found["failed"], "queue" in found) == (4, 2, 1, False)
    assert (found["since"], found["until"]) == ("2026-03-01T08:00:00.000Z", "2026-03-01T09:00:30.001Z")
    assert [each["orders"] for each in found["slowestMinutes"]] == [2]
    assert found["slowestMinutes"][0]["longestSeconds"] == 330
    assert [(each["externalId"], each["state"]) for each in found["oldestWaiting"]] == [("PO-14", "new")]
    assert (found["bySource"], found["findings"], found["runs"]) == ([{"value": "crm", "orders": 2}], [], [])


@pytest.mark.every_engine
def test_an_empty_store_has_a_report_that_says_so(ordercli: Ordercli, connection: Store) -> None:
    printed, written = ordercli("report"), ordercli("report", "empty.html")

    assert (printed.exit_code, written.exit_code, connection.in_transaction) == (0, 0, False)
    assert "0 taken in, 0 created, 0 failed" in printed.stdout
    assert [line for line in printed.stdout.splitlines() if line.startswith("|")] == []
    assert "Nothing was taken in, created or failed." in Path("empty.html").read_text()


def test_every_kind_of_waiting_entry_is_among_the_oldest(ordercli: Ordercli, connection: Store) -> None:
    columns: list[dict[str, Any]] = [
        {"target": "crm"},
        {"state": "in_progress", "claim_token": "t"},
        {"state": "pending", "execute_after": "2999-01-01T00:00:00.000Z"},
        {"isolated": True},
        {},
        {},
    ]
    for n, each in enumerate(columns, 1):
        enqueue(connection, product_order(f"PO-{n}"), **each, created_at=f"2026-03-01T0{n}:00:00.000Z")

    found = ordercli("report", "-o", "json").json["oldestWaiting"]

    assert [(each["externalId"], each["state"], each["target"]) for each in found] == [
        ("PO-1", "new", "crm"),
        ("PO-2", "in_progress", None),
        ("PO-3", "pending", None),
        ("PO-4", "new", None),
        ("PO-5", "new", None),
    ]


TARGETS = """\
## Queue, now

0 waiting, 0 waiting for a retry, 0 in progress, 0 failed, 0 completed, 0 discarded

## Targets, now

| Target | Waiting | In progress | Uncertain | Failed | To look at | Waits for |
| ------ | ------: | ----------: | --------: | -----: | ---------: | --------: |
| `crm`  |       3 |           0 |         1 |      0 |          0 |       1 h |
| `erp`  |       0 |           0 |         0 |      1 |          0 |      none |

Nothing is sent to `crm`: paused since 2026-03-01 07:00:00: ``a `key` is wrong``.

"""


WAITING_FOR_CRM = [
    ["`PO-1`", "new", "`cli` to `crm`"],
    ["`PO-2`", "new", "`cli` to `crm`"],
    ["`PO-3`", "pending", "`cli` to `crm`"],
    ["`PO-4`", "pending", "`cli` to `crm`"],
]


@pytest.mark.every_engine
def test_a_report_tells_what_waits_for_each_target_and_what_pauses_it(ordercli: Ordercli, connection: Store) -> None:
    since = "2026-03-01T08:00:00.000Z"
    enqueue(connection, *product_orders(2), target="crm", created_at=since)
    enqueue(connection, product_order("PO-3"), target="crm", state="pending", execute_after="2026-03-01T23:00:00.000Z")
    enqueue(connection, product_order("PO-4"), target="crm", state="pending", created_at=since)
    enqueue(connection, product_order("PO-5"), target="erp", state="error", error_code="ORD431")
    pause(connection, TargetPauseRow("crm", "2026-03-01T07:00:00.000Z", None, 1, "a `key` is wrong"))

    told = text_of(ordercli)
    ordercli("report", "night.html", TZ="UTC")
    page = Elements()
    page.feed(Path("night.html").read_text(encoding="utf-8"))
    words = " ".join(" ".join(page.words).split())

    assert told[told.index("## Queue, now") : told.index("## By hour")] == TARGETS
    waiting = told[told.index("## Waiting longest") : told.index("## Slowest")].splitlines()[4:-1]
    assert [[cell.strip() for cell in each.split("|")[1:4]] for each in waiting] == WAITING_FOR_CRM
    assert "crm paused since 2026-03-01 07:00:00: a `key` is wrong 3 0 1 0 0" in words


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ("rejected = 0", "Every order was sound."),
        ("rejected = 1", "An older version, which counted no findings, took this batch in."),
        ("conflicts = 1", "An older version, which counted no findings, took this batch in."),
        ("read = 0, accepted = 0", "No order was read."),
    ],
)
def test_a_batch_without_findings_is_not_called_sound_without_reason(
    ordercli: Ordercli, connection: Store, counts: str, said: str
) -> None:
    batch = ordercli("submit", "-", "--async", stdin=ndjson(product_order())).json["batchId"]
    connection.execute(f"UPDATE batch SET {counts}")

    printed = ordercli("report", "--batch", batch).stdout
    ordercli("report", "batch.html", "--batch", batch)

    assert printed[printed.index("## Findings") : printed.index("## Failed")].split("\n\n")[1:-1] == [said]
    assert Path("batch.html").read_text().count(said) == 1


def test_a_run_is_named_by_all_that_it_read(ordercli: Ordercli) -> None:
    for name in ("a", "b"):
        write_orders(Path(f"{name}.ndjson"), product_order(f"PO-{name}"))
    ordercli("submit", "a.ndjson", "b.ndjson")
    ordercli("submit", "-", stdin=ndjson(product_order("PO-c")))

    printed = ordercli("report").stdout

    runs = printed[printed.index("## Runs") :].splitlines()[4:]
    assert [each.split("|")[1].strip() for each in runs] == ["`standard input`", "`a.ndjson and 1 more`"]


@pytest.mark.every_engine
def test_orders_are_counted_by_channel(night: Ordercli) -> None:
    assert night("list", "--group-by", "channel", "-o", "ndjson").ndjson == [
        {"channel": None, "orders": 4},
        {"channel": "web", "orders": 1},
    ]


class Elements(HTMLParser):
    """Collects the elements of a page, what they refer to, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.references: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.references += [(name, value) for name, value in attrs if name in {"src", "href", "action", "data"}]
        self.references += [(name, value) for name, value in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def hostile(ordercli: Ordercli) -> Ordercli:
    """A store whose sources, channels, ids, files and values are hostile."""
    order = product_order(EVIL, channel=[{"id": EVIL, "name": "x", "@type": "ChannelRef"}])
    bad = product_order(f"{EVIL}2", orderCurrency=EVIL)
    waiting = product_order(f"{EVIL}3")
    name = "<img src=x>.ndjson"
    Path(name).write_bytes(ndjson(order, bad))
    ordercli("submit", name, "--source", "<b>&\u202e|`")
    ordercli("submit", "-", "--async", "--source", "<b>&\u202e|`", stdin=ndjson(waiting))
    ordercli("queue", "pause", "--reason", EVIL, ORDERCLI_ACTOR="ops")
    return ordercli


def test_a_report_as_html_has_no_script_and_loads_nothing_whatever_orders_hold(hostile: Ordercli) -> None:
    written = hostile("report", "night.html")
    page = Elements()
    page.feed(content := Path("night.html").read_text(encoding="utf-8"))
    told = " ".join(page.words)

    assert (written.exit_code, written.stdout, written.stderr) == (0, "", "report written to night.html\n")
    assert page.names & {"script", "img", "link", "iframe", "object", "form", "a", "b", "use", "image"} == set()
    assert page.references == []
    assert re.findall(r"url\(|@import", content) == []
    assert told.count("<script>alert(1)</script>") == 5  # channel, value, reason, two ids
    assert "<img src=x>.ndjson" in told
    assert "\x1b" not in content
    assert "default-src 'none'" in content


def test_a_report_as_markdown_keeps_hostile_texts_in_code_spans(hostile: Ordercli) -> None:
    printed = hostile("report").stdout

    shown = "<script>alert(1)</script> ![x](http://evil.example/) `|\\x1b[31m\\u202e"
    in_a_cell = shown.replace("|", "\\|")
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", printed)
    assert (printed.count(f"``{shown}``"), printed.count(f"``{in_a_cell}``")) == (1, 2)  # the reason; value and channel
    assert re.findall(r"[<\x1b\u202e]|http|`", outside) == []
    rows_of = [re.sub(r"\\\|", "", each).count("|") for each in printed.splitlines() if "evil" in each]
    assert rows_of == [1, 5, 3, 5]  # the reason, and rows of which each cell stays one


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HF1000", "`HF1000`"),
        (None, "none"),
        ("", "`  `"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``a", "``` ``a ```"),
        ("a|b", "`a|b`"),
        ("a\nb", r"`a\nb`"),
        ("x" * 200, f"`{'x' * 100}…`"),
    ],
)
def test_a_code_span_holds_any_text(text: str | None, shown: str) -> None:
    assert code(text) == shown


def test_a_file_is_replaced_and_its_name_tells_its_format(night: Ordercli) -> None:
    Path("night.md").write_text("of an earlier night")

    written = night("report", "night.md", "--since", "2026-03-01", "-o", "json")

    assert Path("night.md").read_text().startswith("# Report\n")
    assert written.json["created"] == 5
    assert json.loads(written.stderr) == {"severity": "note", "message": "report written to night.md"}


@pytest.mark.parametrize(
    ("words", "exit_code", "error"),
    [
        ("report night.txt", 2, "night.txt is no name of a report"),
        ("report night", 2, "night is no name of a report"),
        ("report --batch 1 --since 2h", 2, "--batch and --since cannot be combined"),
        ("report --since 2999-01-01", 2, "--since 2999-01-01 is in the future"),
        ("report --since soon", 2, "--since takes a time, not 'soon'"),
        ("report --batch 1", 3, "No batch has the id '1'"),
        ("report -o csv", 2, "a report is not printed as csv"),
        ("report -o id", 2, "a report is not printed as id"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    ordercli: Ordercli, connection: Store, words: str, exit_code: int, error: str
) -> None:
    done = ordercli(*words.split())

    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert f"error: {error}" in done.stderr
    assert rows(connection, "batch") == []


def test_a_package_that_is_missing_is_named_before_the_report_is_made(
    ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordercli("submit", stdin=ndjson(product_order()))
    monkeypatch.setitem(sys.modules, "jinja2", None)

    refused, printed = ordercli("report", "night.html"), ordercli("report", "night.md")

    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "error: a report as HTML needs a package that is not installed (jinja2)",
        "  hint: install it into the environment of ordercli: pip install jinja2; Markdown (.md) needs nothing",
    ]
    assert (printed.exit_code, Path("night.html").exists()) == (0, False)


def test_a_report_whose_folder_is_gone_at_the_end_is_printed(
    night: Ordercli, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    report = report_since(night.database, lambda _: False, "2026-03-01T06:10:00.000Z", AT)
    Path("folder").mkdir()
    file = OutputFiles(night.database).replaced("", "folder/night.md")
    Path("folder").rmdir()
    output = Output()
    failures = FileFailures(output)

    print_report(report, file, ReportFormat.MARKDOWN, output, failures)

    printed, said = capsysbinary.readouterr()
    assert failures.worst(0) == ExitCode.TRY_AGAIN
    assert printed.startswith(b"# Report\n")
    assert said == b"error: Cannot write folder/night.md: No such file or directory\n"


def test_a_report_of_an_interrupted_batch_names_what_goes_on_with_it(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"))
    batch = ordercli("submit", "orders.ndjson").json["batchId"]
    connection.execute("UPDATE batch SET status = 'processing', finished_at = NULL, worker = 'host-1-gone'")

    printed = ordercli("report", "--batch", batch).stdout
    named = ordercli("report", "-o", "json").json["runs"][0]["nextCommand"]

    assert f"- id: `{batch}`, interrupted\n" in printed
    assert f"- go on with: `{named}`\n" in printed
    assert named.startswith(f"ordercli batch resume {batch}")
