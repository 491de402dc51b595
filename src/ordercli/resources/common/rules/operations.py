"""Rules that operations apply by themselves: create, queue, patch, cancel, resend, import of reference data."""

from __future__ import annotations

from ordercli.rulebook.rule import IN_QUEUE, INVALID_BODY, INVALID_FIELD, NOT_FOUND, Level, Rule

_ERRORS = "ServiceNow Product Order Open API, POST /order/productOrder, table 48"
_PATCH = "ServiceNow Product Order Open API, PATCH /order/productOrder/{id}, table 30"
_CANCEL = "ServiceNow Product Order Open API, POST /cancelproductorder, table 42"
_JSON_PATCH = "RFC 6902, JSON Patch"
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

ORDER_NOT_CREATED_YET = Rule(
    level=Level.BODY,
    code="ORD401",
    name="order-not-created-yet",
    about="""The order is still waiting in the inbound queue.

    There is no customer order yet that can be changed or cancelled. Wait for the next `ordercli queue run`, or create
    the order at once with `ordercli queue create`.
    """,
    says="This order is yet to be created in customer order table. Please check in inbound queue for more details.",
    source=_PATCH,
    error=IN_QUEUE,
    refuses_as="conflict",
)

FULFILLMENT_TYPE_NOT_DELIVER = Rule(
    level=Level.BODY,
    code="ORD402",
    name="fulfillment-type-not-deliver",
    about="""A patch is for an order whose fulfillment type is not `deliver`.

    Only orders of fulfillment type `deliver` can be revised in flight.
    """,
    says="Patch request cannot be made as the order's fulfillment type is not 'deliver'.",
    source=_PATCH,
    refuses_as="conflict",
)

CURRENCY_REVISION = Rule(
    level=Level.BODY,
    code="ORD403",
    name="currency-revision",
    about="""A patch changes the currency of an order.

    Its prices were agreed in the old currency. Cancel the order and send a new one. A patch may repeat the currency of
    the order.
    """,
    says="In-flight revision to order currency not supported",
    source=_ERRORS,
    error=INVALID_FIELD,
)

ORDER_NOT_FOUND = Rule(
    level=Level.BODY,
    code="ORD404",
    name="order-not-found",
    about="""No order has this id.

    Neither a customer order nor an entry of the inbound queue has it as its id or external id.
    """,
    says="Invalid order ID.",
    source=_PATCH,
    error=NOT_FOUND,
    refuses_as="not-found",
)

ILLEGAL_STATE_TRANSITION = Rule(
    level=Level.BODY,
    code="ORD405",
    name="illegal-state-transition",
    about="""An order or a line item cannot change from its state to the requested one.

    The message lists the states that are allowed. No state follows a final one.
    """,
    says="{subject} is {state} and cannot become {wanted}; allowed: {allowed}",
    source="TMF622 v4.0.0 user guide, state machine of the product order",
    refuses_as="conflict",
)

FIELD_NOT_PATCHABLE = Rule(
    level=Level.BODY,
    code="ORD406",
    name="field-not-patchable",
    about="""A patch changes a field that cannot be changed.

    id, href, orderDate, externalId and completionDate cannot be changed. Remove the field from the patch. A JSON Patch
    cannot change whole line items, their ids or notes either: cancel a line item by `revisionOperation` with the value
    `cancel`, and add new line items and notes after the last one (`/productOrderItem/-`, `/note/-`,
    `/productOrderItem/0/note/-`).
    """,
    says="{field} cannot be patched",
    source="TMF622 v4.0.0, ProductOrder_Update: the fields that it leaves out",
    error=INVALID_FIELD,
    details={
        "whole-order": "{op} {path!r}: the order as a whole cannot be changed; name a member",
        "line": "{op} {path}: a line item cannot be removed, replaced or moved; to cancel it, add the value cancel at"
        " revisionOperation of the line item; add a new one at productOrderItem/-",
        "line-id": "{op} {path}: the id of a line item cannot be changed; to replace the line item, add the value"
        " cancel at its revisionOperation, and add another one at productOrderItem/-",
        "note": "{op} {path}: a note cannot be removed, replaced or moved; add a new one at note/-",
    },
)

PAST_POINT_OF_NO_RETURN = Rule(
    level=Level.BODY,
    code="ORD407",
    name="past-point-of-no-return",
    about="""A line item is past its point of no return.

    Its fulfilment has gone too far to change or cancel it (`ponr` is true). Order the change when the line item is
    completed.
    """,
    says="Line item {id} is past its point of no return",
    source="ServiceNow Product Order Open API, GET /order/productOrder/{id}, response field ponr",
    refuses_as="conflict",
)

VERSION_CONFLICT = Rule(
    level=Level.BODY,
    code="ORD408",
    name="version-conflict",
    about="""The order was revised after it was read.

    `--if-version` prevents that a patch undoes a change that its sender has not seen. Read the order again, then send
    the patch with the new version. A merge patch without a version is merged again automatically; if that fails too,
    send it again.
    """,
    says="The order is at version {version}, not {expected}",
    source="ordercli, docs/cli.md, ordercli patch",
    refuses_as="conflict",
)

