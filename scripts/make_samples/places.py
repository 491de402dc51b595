"""Where products go and where orders come from: homes, sites, distribution channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.make_samples.listed import Listed

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.market import Address


@dataclass(frozen=True, kw_only=True)
class Place(Listed):
    """A home or a site, with the member names of a TMF632 contact medium."""

    kind = "Place"
    prefix = "LOC"

    address: Address
    country: str

    def details(self) -> Json:
        """Street, post code, city, country."""
        street, post_code, city = self.address
        return {"street1": street, "postCode": post_code, "city": city, "country": self.country}


@dataclass(frozen=True, kw_only=True)
class Channel(Listed):
    """A way of selling. Orders know it by its external id alone (ServiceNow Product Order Open API, table 45)."""

    kind = "DistributionChannel"

    @property
    def external_id(self) -> str:
        """The number that order systems use, such as `2`."""
        return self.key

    def ref(self) -> Json:
        """Point at it as an order does."""
        return {"id": self.external_id, "name": self.name}


AGENT = Channel(key="1", name="Agent Assist")
ONLINE = Channel(key="2", name="Online channel")
SHOP = Channel(key="3", name="Retail shop")
PARTNER = Channel(key="4", name="Partner portal")
CHANNELS = (AGENT, ONLINE, SHOP, PARTNER)
