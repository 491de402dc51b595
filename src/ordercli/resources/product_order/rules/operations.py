"""Rules that operations apply by themselves: create, queue, patch, cancel, resend, import of reference data."""

from __future__ import annotations

from ordercli.rulebook.rule import IN_QUEUE, INVALID_BODY, INVALID_FIELD, NOT_FOUND, Level, Rule

_ERRORS = "ServiceNow Product Order Open API, POST /order/productOrder, table 48"
_PATCH = "ServiceNow Product Order Open API, PATCH, status code 400"
_CANCEL = "ServiceNow Product Order Open API, cancelProductOrder, status code 400"
_JSON_PATCH = "RFC 6902, JSON Patch"
_QUEUE = "ordercli, docs/reliability.md"
_CREATION_FAILED = "Invalid payload: Order creation failed"

REJECT_CONTEXT = Rule(
    level=Level.BODY,
    code="ORD010",
    name="reject-context",
    about="""A line of a rejects file is sent with another context than it was refused with, or to another store.

    Each line has the source, the profile, the mode and the kind of its request in `$reject`, and these count when it is
    sent again. Sent in another way it could become a second order. Leave out the option that the message names, or give
    the options yourself and add `--override-context`. A line of a patch goes to `patch --from`, that of a cancellation
    to `cancel --from`, all others to `submit`.
    """,
    says="This line of a rejects file cannot be sent like this: {reason}",
    source="ordercli, docs/how-to/repair-rejects.md",
    error=INVALID_BODY,
)

ORDER_CREATION_FAILED = Rule(
    level=Level.BODY,
    code="ORD190",
    name="order-creation-failed",
    about="""An order was taken without validation, and cannot be created.

    A member that has a column is missing or of a wrong type; the second detail says which. Correct the order and send
    it again; leave validation on to hear of it before the order is queued.
    """,
    says=_CREATION_FAILED,
    source=_ERRORS,
    details={"reason": "{reason}"},
)

PAYLOAD_DAMAGED = Rule(
    level=Level.BODY,
    code="ORD191",
    name="payload-damaged",
    about="""The stored order is no longer what was accepted.

    Its bytes do not match the SHA-256 that was taken then: the disk or somebody changed them. Check the database
    (`ordercli db check`), and send the order again from its source.
    """,
    says=_CREATION_FAILED,
    source=_QUEUE,
    details={"damage": "The stored payload does not match the SHA-256 taken when it was accepted"},
)

WORKER_LOST = Rule(
    level=Level.BODY,
    code="ORD192",
    name="worker-lost",
    about="""The processes that worked on this entry died of it, each time.

    It is not tried again by itself, for it would take down the next one too. Look for the reason (memory, a limit of
    the system), then `ordercli queue retry`.
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

    The second detail has the last reason, a passing fault such as a busy database. Remove it, then
    `ordercli queue retry`.
    """,
    says=_CREATION_FAILED,
    source=_QUEUE,
    details={"last": "Attempt {attempts} failed as those before it: {reason}"},
)

ORDER_NOT_CREATED_YET = Rule(
    level=Level.BODY,
    code="ORD401",
    name="order-not-created-yet",
    about="""The order still waits in the inbound queue.

    There is no customer order yet that could be changed or cancelled. Wait for the next `ordercli queue run`, or create
    it at once with `ordercli queue create`.
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
    about="""A patch names an order that is not delivered.

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

    Its prices were agreed in the old one. Cancel the order and send a new one; the same currency repeated is no change.
    """,
    says="In-flight revision to order currency not supported",
    source=_ERRORS,
    error=INVALID_FIELD,
)

ORDER_NOT_FOUND = Rule(
    level=Level.BODY,
    code="ORD404",
    name="order-not-found",
    about="""Nothing has this id.

    Neither a customer order nor an entry of the inbound queue goes by it, as id or as external id.
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
    about="""An order or a line item cannot go from its state to the one that is wanted.

    The message names the states that it can go to; from a final state there is none.
    """,
    says="{subject} is {state} and cannot become {wanted}; allowed: {allowed}",
    source="TMF622 v4.0.0, state machine of the product order",
    refuses_as="conflict",
)

FIELD_NOT_PATCHABLE = Rule(
    level=Level.BODY,
    code="ORD406",
    name="field-not-patchable",
    about="""A patch names a field that does not change.

    id, href, orderDate, externalId and completionDate stay as they are. Take the field out of the patch. A JSON Patch
    also leaves line items, their ids and notes as they are: `revisionOperation` with the value `cancel` cancels a line
    item, and new line items and notes are added after the last one (`/productOrderItem/-`, `/note/-`).
    """,
    says="{field} cannot be patched",
    source="TMF622 v4.0.0, ProductOrder_Update (skipped properties)",
    error=INVALID_FIELD,
    details={
        "whole-order": "{op} {path!r}: the order as a whole stays; name the member that changes",
        "line": "{op} {path}: a line item is neither removed, replaced nor moved; to cancel it, add the value cancel at"
        " revisionOperation of the line item; a new one is added at productOrderItem/-",
        "line-id": "{op} {path}: the id of a line item stays; to replace the line item, add the value cancel at its"
        " revisionOperation, and add another one at productOrderItem/-",
        "note": "{op} {path}: a note is neither removed, replaced nor moved; a new one is added at /note/-",
    },
)

