"""The documents that are made from the program: written anew, or checked with --check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from scripts.make_layout import contributing

from ordercli.cli.app import app
from ordercli.exit_codes import ExitCode
from ordercli.http.openapi import openapi
from ordercli.operations.rules import Rule, explain
from ordercli.operations.rules import rules as list_rules
from ordercli.orders.states import FINAL, TRANSITIONS, Condition, LineState, OrderState, State, known_states
from ordercli.output.rules import explanation_text
from ordercli.resources.product_order.examples import GOOD_ORDER
from ordercli.resources.quote.examples import GOOD_QUOTE
from ordercli.resources.registry import RESOURCES
from ordercli.resources.service_order.examples import GOOD_ORDER as GOOD_SERVICE_ORDER
from ordercli.settings import Key, keys
from ordercli.stores import STORE_KEYS
from ordercli.targets import TARGET_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.resources.resource import Profile, Resource

ROOT = Path(__file__).resolve().parent.parent
SOURCE = str(ROOT / "src")  # of this working copy, whichever one is installed
# A terminal of 100 columns, without colours.
ENVIRONMENT = {
    "COLUMNS": "100",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PATH": "",
    "PYTHONPATH": SOURCE,
    "_TYPER_FORCE_DISABLE_TERMINAL": "1",
}
GENERATORS = ("make_samples", "make_bad_samples", "make_man")
HEADER = "<!-- Made by `make docs` from the program; edit the program instead. -->\n\n"
SETTINGS_HEAD = """# Settings

A flag outranks the environment, the environment a file, a file the default. Files, the strongest last:
`/etc/ordercli/ordercli.toml`, `ordercli/ordercli.toml` in your configuration folder (`~/.config`), and those of the
project: `[tool.ordercli]` in `pyproject.toml`, then `ordercli.toml`, in the current folder and its parents up to the
root of the repository. With `--config PATH` or `ORDERCLI_CONFIG` that file alone. `ordercli config path` lists them.

In a file, the part of a key before the dot is its section. Durations are seconds, or have a unit: `50s`, `15m`,
`12h`, `10d`, at most 36500d. Whole numbers are at most 2147483647. A variable that is empty counts as not set.

A file is used only if it belongs to you or to root and others cannot write it; ordercli says which files it ignores.
The file that you name with `--config` is always used.

`database`, `store`, `stores` and `allow_network_file_system` are read only from the system's file, from yours, and from
the one that you name: a project that somebody else wrote must not choose where your orders are stored. A relative path
in a file is relative to that file; `~` is your home folder everywhere. `allow_network_file_system` has no section.
"""
STORES_HEAD = """
## Stores

Databases that you use by name: a table `[stores.NAME]` for each, only in the system's file, in yours, or in the one
that you name. `--store NAME` chooses one, else `ORDERCLI_STORE`, else the setting `store`. A store and a database say
the same: the stronger of the two counts, whatever names the other, and both as options are refused. Summaries show the
name of the store. A store with `confirm = true` also asks where `--database`, a variable or an argument of `db copy`
names its file by any path, or the same host, port and database of its server.

    store = "test"

    [stores.test]
    database = "test.db"

    [stores.production]
    database = "postgresql://ordercli@db.example/orders"
    confirm = true

| key | default | what it sets |
|---|---|---|"""
RULES_HEAD = """# The rules

An order with an **error** is refused; a **warning** is reported, and the order is accepted. You choose the rules and
their severity with `--select`, `--ignore` and `--severity`, or with `select`, `ignore` and `severity` under
`[validation]` ([settings](settings.md)). A member after a colon limits each of them to the findings at that member:
`--ignore ORD114:@referredType` allows parties without `@referredType` and still requires their `id`. To use a rule that
is off in a profile, give its whole code: `--select ORD208` runs this rule only, `--severity ORD208=warning` runs it
with the others. The meaning and the name of a code never change. `ordercli explain CODE` prints the text of a rule;
`ordercli rules` prints the tables, `ordercli rules --resource serviceOrder` the table for service orders.

The same fault has the same code in product orders and service orders, and in the quotes that `ordercli quote convert`
reads. If the texts of a rule differ for service orders or quotes, all are listed, those for product orders first. A
patch of a service order has a third text for some messages, as ServiceNow defines them.

