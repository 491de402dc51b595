"""Who orders: consumers with a home, companies with sites and contacts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from scripts.make_samples.documents import identifier
from scripts.make_samples.listed import Listed
from scripts.make_samples.markets import JAPAN, MARKETS
from scripts.make_samples.places import Place

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.market import Market


@dataclass(frozen=True, kw_only=True)
class Person(Listed):
    """Somebody with a telephone and a mailbox, as a TMF632 Individual."""

    label = "fullName"

    given_name: str
    family_name: str
    phone: str

    @property
    def email(self) -> str:
        """An address in a domain that nobody owns."""
        return f"{self.key.lower()}@example.com"

    def details(self) -> Json:
        """Names, and how to reach them."""
        return {
            "givenName": self.given_name,
            "familyName": self.family_name,
            "status": "validated",
            "contactMedium": [
                {"mediumType": "email", "preferred": True, "characteristic": {"emailAddress": self.email}},
                {"mediumType": "phone", "characteristic": {"phoneNumber": self.phone}},
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Consumer(Person):
    """A private person who buys for a home."""

    kind = "Consumer"
    prefix = "CON"

    market: Market
    home: Place


@dataclass(frozen=True, kw_only=True)
class Contact(Person):
    """Somebody who speaks for a company."""

    kind = "CustomerContact"

    company: str

    def details(self) -> Json:
        """Add the customer whose contact it is; `company` is its key."""
        customer = {"id": identifier(Company.kind, self.company), "@referredType": Company.kind}
        return super().details() | {"relatedParty": [customer]}


@dataclass(frozen=True, kw_only=True)
class Company(Listed):
    """A business customer, as a TMF629 Customer; the first site is the head office."""

    kind = "Customer"
    prefix = "ACC"

    market: Market
    sites: tuple[Place, ...]
    contacts: tuple[Contact, ...]

    def details(self) -> Json:
        """Status, and the organization behind the account."""
        organization = {"id": identifier("Organization", self.key), "name": self.name, "@referredType": "Organization"}
        return {"status": "active", "engagedParty": organization}


def _name(market: Market, given_name: str, family_name: str) -> str:
    return f"{family_name} {given_name}" if market is JAPAN else f"{given_name} {family_name}"


def _consumers(market: Market) -> tuple[Consumer, ...]:
    return tuple(
        Consumer(
            key=(key := f"{market.country}{number:02}"),
            name=_name(market, given_name, family_name),
            given_name=given_name,
            family_name=family_name,
            phone=market.phone.format(number),
            market=market,
            home=Place(key=key, name=f"{address.street}, {address.city}", address=address, country=market.country),
        )
        for number, ((given_name, family_name), address) in enumerate(
            zip(market.people, market.addresses, strict=False), start=10
        )
    )


def _contacts(market: Market, company: str, number: int) -> tuple[Contact, ...]:
    people = market.people[number::2]
    return tuple(
        Contact(
            key=f"{company}-{place}",
            name=_name(market, given_name, family_name),
            given_name=given_name,
            family_name=family_name,
            phone=market.phone.format(50 + 10 * number + place),
            company=company,
        )
        for place, (given_name, family_name) in enumerate(people, start=1)
    )


def _companies(market: Market) -> tuple[Company, ...]:
    return tuple(
        Company(
            key=(key := f"{market.country}-{number + 1}"),
            name=name,
            market=market,
            sites=tuple(
                Place(key=f"{key}-{place}", name=f"{name}, {address.city}", address=address, country=market.country)
                for place, address in enumerate(market.addresses, start=1)
            ),
            contacts=_contacts(market, key, number),
        )
        for number, name in enumerate(market.companies)
    )


CONSUMERS: tuple[Consumer, ...] = tuple(
    chain.from_iterable(zip(*(_consumers(market) for market in MARKETS), strict=True))
)
COMPANIES: tuple[Company, ...] = tuple(
    chain.from_iterable(zip(*(_companies(market) for market in MARKETS), strict=True))
)


def consumer_of(number: int) -> Consumer:
    """Choose who orders; steps over one market in each round, so that no market always gets the same order."""
    return CONSUMERS[(number + number // len(MARKETS)) % len(CONSUMERS)]


def company_of(number: int) -> Company:
    """Choose the company that orders, in the market of `consumer_of` the same number."""
    return COMPANIES[(number + number // len(MARKETS)) % len(COMPANIES)]
