"""What the commands about reference data print."""

from typing import Annotated, TypedDict

from msgspec import Meta

from ordercli.result_types import Count, ExitStatus, Seconds


class ReferenceImport(TypedDict):
    """What an import of reference data came to."""

    read: Count
    inserted: Count
    updated: Count
    unchanged: Count
    refused: Count
    skipped: Annotated[dict[str, Count], Meta(description="records that no rule uses, by type")]
    elapsedSeconds: Seconds
    exitCode: ExitStatus


class ReferenceStats(TypedDict):
    """How many records of reference data there are of each type."""

    ProductOffering: Count
    ProductSpecification: Count
    Product: Count
    Customer: Count
    Consumer: Count
    CustomerContact: Count
    DistributionChannel: Count
    Place: Count
    Currency: Count
    total: Count