ORD004, ORD006 and ORD901 read the bytes of an order a second time: `ordercli validate` applies them unless you give
`--no-lint`, `ordercli submit` only with `--lint`. Each of the rules ORD301 to ORD321 applies only if reference data of
its type is loaded: without channels in the reference data, no channel is unknown (`validation.reference = strict`
changes that)."""
CHAPTERS = {
    "The document": ("ORD0",),
    "What must be there": ("ORD10", "ORD11"),
    "What values must look like": ("ORD12",),
    "Creation and the inbound queue": ("ORD19",),
    "What must fit together": ("ORD2",),
    "What an order refers to": ("ORD3",),
    "Revising and cancelling, and what was sent twice": ("ORD4",),
    "Records of reference data": ("ORD5",),
    "Spreadsheets": ("ORD7",),
    "Quotes that become orders": ("ORD6",),
    "Names of fields": ("ORD9",),
}
MEANING = {
    ExitCode.OK: "done, nothing to do, accepted, all duplicates",
    ExitCode.REJECTED: (
        "an order was refused, or failed in the queue; validate, convert or quote convert found errors; a question was"
        " denied"
    ),
    ExitCode.USAGE: (
        "a bad option or a bad configuration; the command needs a confirmation, but there is no terminal and no `--yes`"
    ),
    ExitCode.NOT_FOUND: "an unknown order, entry, batch or rule",
    ExitCode.CONFLICT: "not allowed in this state; same key with other content; the order has another version",
    ExitCode.TOO_MANY_REJECTS: "`--max-rejects` was reached; orders that were accepted stay accepted",
    ExitCode.BAD_INPUT: (
        "an input that is missing, unreadable or truncated; an output file that cannot be written; a database that is"
        " missing, damaged, or not one of ordercli"
    ),
    ExitCode.PENDING: "the time of `--wait` is over, and orders of the run still wait in the queue",
    ExitCode.INTERNAL: "a bug; the message says how to report it",
    ExitCode.TRY_AGAIN: (
        "the database is locked, the disk full or read-only, or an I/O error; an output file failed during the run; a"
        " target cannot be reached; nothing was lost"
    ),
    ExitCode.HANGUP: "SIGHUP (the terminal has gone), after the batch at hand was committed",
    ExitCode.INTERRUPTED: "SIGINT, after the batch at hand was committed",
    ExitCode.TERMINATED: "SIGTERM, after the batch at hand was committed",
}

STATES = """# The states of orders and line items

An order and each of its line items begin in `new`; an order of TMF622 v5 with `"requestedInitialState": "draft"` begins
in `draft`. A step that is not in these tables is refused by the program (ORD405) and by the database.

{tables}

## What moves an order

- `ordercli patch` sets a state of the order or of a line, `"revisionOperation": "cancel"` cancels a line,
  `ordercli cancel` cancels an order with every line that is not final. A state set on the order leaves the lines alone.
- An order in `in_progress_accepted` (profile tmf622-v5) must be put on hold before it can be cancelled.
- If `orders.cancellation_approval` is on, an order in progress waits in `assessing_cancellation` for
  `ordercli cancel ID --approve` or `--deny`. If it is denied, the order goes back to the state that it had before.
- A line of a service order cannot be cancelled while its fulfilment is in progress (`in_progress`,
  `revision_in_progress`), neither by itself nor with its order.
- Past the point of no return (`ponr`) a line can be neither changed nor cancelled; only its state can still change.

## From the lines to the order

After every change, the state of the order follows from the states of its lines, if the table above allows that step:

| the lines | the order |
|---|---|
| all completed | completed |
| all canceled | canceled |
| completed or partial, mixed with failed or canceled | partial |
| all failed or canceled, at least one failed | failed |
| at least one in_progress | in_progress, if it was new, acknowledged or (a product order) a draft |

## The words of the profiles

