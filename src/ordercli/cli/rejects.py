"""`ordercli rejects …`."""

from typing import Annotated

import typer

from ordercli.bulk.reject_fixes import Fix
from ordercli.bulk.reject_lines import KEYS, grouped
from ordercli.bulk.reject_rewriting import FixRun
from ordercli.cli.completion import codes, groups_of_rejects
from ordercli.cli.invocation import Invocation
from ordercli.counted import counted
from ordercli.exit_codes import ExitCode
from ordercli.operations.validate import Validator
from ordercli.output.rejects import print_fixes, print_groups

app = typer.Typer(add_completion=False, no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="A rejects file, as submit or `queue export` writes it.")]
WithError = Annotated[
    str | None, typer.Option(metavar="ORDnnn", help="Only orders and places with this error.", autocompletion=codes)
]
ValueAt = Annotated[
    str | None, typer.Option(metavar="PATH", help="Path for --substitute; a list without index: each element.")
]


@app.callback()
def rejects() -> None:
    """Look at the orders of a rejects file, repair many of them at once, and send them again.

    Examples:
        ordercli rejects show night.ndjson.rejects.ndjson
        ordercli rejects fix night.ndjson.rejects.ndjson --apply-suggestions
        ordercli rejects submit night.ndjson.rejects.ndjson
    """


@app.command("show")
def show(
    context: typer.Context,
    file: File,
    group_by: Annotated[
        str,
        typer.Option(
            metavar="A,B",
            help=f"Members that make a group: {', '.join(KEYS)}.",
            autocompletion=groups_of_rejects,
        ),
    ] = "code,value",
) -> None:
    """Count the orders of a rejects file by what is wrong with them, the most frequent first.

    Examples:
        ordercli rejects show night.ndjson.rejects.ndjson
        ordercli rejects show night.ndjson.rejects.ndjson --group-by code,pointer -o csv
    """
    call = Invocation(context)
    found = grouped(file, [name.strip() for name in group_by.split(",")])
    print_groups(found, file, call.output)
    raise typer.Exit(ExitCode.REJECTED if found.foreign else ExitCode.OK)


@app.command("fix")
def fix(
    context: typer.Context,
    file: File,
    apply_suggestions: Annotated[
        bool,
        typer.Option("--apply-suggestions", help="Replace each value by what its error suggests, if that is sure."),
    ] = False,
    include_maybe: Annotated[
        bool, typer.Option("--include-maybe", help="Apply suggestions too that may mean something else.")
    ] = False,
    assign: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a value in the orders with --code; repeatable."),
    ] = None,
    substitute: Annotated[
        list[str] | None,
        typer.Option(
            "--substitute", metavar="OLD=NEW", help="Replace a whole value at --at or at errors --code; repeatable."
        ),
    ] = None,
    code: WithError = None,
    at: ValueAt = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the changes and write nothing.")] = False,
) -> None:
    """Change the orders of a rejects file in place; a copy of the file is kept beside it.

    Each changed order is validated as it will be when it is sent again; a change that would make it worse is left out
    and shown. A path is `channel.0.id`, with the id of a line item (`productOrderItem.10.quantity`), or a JSON Pointer.

    Examples:
        ordercli rejects fix night.rejects.ndjson --apply-suggestions --dry-run
        ordercli rejects fix night.rejects.ndjson --code ORD113 --set orderCurrency=EUR
        ordercli rejects fix night.rejects.ndjson --code ORD301 --substitute deadbeef4=HF1000
        ordercli rejects fix night.rejects.ndjson --at channel.id --substitute web=shop
    """
    call = Invocation(context)
    if not dry_run:
        call.output_files.protected("", file)
    fix = Fix.of(
        suggestions=apply_suggestions,
        include_maybe=include_maybe,
        assign=assign or (),
        substitute=substitute or (),
        code=code,
        at=at,
    )
    validator = Validator.open(call.database_to_consult, call.settings, lint=False)
    try:
        run = FixRun(file, fix, validator, call.settings)
        lines = run.preview() if dry_run else run.write()
        print_fixes(lines, run, file, validator.coverage(None), call.output, dry_run=dry_run)
        if apply_suggestions and not include_maybe and run.unsure:
            call.output.note(
                f"{counted(run.unsure, 'order has', 'orders have')} suggestions that are not sure;"
                " --include-maybe applies these too"
            )
    finally:
        validator.close()
    raise typer.Exit(ExitCode.REJECTED if run.counts["worse"] or run.misdirected or run.foreign else ExitCode.OK)
