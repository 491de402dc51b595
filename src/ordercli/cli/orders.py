"""`ordercli list` and `ordercli show`."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Literal

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Limit, Offset
from ordercli.database.opening import read_database
from ordercli.operations.find import show
from ordercli.output.orders import print_orders
from ordercli.output.rows import print_object

app = typer.Typer(add_completion=False)
# The values of `Sort`, whose module loads SQLModel, which `show` need not wait for.
SortedBy = Literal["created", "updated", "externalId", "state"]


@app.command("list")
def list_orders(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only orders in this state; repeatable.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="Only orders of this customer or consumer.")
    ] = None,
    external_id: Annotated[str | None, typer.Option(metavar="ID", help="Only orders with this external id.")] = None,
    source: Annotated[str | None, typer.Option(help="Only orders from this source.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Created at or after: RFC 3339, a date, or 2h (ago).")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Created before this time.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Only orders in this currency.")] = None,
    fields: Annotated[str | None, typer.Option(metavar="A,B", help="Only these members; id and href stay.")] = None,
    sort: Annotated[SortedBy, typer.Option(help="What the list is sorted by.")] = "created",
    ascending: Annotated[bool, typer.Option("--ascending", help="The smallest or oldest first.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List customer orders, the newest first.

    Examples:
        ordercli list --state new
        ordercli list --customer ffc68911c35420105252716b7d40dd55 --since 2h
        ordercli list --limit 0 --fields externalId,state -o csv
    """
    call = Invocation(context)
    from ordercli.database.models import reading_session  # noqa: PLC0415 - SQLModel takes long to load
    from ordercli.operations.list import order_filter, page_of_orders  # noqa: PLC0415
    from ordercli.resources.product_order.order_list import Sort  # noqa: PLC0415

    wanted = order_filter(
        states=state or (),
        customer_id=customer,
        external_id=external_id,
        source=source,
        since=since,
        until=until,
        currency=currency,
    )
    with reading_session(call.database) as session:
        page = page_of_orders(session, wanted, sort=Sort(sort), ascending=ascending, limit=limit, offset=offset)
        print_orders(page, fields, call.output)


@app.command("show")
def show_order(
    context: typer.Context,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=order_ids)
    ],
    source: Annotated[
        str | None, typer.Option(help="Where the order came from, if its external id stands in several.")
    ] = None,
) -> None:
    """Show one order: its document, or how it stands in the inbound queue.

    Examples:
        ordercli show CRM-1007
        ordercli show 019374d2f0a17c3e9d4b5a6f7c8d9e0f -o json
    """
    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        found = show(store, identifier, source)
    print_object(found, call.output)
