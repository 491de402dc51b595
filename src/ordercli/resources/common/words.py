"""The words of the vendor and of TM Forum that kinds of orders share, and ours for them.

Sources: ServiceNow Product Order Open API, POST /order/productOrder, table 45; TMF622 v4.0.0, OrderItemActionType and
ProductOrderStateType. TMF641 v4.1.0 has the same words.
"""

from __future__ import annotations

from collections.abc import Mapping

# Our words are the vendor's.
VENDOR_ACTIONS: Mapping[str, str] = {
    "add": "add",
    "change": "change",
    "delete": "delete",
    "no-change": "no-change",
    "resume": "resume",
    "suspend": "suspend",
}
STANDARD_ACTIONS: Mapping[str, str] = {"add": "add", "delete": "delete", "modify": "change", "noChange": "no-change"}

# The stored name of an action, by its name in any profile.
CANONICAL_ACTIONS: Mapping[str, str] = {**VENDOR_ACTIONS, **STANDARD_ACTIONS}

# The states that only the vendor's service orders have; our words are the vendor's.
VENDOR_STATES: Mapping[str, str] = {
    "draft": "draft",
    "submitted": "submitted",
    "enrichment_in_progress": "enrichment_in_progress",
    "enrichment_on_hold": "enrichment_on_hold",
    "revision_in_progress": "revision_in_progress",
    "scheduled": "scheduled",
}

# The standard's word for each of our states.
STANDARD_STATES: Mapping[str, str] = {
    "new": "acknowledged",
    "acknowledged": "acknowledged",
    "in_progress": "inProgress",
    "awaiting_information": "pending",
    "on_hold": "held",
    "assessing_cancellation": "assessingCancellation",
    "cancellation_in_progress": "pendingCancellation",
    "canceled": "cancelled",
}

# The length of the vendor's column for the id of a line item.
LONGEST_ITEM_ID = 40

# Profiles that a shared rule names. A kind of order replaces those that it does not have.
ONLY_SERVICENOW = ("servicenow",)
BEFORE_V5 = ("servicenow", "tmf622-v4")
TMF622 = ("tmf622-v4", "tmf622-v5")
