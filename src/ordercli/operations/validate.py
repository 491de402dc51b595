"""Validate records by the rules, before they are accepted."""

from __future__ import annotations

import json
from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import msgspec
from msgspec import Struct, field

from ordercli.database.opening import exists, read_database
from ordercli.database.store import snapshot
from ordercli.intake.json_text import shown_nul
from ordercli.reference.store import coverage, reference_data
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Limits, Mode
from ordercli.resources.validator import KindValidator, OrderValidator
from ordercli.rulebook.document import wrapper_named
from ordercli.rulebook.selection import within
from ordercli.settings import ProfileName, ResourceName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.orders.external_ids import Identifier
    from ordercli.reference.lookup import Name, ReferenceData
    from ordercli.reference.store import Coverage
    from ordercli.resources.resource import Resource
    from ordercli.rulebook.rule import Finding, Rule
    from ordercli.settings import Settings


class RuleSet(NamedTuple):
    """Which rules apply: those of a profile, for orders that are created at once or queued.

    `resource` is the only kind of order that is allowed; None allows each.
    """

    profile: ProfileName
    mode: Mode
    resource: ResourceName | None = None


WorkNotes = tuple[tuple[int, str], ...]


def work_notes(order: Any, findings: Sequence[Finding], resource: str = PRODUCT_ORDER.name) -> WorkNotes:  # noqa: ANN401 - of any kind
    """Return the findings of an accepted order that become work notes: the number of the line, from 0, and the text."""
    if not findings or order is None:
        return ()
    rules = RESOURCES[resource].load_rulebook()
    noted = [each for each in findings if rules.by_code[each.code].is_work_note]
    pointers = [f"{line.pointer}/" for line in rules.lines(order)] if noted else []
    return tuple((_line_at(each.pointer, pointers), each.message) for each in noted)


def _line_at(pointer: str, lines_at: list[str]) -> int:
    """Return the number of the line that a place belongs to: the innermost of nested ones."""
    return max((n for n, line in enumerate(lines_at) if pointer.startswith(line)), key=lambda n: len(lines_at[n]))


def packed(notes: WorkNotes) -> str | None:
    """Return work notes as the JSON text that an entry of the inbound queue stores; None if there are none."""
    return json.dumps(notes, ensure_ascii=False) if notes else None


Text = str | None


class _Ref(Struct):
    id: Text = None


class _Named(_Ref):
    type: Text = field(default=None, name="@referredType")


class _Party(_Named, rename="camel"):
    role: Text = None
    party_or_party_role: _Named | None = None


class _Channel(_Ref):
    channel: _Ref | None = None


class _Place(_Ref):
    place: _Ref | None = None


class _Product(_Ref, rename="camel"):
    product_specification: _Ref | None = None
    place: _Place | list[_Place | None] | None = None


class _Item(Struct, rename="camel"):
    product_offering: _Ref | None = None
    product: _Product | None = None
    product_order_item: list[_Item | None] | None = None


class _Service(_Ref, rename="camel"):
    service_specification: _Ref | None = None
    place: _Ref | list[_Ref | None] | None = None


class _ServiceItem(Struct, rename="camel"):
    service: _Service | None = None
    place: _Ref | list[_Ref | None] | None = None
    service_order_item: list[_ServiceItem | None] | None = None


class _Order(Struct, rename="camel"):
    """The members that can be looked up; msgspec skips all others."""

    channel: list[_Channel | None] | None = None
    related_party: list[_Party | None] | None = None
    product_order_item: list[_Item | None] | None = None
    service_order_item: list[_ServiceItem | None] | None = None


# The record type of a party without @referredType, by its role in lower case.
_TYPES_BY_ROLE = {
    "account": "Customer",
    "customer": "Customer",
    "consumer": "Consumer",
    "contact": "CustomerContact",
    "customercontact": "CustomerContact",
    "location": "Place",
}
_decode = msgspec.json.Decoder(_Order).decode


def named_records(orders: Iterable[bytes]) -> Iterator[Name]:
    """Yield most of the records that the rules will look up for these orders, unsorted and with repetitions.

    They are only fetched in advance: a rule looks up a record that is missing here by itself.
    """
    for data in orders:
        try:
            order = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        for record_type, named in _refs(order):
            if record_type and named and named.id:
                yield record_type, named.id


