from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutants.__main__ import InconclusiveError, MutantResult, run_tests, try_out
from mutants.catalogue import ROOT, Mutant, mutants
from mutants.page import BEGIN, END, write_page

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = Mutant("another answer", "answer.py", "42", "41", ("test_answer.py",))
TEST = """
from ordercli.answer import ANSWER

def test_the_answer_is_even() -> None:
    assert ANSWER % 2 == 0
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project with one source file and one test."""
    for folder in ("src/ordercli", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/ordercli/__init__.py").touch()
    (tmp_path / "src/ordercli/answer.py").write_text("ANSWER = 42\n")
    (tmp_path / "tests/test_answer.py").write_text(TEST)
    return tmp_path


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_mutation_has_its_original_text_and_its_tests(mutant: Mutant) -> None:
    assert mutant.text(ROOT) != mutant.source(ROOT).read_text()
    assert mutant.tests
    assert [each for each in mutant.tests if not (ROOT / "tests" / each.partition("::")[0]).is_file()] == []


def test_a_mutation_that_a_test_notices_is_killed_and_taken_back(copy: Path) -> None:
    result = try_out(ANSWER, copy)

    assert (result.killed, result.word, result.is_as_expected) == (True, "killed", True)
    assert ANSWER.source(copy).read_text() == "ANSWER = 42\n"


def test_a_mutation_that_no_test_notices_survives(copy: Path) -> None:
    result = try_out(replace(ANSWER, mutated="44"), copy)

    assert (result.killed, result.word, result.is_as_expected) == (False, "survived", False)


def test_a_mutation_that_does_not_even_run_says_nothing(copy: Path) -> None:
    with pytest.raises(InconclusiveError, match="another answer: pytest ended with 2"):
        try_out(replace(ANSWER, mutated="("), copy)


def test_a_mutation_whose_text_stands_elsewhere_is_refused(copy: Path) -> None:
    with pytest.raises(ValueError, match="another answer: '43' must stand once in answer"):
        replace(ANSWER, original="43").text(copy)


def test_tests_that_do_not_end_have_failed(copy: Path) -> None:
    (copy / "tests/test_answer.py").write_text("import time\n\ndef test_it() -> None:\n    time.sleep(600)\n")

    assert run_tests(["test_answer.py"], copy, limit=3) == 1


@pytest.mark.parametrize(
    ("killed", "harmless", "right"), [(True, "", True), (False, "why", True), (True, "why", False)]
)
def test_a_reason_to_be_harmless_must_hold(killed: bool, harmless: str, right: bool) -> None:  # noqa: FBT001 - a table
    assert MutantResult(replace(ANSWER, harmless=harmless), killed, 1.0).is_as_expected is right


def test_the_page_tells_places_and_survivors(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    harmless = replace(ANSWER, name="no lock", file="queue/claims.py", harmless="the fence holds")

    write_page([(replace(ANSWER, file="queue/batches.py"), True), (harmless, False)], 3.2, page)

    begun, _, rest = page.read_text().partition(", 3 minutes. ")
    assert begun.startswith(f"before\n{BEGIN}\nThe last run: ")
    assert rest == (
        "2 mutations, 1 killed, 1 survived.\n\n"
        "| place | mutations | killed | survived |\n| --- | --- | --- | --- |\n| queue | 2 | 1 | 1 |\n\n"
        "| survivor | file | why no test fails |\n| --- | --- | --- |\n"
        f"| no lock | queue/claims.py | the fence holds |\n{END}\nafter\n"
    )
