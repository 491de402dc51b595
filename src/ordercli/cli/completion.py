"""Shell completion of ids and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ordercli.cli.invocation import GIVEN, named_database
from ordercli.errors import OrdercliError
from ordercli.settings_loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ordercli.database.store import Store
    from ordercli.settings import Settings


def order_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of an order or of a queue entry."""
    from ordercli.orders.order_store import order_ids as created
    from ordercli.queue.entries import entry_ids as queued  # only while somebody types

    return _suggested(context, incomplete, created, queued)


def entry_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a queue entry."""
    from ordercli.queue.entries import entry_ids as queued

    return _suggested(context, incomplete, queued)


def batch_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a batch."""
    from ordercli.queue.batches import batch_ids as batches

    return _suggested(context, incomplete, batches)


def target_names(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a target."""
    from ordercli.targets import names

    return _named(context, incomplete, names)


def store_names(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a store."""
    from ordercli.stores import store_names as names

    return _named(context, incomplete, names)


def _named(context: typer.Context, incomplete: str, names: Callable[[Settings], list[str]]) -> list[str]:
    try:
        found = names(load({}, config=context.meta.get(GIVEN, {}).get("config")))
    except OrdercliError:
        return []
    return [name for name in found if name.startswith(incomplete)]


def order_states(incomplete: str) -> list[str]:
    """Complete the state of an order."""
    from ordercli.orders.states import OrderState

    return _among(OrderState, incomplete)


def entry_states(incomplete: str) -> list[str]:
    """Complete the state of a queue entry."""
    from ordercli.queue.entries import EntryState

    return _among(EntryState, incomplete)


def codes(incomplete: str) -> list[str]:
    """Complete the code of a rule."""
    from ordercli.resources.all_rules import all_rules

    return _among(all_rules(), incomplete)


def listed_codes(incomplete: str) -> list[str]:
    """Complete the last of several codes with commas between them."""
    return _last_of(incomplete, codes)


def severities(incomplete: str) -> list[str]:
    """Complete the last of several codes, each of which gets a severity: `ORD208=warning`."""
    return _last_of(incomplete, lambda last: _assigned(last, codes, ("error", "warning")))


def report_files(incomplete: str) -> list[str]:
    """Complete the format of a report, after which its path follows: `sarif=`."""
    from ordercli.output.diagnostics.reports import FORMATS

    return [f"{name}=" for name in FORMATS if name.startswith(incomplete)]


def members(incomplete: str) -> list[str]:
    """Complete the last of several members of orders."""
    from ordercli.operations.known_values import order_members

    return _last_of(incomplete, lambda last: _among(order_members(), last))


def groups_of_orders(incomplete: str) -> list[str]:
    """Complete the last of several members by which orders are counted."""
    from ordercli.orders.order_list import GroupBy

    return _last_of(incomplete, lambda last: _among(GroupBy, last))


def groups_of_rejects(incomplete: str) -> list[str]:
    """Complete the last of several members by which refused orders are counted."""
    from ordercli.bulk.reject_lines import KEYS

    return _last_of(incomplete, lambda last: _among(KEYS, last))


def clients(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a client that has a token."""
    from ordercli.clients.tokens import every

    return _suggested(
        context, incomplete, lambda store, prefix, _: _among((each.name for each in every(store)), prefix)
    )


def subscription_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a subscription."""
    from ordercli.clients.subscriptions import every

    return _suggested(context, incomplete, lambda store, prefix, _: _among((each.id for each in every(store)), prefix))


def event_types(incomplete: str) -> list[str]:
    """Complete the type of an event."""
    from ordercli.resources.events import event_types as of_kind
    from ordercli.resources.registry import RESOURCES

    return _among((name for kind in RESOURCES.values() for name in of_kind(kind)), incomplete)


def schema_names(incomplete: str) -> list[str]:
    """Complete the name of a schema."""
    from ordercli.output.schemas import BY_NAME

    return _among(BY_NAME, incomplete)


def record_types(incomplete: str) -> list[str]:
    """Complete a type of reference data."""
    from ordercli.reference.record_types import RECORD_TYPES

    return _among(RECORD_TYPES, incomplete)


def actions(incomplete: str) -> list[str]:
    """Complete the action of a line item, in the words of any profile."""
    from ordercli.resources.common.words import CANONICAL_ACTIONS

    return _among(CANONICAL_ACTIONS, incomplete)


def currencies(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a currency among those of orders."""
    from ordercli.orders.order_list import currencies as of_orders

    return _suggested(context, incomplete, lambda store, prefix, most: _among(of_orders(store, most), prefix))


def _last_of(incomplete: str, complete: Callable[[str], list[str]]) -> list[str]:
    """Complete the last of several words with commas between them."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in complete(last)]


def _assigned(incomplete: str, complete: Callable[[str], list[str]], values: Iterable[str]) -> list[str]:
    """Complete a name, and after `=` its value."""
    name, equals, value = incomplete.partition("=")
    return [f"{name}={each}" for each in _among(values, value)] if equals else [f"{each}=" for each in complete(name)]


def _among(words: Iterable[str], incomplete: str) -> list[str]:
    return [str(word) for word in words if word.startswith(incomplete)]


def _suggested(context: typer.Context, incomplete: str, *look: Callable[[Store, str, int], list[str]]) -> list[str]:
    from ordercli.operations.suggestions import suggested

    options = context.meta.get(GIVEN, {})
    try:
        database = named_database(
            load({name: options.get(name) for name in ("database", "store")}, config=options.get("config"))
        )
    except OrdercliError:
        return []
    return suggested(database, incomplete, *look) if database else []
