"""Refuse values of filters that nothing can have, such as mistyped ones, and name those that are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ordercli.errors import NotFoundError, UsageError
from ordercli.settings_loading import short

if TYPE_CHECKING:
    from ordercli.database.store import Store

_MOST = 20


def check_currency(store: Store, currency: str | None) -> None:
    """Refuse a currency that neither an order nor the reference data has; where there is none at all, any will do.

    Raises:
        UsageError: nothing has this currency.
    """
    from ordercli.orders import order_list  # an idle start needs no lists
    from ordercli.reference import store as reference

    if currency is None or order_list.has_currency(store, currency) or reference.has(store, "Currency", currency):
        return
    if known := sorted({*order_list.currencies(store, _MOST), *reference.record_ids(store, "Currency", _MOST)}):
        refuse_unknown("--currency", currency, known)


def check_batch(store: Store, batch_id: str | None) -> None:
    """Refuse the id of a batch that does not exist.

    Raises:
        NotFoundError: there is no such batch; the hint has the newest ones.
    """
    from ordercli.queue import batches

    if batch_id is None or batches.by_id(store, batch_id):
        return
    newest = [batch.id for batch in batches.newest(store, 3, 0)]
    hint = f"the newest: {', '.join(newest)}; see `ordercli batch list`" if newest else "nothing was submitted yet"
    raise NotFoundError(f"No batch has the id {short(batch_id)}", hint=hint)


def check_code(code: str | None) -> None:
    """Refuse a code that no rule has.

    Raises:
        UsageError: there is no such code.
    """
    if code is None:
        return
    from ordercli.resources.all_rules import all_rules, find_rule  # the rules take long to load

    if find_rule(code) is None:
        refuse_unknown("--code", code, all_rules())


def check_fields(fields: str | None) -> None:
    """Refuse members of `--fields` that orders have in no profile.

    Raises:
        UsageError: there is no such member.
    """
    if fields is None:
        return
    known = order_members()
    for name in fields.split(","):
        if name.strip() not in known:
            refuse_unknown("--fields", name.strip(), known)


def order_members() -> list[str]:
    """Return the members that orders of any kind can have, in any profile, as `show` prints them."""
    from ordercli.resources.registry import RESOURCES

    found = {"id", "href", "releasedExternalId", "state", "version", "ponr", "expectedCompletionDate", "orderCurrency"}
    for resource in RESOURCES.values():
        for profile in resource.profiles.values():
            found |= {profile.created_at, *profile.server_owned}
            for _, load_form in profile.forms:
                fields = load_form().known_fields
                found |= set(fields.kinds[fields.root])
    return sorted(found)


def refuse_unknown(option: str, value: str, known: Iterable[str]) -> None:
    """Raise the error about a value that is not among the known ones; of many, the hint has the most similar.

    Raises:
        UsageError: always.
    """
    names: Sequence[str] = list(known)
    near = get_close_matches(value, names, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"
    raise UsageError(f"{option}: there is no {short(value)}", hint=hint)