{profiles}
"""


CLOSED_PIPES = """
If the reader of the output ends early (`| head`), a command that only shows something ends with 0 and prints no error.
A command that validates or changes something (`validate`, `submit`, `batch resume`, `queue run` and the others that
change the queue, `queue status --check`, `patch`, `cancel`, `reference import`, `db check`) continues, writes its
reports, and ends with the exit code of its result: under `set -o pipefail`, `ordercli validate orders/ | head` fails if
an order is wrong."""

ERRORS = """
## Errors for programs

With `-o json` or `-o ndjson` every line on standard error is a JSON object, unless standard error is a terminal:

| what | members |
|---|---|
| what the command ends with | `code`, `reason`, `message`, `details`, `exitCode`, `hint` |
| a warning, a note, an alarm (`queue status --check`) | `severity` (`warning`, `note`, `error`), `message` |
| a warning about a request to `patch` or `cancel` | those two, `rule` and `datapath` |
| a refused record, a finding of `convert` or `quote convert` | as `validate -o ndjson` prints them |

Warnings and notes may come before the error, or without an error: select lines by their members, not by their position
(`jq 'select(.exitCode)'`). `--quiet` leaves them out. On a terminal the error is JSON, the others are plain text."""


TARGETS_HEAD = """
## Targets

Systems that orders are forwarded to: a table `[targets.NAME]` for each, only in the system's file, in yours, or in the
one that you name. `ordercli target list` shows them, `ordercli target check NAME` tries one.

    [targets.crm]
    url = "https://crm.example.com/tmf-api/productOrderingManagement/v4"
    profile = "tmf622-v4"
    lookup = "filter"
    auth = "bearer"
    token_file = "crm.token"

A secret never stands in a settings file: a key names the variable that holds it, or a file that others cannot read.
Relative paths are relative to the settings file. Secrets are sent over TLS alone, but for loopback addresses.

