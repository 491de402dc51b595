"""`ordercli list`."""

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation, Limit, Offset, Resource, Since, Until
from ordercli.operations.list import order_filter, page_of_orders
from ordercli.orders.order_list import Sort
from ordercli.output.orders import needs_documents, print_orders

app = typer.Typer(add_completion=False)


@app.command("list")
def list_orders(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only orders in this state; repeatable.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="Only orders of this customer or consumer.")
    ] = None,
    external_id: Annotated[str | None, typer.Option(metavar="ID", help="Only orders with this external id.")] = None,
    source: Annotated[str | None, typer.Option(help="Only orders from this source.")] = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Only orders in this currency.")] = None,
    fields: Annotated[
        str | None, typer.Option(metavar="A,B", help="Print only these members, and always id and href.")
    ] = None,
    sort: Annotated[Sort, typer.Option(help="Sort key.")] = Sort.CREATED,
    ascending: Annotated[bool, typer.Option("--ascending", help="Smallest or oldest first.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List customer orders, newest first.

    Examples:
        ordercli list --state new
        ordercli list --resource serviceOrder
        ordercli list --customer ffc68911c35420105252716b7d40dd55 --since 2h
        ordercli list --limit 0 --fields externalId,state -o csv
    """
    call = Invocation(context)
    chosen = order_filter(
        states=state or (),
        customer_id=customer,
        external_id=external_id,
        source=source,
        resource=resource,
        since=call.time("--since", since),
        until=call.time("--until", until),
        currency=currency,
    )
    with page_of_orders(
        call.database,
        chosen,
        sort=sort,
        ascending=ascending,
        limit=limit,
        offset=offset,
        summaries=not needs_documents(fields, call.output),
    ) as page:
        print_orders(page, fields, call.output)
