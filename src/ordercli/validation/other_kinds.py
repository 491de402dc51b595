"""A document that is a service order, a quote or a cart is told by its kind, not by what a product order would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.validation.rules.body import OTHER_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.validation.document import Document
    from ordercli.validation.finding import Finding

_ITEMS = "productOrderItem"
# By the member that gives the kind away.
_KINDS: Mapping[str, str] = {
    "serviceOrderItem": "a service order (TMF641)",
    "serviceOrder": "a service order (TMF641)",
    "quoteItem": "a quote (TMF648)",
    "cartItem": "a shopping cart (TMF663)",
    "cart": "a shopping cart (TMF663)",
    "orderItem": f"a product order in the form before TMF622 v4, whose `orderItem` is `{_ITEMS}` now",
}


def other_kind(document: Document) -> Finding | None:
    """Return ORD011 for a document that has no line item of a product order, but those of something else."""
    if document.get(_ITEMS):
        return None
    for member, kind in _KINDS.items():
        if isinstance(document.get(member), list | dict) and document[member]:
            return OTHER_KIND.finding(f"/{member}", kind=kind)
    return None
