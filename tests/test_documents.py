"""What the documents tell people to type, and what they must not name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from ordercli.cli.app import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "docs" / "first-hour.md",
    ROOT / "docs" / "glossary.md",
    *sorted((ROOT / "docs" / "how-to").glob("*")),
]
TEXTS = [
    *DOCUMENTS,
    *sorted((ROOT / "src").rglob("*.py")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "samples" / "README.md",
]
COMMAND = re.compile(
    r"^ {4,}(?:[*/0-9 ]+ )?(?:\w+=\S+ )*(ordercli [a-z].*?)(?: {2,}.*| #.*| >.*| \|.*| \\)?$", re.MULTILINE
)


def commands_in(path: Path) -> list[str]:
    """The calls of ordercli in the blocks of a document."""
    return COMMAND.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists_with_its_options(path: Path) -> None:
    unknown = [line for line in commands_in(path) if not is_known(line)]

    assert unknown == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_remark_behind_a_command_begins_with_a_number_sign_so_that_both_can_be_pasted(path: Path) -> None:
    remark = re.compile(r"^ {4}(?:\w+=\S+ )*ordercli [a-z][^#|\n]*?\S {2,}(?!#)\S.*$", re.MULTILINE)

    assert remark.findall(path.read_text(encoding="utf-8")) == []


def is_known(line: str) -> bool:
    """Whether the command of a line is one, and takes the options that stand in it."""
    words = shlex.split(line)[1:]
    if words[0] == "--version":
        return True
    root = typer.main.get_command(app)
    context = root.make_context("ordercli", words, resilient_parsing=True)
    name, command, rest = root.resolve_command(context, words)  # type: ignore[attr-defined]
    while command is not None and rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    if name is None or command is None or not getattr(command, "invoke_without_command", True):
        return False
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    return {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"} <= known


def test_commands_are_found_in_the_documents() -> None:
    assert sum(len(commands_in(path)) for path in DOCUMENTS) > 40


@pytest.mark.parametrize("words", [r"(?<!\.)ordercli\[", r"(?i)\bseed 0", r"contract section"])
def test_no_text_names_what_readers_cannot_open_or_must_not_install(words: str) -> None:
    assert [path.name for path in TEXTS if path.is_file() and re.search(words, path.read_text(encoding="utf-8"))] == []


def test_every_place_that_a_contributor_is_sent_to_exists() -> None:
    source = ROOT / "src" / "ordercli"
    folders = (source, source / "resources" / "product_order", ROOT)
    _, _, where = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where to change what")
    text = where + (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    places = re.findall(r"`([a-z][\w/]*(?:/|\.py|\.toml))`", text)

    assert "settings.py" in places
    assert [place for place in places if not any((folder / place).exists() for folder in folders)] == []


def test_the_changelog_lists_each_change_once_under_one_heading_of_its_kind() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for release in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (\w+)$", release, re.MULTILINE)
        entries = [each.strip() for each in re.split(r"^(?=- |### )", release, flags=re.MULTILINE)[1:]]

        assert headings == [each for each in ("Added", "Changed", "Fixed") if each in headings]
        assert len(entries) == len(set(entries))
