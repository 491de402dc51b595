"""What ServiceNow has only for patches of service orders: its messages, and the checks of service offerings.

ServiceNow Service Order Open API, PATCH /order/serviceOrder/{id}, status codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.common.rules.references import UNKNOWN_PRODUCT_OFFERING
from ordercli.resources.common.rules.shape import (
    PRODUCT_OFFERING_ID_MISSING,
    PRODUCT_OFFERING_MISSING,
    RELATED_PARTY_MISSING,
)
from ordercli.resources.common.values import document_lines
from ordercli.resources.resource import PatchWording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.reference.lookup import ReferenceData
    from ordercli.rulebook.rule import Finding

_MESSAGES: Mapping[str, str] = {
    "ORD101": "Invalid payload: Request body missing",
    "ORD102": "Invalid payload: serviceOrderItem is missing",
    "ORD103": "Invalid payload: serviceOrderItem id is missing",
    "ORD104": "Invalid payload: serviceOrderItem action is missing",
    "ORD105": "Invalid payload: serviceOrderItem serviceOffering is missing",
    "ORD106": "Invalid payload: serviceOffering id is missing",
    "ORD107": "Invalid payload: serviceOrderItem service is missing",
    "ORD108": "Invalid payload: service serviceSpecification is missing",
    "ORD109": "Invalid payload: serviceSpecification id is missing",
    "ORD110": "Invalid payload: Service inventory ID is missing",
    "ORD111": "Invalid payload: relatedParty is missing",
    "ORD112": "Invalid payload: Customer Account or Consumer is missing",
    "ORD190": "Invalid payload: Order creation failed",
    "ORD301": "Invalid payload: Service offering does not exist",
    "ORD302": "Invalid payload: Service specification does not exist",
    "ORD303": "Invalid payload: Service Inventory does not exist",
    "ORD304": "Invalid payload: Sold Service is inactive",
    "ORD305": "Invalid payload: Consumer does not exist",
    "ORD306": "Invalid payload: Customer Account does not exist",
}


def _in_patch(document: Mapping[str, Any], reference: ReferenceData | None, findings: list[Finding]) -> list[Finding]:
    """Return the findings of a patched document as ServiceNow reports them for patches.

    A document without a party has ORD111. Service offerings are checked if they are given.
    """
    found = list(findings)
    if not document.get("relatedParty"):
        missing = RELATED_PARTY_MISSING.finding("/relatedParty")
        found = [missing if finding.code == "ORD112" else finding for finding in found]
    for line in document_lines(document, "serviceOrderItem"):
        offering, place = line.item.get("serviceOffering"), f"{line.pointer}/serviceOffering"
        if offering is None:
            continue
        if not isinstance(offering, dict) or not offering:
            found.append(PRODUCT_OFFERING_MISSING.finding(place))
        elif not isinstance(offering.get("id"), str) or not offering["id"].strip():
            found.append(PRODUCT_OFFERING_ID_MISSING.finding(f"{place}/id"))
        elif reference and reference.lacks("ProductOffering", offering["id"]):
            found.append(UNKNOWN_PRODUCT_OFFERING.finding(f"{place}/id"))
    return found


WORDING = PatchWording(_MESSAGES, _in_patch)