def _refs(order: _Order) -> Iterator[tuple[str, _Ref | None]]:
    for channel in order.channel or ():
        yield "DistributionChannel", (channel.channel or channel) if channel else None
    for party in order.related_party or ():
        if party and (named := party.party_or_party_role or party):
            yield named.type or _TYPES_BY_ROLE.get((party.role or "").lower(), ""), named
    waiting = [order.product_order_item]
    while waiting:
        for item in waiting.pop() or ():
            if item:
                yield "ProductOffering", item.product_offering
                yield from _refs_of_product(item.product)
                waiting.append(item.product_order_item)
    yield from _refs_of_services(order.service_order_item)


def _refs_of_services(items: list[_ServiceItem | None] | None) -> Iterator[tuple[str, _Ref | None]]:
    for item in items or ():
        if item is None:
            continue
        service = item.service or _Service()
        yield "ServiceSpecification", service.service_specification
        yield "Service", service
        yield "Product", service
        for places in (item.place, service.place):
            for place in places if isinstance(places, list) else [places]:
                yield "Place", place
        yield from _refs_of_services(item.service_order_item)


def _refs_of_product(product: _Product | None) -> Iterator[tuple[str, _Ref | None]]:
    if product:
        yield "Product", product
        yield "ProductSpecification", product.product_specification
        places = product.place if isinstance(product.place, list) else [product.place]
        for place in places:
            yield "Place", (place.place or place) if place else None