PAST_POINT_OF_NO_RETURN = Rule(
    level=Level.BODY,
    code="ORD407",
    name="past-point-of-no-return",
    about="""A line item is past its point of no return.

    Its fulfilment has gone too far to be changed or cancelled (`ponr` is true). Order the change when it is done.
    """,
    says="Line item {id} is past its point of no return",
    source="ServiceNow Product Order Open API, ponr",
    refuses_as="conflict",
)

VERSION_CONFLICT = Rule(
    level=Level.BODY,
    code="ORD408",
    name="version-conflict",
    about="""Somebody revised the order since it was read.

    `--if-version` guards against undoing a change that nobody looked at. Look at the order again, then send the patch
    with its version. A request without a version is merged again by itself; send it again if even that was too late.
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

    Whoever wrote the patch looked at an order that has changed since, or never was so. Nothing was written. Look at the
    order again, and write the patch for what is there now.
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

    It is a list of objects: `op` is add, remove, replace, move, copy or test; `path` and, to move and copy, `from` are
    JSON pointers (RFC 6901); add, replace and test have a `value`. A line of `patch --from` has the list in `patch`
    beside the `id` of its order. The query form of TMF630 is not supported: count the elements of a list from 0.
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

    Operations apply one after the other to the document that `ordercli show ID -o json` prints, and each sees what
    those before it did: after a removal the later elements of a list have moved up. Nothing was written.
    """,
    says="{op} {path}: {reason}",
    source=_JSON_PATCH,
    error=INVALID_FIELD,
)

CANCEL_PAYLOAD_EMPTY = Rule(
    level=Level.BODY,
    code="ORD410",
    name="cancel-payload-empty",
    about="""A cancel request holds nothing.

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

    cancellationReason, productOrder and productOrder.id must be there. `productOrderId`, by which MEF names the order,
    is read too, in the body or in productOrder.
    """,
    says="Invalid payload. Mandatory field missing: {field}.",
    source=_CANCEL,
)

IDEMPOTENCY_CONFLICT = Rule(
    level=Level.BODY,
    code="ORD420",
    name="idempotency-conflict",
    about="""A key is known, but with other content.

    The external id stands for another order of this source already, or the idempotency key for another run. Nothing
    was changed. Give the new order an external id of its own, or patch the one that is there.
    """,
    says="{key} is known with other content",
    source="ordercli, docs/cli.md, ordercli submit",
    refuses_as="conflict",
    details={
        "external-id": "externalId {external_id!r} is known in source {source!r} with other content",
        "sent-before": "this line of a rejects file was sent before with other content{became}",
        "entry-moved-on": "{reason}; its exported line can be sent only while it has failed",
    },
)


_SECTION = "ordercli, docs/cli.md, ordercli reference import"

UNKNOWN_RECORD_TYPE = Rule(
    level=Level.BODY,
    code="ORD501",
    name="unknown-record-type",
    about="""A record of reference data does not say what it is, or says something unknown.

    `@type` tells offerings, specifications, products, parties, channels, places and currencies apart. Give one of the
    types that the message lists, for a subtype as its `@baseType`. `reference import --type TYPE` names the type of
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

    No order could point at it, and a second import could not tell what it replaces. Give it the id that orders use. The
    body of a request to create a record has no id; its answer has.
    """,
    says="{type} has no id",
    source=_SECTION,
)

RECORD_TWICE = Rule(
    level=Level.BODY,
    code="ORD503",
    name="record-twice",
    about="""A record stands twice in one import, with different content.

    Which of them holds cannot be told: the first one is loaded, this one refused. Take one of them out; an import of
    its own replaces the record.
    """,
    says="{type} {id} stands in this import already, with other content ({file}:{first})",
    source=_SECTION,
)

UNKNOWN_REFERENCE_IN_RECORD = Rule(
    level=Level.BODY,
    code="ORD504",
    name="unknown-reference-in-record",
    about="""A record points at another one that is neither loaded nor part of the import.

    An offering, a specification or a product would lead nowhere. The references are checked when the import has been
    read to its end, so the order of records does not matter. Load what is missing too, or correct the id.
    """,
    says="{type} {id} does not exist",
    source=_SECTION,
)

CYCLIC_CHARACTERISTICS = Rule(
    level=Level.BODY,
    code="ORD505",
    name="cyclic-characteristics",
    about="""The characteristics of a specification depend on each other in a circle.

    Whoever sets one would have to set another first, without end. Take one of the relations out
    (productSpecCharRelationship); mutual exclusion (`exclusivity`) is no circle.
    """,
    says="Cyclic characteristics: {circle}",
    source="TMF620 v4.1.0, ProductSpecificationCharacteristicRelationship",
)
