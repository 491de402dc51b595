"""Rules that are applied when orders are accepted, queued, created and forwarded."""

from __future__ import annotations

from ordercli.rulebook.rule import INVALID_BODY, Level, Rule

_ERRORS = "ServiceNow Product Order Open API, POST /order/productOrder, table 48"
_QUEUE = "ordercli, docs/reliability.md"
_FORWARDING = "ordercli, docs/how-to/forward.md"
_CREATION_FAILED = "Invalid payload: Order creation failed"

REJECT_CONTEXT = Rule(
    level=Level.BODY,
    code="ORD010",
    name="reject-context",
    about="""A line of a rejects file is sent with another context than it was refused with, or to another database.

    `$reject` in each line holds the source, the profile, the mode and the kind of its request. They are used when the
    line is sent again, because the order could otherwise be created twice. Leave out the option that the message names,
    or give the options and add `--override-context`. Send a patch with `patch --from`, a cancellation with `cancel
    --from`, a report of fulfilment with `fulfil`, and an order with `submit`.
    """,
    says="This line of a rejects file cannot be sent like this: {reason}",
    source="ordercli, docs/how-to/repair-rejects.md",
    error=INVALID_BODY,
)

ORDER_CREATION_FAILED = Rule(
    level=Level.BODY,
    code="ORD190",
    name="order-creation-failed",
    about="""An order was accepted without validation and cannot be created.

    A member that has a column is missing or has a wrong type; the second detail names it. Correct the order and send it
    again. If validation is on, such an order is refused before it is queued.
    """,
    says=_CREATION_FAILED,
    source=_ERRORS,
    details={"reason": "{reason}"},
)

PAYLOAD_DAMAGED = Rule(
    level=Level.BODY,
    code="ORD191",
    name="payload-damaged",
    about="""The stored order is not the order that was accepted.

    Its bytes do not match the SHA-256 that was computed when it was accepted, so the disk or somebody changed them.
    Check the database (`ordercli db check`), and send the order again from its source.
    """,
    says=_CREATION_FAILED,
    source=_QUEUE,
    details={"damage": "The stored payload does not match the SHA-256 taken when it was accepted"},
)

WORKER_LOST = Rule(
    level=Level.BODY,
    code="ORD192",
    name="worker-lost",
    about="""Every worker process that worked on this entry crashed.

    The entry is not retried automatically, because it could crash the next worker too. Find the cause (memory, a limit
    of the system), then run `ordercli queue retry`.
    """,
    says=_CREATION_FAILED,
    source=_QUEUE,
    details={"losses": "The process that worked on this entry was lost {times} times"},
)

ATTEMPTS_EXHAUSTED = Rule(
    level=Level.BODY,
    code="ORD193",
    name="attempts-exhausted",
    about="""The entry was tried as often as allowed, and failed each time.

    The second detail gives the reason of the last failure, a temporary fault such as a busy database. Remove the cause,
    then run `ordercli queue retry`.
    """,
    says=_CREATION_FAILED,
    source=_QUEUE,
    details={"last": "Attempt {attempts} failed as those before it: {reason}"},
)

OTHER_ORDER_AT_TARGET = Rule(
    level=Level.BODY,
    code="ORD430",
    name="other-order-at-target",
    about="""The target has another order with the external id of this one.

    It was found when the target was asked whether this order had arrived, and its line items differ from those that
    were sent. Look at both orders. If both are wanted, give this one another external id; `external_id` in the settings
    of the target can put the source before it.
    """,
    says="The target has another order with externalId {external_id}: {difference}",
    source=_FORWARDING,
    refuses_as="conflict",
)

ID_TAKEN_AT_TARGET = Rule(
    level=Level.BODY,
    code="ORD432",
    name="id-taken-at-target",
    about="""Another order for the same target has the same external id there.

    External ids are unique within a source here, and within the whole system at a target. Where several sources use the
    same ids, set `external_id = "{source}:{externalId}"` for the target.
    """,
    says="Another order for the target {target} has the externalId {external_id} there",
    source=_FORWARDING,
    refuses_as="conflict",
)

AT_TARGET = Rule(
    level=Level.BODY,
    code="ORD433",
    name="order-at-target",
    about="""The order was forwarded, and a change must be taken by its target first.

    `ordercli patch` and `ordercli cancel` send changes on, also those of a file, and apply each here when the target
    took it; `--local-only` changes the orders here alone. Requests over HTTP and `batch cancel` do not. A JSON Patch
    and the approval of a cancellation cannot be sent on.
    """,
    says="The order is at the target {target} as {remote_id}, which must take the change first",
    source=_FORWARDING,
    refuses_as="conflict",
)

CHANGE_REFUSED = Rule(
    level=Level.BODY,
    code="ORD434",
    name="change-refused-by-target",
    about="""The target of a forwarded order does not take the change.

    Nothing was changed, here or there. The message has what the target said. If the order there has changed, `ordercli
    forward follow ID` takes over its state; `--local-only` changes the order here alone.
    """,
    says="The target {target} refuses the request: {reason}",
    source=_FORWARDING,
    refuses_as="conflict",
)

CHANGE_NOT_SENT = Rule(
    level=Level.BODY,
    code="ORD435",
    name="change-not-sent",
    about="""The change of a forwarded order was not sent on to its target.

    The target is paused, cannot be reached, refuses the credentials, or asks to wait. Nothing was changed, here or
    there. Send the request again when the cause is gone; of a file, the rejects file has it.
    """,
    says="The request was not sent on to the target {target}: {reason}",
    source=_FORWARDING,
    refuses_as="conflict",
)

CHANGE_UNKNOWN = Rule(
    level=Level.BODY,
    code="ORD436",
    name="change-unknown",
    about="""Nobody knows whether the target of a forwarded order took the change.

    No answer came, or an error of the server. Nothing was changed here. Look at the order there, or let `ordercli
    forward follow ID` take over its state; then send the request again if it is still wanted. A merge patch that
    arrives twice sets the same values, but adds its notes twice; a second cancellation is refused there.
    """,
    says="Nobody knows whether the target {target} took the request: {reason}",
    source=_FORWARDING,
    refuses_as="conflict",
)

REFUSED_BY_TARGET = Rule(
    level=Level.BODY,
    code="ORD431",
    name="refused-by-target",
    about="""The target did not accept the order.

    `ordercli forward show` has its answer. Correct the order and submit it again, or remove the cause at the target and
    run `ordercli forward retry`.
    """,
    says="The target {target} refused the order (status {status})",
    source=_FORWARDING,
)

IDEMPOTENCY_CONFLICT = Rule(
    level=Level.BODY,
    code="ORD420",
    name="idempotency-conflict",
    about="""An external id or an idempotency key is known with other content.

    The external id belongs to another order of this source, or the idempotency key to another run. Nothing was changed.
    The message names the members that differ, before and after. Give the new order an external id of its own, or patch
    the existing order. A canceled order keeps its external id until `ordercli cancel ID --release-id` frees it.
    """,
    says="{key} is known with other content",
    source="ordercli, docs/cli.md, ordercli submit",
    refuses_as="conflict",
    details={
        "external-id": "externalId {external_id!r} is known in source {source!r} with other content{differs}",
        "other-version": (
            "externalId {external_id!r} is known in source {source!r} in another version, {version}{differs}"
        ),
        "sent-before": "this line of a rejects file was sent before with other content{became}",
        "entry-moved-on": "{reason}; its exported line can be sent only while it has failed",
    },
)
