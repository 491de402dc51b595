"""The states of customer orders and their lines."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """Where a customer order stands (ServiceNow Product Order Open API; `failed` and `partial` come from TMF622 v4)."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    AWAITING_INFORMATION = "awaiting_information"
    ON_HOLD = "on_hold"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    CANCELLATION_IN_PROGRESS = "cancellation_in_progress"
    REJECTED = "rejected"
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"


class LineState(StrEnum):
    """Where a line item stands: as an order, but never partial."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    AWAITING_INFORMATION = "awaiting_information"
    ON_HOLD = "on_hold"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    CANCELLATION_IN_PROGRESS = "cancellation_in_progress"
    REJECTED = "rejected"
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"
