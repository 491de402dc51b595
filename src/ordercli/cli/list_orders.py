"""`ordercli list`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.cli import completion
from ordercli.cli.completion import actions, batch_ids, currencies, members, order_states, target_names
from ordercli.cli.invocation import Force, Invocation, Limit, Offset, Resource, Since, Until
from ordercli.errors import UsageError
from ordercli.operations.known_values import check_fields
from ordercli.operations.list import group_by, groups_of_orders, order_filter, page_of_orders
from ordercli.operations.search_orders import Search
from ordercli.orders.order_list import GroupBy, OrderFilter, Sort
from ordercli.output.orders import extent, print_groups, print_orders
from ordercli.output.progress import Display, cleared

if TYPE_CHECKING:
    from ordercli.output.sheet_file import SheetFile
    from ordercli.run_control import Progress

app = typer.Typer(add_completion=False)


_SEARCH = "Filters that read each order"
# A longer list is printed on a terminal while orders are still read, so that a bar would stand in its way.
_LONGEST_WITH_BAR = 1000

State = Annotated[
    list[str] | None, typer.Option(help="Only orders in this state; repeatable.", autocompletion=order_states)
]
Customer = Annotated[str | None, typer.Option(metavar="ID", help="Only orders of this customer or consumer.")]
ExternalId = Annotated[str | None, typer.Option(metavar="ID", help="Only orders with this external id.")]
Source = Annotated[str | None, typer.Option(help="Only orders from this source.")]
Batch = Annotated[str | None, typer.Option(metavar="ID", help="Only orders of this batch.", autocompletion=batch_ids)]
Currency = Annotated[
    str | None, typer.Option(metavar="CODE", help="Only orders in this currency.", autocompletion=currencies)
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="PATH=VALUE",
        help="Only orders with this member; repeatable. PATH is productOrderItem.quantity (of any line),"
        " productOrderItem.10.quantity, or a JSON pointer.",
        rich_help_panel=_SEARCH,
    ),
]
Characteristic = Annotated[
    list[str] | None,
    typer.Option(
        "--characteristic",
        metavar="NAME=VALUE",
        help="Only orders with this characteristic; repeatable.",
        rich_help_panel=_SEARCH,
    ),
]
Party = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Only orders with this party, of any role.", rich_help_panel=_SEARCH),
]
DueBefore = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Only orders whose committed due date or, without one, requested completion date is before this time.",
        rich_help_panel=_SEARCH,
    ),
]
Action = Annotated[
    str | None,
    typer.Option(
        "--action", help="Only orders with a line item of this action.", autocompletion=actions, rich_help_panel=_SEARCH
    ),
]
Offering = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Only orders with a line item of this product offering.", rich_help_panel=_SEARCH),
]
OfTarget = Annotated[
    str | None,
    typer.Option("--target", metavar="NAME", help="Only orders at this target.", autocompletion=target_names),
]
Trouble = Annotated[bool, typer.Option("--trouble", help="Only orders whose state at their target must be looked at.")]
Fields = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Print only these members, and always id and href.", autocompletion=members),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--group-by",
        metavar="A,B",
        help=f"Count the orders by these members instead: {', '.join(GroupBy)}.",
        autocompletion=completion.groups_of_orders,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="PATH",
        help="File to write instead, .csv or .xlsx; XLSX needs the extra `xlsx`.",
        show_default=False,
    ),
]

SortKey = Annotated[Sort, typer.Option(help="Sort key.")]
Ascending = Annotated[bool, typer.Option("--ascending", help="Smallest or oldest first.")]


@contextmanager
def _looking(call: Invocation, search: Search, limit: int) -> Iterator[Display]:
    """Yield the display of the progress of a search."""
    if not search.options:
        yield _Nothing()
        return
    has_room = not call.output.on_terminal or 0 < limit <= _LONGEST_WITH_BAR
    with call.output.progress("Orders read") as display:
        yield display if display and has_room else _Nothing()


class _Nothing:
    """A display that shows nothing."""

    def show(self, progress: "Progress") -> None:
        """Show nothing."""

    def clear(self) -> None:
        """Do nothing."""


def _search(
    call: Invocation,
    where: WhereOption,
    characteristics: Characteristic,
    party: Party,
    due_before: DueBefore,
    line_action: Action,
    offering: Offering,
) -> Search:
    due = call.time("--due-before", due_before)
    return Search.parse(
        where=where, characteristics=characteristics, party=party, due_before=due, action=line_action, offering=offering
    )


def _sheet_file(call: Invocation, to: str | None, *, force: bool) -> "SheetFile | None":
    if to is None:
        if force:
            raise UsageError("--force replaces the file of --to, and no file is named")
        return None
    from ordercli.output.sheet_file import SheetFile  # most lists are printed

    return SheetFile.of(call.output_files.made("--to", to, force=force))


def _print_groups(
    call: Invocation, chosen: OrderFilter, search: Search, by: Sequence[GroupBy], to: "SheetFile | None"
) -> None:
    if to is None:
        call.output.refuse_ids()
    with (
        _looking(call, search, limit=1) as display,
        groups_of_orders(call.database, chosen, search, by, display.show, call.on_scan("order")) as groups,
    ):
        columns = (*map(str, by), "orders")
        print_groups(cleared((each.members() for each in groups), display), columns, call.output, to)


def _print_page(
    call: Invocation,
    chosen: OrderFilter,
    search: Search,
    fields: str | None,
    to: "SheetFile | None",
    *,
    sort: Sort,
    ascending: bool,
    limit: int,
    offset: int,
) -> None:
    with (
        _looking(call, search, limit) as display,
        page_of_orders(
            call.database,
            chosen,
            search,
            sort=sort,
            ascending=ascending,
            limit=limit,
            offset=offset,
            extent=extent(fields, call.output, to),
            show=display.show,
            on_scan=call.on_scan("order"),
        ) as page,
    ):
        rows = cleared(page.rows, display) if search.options else page.rows
        print_orders(page._replace(rows=rows), fields, call.output, to)


@app.command("list")
def list_orders(
    context: typer.Context,
    state: State = None,
    customer: Customer = None,
    external_id: ExternalId = None,
    source: Source = None,
    resource: Resource = None,
    batch: Batch = None,
    since: Since = None,
    until: Until = None,
    currency: Currency = None,
    target: OfTarget = None,
    trouble: Trouble = False,
    where: WhereOption = None,
    characteristics: Characteristic = None,
    party: Party = None,
    due_before: DueBefore = None,
    line_action: Action = None,
    offering: Offering = None,
    fields: Fields = None,
    grouped_by: Groups = None,
    to: To = None,
    force: Force = False,
    sort: SortKey = Sort.CREATED,
    ascending: Ascending = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List customer orders, newest first.

    --source, --resource and --target have no index: without another filter, orders are read from the newest on until
    enough of them fit.

    Examples:
        ordercli list --state new --resource serviceOrder
        ordercli list --customer ffc68911c35420105252716b7d40dd55 --since 2h
        ordercli list --where productOrderItem.productOffering.id=HF1000 --since yesterday
        ordercli list --characteristic MSISDN=491511234567
        ordercli list --target crm --trouble
        ordercli list --group-by state,currency
        ordercli list --limit 0 --fields externalId,state -o csv
        ordercli list --limit 0 --since yesterday --to orders.xlsx
    """
    call = Invocation(context)
    check_fields(fields)
    file = _sheet_file(call, to, force=force)
    chosen = order_filter(
        states=state or (),
        customer_id=customer,
        external_id=external_id,
        source=source,
        resource=resource,
        batch_id=batch,
        since=call.time("--since", since),
        until=call.time("--until", until),
        currency=currency,
        target=target,
        is_troubled=trouble,
    )
    search = _search(call, where, characteristics, party, due_before, line_action, offering)
    if grouped_by is not None:
        return _print_groups(call, chosen, search, group_by(grouped_by), file)
    return _print_page(call, chosen, search, fields, file, sort=sort, ascending=ascending, limit=limit, offset=offset)
