"""The catalogue of the services of the samples: broadband and mobile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.make_samples.documents import given
from scripts.make_samples.product import Versioned

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json


@dataclass(frozen=True, kw_only=True)
class ServiceSpecification(Versioned):
    """A TMF633 ServiceSpecification: of a service that a customer sees (cfs), or of one that it is built from (rfs).

    `characteristics` maps a name to the values it may have; none means free text. `children` are named by this record.
    """

    kind = "ServiceSpecification"
    prefix = "SVC"

    layer: str = "rfs"
    characteristics: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: tuple[ServiceSpecification, ...] = ()

    def ref(self) -> Json:
        """Point at it from another record."""
        return {"id": self.id, "name": self.name, "@type": "ServiceSpecificationRef"}

    def details(self) -> Json:
        """Add characteristics and relations."""
        return self.lifecycle() | {
            "isBundle": bool(self.children),
            "specCharacteristic": [_characteristic(*each) for each in self.characteristics.items()],
            "serviceSpecRelationship": [
                {"id": child.id, "name": child.name, "relationshipType": "HasChild"} for child in self.children
            ],
        }


def _characteristic(name: str, values: tuple[str, ...]) -> Json:
    options = [{"value": value, "isDefault": value == values[0]} for value in values]
    return given(
        {"name": name, "configurable": True, "valueType": "string", "characteristicValueSpecification": options}
    )


ACCESS_LINE = ServiceSpecification(
    key="ACCESS-LINE",
    name="Access Line",
    characteristics={"Technology": ("FTTH", "G.fast", "VDSL"), "Line id": ()},
)
STATIC_ADDRESS = ServiceSpecification(
    key="STATIC-ADDRESS", name="Static Address", characteristics={"Protocol": ("IPv4", "IPv6"), "Prefix": ()}
)
WIFI = ServiceSpecification(
    key="WIFI", name="Managed Wi-Fi", characteristics={"Band": ("2.4 GHz", "5 GHz", "6 GHz"), "Network name": ()}
)
BROADBAND = ServiceSpecification(
    key="BROADBAND",
    name="Broadband",
    version=2,
    layer="cfs",
    characteristics={
        "Download speed": ("250 Mbit/s", "500 Mbit/s", "1 Gbit/s"),
        "Upload speed": ("50 Mbit/s", "250 Mbit/s", "1 Gbit/s"),
        "Service level": ("Best effort", "Business"),
    },
    children=(ACCESS_LINE, STATIC_ADDRESS, WIFI),
)

VOICE = ServiceSpecification(
    key="VOICE", name="Mobile Voice", characteristics={"Codec": ("AMR-WB", "EVS"), "Voicemail": ("Yes", "No")}
)
DATA = ServiceSpecification(
    key="DATA",
    name="Mobile Data",
    characteristics={"Slice": ("Default", "Low latency"), "APN": (), "Priority": ("1", "2", "3")},
)
SUBSCRIBER = ServiceSpecification(
    key="SUBSCRIBER", name="Subscriber Profile", characteristics={"ICCID": (), "Phone number": ()}
)
MOBILE = ServiceSpecification(
    key="MOBILE",
    name="Mobile Connection",
    layer="cfs",
    characteristics={"Roaming": ("Home", "Europe", "World"), "Technology": ("4G", "5G")},
    children=(VOICE, DATA, SUBSCRIBER),
)

SERVICE_SPECIFICATIONS = (BROADBAND, ACCESS_LINE, STATIC_ADDRESS, WIFI, MOBILE, VOICE, DATA, SUBSCRIBER)
