from __future__ import annotations

import subprocess

import pytest

from ordercli.output.advice import Advice, path_word, quoted

URL = "postgresql://ana:se@cr/et@db.example/orders?sslpassword=hidden&sslmode=require"


@pytest.mark.parametrize(
    "word", ["plain", "two words", "it's", "$HOME `id`", "a\tb", "a\nb", "\u202ename", "no-\udcff"]
)
def test_a_shell_reads_a_quoted_word_as_it_was(word: str) -> None:
    shown = quoted(word)

    read = subprocess.run(["/bin/sh", "-c", f"printf %s {shown}"], capture_output=True, check=True).stdout
    assert shown.isprintable()
    assert read == word.encode(errors="surrogateescape")


def test_a_path_is_never_taken_for_an_option() -> None:
    assert [path_word(path) for path in ("-v.ndjson", "v.ndjson", "/-v")] == ["./-v.ndjson", "v.ndjson", "/-v"]


def test_a_command_of_the_store_repeats_the_options_of_the_run() -> None:
    advice = Advice("my orders.db", "night.toml")

    assert advice.command("queue", "run") == "ordercli queue run --database 'my orders.db' --config night.toml"
    assert advice.line("why", "explain", "ORD121") == "why: ordercli explain ORD121"
    assert Advice().line("create", "queue", "run") == "create: ordercli queue run"


def test_the_commands_of_a_hint_are_completed_and_nothing_else() -> None:
    hint = "see `ordercli batch list`, `ordercli list --help` or `ordercli rules`, not `show`"

    assert Advice("x.db").completed(hint) == hint.replace("batch list", "batch list --database x.db")
    assert Advice().completed(hint) == hint


def test_a_password_is_left_out_and_that_is_said() -> None:
    advice = Advice(URL)

    reported = "set PGPASSWORD or use ~/.pgpass, for the password is left out"
    options = "--database 'postgresql://ana@db.example/orders?sslmode=require'"
    assert advice.line("create", "queue", "run") == f"create ({reported}): ordercli queue run {options}"
    assert advice.completed("see `ordercli batch list`") == f"see `ordercli batch list {options}` ({reported})"
    assert advice.completed("see `ordercli explain ORD121`") == "see `ordercli explain ORD121`"
    assert Advice("postgresql://ana@db.example/orders").line("a", "list") == (
        "a: ordercli list --database postgresql://ana@db.example/orders"
    )
