"""`ordercli rejects edit`, with scripts as editors."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, ndjson, product_order, service_order
from support.printed import codes
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pexpect

    from support.builders import Json
    from support.running import Ordercli, Result

FILE = Path("night.ndjson.rejects.ndjson")
COPY = Path("night.ndjson.rejects.ndjson.bak")
MISSPELT = [product_order(f"M-{n}", items=[line("1", action="Add"), line("2")]) for n in range(2)]
NO_CURRENCY = product_order("C-1", orderCurrency=...)
WORDS = "add, change, delete, no-change, resume, suspend"


def refused(ordercli: Ordercli, *orders: Json | bytes) -> None:
    """Submit bad orders; their lines are in FILE."""
    Path("night.ndjson").write_bytes(b"".join(each if isinstance(each, bytes) else ndjson(each) for each in orders))
    result = ordercli("submit", "night.ndjson")
    assert (result.exit_code, FILE.exists()) == (1, True), result.stderr


def edit(ordercli: Ordercli, *args: str, script: str = "true", visual: str = "") -> Result:
    """Run the command with an editor that keeps what it was given in `seen`, and then runs the script with it as $1."""
    Path("editor.sh").write_text(f'cp "$1" seen\n{script}\n')
    editor = f"sh {Path('editor.sh').absolute()}"
    return ordercli("rejects", "edit", str(FILE), *args, EDITOR=editor, VISUAL=visual)


def orders() -> list[Any]:
    return [json.loads(each).get("order") for each in FILE.read_bytes().splitlines()]


def test_the_editor_shows_each_order_below_what_is_wrong_with_it(ordercli: Ordercli) -> None:
    refused(ordercli, MISSPELT[0], NO_CURRENCY)
    before = FILE.read_bytes()

    result = edit(ordercli)

    text = Path("seen").read_text()
    comments = [each for each in text.splitlines() if each.startswith("//")]
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "nothing was done\n")
    assert comments[2:] == [
        "// line 1 (M-0)",
        f"// ORD121 /productOrderItem/0/action: action `Add` is none of {WORDS}; did you mean `add`?",
        "// line 2 (C-1)",
        "// ORD113 /orderCurrency: Invalid payload: orderCurrency is required",
    ]
    assert f"{json.dumps(NO_CURRENCY, indent=2)}\n" in text
    assert (FILE.read_bytes(), COPY.exists()) == (before, False)


def test_what_was_corrected_is_kept_with_a_copy_of_the_file(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY)
    before = FILE.read_bytes()

    result = edit(ordercli, script='sed -i s/Add/add/ "$1"')

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[0] == "2 repaired, 1 unchanged"
    assert result.stderr.splitlines()[-1] == f"send it again: ordercli rejects submit {FILE}"
    assert orders()[0] == {**MISSPELT[0], "productOrderItem": [line("1"), line("2")]}
    assert (orders()[2], codes(FILE), COPY.read_bytes()) == (NO_CURRENCY, [[], [], ["ORD113"]], before)


def test_what_became_of_each_order_is_printed_for_programs(ordercli: Ordercli) -> None:
    refused(ordercli, MISSPELT[0], NO_CURRENCY)

    result = edit(ordercli, "1", "-o", "json", script='sed -i s/Add/add/ "$1"')

    change = {"pointer": "/productOrderItem/0/action", "before": "Add", "after": "add"}
    assert result.json == [
        {"line": 1, "externalId": "M-0", "outcome": "repaired", "changes": [change], "errors": [], "reason": None}
    ]


def test_only_the_lines_that_are_named_are_opened(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY)

    edit(ordercli, "3", "1")

    marks = [each for each in Path("seen").read_text().splitlines() if each.startswith("// line")]
    assert marks == ["// line 1 (M-0)", "// line 3 (C-1)"]


def test_lines_that_have_no_errors_any_more_are_left_out(ordercli: Ordercli) -> None:
    refused(ordercli, *MISSPELT, NO_CURRENCY)
    ordercli("rejects", "fix", str(FILE), "--apply-suggestions")

    edit(ordercli)
    marks = [each for each in Path("seen").read_text().splitlines() if each.startswith("// line")]
    ordercli("rejects", "fix", str(FILE), "--code", "ORD113", "--set", "orderCurrency=EUR")
    nothing = edit(ordercli)

    assert marks == ["// line 3 (C-1)"]
    assert (nothing.exit_code, nothing.stderr) == (0, f"no order of {FILE} has errors\n")


def test_a_change_for_the_worse_is_refused_and_shown(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()

    result = edit(ordercli, script='sed -i \'s/"action": "add"/"action": "fly"/\' "$1"')

    assert (result.exit_code, FILE.read_bytes(), COPY.exists()) == (1, before, False)
    assert result.stderr.startswith("line 1 (C-1) would be worse and was left as it is: ORD121 ")


@pytest.mark.parametrize("text", ["{", "[]", '"A-1"', "{} {}", "nonsense"])
def test_what_is_no_order_is_refused_and_shown(ordercli: Ordercli, text: str) -> None:
    refused(ordercli, NO_CURRENCY, MISSPELT[0])
    before = FILE.read_bytes().splitlines()

    result = edit(
        ordercli,
        script=f"""sed -n '/^.. line 2/,$ p' "$1" | sed s/Add/add/ > rest
        (echo '// line 1'; echo '{text}'; cat rest) > "$1" """,
    )

    assert (result.exit_code, result.stderr.splitlines()[1]) == (1, "1 repaired, 1 worse")
    assert result.stderr.startswith("line 1 (C-1) would be worse and was left as it is: ORD00")
    assert (FILE.read_bytes().splitlines()[0], codes(FILE)) == (before[0], [["ORD113"], []])


def test_a_member_that_stands_twice_is_refused_and_shown(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()
    Path("twice").write_text('{"a\\u001b[31m": 1, "a\\u001b[31m": 2, "orderCurrency": "EUR"}')

    result = edit(ordercli, script="""(echo '// line 1'; cat twice) > "$1" """)

    assert (result.exit_code, FILE.read_bytes(), COPY.exists()) == (1, before, False)
    assert result.stderr.splitlines()[0] == (
        "line 1 (C-1) would be worse and was left as it is: ORD004 /a\\x1b[31m:"
        " a\\x1b[31m stands more than once in this object; only the last one would count"
    )


def test_text_that_is_no_json_becomes_an_order(ordercli: Ordercli) -> None:
    whole = ndjson(product_order("A-1"))
    refused(ordercli, whole.replace(b"}\n", b"\n"), NO_CURRENCY)

    result = edit(ordercli, "1", script="""echo '}' >> "$1" """)

    assert result.exit_code == 0, result.stderr
    assert json.loads(FILE.read_bytes().splitlines()[0])["order"] == product_order("A-1")
    assert "raw" not in json.loads(FILE.read_bytes().splitlines()[0])
    assert codes(FILE) == [[], ["ORD113"]]
    assert [each["outcome"] for each in ordercli("rejects", "submit", str(FILE), "-o", "ndjson").ndjson] == [
        "accepted",
        "rejected",
    ]


def test_service_orders_and_numbers_are_kept_as_they_are(ordercli: Ordercli) -> None:
    order = service_order("S-1")
    order["serviceOrderItem"][0]["action"] = "Add"
    order["note"] = [{"text": "line\u2028separator", "weight": "W"}]
    refused(ordercli, ndjson(order).replace(b'"W"', b"1.10"))

    result = edit(ordercli, script='sed -i s/Add/add/ "$1"')

    assert result.exit_code == 0, result.stderr
    assert b'"weight":1.10' in FILE.read_bytes()
    assert orders()[0]["note"][0]["text"] == "line\u2028separator"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo '// line 7' >> \"$1\"", "row 40 of the edited text: `// line 7` is there and was not opened"),
        ("echo '// line 1' >> \"$1\"", "row 40 of the edited text: `// line 1` is there twice"),
        ("sed -i '/line 1/d' \"$1\"", "row 5 of the edited text: an order without a `// line N` above it"),
    ],
)
def test_texts_that_cannot_be_told_apart_change_nothing(ordercli: Ordercli, script: str, message: str) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()

    result = edit(ordercli, script=script)

    shown = result.stderr.splitlines()[0].replace(f"row {len(Path('seen').read_text().splitlines()) + 1} ", "row 40 ")
    assert (result.exit_code, FILE.read_bytes(), shown) == (6, before, f"error: {message}")


def test_an_order_that_is_deleted_stays_as_it_was(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY, MISSPELT[0])
    before = orders()

    result = edit(ordercli, script="sed -i '/^.. line 2/,$ d' \"$1\"")

    assert (result.exit_code, result.stderr.splitlines()[0], orders()) == (0, "2 unchanged", before)


@pytest.mark.parametrize(
    ("editor", "code", "message"),
    [
        ("/nowhere/editor", 2, "error: the editor '/nowhere/editor' cannot be started: "),
        ("sh 'unfinished", 2, 'error: the editor "sh \'unfinished" cannot be started: No closing quotation\n'),
        ("false", 1, "the editor ended with 1: nothing was done\n"),
        ("sh -c 'kill -KILL $$'", 1, "the editor was ended by SIGKILL: nothing was done\n"),
        ("rm", 1, "the edited text cannot be read (No such file or directory): nothing was done\n"),
        (
            """sh -c 'rm "$0" && mkdir "$0"'""",
            1,
            "the edited text cannot be read (Is a directory): nothing was done\n",
        ),
    ],
)
def test_an_editor_that_fails_changes_nothing(ordercli: Ordercli, editor: str, code: int, message: str) -> None:
    refused(ordercli, NO_CURRENCY)
    before = FILE.read_bytes()

    result = edit(ordercli, visual=editor)

    assert (result.exit_code, FILE.read_bytes()) == (code, before)
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    ("content", "numbers", "code", "message"),
    [
        (b'{"externalId": "A"}\n', (), 6, f"{FILE} is no rejects file: of line 1, it is no line of a rejects file: "),
        (b"", (), 6, f"{FILE} is no rejects file: it is empty"),
        (ndjson({"$reject": {"errors": []}, "order": {}}), ("2",), 3, f"{FILE} has no line 2"),
        (ndjson({"$reject": {"errors": []}, "order": {}}, {}), ("2",), 2, f"line 2 of {FILE} cannot be edited: it is"),
        (ndjson({"$reject": {"request": "patch"}, "order": {}}), ("1",), 2, f"line 1 of {FILE} is no order but a requ"),
    ],
)
def test_lines_that_cannot_be_edited_are_told(
    ordercli: Ordercli, content: bytes, numbers: tuple[str, ...], code: int, message: str
) -> None:
    FILE.write_bytes(content)

    result = edit(ordercli, *numbers)

    assert (result.exit_code, FILE.read_bytes(), Path("seen").exists()) == (code, content, False)
    assert result.stderr.startswith(f"error: {message}")


def test_nobody_else_writes_to_the_file_while_it_is_edited(ordercli: Ordercli) -> None:
    refused(ordercli, NO_CURRENCY)
    fix = "-m ordercli rejects fix night.ndjson.rejects.ndjson --apply-suggestions"

    edit(ordercli, script=f"{COMMAND[0]} {fix} 2> other")
    with FILE.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused_edit = edit(ordercli)

    assert f"{FILE.resolve()} is being written by another run" in Path("other").read_text()
    assert (refused_edit.exit_code, "is being written by another run" in refused_edit.stderr) == (75, True)


@pytest.fixture
def terminal(ordercli: Ordercli) -> Callable[[str], pexpect.spawn]:
    """Starts the command on a terminal, with an editor that runs the script, whose $n is how often it was opened."""

    def start(script: str) -> pexpect.spawn:
        Path("editor.sh").write_text(f'echo x >> opened; n=$(wc -l < opened); cp "$1" seen$n\n{script}\n')
        environment = ordercli.environment({"EDITOR": f"sh {Path('editor.sh').absolute()}"})
        return on_terminal([*COMMAND, "rejects", "edit", str(FILE)], ordercli.folder, environment)

    return start


IN_TWO_STEPS = """case $n in
1) sed -i 's/"action": "add"/"action": "fly"/' "$1" ;;
2) sed -i 's/"action": "fly"/"action": "add"/; s/^{/{"orderCurrency": "EUR",/' "$1" ;;
esac"""


def test_a_person_edits_again_what_is_still_wrong(ordercli: Ordercli, terminal: Callable[[str], pexpect.spawn]) -> None:
    refused(ordercli, NO_CURRENCY)

    process = terminal(IN_TWO_STEPS)
    process.expect_exact("[e]dit again, [k]eep what is not worse, [q]uit: ")
    process.sendline("")
    code, screen, _ = ended(process)

    second = Path("seen2").read_text()
    assert (code, codes(FILE), orders()[0]["orderCurrency"]) == (0, [[]], "EUR")
    assert "1 repaired\n" in screen
    assert screen.startswith("line 1 (C-1) would be worse and was left as it is: ORD121 /productOrderItem/0/action: ")
    assert f"// ORD121 /productOrderItem/0/action: action `fly` is none of {WORDS}\n// ORD113 /orderCurrency" in second
    assert '"action": "fly"' in second


@pytest.mark.parametrize(("answer", "code", "left"), [("k", 1, [[], ["ORD113"]]), ("q", 1, [["ORD121"], ["ORD113"]])])
def test_a_person_keeps_what_is_better_or_changes_nothing(
    ordercli: Ordercli, terminal: Callable[[str], pexpect.spawn], answer: str, code: int, left: list[list[str]]
) -> None:
    refused(ordercli, MISSPELT[0], NO_CURRENCY)

    process = terminal("""sed -i '/^.. line 2/,$ s/"add"/"fly"/; s/"Add"/"add"/' "$1" """)
    process.expect_exact("[q]uit: ")
    process.sendline("what?")
    process.expect_exact("[q]uit: ")
    process.sendline(answer)
    result = ended(process)

    assert (result.exit_code, codes(FILE)) == (code, left)
    assert ("nothing was done" in result.screen) is (answer == "q")


def test_end_of_input_changes_nothing(ordercli: Ordercli, terminal: Callable[[str], pexpect.spawn]) -> None:
    refused(ordercli, NO_CURRENCY)

    process = terminal("""echo '{' >> "$1" """)
    process.expect_exact("[q]uit: ")
    process.sendeof()
    result = ended(process)

    assert (result.exit_code, codes(FILE), COPY.exists()) == (1, [["ORD113"]], False)
    assert result.screen.endswith("nothing was done\n")


def test_a_person_mends_a_text_that_cannot_be_told_apart(
    ordercli: Ordercli, terminal: Callable[[str], pexpect.spawn]
) -> None:
    refused(ordercli, MISSPELT[0])

    process = terminal("""case $n in
    1) sed -i 's/Add/add/; s/line 1/line 9/' "$1" ;;
    2) sed -i 's/line 9/line 1/' "$1" ;;
    esac""")
    process.expect_exact("`// line 9` is there and was not opened")
    process.expect_exact("[e]dit again, [q]uit: ")
    process.sendline("e")
    result = ended(process)

    assert (result.exit_code, codes(FILE)) == (0, [[]])


def test_vi_is_the_editor_if_none_is_named(ordercli: Ordercli) -> None:
    refused(ordercli, MISSPELT[0])
    editor = Path("bin/vi")
    editor.parent.mkdir()
    editor.write_text('#!/bin/sh\nsed -i s/Add/add/ "$1"\n')
    editor.chmod(0o700)

    result = ordercli("rejects", "edit", str(FILE), PATH=f"{editor.parent.absolute()}:{os.environ['PATH']}")

    assert (result.exit_code, codes(FILE)) == (0, [[]])
