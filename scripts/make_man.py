"""The pages of `man`, made from the commands as `--help` is: written into man/, or checked with --check."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from textwrap import dedent, wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from scripts.make_docs import MEANING

from ordercli.cli.app import COMMANDS, app
from ordercli.exit_codes import ExitCode
from ordercli.version import VERSION_DATE, __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = Path(__file__).resolve().parent.parent / "man"
_PROGRAM = "ordercli"
_LINE = 78
_OF_ALL = "Global options"  # the panel of the options that every command takes
_FILES = {
    "/etc/ordercli/ordercli.toml": "Settings of the machine.",
    "~/.config/ordercli/ordercli.toml": "Your settings.",
    "ordercli.toml, pyproject.toml": "Settings of a project, in its folder and the folders above, up to the root of "
    "the repository.",
    "~/.local/share/ordercli/orders.db": "The database, unless a setting or --database names another one.",
}
_VARIABLES = {
    "ORDERCLI_DATABASE": "Database file, or postgresql://… address.",
    "ORDERCLI_STORE": "Store of that name in your settings.",
    "ORDERCLI_CONFIG": "Read only this settings file.",
}
_TYPES = {"<str>": "TEXT", "<int>": "N", "<int range>": "N"}  # how Typer calls values that have no name
_EVERY_SETTING = "Every setting has a variable; `ordercli config show --origin` lists them."


class Text(NamedTuple):
    """The help of a command: its first sentence, the other paragraphs, and the lines of its examples."""

    first: str
    paragraphs: list[str]
    examples: list[str]

    @classmethod
    def of(cls, command: Any) -> Text:
        """Read the help of a command, which ends with its examples."""
        first, *others = re.split(r"\n\s*\n", command.help.strip())
        *paragraphs, examples = others
        return cls(first, paragraphs, dedent(examples.partition("\n")[2]).split("\n"))


def pages() -> dict[str, str]:
    """Return the pages by the names of their files: one for the program, one for each command or group."""
    root: Any = typer.main.get_command(app)
    context = typer.Context(root, info_name=_PROGRAM)
    commands = {name: root.resolve_command(context, [name])[1] for name in COMMANDS}
    made = {f"{_PROGRAM}.1": _lines_of_program(root, context)}
    for name, command in commands.items():
        made[f"{_PROGRAM}-{name}.1"] = _lines_of_command(name, command, context)
    return {file: "".join(f"{line}\n" for line in lines) for file, lines in made.items()}


def _lines_of_program(root: Any, context: Any) -> Iterator[str]:
    text = Text.of(root)
    yield from _head(_PROGRAM, text.first)
    yield from (".SH SYNOPSIS", ".B ordercli", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]")
    yield from _section("DESCRIPTION", [text.first, *text.paragraphs])
    yield ".SH COMMANDS"
    for name, entry in COMMANDS.items():
        yield from (".TP", f".BR {_escaped(f'{_PROGRAM}-{name}')} (1)", _escaped(entry.help))
    yield from (".SH OPTIONS", "They may stand before and after the name of the command.")
    yield from _options(root.params, context, of_all=True)
    yield ".SH EXIT STATUS"
    for code in ExitCode:
        yield from (".TP", rf"\fB{code.value}\fR", _prose(MEANING[code]))
    yield ".SH ENVIRONMENT"
    for name, words in _VARIABLES.items():
        yield from (".TP", f".B {_escaped(name)}", _prose(words))
    yield from (".P", _prose(_EVERY_SETTING))
    yield ".SH FILES"
    for name, words in _FILES.items():
        yield from (".TP", rf"\fI{_escaped(name)}\fR", _prose(words))
    yield from _examples(".SH", text)
    yield ".SH SEE ALSO"
    yield from _references(f"{_PROGRAM}-{name}" for name in COMMANDS)


def _lines_of_command(name: str, command: Any, parent: Any) -> Iterator[str]:
    text, context = Text.of(command), typer.Context(command, parent=parent, info_name=name)
    yield from _head(f"{_PROGRAM}-{name}", COMMANDS[name].help)
    group = {
        child_name: (child, typer.Context(child, parent=context, info_name=child_name))
        for child_name, child in getattr(command, "commands", {}).items()
    }
    yield ".SH SYNOPSIS"
    yield from _synopsis(*([each for _, each in group.values()] or [context]))
    yield from _section("DESCRIPTION", [text.first, *text.paragraphs])
    yield from _examples(".SH", text)
    yield ".SH OPTIONS"
    if own := list(_options(command.params, context)):
        yield from (*own, ".P")
    yield r"The options of \fBordercli\fR(1), such as \fB\-\-database\fR, may be given too."
    for child_name, (child, child_context) in group.items():
        words = Text.of(child)
        yield f".SH {_escaped(f'{name} {child_name}').upper()}"
        yield from _synopsis(child_context)
        for paragraph in (words.first, *words.paragraphs):
            yield from (".P", _prose(paragraph))
        yield from _options(child.params, child_context)
        yield from _examples(".SS", words)
    yield from (".SH EXIT STATUS", r"As in \fBordercli\fR(1).", ".SH SEE ALSO")
    yield from _references([_PROGRAM])


def _head(name: str, purpose: str) -> Iterator[str]:
    """Yield the title and the section NAME."""
    yield rf'.TH {_escaped(name).upper()} 1 "{VERSION_DATE}" "ordercli {__version__}" "ordercli"'
    yield from (".nh", ".ad l")  # words are neither broken nor moved apart
    yield from (".SH NAME", rf"{_escaped(name)} \- {_escaped(purpose.rstrip('.'))}")


def _section(title: str, paragraphs: list[str]) -> Iterator[str]:
    yield f".SH {title}"
    for n, paragraph in enumerate(paragraphs):
        if n:
            yield ".P"
        yield _prose(paragraph)


def _synopsis(*contexts: Any) -> Iterator[str]:
    """Yield how commands are called, each on a line of its own."""
    for n, context in enumerate(contexts):
        if n:
            yield ".br"
        pieces = [_argument(piece) for piece in context.command.collect_usage_pieces(context)]
        yield rf"\fB{_escaped(context.command_path)}\fR {' '.join(pieces)}"


def _options(parameters: list[Any], context: Any, *, of_all: bool = False) -> Iterator[str]:
    """Yield the arguments and options of a command; those that every command takes if `of_all`, else the others."""
    for each in parameters:
        record = each.get_help_record(context)
        if record and (of_all or each.rich_help_panel != _OF_ALL):
            names, words = record
            shown = ", ".join(_option(name) for name in names.split(", "))
            yield from (".TP", shown, _prose(re.sub(r" {2,}", " ", words)))


def _option(text: str) -> str:
    """Return an option with its value, or the name of an argument."""
    name, blank, value = text.partition(" ")
    return rf"\fB{_escaped(name)}\fR{blank}{_argument(value)}" if name.startswith("-") else _argument(text)


def _argument(text: str) -> str:
    """Return what stands for a value: words in italics, brackets and bars as they are."""
    text = _TYPES.get(text, text.strip("<>{}"))
    return re.sub(r"\w[\w-]*", lambda word: rf"\fI{_escaped(word[0])}\fR", text)


def _examples(level: str, text: Text) -> Iterator[str]:
    yield f"{level} {'EXAMPLES' if level == '.SH' else 'Examples'}"
    yield from (".EX", *(_start(_escaped(line)) for line in text.examples), ".EE")


def _references(names: Iterator[str] | list[str]) -> Iterator[str]:
    *others, last = names
    yield from (rf".BR \%{_escaped(name)} (1)," for name in others)
    yield rf".BR \%{_escaped(last)} (1)"


def _prose(text: str) -> str:
    """Return a paragraph, with what stands between backticks in bold, on lines of at most 80 characters."""
    parts = re.split("`([^`]+)`", " ".join(text.split()))
    shown = "".join(rf"\fB{_escaped(part)}\fR" if n % 2 else _escaped(part) for n, part in enumerate(parts))
    return "\n".join(map(_start, wrap(shown, _LINE, break_long_words=False, break_on_hyphens=False)))


def _start(line: str) -> str:
    """Return a line that is no request, whatever it begins with."""
    return rf"\&{line}" if line.startswith((".", "'")) else line


def _escaped(text: str) -> str:
    """Return a text in which no character has a meaning for roff, in ASCII."""
    shown = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", shown)


def main() -> int:
    """Return 1 when `--check` finds a page that differs, is missing, or is one too many."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_man", description="Write the pages of man.")
    parser.add_argument("--check", action="store_true", help="write nothing, name the pages that differ")
    parser.add_argument("--folder", type=Path, default=PAGES, help="where the pages are (default: man)")
    arguments = parser.parse_args()
    wanted = pages()
    there = {path.name: path for path in arguments.folder.glob("*.1")}
    stale = [name for name, text in wanted.items() if name not in there or there[name].read_text() != text]
    extra = sorted(there.keys() - wanted.keys())
    if arguments.check:
        for name in stale + extra:
            print(f"{arguments.folder / name} is not what scripts.make_man writes")
        return 1 if stale or extra else 0
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (arguments.folder / name).write_text(wanted[name])
    for name in extra:
        there[name].unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
