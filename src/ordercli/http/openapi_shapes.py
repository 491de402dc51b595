"""The parts that the OpenAPI document refers to: schemas, examples, headers and titles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ordercli.http import paths
from ordercli.output.schemas import schema
from ordercli.result_types import ErrorBody

if TYPE_CHECKING:
    from ordercli.http.paths import Api

Json = dict[str, Any]


class About(NamedTuple):
    """What the document says of the paths of a standard: their title, the end of the names of operations, an order."""

    title: str
    name: str
    example: Json


_SERVICE_ITEM = {"id": "1", "action": "add", "service": {"serviceSpecification": {"id": "internet-access"}}}
ABOUT = {
    paths.SERVICENOW.base: About(
        "ServiceNow Product Order Open API",
        "servicenow",
        {
            "externalId": "CRM-1007",
            "orderCurrency": "EUR",
            "relatedParty": [{"id": "customer-7", "@referredType": "Customer"}],
            "productOrderItem": [
                {
                    "id": "1",
                    "action": "add",
                    "quantity": 1,
                    "productOffering": {"id": "home-fibre-1000"},
                    "product": {"productSpecification": {"id": "fibre-access", "version": "2"}},
                }
            ],
        },
    ),
    paths.TMF622_V4.base: About(
        "TMF622 v4",
        "tmf622-v4",
        {
            "externalId": "CRM-1007",
            "relatedParty": [{"id": "customer-7", "@referredType": "Organization"}],
            "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "home-fibre-1000"}}],
        },
    ),
    paths.TMF622_V5.base: About(
        "TMF622 v5",
        "tmf622-v5",
        {
            "@type": "ProductOrder",
            "externalId": [{"@type": "ExternalIdentifier", "id": "CRM-1007", "externalIdentifierType": "crm"}],
            "productOrderItem": [{"@type": "ProductOrderItem", "id": "1", "action": "add"}],
        },
    ),
    paths.SERVICENOW_SERVICES.base: About(
        "ServiceNow Service Order Open API",
        "service-servicenow",
        {
            "externalId": "OSS-2007",
            "relatedParty": [{"id": "consumer-88", "@referredType": "Consumer"}],
            "serviceOrderItem": [{**_SERVICE_ITEM, "quantity": 1}],
        },
    ),
    paths.TMF641.base: About("TMF641 v4", "tmf641", {"externalId": "OSS-2007", "serviceOrderItem": [_SERVICE_ITEM]}),
}

HEADERS: Json = {
    "Location": {"description": "The path of the order", "schema": {"type": "string"}},
    "ETag": {"description": "The version of the order, in quotes", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "X-Total-Count": {"description": "The orders that match", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "X-Result-Count": {"description": "The orders of this page", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "Content-Range": {"description": "Where the page stands, as in `items 1-20/45`", "schema": {"type": "string"}},
    "Link": {"description": "The first, last, previous and next page", "schema": {"type": "string"}},
}
SECURITY: Json = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token that `ordercli serve token add` made"},
    "basic": {"type": "http", "scheme": "basic", "description": "The name of the client, and its token as password"},
}
_PLACE = "#/components/schemas/"
ERROR = {"$ref": f"{_PLACE}error-body"}
STANDARD_ERROR = {"$ref": f"{_PLACE}error-body-tmf"}
_STANDARD_ERROR_BODY = {
    "description": "Why something was refused, as TM Forum has it; `details` has every fault.",
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "reason": {"type": "string"},
        "message": {"type": "string"},
        "status": {"type": "string"},
        "@type": {"const": "Error"},
        "details": {"type": "array", "minItems": 1, "items": {"$ref": f"{_PLACE}error-body.ErrorDetail"}},
    },
    "required": ["code", "reason", "message", "status", "@type", "details"],
}


def reference(name: str) -> Json:
    """Return a reference to a schema of `ordercli schema`."""
    return {"$ref": f"{_PLACE}{name}"}


def error_of(api: Api) -> Json:
    """Return the shape of the errors of a standard."""
    return STANDARD_ERROR if api.error is paths.TMF622_V4.error else ERROR


def prefix(api: Api) -> str:
    """Return what the names of the schemas of a kind of order begin with."""
    return "" if api.resource is paths.SERVICENOW.resource else "service-"


def orders_taken(api: Api) -> list[str]:
    """Return the names of the schemas of the orders that a path takes, whatever version they are written in."""
    profiles = api.resource.families.get(api.profile) or (api.resource.profiles[api.profile],)
    return [f"{prefix(api)}order-{profile.name}{suffix}" for profile in profiles for suffix, _ in profile.forms]


def schemas_of(described: Json) -> Json:
    """Return the schemas that the described paths refer to; definitions inside of one are named after it."""
    found = {
        "error-body-tmf": _STANDARD_ERROR_BODY,
        **_components("error-body", msgspec.json.schema(ErrorBody)),
    }
    for name in set(re.findall(f'"{_PLACE}([^".]+)"', json.dumps(described))) - found.keys():
        found |= _components(name, schema(name))
    return dict(sorted(found.items()))


def _components(name: str, described: Json) -> Json:
    made = json.loads(json.dumps(described).replace("#/$defs/", f"{_PLACE}{name}."))
    definitions = made.pop("$defs", {})
    made.pop("$schema", None)
    return {name: made, **{f"{name}.{each}": shape for each, shape in definitions.items()}}