| key | default | what it sets |
|---|---|---|"""


def exit_codes() -> str:
    """docs/exit-codes.md."""
    rows = [f"| {code.value} | {code.name.lower().replace('_', '-')} | {MEANING[code]} |" for code in ExitCode]
    head = [HEADER + "# Exit codes\n", "| code | name | when |", "|---|---|---|"]
    return "\n".join([*head, *rows, CLOSED_PIPES, ERRORS]) + "\n"


def settings() -> str:
    """docs/settings.md."""
    rows = [
        f"| `{key.name}` | {_shown(key.default)} | {key.help}{_choices(key.choices)}{_spelling(key)}"
        f" | `{key.variable}` |"
        for key in keys().values()
    ]
    head = "| key | default | what it sets | environment variable |\n|---|---|---|---|"
    stores = [f"| `{key.name}` | {_shown(key.default)} | {key.help} |" for key in STORE_KEYS.values()]
    targets = [
        f"| `{key.name}` | {_shown(key.default)} | {key.help}{_choices(key.choices)} |" for key in TARGET_KEYS.values()
    ]
    return "\n".join([HEADER + SETTINGS_HEAD, head, *rows, STORES_HEAD, *stores, TARGETS_HEAD, *targets]) + "\n"


def _shown(default: object) -> str:
    if not default and default is not False and default != 0:
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _spelling(key: Key) -> str:
    return f"; also written `{key.other_name}` (`{key.variables[-1]}`)" if key.other_name else ""


def _choices(choices: tuple[str, ...]) -> str:
    return f": {', '.join(choices)}" if choices else ""


def rules() -> str:
    """docs/rules.md: what `ordercli explain` prints of every rule."""
    parts, listed = [f"{HEADER}{RULES_HEAD}"], list_rules()
    for title, codes in CHAPTERS.items():
        rows = [_row(rule) for rule in listed if rule.code.startswith(codes)]
        head = f"**{title}**\n\n| code | name | severity | orders | what it finds |\n|---|---|---|---|---|"
        parts.append("\n".join([head, *rows]))
    for title, order in (
        ("order", GOOD_ORDER),
        ("service order", GOOD_SERVICE_ORDER),
        ("quote", GOOD_QUOTE),
    ):
        good = json.dumps(order, indent=2, ensure_ascii=False)
        parts.append(f"# The good {title} of the examples\n\n```json\n{good}\n```")
    parts.append("# Every rule")
    parts += [explanation_text(explain(rule.code)).rstrip() for rule in listed]
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> str:
    link = f"[{rule.code}](#{rule.code.lower()}-{rule.name})"
    orders = ", ".join(resource.removesuffix("Order") for resource in rule.resources)
    return f"| {link} | {rule.name} | {rule.severity} | {orders} | {rule.fault} |"


def states() -> str:
    """docs/states.md: the transition table of each kind of order as a diagram and as a list."""
    tables = "\n\n".join(_transitions(kind) for kind in TRANSITIONS)
    profiles = "\n\n".join(_words(each) for each in RESOURCES.values())
    return HEADER + STATES.format(tables=tables, profiles=profiles)


def _transitions(kind: str) -> str:
    table = TRANSITIONS[kind]
    arrows = [f"    {each.source} --> {each.target}{_label(each.condition)}" for each in table]
    ends = [f"    {state} --> [*]" for state in OrderState if state in FINAL]
    rows = [f"| {each.source} | {each.target} | {_when(each.condition)} |" for each in table]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> new", *arrows, *ends, "```"])
    steps = "\n".join(["| from | to | when |", "|---|---|---|", *rows])
    return f"## {kind}\n\n{diagram}\n\n{steps}"


def _words(resource: Resource) -> str:
    profiles = resource.profiles.values()
    table = [
        state for state in (*OrderState, LineState.SCHEDULED) if any(_word(state, each, resource) for each in profiles)
    ]
    rows = [f"| {' | '.join([state, *(_word(state, each, resource) for each in profiles)])} |" for state in table]
    head = f"| {resource.name} | {' | '.join(each.name for each in profiles)} |"
    return "\n".join([head, "|---" * (1 + len(profiles)) + "|", *rows])


def _word(state: State, profile: Profile, resource: Resource) -> str:
    known = {each for line in (False, True) for each in known_states(profile.states, resource.name, line=line)}
    return profile.shown_state(state) if state in known else ""


def _label(condition: Condition | None) -> str:
    return f": {condition.value.replace('`', '')}" if condition else ""


def _when(condition: Condition | None) -> str:
    return condition.value if condition else ""


def cli() -> str:
    """docs/cli.md: the help of every command, as a terminal of 100 columns shows it."""
    parts = [HEADER + "# The command line\n"]
    for path, text in _helps():
        parts.append(f"## {' '.join(path)}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _helps() -> Iterator[tuple[list[str], str]]:
    for path in _paths():
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "ordercli", *path[1:], "--help"],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        )
        yield path, "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def _paths() -> Iterator[list[str]]:
    root = typer.main.get_command(app)
    context = typer.Context(root, info_name="ordercli")
    yield ["ordercli"]
    for name in root.list_commands(context):  # type: ignore[attr-defined]
        yield from _below(root.resolve_command(context, [name])[1], ["ordercli", name])  # type: ignore[attr-defined]


def _below(command: object, path: list[str]) -> Iterator[list[str]]:
    """Yield the path of a command, and those of the commands of its group."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _below(child, [*path, name])


def openapi_text() -> str:
    """docs/openapi.json."""
    return json.dumps(openapi(), indent=1) + "\n"


DOCUMENTS = {
    "docs/rules.md": rules,
    "docs/settings.md": settings,
    "docs/exit-codes.md": exit_codes,
    "docs/states.md": states,
    "docs/cli.md": cli,
    "docs/openapi.json": openapi_text,
    "CONTRIBUTING.md": contributing,
}


def main() -> int:
    """Write everything, or tell what is stale."""
    check = "--check" in sys.argv
    stale = [name for name, make in DOCUMENTS.items() if _differs(ROOT / name, make(), write=not check)]
    for generator in GENERATORS:
        command = [sys.executable, "-m", f"scripts.{generator}", *(["--check"] if check else [])]
        if subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": SOURCE}).returncode:  # noqa: S603 - our own scripts
            stale.append(f"what scripts.{generator} makes")
    if check and stale:
        print("stale, run `make docs`: " + ", ".join(stale))
    return int(check and bool(stale))


def _differs(path: Path, text: str, *, write: bool) -> bool:
    differs = not path.exists() or path.read_text() != text
    if differs and write:
        path.write_text(text)
    return differs


if __name__ == "__main__":
    sys.exit(main())
