"""The catalogue of the samples: mobile, fibre, SD-WAN."""

from __future__ import annotations

from scripts.make_samples.product import Offering, Specification

MOBILE_PLAN = Specification(
    key="MOBILE-PLAN",
    name="Mobile Plan",
    characteristics={
        "Data volume": ("5 GB", "20 GB", "60 GB", "Unlimited"),
        "Roaming": ("Home", "Europe", "World"),
        "Contract term": ("1 month", "12 months", "24 months"),
        "Phone number": (),
    },
)
SIM = Specification(key="SIM", name="SIM Card", characteristics={"SIM type": ("eSIM", "Nano SIM"), "ICCID": ()})
DEVICE = Specification(
    key="DEVICE",
    name="Mobile Device",
    characteristics={
        "Model": ("Aurora 7", "Aurora 7 Pro", "Pebble Mini"),
        "Colour": ("Black", "Crème", "Sage"),
        "Storage": ("128 GB", "256 GB", "512 GB"),
    },
)
NUMBER_PORT = Specification(
    key="NUMBER-PORT",
    name="Number Port-In",
    characteristics={"Ported number": (), "Losing operator": (), "Port type": ("Full", "Partial")},
)

SET_TOP_BOX = Specification(
    key="SET-TOP-BOX", name="Set-top Box", characteristics={"Box": ("Stream", "Recorder"), "Serial number": ()}
)
TV = Specification(
    key="TV",
    name="TV Service",
    characteristics={"Channel pack": ("Basic", "Family", "Sport & Cinema"), "Resolution": ("HD", "4K")},
    children=(SET_TOP_BOX,),
)
ROUTER = Specification(
    key="ROUTER",
    name="Home Router",
    characteristics={"Router model": ("WR-5", "WR-6", "WR-7"), "Ownership": ("Rental", "Purchase")},
)
INTERNET = Specification(
    key="INTERNET",
    name="Fibre Internet Access",
    characteristics={
        "Download speed": ("250 Mbit/s", "500 Mbit/s", "1 Gbit/s"),
        "Upload speed": ("50 Mbit/s", "250 Mbit/s", "1 Gbit/s"),
        "Static IP address": ("No", "Yes"),
    },
)
HOME_FIBRE = Specification(
    key="HOME-FIBRE",
    name="Home Fibre Bundle",
    characteristics={"Installation": ("Self", "Technician")},
    children=(INTERNET, ROUTER, TV),
)

SD_WAN_CONTROLLER = Specification(
    key="SD-WAN-CONTROLLER",
    name="SD-WAN Controller",
    characteristics={"Tenancy": ("Base (10 sites)", "Advance (50 sites)", "Premium (>50 sites)")},
)
SD_WAN_EDGE = Specification(
    key="SD-WAN-EDGE",
    name="SD-WAN Edge Device",
    version=2,
    characteristics={
        "CPE Type": ("Physical", "Virtual"),
        "CPE Model": ("Edge 210", "Edge 510", "Edge 910"),
        "WAN Optimization": ("Base", "Advance"),
        "Routing": ("Base", "Premium"),
    },
)
SD_WAN_PACKAGE = Specification(
    key="SD-WAN-PACKAGE",
    name="SD-WAN Service Package",
    characteristics={"Service level": ("Silver", "Gold", "Platinum")},
    children=(SD_WAN_CONTROLLER, SD_WAN_EDGE),
)
SD_WAN_SECURITY = Specification(
    key="SD-WAN-SECURITY",
    name="SD-WAN Security",
    characteristics={"Security Type": ("Base", "Advance", "Premium")},
    parent=SD_WAN_PACKAGE,
)
MOBILE_FAILOVER = Specification(
    key="MOBILE-FAILOVER",
    name="Mobile Failover",
    characteristics={"Technology": ("LTE", "5G"), "APN": ()},
    parent=SD_WAN_EDGE,
)

SPECIFICATIONS = (
    MOBILE_PLAN,
    SIM,
    DEVICE,
    NUMBER_PORT,
    HOME_FIBRE,
    INTERNET,
    ROUTER,
    TV,
    SET_TOP_BOX,
    SD_WAN_PACKAGE,
    SD_WAN_CONTROLLER,
    SD_WAN_EDGE,
    SD_WAN_SECURITY,
    MOBILE_FAILOVER,
)

SIM_ONLY = Offering(key="SIM", name="SIM Card", specification=SIM)
PHONE = Offering(key="PHONE", name="Smartphone", specification=DEVICE)
PORT_IN = Offering(key="PORT-IN", name="Keep your number", specification=NUMBER_PORT)
MOBILE_PLANS = tuple(
    Offering(key=f"MOBILE-{size}", name=f"Mobile {size}", specification=MOBILE_PLAN, bundled=(SIM_ONLY, PHONE, PORT_IN))
    for size in ("S", "M", "L", "XL")
)
HOME_FIBRE_SPEEDS = tuple(
    Offering(key=f"HOME-FIBRE-{speed}", name=f"Home Fibre {speed}", specification=HOME_FIBRE)
    for speed in (250, 500, 1000)
)
PREMIUM_SD_WAN = Offering(key="SD-WAN", name="Premium SD-WAN Offering", version=1, specification=SD_WAN_PACKAGE)

OFFERINGS = (*MOBILE_PLANS, SIM_ONLY, PHONE, PORT_IN, *HOME_FIBRE_SPEEDS, PREMIUM_SD_WAN)
