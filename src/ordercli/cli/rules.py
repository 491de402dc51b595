"""`ordercli rules`, `ordercli explain` and `ordercli schema`."""

from typing import Annotated

import typer

from ordercli.cli.completion import codes, schema_names
from ordercli.cli.invocation import Invocation, Resource
from ordercli.operations import rules
from ordercli.output.rows import print_results
from ordercli.output.rules import print_explanation, print_schema

app = typer.Typer(add_completion=False)


@app.command("rules")
def list_rules(context: typer.Context, resource: Resource = None) -> None:
    """List the validation rules.

    Without --resource, a code that both kinds of orders have is listed once, in the words of product orders.

    Examples:
        ordercli rules
        ordercli rules --resource serviceOrder
        ordercli rules -o json
    """
    call = Invocation(context)
    print_results(rules.rules(resource), rules.Rule, call.output)


@app.command("explain")
def explain(
    context: typer.Context,
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="A code such as ORD121, or a name such as not-one-of.", autocompletion=codes
        ),
    ],
) -> None:
    """Explain a rule: its reason, a bad and a good example, and how to correct an order.

    Where product orders and service orders have different words for a fault, both are shown.

    Examples:
        ordercli explain ORD121
    """
    call = Invocation(context)
    print_explanation(rules.explain(code), call.output)


@app.command("schema")
def show_schema(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Name of a schema, such as receipt; lists the names if omitted.",
            show_default=False,
            autocompletion=schema_names,
        ),
    ] = None,
    resource: Resource = None,
) -> None:
    """Print the JSON Schema of an order or of a command's output.

    Examples:
        ordercli schema
        ordercli schema --resource serviceOrder
        ordercli schema order-servicenow > order.schema.json
        ordercli schema receipt
    """
    from ordercli.output import schemas  # they describe the results of every operation

    call = Invocation(context)
    if name is None:
        print_results(schemas.schemas(resource), schemas.SchemaLine, call.output)
    else:
        print_schema(schemas.schema(name, resource), call.output)
