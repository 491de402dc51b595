"""The description of a kind of order, and of the profiles in which its orders are written.

The classes are Structs, because most commands import them: a named tuple takes seven times as long to define.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ordercli.intake.forms import KnownFields
    from ordercli.orders.order_rows import OrderRow, OrderWithLines
    from ordercli.reference.lookup import ReferenceData
    from ordercli.rulebook.document import Document
    from ordercli.rulebook.rule import Case, Example, Finding, Reference, Rule
    from ordercli.settings import ProfileName, ResourceName


@cache
def load(module: str, name: str) -> Any:  # whatever the module holds
    """Import a module and return one of its values; used at start-up for values that few commands need."""
    return getattr(import_module(module), name)


Mode = Literal["sync", "async"]

# Members that the order system sets, of an order and of a line item.
ORDER_MEMBERS = (
    "id",
    "href",
    "state",
    "orderDate",
    "version",
    "ponr",
    "expectedCompletionDate",
    "completionDate",
)
LINE_MEMBERS = ("state", "version", "ponr", "workNote")


class Form(Struct, frozen=True):
    """How the orders of a profile are written: their Struct, and the fields that the objects in them may have.

    `is_whole` returns whether each required object of an order has a member; an empty object counts as missing. It is
    None if the shape itself refuses empty objects. `nesting` are the members, at any depth, by which an object may
    contain another one of its shape.
    Rules read the same attributes in the shapes of all profiles, whatever the members are called; where a value may
    stand at different places, a second attribute (`id_at`, `external_id_at`) is its pointer below the object.
    """

    shape: type[Struct]
    known_fields: KnownFields
    is_whole: Callable[[Any], bool] | None = None
    nesting: tuple[str, ...] = ()


class OtherForm(Struct, frozen=True):
    """A second form in which orders of a profile may be written.

    Every order in it holds the bytes `sign`. `is_used_by` returns whether a document with the sign is in this form.
    `load_members` imports the type of its members that have a column. `suffix` is added to the names of its schemas.
    """

    suffix: str
    sign: bytes
    is_used_by: Callable[[Mapping[str, Any]], bool]
    load_form: Callable[[], Form]
    load_members: Callable[[], Any]


class Notices(Struct, frozen=True):
    """How a standard writes events, cancellations and patches, if not as TMF622 v4 does.

    `event` takes an event of v4 and the source of the order; `cancellation` takes the id of the order, its address, the
    reasons of a request to cancel it, and how that ended. `cancel_request` takes the id of an order and the reasons to
    cancel it, `patch_request` the members of a merge patch and the document of the order.
    """

    event: Callable[[Mapping[str, Any], str], dict[str, Any]]
    cancellation: Callable[[str, str, Mapping[str, str], str], dict[str, Any]]
    cancel_request: Callable[[str, Mapping[str, str]], dict[str, Any]]
    patch_request: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


class Profile(Struct, frozen=True):
    """A standard in which orders of one kind are written; `name` is what is stored and printed.

    `actions` maps the profile's names of actions to the stored ones, `states` the stored names of states to the
    profile's, if they differ.
    `load_form` imports the form of its orders, `load_members` the type of their members that have a column,
    `load_notices` how events are written; `other_form` is a second form. `nests_items`: line items may hold others.
    `longest_item_id` is the number of characters that the id of a line item may have, `advised_item_id` the number
    beyond which ORD122 warns if it is selected. `keeps_lines_in_fulfilment`: a line item cannot be cancelled while it
    is being fulfilled. `product_dates` maps the members of a product that are dates to their attributes.
    `load_more_dates` imports a function that yields the other dates of an order and its lines, with their pointers.
    `created_at` is the member that says when an order was created, `server_owned` are all that only the order system
    sets. `only_in_patches` maps the members that this version allows in patches but not in new orders, as another
    version does, to their attributes. `implied_by` maps a member of a party to another one: if that is faulty too, it
    is not reported that the first one is missing.
    `cancelled_at` is the path below the base of an API to which requests to cancel orders are posted.
    `posted_to` is the path below the base of an API to which orders are posted, `found_at` the one below which an
    external id finds an order, `version` the version at the end of that base.
    """

    name: ProfileName
    actions: Mapping[str, str]
    load_form: Callable[[], Form]
    load_members: Callable[[], Any]
    other_form: OtherForm | None = None
    states: Mapping[str, str] = {}
    nests_items: bool = False
    longest_item_id: int | None = None
    advised_item_id: int | None = None
    product_dates: Mapping[str, str] = {}
    created_at: str = "orderDate"
    server_owned: tuple[str, ...] = ORDER_MEMBERS
    load_notices: Callable[[], Notices] | None = None
    load_more_dates: Callable[[], Callable[[Any, Any], Iterable[tuple[str, str | None]]]] | None = None
    only_in_patches: Mapping[str, str] = {}
    keeps_lines_in_fulfilment: bool = False
    implied_by: Mapping[str, str] = {}
    posted_to: str = ""
    cancelled_at: str = ""
    found_at: str = ""
    version: str = ""

    @property
    def forms(self) -> list[tuple[str, Callable[[], Form]]]:
        """The forms, each with the suffix of the names of its schemas."""
        other = [(self.other_form.suffix, self.other_form.load_form)] if self.other_form else []
        return [("", self.load_form), *other]

    def form_of(self, document: Mapping[str, Any]) -> Form:
        """Return the form in which a document is written."""
        other = self.other_form
        return other.load_form() if other and other.is_used_by(document) else self.load_form()

    def may_be_of_another_version(self, order: Any) -> bool:
        """Return whether an order whose fields are all known has a member that a new order has in another version."""
        return any(getattr(order, attribute) is not None for attribute in self.only_in_patches.values())

    def shown_action(self, action: str) -> str:
        """Return the profile's name of an action, or the stored name if it has none."""
        return next((word for word, known in self.actions.items() if known == action), action)

    def shown_state(self, state: str) -> str:
        """Return the profile's name of a state, which may be the stored name."""
        return self.states.get(state, state)

    def canonical_state(self, word: str) -> str:
        """Return the stored name of a state of the profile; an unknown name stays as it is."""
        return {shown: state for state, shown in self.states.items()}.get(word, word)


