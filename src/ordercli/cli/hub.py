"""`ordercli hub …`."""

from typing import Annotated

import typer

from ordercli.cli.completion import subscription_ids
from ordercli.cli.invocation import Invocation
from ordercli.operations.subscriptions import (
    Subscription,
    enable_subscription,
    remove_subscription,
    subscription_list,
)
from ordercli.output.rows import print_result, print_results

app = typer.Typer(add_completion=False, no_args_is_help=True)

SubscriptionId = Annotated[
    str,
    typer.Argument(metavar="ID", help="A subscription id, as `hub list` prints it.", autocompletion=subscription_ids),
]


@app.callback()
def hub() -> None:
    """List, enable and remove subscriptions to events, which clients of `ordercli serve` make.

    Examples:
        ordercli hub list
        ordercli hub enable 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """


@app.command("list")
def list_subscriptions(context: typer.Context) -> None:
    """List subscriptions, oldest first, and how their deliveries go.

    `failing`: the last delivery failed and is tried again. `disabled`: deliveries failed for too long
    (`serve.hub_give_up_after`); no event is lost, `hub enable` continues after the last one that arrived.

    Examples:
        ordercli hub list
        ordercli hub list -o ndjson
    """
    call = Invocation(context)
    print_results(subscription_list(call.database), Subscription, call.output)


@app.command("enable")
def enable(context: typer.Context, identifier: SubscriptionId) -> None:
    """Enable a subscription: its deliveries continue now, after the last event that arrived.

    Examples:
        ordercli hub enable 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """
    call = Invocation(context, works=True)
    print_result(enable_subscription(call.changed_database, identifier), call.output)


@app.command("remove")
def remove(context: typer.Context, identifier: SubscriptionId) -> None:
    """Remove a subscription; its events are not delivered any more.

    Examples:
        ordercli hub remove 019374d2f0a17c3e9d4b5a6f7c8d9e0f
    """
    call = Invocation(context, works=True)
    print_result(remove_subscription(call.changed_database, identifier), call.output)
