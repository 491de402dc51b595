"""The ids that a shell offers while a command is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ordercli.commands.invocation import named_database
from ordercli.commands.options import given
from ordercli.errors import OrdercliError
from ordercli.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.driver import Connection


def order_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Orders and queue entries."""
    from ordercli.inbound.suggestions import entry_ids as queued  # noqa: PLC0415 - only while somebody types
    from ordercli.orders.suggestions import order_ids as created  # noqa: PLC0415

    return _suggested(context, incomplete, created, queued)


def entry_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Queue entries."""
    from ordercli.inbound.suggestions import entry_ids as queued  # noqa: PLC0415

    return _suggested(context, incomplete, queued)


def batch_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Batches."""
    from ordercli.inbound.suggestions import batch_ids as batches  # noqa: PLC0415

    return _suggested(context, incomplete, batches)


def _suggested(
    context: typer.Context, incomplete: str, *look: Callable[[Connection, str, int], list[str]]
) -> list[str]:
    from ordercli.reports.suggestions import suggested  # noqa: PLC0415

    options = given(context)
    try:
        database = named_database(load({"database": options.get("database")}, config=options.get("config")))
    except OrdercliError:
        return []
    return suggested(database, incomplete, *look) if database else []