class Limits(Struct, frozen=True):
    """The most line items of an order, and the most findings that are reported of it; 0 means no limit."""

    max_items_sync: int = 0
    max_items_async: int = 0
    max_findings: int = 0


NO_LIMITS = Limits()


class Terms(Struct, frozen=True):
    """The options of a run that apply to each order; `asked_for` are the codes of rules that the run names in full."""

    profile: Profile
    mode: Mode = "async"
    limits: Limits = NO_LIMITS
    default_currency: str | None = None
    asked_for: Collection[str] = ()


class Shaped(NamedTuple):
    """The part of a document that has the shape of an order, and a finding for each place that does not.

    The order is None if there were enough findings before all of the document was read.
    """

    order: Any
    findings: list[Finding]


class PlacedLine(Protocol):
    """A line item of an order."""

    @property
    def pointer(self) -> str:
        """The pointer of the line."""


class Rulebook(Struct, frozen=True):
    """The rules of a kind of order, also by code, and the functions that read and check its documents.

    `quick_reader` makes a function that decodes a document without faults of shape and tells whether all its fields
    are known; it returns None for any other document, which `shaped` reads. `load_lint` imports the function that finds
    lost data and unknown fields. `other_kind` returns a finding if the document is not of this kind. `version` returns
    the name of the profile of a family in which a document is written; `other_version` returns a finding if it is
    written in another version than the profile, or in two. `has_clear_version` returns whether an order, all of whose
    fields are known, can only be of the last profile of a family. `context` makes what the rules share about one order.
    `reference` converts the reference data of a run, if the rules of this kind need it in another form.
    """

    rules: tuple[Rule, ...]
    by_code: Mapping[str, Rule]
    quick_reader: Callable[[Profile], Callable[[bytes], tuple[Any, bool] | None]]
    shaped: Callable[[Document, Profile, Callable[[list[Finding]], bool], bytes], Shaped]
    other_kind: Callable[[Document], Finding | None]
    load_lint: Callable[[], Callable[[bytes, KnownFields, bool], list[Finding]]]
    version: Callable[[Document], str]
    has_clear_version: Callable[[Any], bool]
    other_version: Callable[[Document, Profile], Finding | None]
    context: Callable[[Any, Terms, Collection[str], bytes], Case]
    lines: Callable[[Any], Sequence[PlacedLine]]
    reference: Callable[[Any], Reference] | None = None