class ValidatedOrder(NamedTuple):
    """A record with its findings, and the values of its order that are needed later.

    The decoded order is not kept: 500 of them take more memory, and more time, than their bytes. `profile` is the
    profile of the order if it is not that of the run; `other_ids` are its external identifiers beside the key,
    `external_id`.
    """

    record: Record
    findings: list[Finding]
    external_id: str | None = None
    filled_currency: str | None = None
    work_notes: WorkNotes = ()
    profile: str | None = None
    resource: str = PRODUCT_ORDER.name
    other_ids: tuple[Identifier, ...] = ()

    @property
    def refused(self) -> bool:
        """Return whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


class _Identified(TypedDict, total=False):
    id: str


class _ExternalId(TypedDict, total=False):
    externalId: str | list[_Identified] | None


_decode_external_id = msgspec.json.Decoder(_ExternalId).decode


class Validator:
    """Validates records, and looks references up in a store, where there is one."""

    def __init__(
        self, store: Store | None, reference: ReferenceData | None, settings: Settings, *, lint: bool | None = None
    ) -> None:
        self._store = store
        self._reference = reference
        self._settings = settings
        self._lint = lint
        self._rulebooks: dict[RuleSet, KindValidator] = {}

    @classmethod
    def open(cls, database: str | None, settings: Settings, *, lint: bool | None = None) -> Validator:
        """Return a validator with a connection of its own to the database, where there is one."""
        store = read_database(database) if database and exists(database) else None
        return cls(store, reference_data(store, settings) if store else None, settings, lint=lint)

    def coverage(self, resource: ResourceName | None = None) -> Coverage:
        """Return which rules can use reference data; `resource` is the only kind of order that is allowed."""
        return coverage(self._reference, self._settings, resource)

    def rulebook(self, rule_set: RuleSet) -> KindValidator:
        """Return the rules of a profile and mode.

        Raises:
            UsageError: the settings name rules, severities or a currency that do not exist.
        """
        found = self._rulebooks.get(rule_set)
        if found is None:
            found = rulebook(
                self._settings,
                mode=rule_set.mode,
                profile=rule_set.profile,
                only=rule_set.resource,
                lint=self._lint,
                reference=self._reference,
            )
            self._rulebooks[rule_set] = found
        return found

    def validate(self, records: list[Record], rule_set: RuleSet) -> list[ValidatedOrder]:
        """Validate records by these rules; reference data is read as it stands at one moment."""
        rules = self.rulebook(rule_set)
        if self._store is None or self._reference is None:
            return validate_records(records, rules, None)
        with snapshot(self._store):
            return validate_records(records, rules, self._reference)

    def validate_chunks(self, chunks: Iterator[tuple[list[Record], RuleSet]]) -> Iterator[list[ValidatedOrder]]:
        """Validate chunk after chunk, as a pool of workers does."""
        return starmap(self.validate, chunks)

    def close(self) -> None:
        """Close the store."""
        if self._store:
            self._store.close()


def validate_records(
    records: list[Record], rulebook: KindValidator, reference: ReferenceData | None
) -> list[ValidatedOrder]:
    """Validate records; call it in a transaction where `reference` reads a database."""
    if reference and rulebook.asks_reference:
        reference.look_ahead(named_records(record.data for record in records))
    return [validate_record(record, rulebook) for record in records]


def validate_record(record: Record, rulebook: KindValidator | OrderValidator) -> ValidatedOrder:
    """Validate one record; if its document is a wrapper (`productOrder`) and nothing else, validate the order in it."""
    order, findings, filled_currency, profile, resource, refused_id = rulebook.validate_record(record)
    if order is None and (wrapper := wrapper_named(findings)):
        from ordercli.intake.envelopes import open_wrapper  # most orders have no wrapper

        return validate_record(open_wrapper(record, wrapper), rulebook)
    key, other_ids = _external_ids(order, rulebook.key_type)
    if order is None:
        key = refused_id or _external_id_of(record.data)
    notes = work_notes(order, findings, resource)
    if record.sheet or (record.reject and record.reject.of_sheet):
        from ordercli.operations.sheet_places import with_faults  # few orders come from sheets

        findings = with_faults(record, findings)
    if findings:
        findings = within(findings, rulebook.most_findings)
    # Only an order that was not validated can have an empty external id.
    external_id = shown_nul(key) if key else None
    return ValidatedOrder(record, findings, external_id, filled_currency, notes, profile, resource, other_ids)


def _external_ids(
    order: Any,  # noqa: ANN401 - of any profile
    key_type: str | None,
) -> tuple[str | None, tuple[Identifier, ...]]:
    """Return the external id by which an order is known, and its other external identifiers."""
    if order is None:
        return None, ()
    if order.external_id_at == "/externalId" or not order.external_identifiers:
        return order.external_id, ()
    from ordercli.orders import external_ids  # only for orders of TMF622 v5

    return external_ids.of_order(order, key_type)


def _external_id_of(data: bytes) -> str | None:
    """Return the external id of an order with a wrong shape, to identify its reject."""
    try:
        key = _decode_external_id(data).get("externalId")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(key, list):
        key = key[0].get("id") if key else None
    return key if key and not key.isspace() else None


def rulebook(
    settings: Settings,
    *,
    mode: Mode,
    profile: ProfileName | None = None,
    only: ResourceName | None = None,
    lint: bool | None = None,
    reference: ReferenceData | None = None,
    patched: bool = False,
) -> KindValidator:
    """Return the rules for one mode; if its validation is off, only those that find orders that cannot be read.

    Without reference data the rules that use it are left out. `only` is the kind of order that every document must be.
    `patched` selects the rules for an existing order after a patch.
    """
    validation, limits = settings.validation, settings.limits

    def of_kind(resource: Resource) -> OrderValidator:
        return OrderValidator(
            profile=profile or settings.profile,
            mode=mode,
            default_currency=validation.default_currency,
            limits=Limits(limits.max_items_sync, limits.max_items_async, limits.max_findings),
            resource=resource,
            lint=validation.lint if lint is None else lint,
            select=validation.select,
            ignore=(*validation.ignore, *_switched_off(settings, resource.load_rulebook().rules)),
            severity=validation.severity,
            reference=reference,
            body_only=not getattr(validation, f"create_{resource.setting}_validation_{mode}"),
            key_type=settings.key_identifier_type,
            patched=patched,
        )

    return KindValidator(of_kind, RESOURCES[only] if only else None)


def _switched_off(settings: Settings, rules: Iterable[Rule]) -> list[str]:
    """Return the codes of the rules that a setting switches off."""
    return [rule.code for rule in rules if rule.unless and attrgetter(rule.unless)(settings)]
