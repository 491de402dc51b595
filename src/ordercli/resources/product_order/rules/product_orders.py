"""Rules for product orders alone: their version of TMF622, channels and offerings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.resources.common.rules.references import differs_from_catalogue
from ordercli.resources.common.values import product_of
from ordercli.rulebook.rule import INVALID_BODY, INVALID_FIELD, Broken, Level, Rule

if TYPE_CHECKING:
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.common.protocols import Item
    from ordercli.resources.common.values import ValidationContext
    from ordercli.resources.product_order.shapes import ProductOrder

_LINE = "/productOrderItem/0"

OTHER_VERSION = Rule(
    level=Level.ORDER,
    code="ORD013",
    name="other-version",
    about="""The order is written in another version of TMF622 than the profile, or in two versions at once.

    Only v5 has a list as `externalId`, `partyOrPartyRole`, a `channel` or `place` in a channel or place, `quoteItemId`
    and `requestedInitialState`. Only v4 has a text as `externalId`, an `id` of a party, channel or place itself,
    `cancellationDate` and `cancellationReason`. Nothing else is reported for such an order. Choose the profile of its
    version (tmf622 takes both, order by order), or write all of it in one version.
    """,
    says="This looks like TMF622 {version}: profile tmf622-{version} or tmf622 reads it",
    details={"mixed": "The order mixes TMF622 v4 (at {v4}) and v5 (at {v5}): write all of it in one version"},
    source="TMF622 v4.0.0, ProductOrder_Create; TMF622 v5.0.0, ProductOrder_FVO",
    bad={"/externalId": [{"@type": "ExternalIdentifier", "id": "CRM-1007"}]},
    bad_v5={"/externalId": "CRM-1007"},
    good={"/externalId": "CRM-1007"},
    error=INVALID_BODY,
)


def _unknown_channel(order: ProductOrder, _: ValidationContext, reference: ReferenceData) -> Broken:
    channels = order.channel or ()
    if not reference.lacks_any({("DistributionChannel", channel.id) for channel in channels}):
        return False
    return [
        (f"/channel/{n}{channel.id_at}", {"id": channel.id})
        for n, channel in enumerate(channels)
        if reference.lacks("DistributionChannel", channel.id)
    ]


UNKNOWN_CHANNEL = Rule(
    level=Level.ORDER,
    code="ORD308",
    name="unknown-channel",
    about="""The order names a channel that is not known.

    Reports by channel would not count the order. Correct the id, or load the channel.
    """,
    says="Distribution channel {id} does not exist",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45",
    bad={"/channel/0/id": "telex"},
    good={"/channel/0/id": "online"},
    asks_reference=True,
    error=INVALID_FIELD,
    check=_unknown_channel,
)


def _specification_not_in_offering(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    if reference.ordered[item].fits:
        return False
    return [("", {"specification": product_of(item).product_specification.id, "offering": item.product_offering.id})]


SPECIFICATION_NOT_IN_OFFERING = Rule(
    level=Level.ITEM,
    code="ORD311",
    name="specification-not-in-offering",
    about="""A line item orders a product that its offering does not contain.

    An offering contains its own specification, all specifications below that in the catalogue (HasChild in the upper
    one or HasParent in the lower one, at any depth), and the specifications of the offerings bundled in it. Choose the
    offering that contains the product.
    """,
    at="/product/productSpecification/id",
    says="Product specification {specification} is not part of product offering {offering}",
    source="TMF620 v4.1.0, ProductSpecificationRelationship",
    bad={f"{_LINE}/productOffering/id": "installation-visit"},
    good={f"{_LINE}/productOffering/id": "home-fibre-1000"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=differs_from_catalogue,
    check=_specification_not_in_offering,
)