class Examples(Struct, frozen=True):
    """Make the examples of the rules of a kind of order: the document of one in a profile; the options to read it."""

    document: Callable[[Example, str], bytes]
    options: Callable[[Rule], dict[str, Any]]


class PatchWording(Struct, frozen=True):
    """How ServiceNow words the findings of patches: by code the messages that differ from those of new orders.

    `findings` takes a patched document and its findings, and returns those of a patch.
    """

    messages: Mapping[str, str]
    findings: Callable[[Mapping[str, Any], ReferenceData | None, list[Finding]], list[Finding]]


class CannotBeCreatedError(ValueError):
    """The order cannot be turned into rows; the message gives the reason."""


class Accepted(Struct, frozen=True):
    """The data of an accepted order besides its payload; a work note is the number of a line and a text."""

    seq: int
    order_id: str
    external_id: str | None
    source: str
    profile: str
    filled_currency: str | None
    batch_id: str
    work_notes: tuple[tuple[int, str], ...] = ()


def accepted_of(order: OrderRow, work_notes: tuple[tuple[int, str], ...] = ()) -> Accepted:
    """Return the data with which an order was accepted, besides its payload."""
    return Accepted(
        seq=order.seq,
        order_id=order.order_id,
        external_id=order.external_id,
        source=order.source,
        profile=order.profile,
        filled_currency=order.filled_currency,
        batch_id=order.batch_id,
        work_notes=work_notes,
    )


class Inventory(Struct, frozen=True):
    """A type of the records that orders change.

    `specification` is its member that refers to a specification, `specification_type` the type of those records.
    """

    record_type: str
    specification: str
    specification_type: str


PRODUCTS = Inventory("Product", "productSpecification", "ProductSpecification")


class Resource(Struct, frozen=True):
    """A kind of order.

    `name` is stored and printed, `type` is its `@type`, `title` its name in a sentence, `domain` that of its events,
    `items` the member with its line items, `collection` the path of its orders. If the profile of a run belongs to
    another kind, its orders of this kind have the profile `standard`. A family is a name for several profiles; each
    document shows in which of them it is written. The settings that switch its rules off have `setting` in their names
    (`validation.create_…_validation_sync`).

    `is_priced`: orders have prices, and so a currency. The functions `load_…` import on first use what many commands do
    not need: the examples of its rules, its rulebook, the function that converts an accepted payload into rows or
    raises CannotBeCreatedError, and ServiceNow's words for findings of patches if they differ.
    `cancel_type` is the `@type` of the answer to a cancellation. `inventories` are the types of the records that its
    orders change; the first one that has a record of the name counts.
    """

    name: ResourceName
    type: str
    title: str
    domain: str
    items: str
    collection: str
    setting: str
    profiles: Mapping[str, Profile]
    families: Mapping[str, tuple[Profile, ...]]
    standard: str
    load_rulebook: Callable[[], Rulebook]
    load_converter: Callable[[], Callable[[Accepted, bytes, str, Resource], OrderWithLines]]
    load_examples: Callable[[], Examples]
    is_priced: bool = True
    load_patch_wording: Callable[[], PatchWording] | None = None
    cancel_type: str = "CancelProductorder"
    inventories: tuple[Inventory, ...] = (PRODUCTS,)

    def in_patch(self, finding: Finding) -> Finding:
        """Return a finding with the message that ServiceNow has for patches."""
        message = self.load_patch_wording and self.load_patch_wording().messages.get(finding.code)
        return finding._replace(message=message) if message else finding

    def to_rows(self, accepted: Accepted, payload: bytes, now: str) -> OrderWithLines:
        """Return the rows of a new order, or raise CannotBeCreatedError."""
        return self.load_converter()(accepted, payload, now, self)

    def href(self, order_id: str) -> str:
        """Return the path of an order in the ServiceNow API."""
        return f"{self.collection}/{order_id}"
