"""`ordercli rejects edit`."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from ordercli.bulk.reject_edits import Edits, OrderText, as_text, chosen, judged, read_edits
from ordercli.bulk.reject_rewriting import FixedLine, FixRun, locked_file
from ordercli.cli.confirm import choose, is_asked
from ordercli.cli.invocation import Invocation
from ordercli.errors import BadInputError, UsageError
from ordercli.exit_codes import ExitCode
from ordercli.operations.validate import Validator
from ordercli.output.rejects import print_fixes, refused_line, still_wrong
from ordercli.output.safe_text import visible
from ordercli.output.stream import Output

app = typer.Typer(add_completion=False)

File = Annotated[str, typer.Argument(metavar="FILE", help="A rejects file, as submit or `queue export` writes it.")]
Numbers = Annotated[
    list[int] | None, typer.Argument(metavar="N...", min=1, help="Numbers of lines. [default: all with errors]")
]
_SHOWN = 5
_NOTHING = "nothing was done"


@app.command("edit")
def edit(context: typer.Context, file: File, numbers: Numbers = None) -> None:
    """Correct orders of a rejects file in your editor ($VISUAL or $EDITOR), with what is wrong above each.

    When you save, each changed order is validated. If one still has errors, you choose at the terminal: edit again,
    keep what is not worse than before, or change nothing. A copy of the file is kept beside it.

    Examples:
        ordercli rejects edit night.ndjson.rejects.ndjson
        ordercli rejects edit night.ndjson.rejects.ndjson 3
        EDITOR="code --wait" ordercli rejects edit night.ndjson.rejects.ndjson 3 17
    """
    call = Invocation(context, works=True)
    call.output_files.protected("", file)
    validator = Validator.open(call.database_to_consult, call.settings, lint=False)
    try:
        with locked_file(file):
            orders = chosen(file, numbers or ())
            if not orders:
                call.output.note(f"no order of {visible(file)} has errors")
                raise typer.Exit
            edits = _edited(call, file, orders, validator)
            run = FixRun(file, edits, validator, call.settings)
            print_fixes(run.write_held(), run, file, validator.coverage(None), call.output, dry_run=False)
    finally:
        validator.close()
    raise typer.Exit(ExitCode.REJECTED if run.counts["worse"] else ExitCode.OK)


def _edited(call: Invocation, file: str, orders: list[OrderText], validator: Validator) -> Edits:
    """Return the orders as the user has edited them, as often as the user wants.

    Raises:
        BadInputError: it cannot be told what belongs to which line, and there is nobody to ask.
        UsageError: the editor cannot be started.
        typer.Exit: nothing is to be changed.
    """
    with _draft() as draft:
        text = as_text(orders)
        while True:
            draft.write_text(text, encoding="utf-8", errors="surrogateescape")
            _run_editor(draft)
            after = _saved(draft)
            if after == as_text(orders):
                call.output.note(_NOTHING)
                raise typer.Exit(ExitCode.REJECTED)
            try:
                edits = read_edits(after, orders)
            except BadInputError as error:
                if not is_asked(yes=False):
                    raise
                call.output.warn(error.message)
                _answer(call.output, "[e]dit again, [q]uit", "eq")
                text = after
                continue
            lines = list(FixRun(file, edits, validator, call.settings).preview())
            wrong = [each for each in lines if each.errors]
            if not wrong or not is_asked(yes=False) or _may_be_kept(wrong, call.output):
                return edits
            text = as_text(judged(orders, edits, lines))


@contextmanager
def _draft() -> Iterator[Path]:
    """Make the file that the editor opens; only this user may read it."""
    handle, name = tempfile.mkstemp(prefix="ordercli-", suffix=".jsonc")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):  # an editor may have put something else there
            Path(name).unlink()


def _saved(draft: Path) -> str:
    """Return the text of the draft after the editor has ended.

    Raises:
        typer.Exit: the editor has removed it, or put something else there.
    """
    try:
        return draft.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        typer.echo(f"the edited text cannot be read ({error.strerror}): {_NOTHING}", err=True)
        raise typer.Exit(ExitCode.REJECTED) from error


def _run_editor(draft: Path) -> None:
    """Open the draft in the user's editor, and wait until it has ended.

    Raises:
        UsageError: it cannot be started.
        typer.Exit: it failed, or the user left it with an error (`:cq`).
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # Ctrl-C belongs to the editor while it runs; a handler, unlike SIG_IGN, is not passed on to it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run([*shlex.split(editor), str(draft)], check=False)  # noqa: S603 - the user's own editor
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the editor {visible(editor)!r} cannot be started: {error}", hint="name another one in EDITOR"
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)
    if code := done.returncode:
        ending = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        typer.echo(f"the editor {ending}: {_NOTHING}", err=True)
        raise typer.Exit(ExitCode.REJECTED)


def _may_be_kept(lines: Sequence[FixedLine], output: Output) -> bool:
    """Show what is still wrong, and return whether to keep the rest; False to edit again.

    Raises:
        typer.Exit: nothing is to be changed.
    """
    for each in lines[:_SHOWN]:
        output.note(refused_line(each) if each.outcome == "worse" else still_wrong(each))
    if len(lines) > _SHOWN:
        output.note(f"and {len(lines) - _SHOWN} more")
    return _answer(output, "[e]dit again, [k]eep what is not worse, [q]uit", "ekq") == "k"


def _answer(output: Output, ways: str, answers: str) -> str:
    answer = choose(ways, answers, "q")
    if answer == "q":
        output.note(_NOTHING)
        raise typer.Exit(ExitCode.REJECTED)
    return answer
