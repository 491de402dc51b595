from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ordercli.cli.app import COMMANDS, MEANT
from support.commands import TREE, command_at

if TYPE_CHECKING:
    from support.running import Ordercli


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_help_has_examples_before_its_options(ordercli: Ordercli, path: list[str]) -> None:
    done = ordercli(*path, "--help", COLUMNS="100", TERM="dumb")

    examples, options = done.stdout.index("Examples:"), done.stdout.index("─ Options ")
    assert (done.exit_code, done.stderr) == (0, "")
    assert examples < options
    assert " ".join(["ordercli", *path[:1]]) in done.stdout[examples:options]


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_option_of_a_command_says_what_it_does(path: list[str]) -> None:
    assert [each.name for each in command_at(path).params if not getattr(each, "help", None)] == []


@pytest.mark.parametrize("columns", ["40", "60", "200"])
def test_help_fits_the_terminal(ordercli: Ordercli, columns: str) -> None:
    for path in (["--help"], ["submit", "--help"], ["queue", "run", "--help"]):
        lines = ordercli(*path, COLUMNS=columns, TERM="dumb").stdout.splitlines()

        assert [line for line in lines if len(line) > int(columns)] == []


def test_the_version_is_an_option_of_the_root(ordercli: Ordercli) -> None:
    shown = ordercli("--help").stdout
    done = ordercli("-q", "--version")

    assert "--version" in shown
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.fullmatch(r"ordercli \d+\.\d+\.\d+\S*\n", done.stdout)
    assert ordercli.process("--version") == done


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["sumbit"], "No such command 'sumbit'.", "did you mean `submit`?"),
        (["status"], "No such command 'status'.", "did you mean `queue status`?"),
        (["run"], "No such command 'run'.", "did you mean `queue run`?"),
        (["import"], "No such command 'import'.", "did you mean `reference import`?"),
        (["errors"], "No such command 'errors'.", "did you mean `queue list --state error`?"),
        (["version"], "No such command 'version'.", "did you mean `--version`?"),
        (["list", "--json"], "No such option: --json", "give `-o json`"),
        (["submit", "--file", "a"], "No such option: --file", "name the files without an option"),
        (["show", "--where", "a=b"], "No such option: --where", "`ordercli list --help` has the filters"),
        (["qqqqqq"], "No such command 'qqqqqq'.", "see `ordercli --help`"),
        (["queue", "rnu"], "No such command 'rnu'. Did you mean 'run'?", "see `ordercli queue --help`"),
        (["submit", "--asyn"], "No such option: --asyn", "did you mean `--async`?"),
        (["queue", "run", "--max-runtme", "5s"], "No such option: --max-runtme", "did you mean `--max-runtime`?"),
        (["report", "--force"], "No such option: --force", "see `ordercli report --help`"),
        (["show", "--fields"], "No such option: --fields", "see `ordercli show --help`"),
        (["--vesion"], "No such option: --vesion", "did you mean `--version`?"),
        (["show", "--zzz"], "No such option: --zzz", "see `ordercli show --help`"),
    ],
)
def test_what_people_try_gets_what_they_mean(ordercli: Ordercli, args: list[str], message: str, hint: str) -> None:
    done = ordercli(*args)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: {message}\n  hint: {hint}\n"


def test_the_words_that_people_try_lead_to_commands(ordercli: Ordercli) -> None:
    """No word hides a command, and what is advised instead is there."""
    assert {word for word in MEANT if word in COMMANDS} == set()
    for words in map(str.split, MEANT.values()):
        shown = ordercli(*words, "--help")
        assert (shown.exit_code, shown.stderr) == (0, ""), words


@pytest.mark.parametrize("words", ["", "submit", "queue", "queue run", "rejects fix"])
def test_help_is_a_word_too(ordercli: Ordercli, words: str) -> None:
    assert ordercli("help", *words.split()) == ordercli(*words.split(), "--help")