PATCH_TEST_FAILED = Rule(
    level=Level.BODY,
    code="ORD409",
    name="patch-test-failed",
    about="""A `test` of a JSON Patch found another value in the order, or none.

    The order has changed since the patch was written, or never had that value. Nothing was written. Read the order
    again, and write the patch for its present values.
    """,
    says="{op} {path}: {reason}",
    source=_JSON_PATCH,
    refuses_as="conflict",
)

JSON_PATCH_MALFORMED = Rule(
    level=Level.BODY,
    code="ORD412",
    name="json-patch-malformed",
    about="""A JSON Patch is not written as RFC 6902 says.

    It is a list of objects. `op` is add, remove, replace, move, copy or test. `path` is a JSON pointer (RFC 6901); move
    and copy also have `from`, another pointer. add, replace and test have a `value`. A line of `patch --from` has the
    list in `patch` beside the `id` of its order. The query form of TMF630 is not supported: name an element of a list
    by its index, from 0.
    """,
    says="Not a JSON Patch: {reason}",
    source=_JSON_PATCH,
    error=INVALID_BODY,
)

PATCH_PLACE_MISSING = Rule(
    level=Level.BODY,
    code="ORD413",
    name="patch-place-missing",
    about="""An operation of a JSON Patch names a place that the order does not have.

    Operations are applied one after the other to the document that `ordercli show ID -o json` prints. Each sees the
    changes of those before it: after a removal, the later elements of a list have moved up. Nothing was written.
    """,
    says="{op} {path}: {reason}",
    source=_JSON_PATCH,
    error=INVALID_FIELD,
)

CANCEL_PAYLOAD_EMPTY = Rule(
    level=Level.BODY,
    code="ORD410",
    name="cancel-payload-empty",
    about="""A cancel request is empty.

    It needs a reason and the order: `{"cancellationReason": "...", "productOrder": {"id": "..."}}`.
    """,
    says="Empty payload.",
    source=_CANCEL,
)

CANCEL_FIELD_MISSING = Rule(
    level=Level.BODY,
    code="ORD411",
    name="cancel-field-missing",
    about="""A cancel request lacks a field.

    cancellationReason, productOrder and productOrder.id are required. `productOrderId`, MEF's name for the id of the
    order, is accepted too, in the body or in productOrder.
    """,
    says="Invalid payload. Mandatory field missing: {field}.",
    source=_CANCEL,
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


_SECTION = "ordercli, docs/cli.md, ordercli reference import"

UNKNOWN_RECORD_TYPE = Rule(
    level=Level.BODY,
    code="ORD501",
    name="unknown-record-type",
    about="""A record of reference data has no type, or one that is not known.

    `@type` tells offerings, specifications, products, parties, channels, places and currencies apart. Use a type that
    the message lists; for a subtype, give that type as its `@baseType`. `reference import --type TYPE` sets the type of
    records without `@type`. Records of other TM Forum resources (prices, categories, addresses) are skipped.
    """,
    says="{found}; @type is one of {types}",
    source=_SECTION,
)

RECORD_ID_MISSING = Rule(
    level=Level.BODY,
    code="ORD502",
    name="record-id-missing",
    about="""A record of reference data has no id.

    Orders could not refer to it, and a second import could not tell which record it replaces. Give it the id that
    orders use. The body of a request to create a record has no id, but its response has one.
    """,
    says="{type} has no id",
    source=_SECTION,
)

RECORD_TWICE = Rule(
    level=Level.BODY,
    code="ORD503",
    name="record-twice",
    about="""A record occurs twice in one import, with different content.

    It is not clear which one is right: the first one is loaded, this one is refused. Remove one of them. To replace a
    record, import the new one separately.
    """,
    says="{type} {id} stands in this import already, with other content ({file}:{first})",
    source=_SECTION,
)

UNKNOWN_REFERENCE_IN_RECORD = Rule(
    level=Level.BODY,
    code="ORD504",
    name="unknown-reference-in-record",
    about="""A record refers to another one that is neither loaded nor part of the import.

    References are checked after the whole import was read, so the order of records does not matter. Load the missing
    record too, or correct the id.
    """,
    says="{type} {id} does not exist",
    source=_SECTION,
)

CYCLIC_CHARACTERISTICS = Rule(
    level=Level.BODY,
    code="ORD505",
    name="cyclic-characteristics",
    about="""The characteristics of a specification depend on each other in a circle.

    To set one of them, another one must be set first, without end. Remove one of the relationships
    (productSpecCharRelationship). Mutual exclusion (`exclusivity`) makes no circle.
    """,
    says="Cyclic characteristics: {circle}",
    source="TMF620 v4.1.0, ProductSpecificationCharacteristicRelationship",
)
