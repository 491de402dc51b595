"""Rules that are applied when orders are changed and canceled."""

from __future__ import annotations

from ordercli.rulebook.rule import IN_QUEUE, INVALID_BODY, INVALID_FIELD, NOT_FOUND, Level, Rule

_ERRORS = "ServiceNow Product Order Open API, POST /order/productOrder, table 48"
_PATCH = "ServiceNow Product Order Open API, PATCH /order/productOrder/{id}, table 30"
_CANCEL = "ServiceNow Product Order Open API, POST /cancelproductorder, table 42"
_JSON_PATCH = "RFC 6902, JSON Patch"

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
