from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from render.diagnostics.written import BAD_ACTION, NO_ACTION, ODD_FIELD, written

if TYPE_CHECKING:
    from ordercli.operations.diagnostics import Diagnostic

TEXT = st.text(st.sampled_from("%\r\n:,;=a0é25DAC") | st.characters(codec="utf-8"), max_size=30).filter(
    lambda text: text.replace("\r", "").replace("\n", "").isprintable()
)


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


def understood(line: str) -> Command:
    """A workflow command as the runner reads it: `::name key=value,key=value::message`."""
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)\n", line)
    assert match is not None
    name, listed, message = match.groups()
    pairs = (pair.split("=", 1) for pair in listed.split(","))
    properties = {key: unescaped(value, {"%3A": ":", "%2C": ","}) for key, value in pairs}
    return Command(name, properties, unescaped(message, {}))


def unescaped(text: str, more: dict[str, str]) -> str:
    for escape, character in {**more, "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
        text = text.replace(escape, character)
    return text


def commands(*diagnostics: Diagnostic) -> list[Command]:
    return [understood(line) for line in written("github", diagnostics).splitlines(keepends=True)]


def test_a_diagnostic_is_an_annotation_at_its_place() -> None:
    assert commands(BAD_ACTION, ODD_FIELD._replace(external_id=None, pointer="")) == [
        Command(
            "error",
            {
                "file": "fixtures/bad.json",
                "line": "14",
                "endLine": "14",
                "col": "17",
                "endColumn": "21",
                "title": "ORD121 not-one-of",
            },
            "action `ad` is none of add, change, delete, no-change, resume, suspend (did you mean `add`?)\n"
            "/productOrderItem/0/action\n"
            "order CRM-1007",
        ),
        Command(
            "warning",
            {
                "file": "fixtures/bad.json",
                "line": "3",
                "endLine": "3",
                "col": "3",
                "endColumn": "8",
                "title": "ORD901 unknown-field",
            },
            "unknown field `oddd`",
        ),
    ]


def test_a_place_over_several_lines_has_no_columns() -> None:
    [command] = commands(BAD_ACTION._replace(end_line=20))

    assert list(command.properties) == ["file", "line", "endLine", "title"]


@example(file="a::b,c=d%3A", message="%0A%25")
@given(file=TEXT.map(lambda text: f"a{text.replace('/', '')}b"), message=TEXT)
def test_what_is_escaped_is_read_back(file: str, message: str) -> None:
    line = written("github", [NO_ACTION._replace(file=file, message=f"x{message}", external_id=None, pointer="")])

    command = understood(line)

    assert (command.properties["file"], command.message) == (file, f"x{message}")


def test_control_characters_are_shown_and_not_sent() -> None:
    [command] = commands(NO_ACTION._replace(message="\x1b[2J\u202e", external_id=None, pointer=""))

    assert command.message == "\\x1b[2J\\u202e"


def test_the_first_of_every_group_comes_first_and_then_all_others() -> None:
    same = [BAD_ACTION._replace(line=line, pointer=f"/productOrderItem/{line}/action") for line in range(20_000)]

    lines = [command.properties["line"] for command in commands(*same, NO_ACTION, ODD_FIELD)]

    assert lines == ["0", str(NO_ACTION.line), str(ODD_FIELD.line), *(str(line) for line in range(1, 20_000))]
