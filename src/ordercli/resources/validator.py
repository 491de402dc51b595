"""Validate documents: read an order, run the rules, and return the order with its findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

from ordercli.errors import UsageError
from ordercli.intake.json_text import JsonValue
from ordercli.intake.record import Record, Reject
from ordercli.resources.all_rules import all_rules
from ordercli.resources.common.other_kinds import other_request
from ordercli.resources.common.rules.shape import OTHER_KIND
from ordercli.resources.common.values import is_currency_code
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import NO_LIMITS, Limits, Mode, Resource, Terms
from ordercli.rulebook.document import BYTE_ORDER_MARK, REQUEST_BODY_MISSING, Document, problem_finding, read
from ordercli.rulebook.rule import Checks, Finding, Level, Reference
from ordercli.rulebook.selection import Selection

_MANY_FAULTS = 10_000  # faults of shape in one document
_MARK = b"\xef\xbb\xbf"
_NOWHERE: frozenset[str] = frozenset()
_FIRST, *_OTHERS = RESOURCES.values()
_LINE_ITEMS = tuple(f'"{each.items}"'.encode() for each in _OTHERS)
_NOTHING = (b"null", b"[]", b"{}")


def kind_of(data: bytes) -> Resource:
    """Return the first kind whose list of line items the document has, preferably one that is not empty."""
    if not any(mark in data for mark in _LINE_ITEMS):
        return _FIRST
    import msgspec  # most documents are of the first kind

    try:
        members = msgspec.json.decode(data.removeprefix(_MARK), type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _FIRST
    named = [each for each in RESOURCES.values() if each.items in members]
    return next((each for each in named if bytes(members[each.items]) not in _NOTHING), named[0] if named else _FIRST)


def _refuse_unknown(profile: str, default_currency: str | None) -> None:
    if not any(profile in (*each.profiles, *each.families) for each in RESOURCES.values()):
        raise UsageError(f"there is no profile {profile}")
    if default_currency is not None and not is_currency_code(default_currency):
        raise UsageError(f"the default currency must be three upper-case letters, not {default_currency}")


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and not value.isspace() else None


class Validation(NamedTuple):
    """The result of validating one document.

    `order` has the members that its shape knows, in whichever form it was read. It is None if the document cannot be
    read or is refused for its shape. `findings` are sorted. `filled_currency` is the default currency if the order
    names none. `profile` is the profile of the order if it is not that of the run, and `resource` its kind.
    `external_id` is that of a document that was read and refused, if it is a text.
    """

    order: Any
    findings: list[Finding]
    filled_currency: str | None = None
    profile: str | None = None
    resource: str = PRODUCT_ORDER.name
    external_id: str | None = None

    @property
    def refused(self) -> bool:
        """Return whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


class OrderValidator:
    """Validates the documents of one run; what does not depend on a document is computed once, at construction.

    `select`, `ignore`, `severity` and `body_only` are those of a `Selection`. `reference` is passed to the rules that
    use it. `most_findings` is how many should be reported of one order; a `Validation` has all. `profile` may be the
    name of a family: each document shows in which of its profiles it is written. `key_type` is the type of the external
    identifier by which an order is known. `patched`: the documents are existing orders after a patch.

    Raises:
        UsageError: The profile, the default currency, a code or a severity is unknown.
    """

    def __init__(
        self,
        profile: str = "servicenow",
        mode: str = "async",
        default_currency: str | None = None,
        limits: Limits = NO_LIMITS,
        *,
        resource: Resource = PRODUCT_ORDER,
        lint: bool = False,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        severity: Mapping[str, str] | None = None,
        reference: Reference | None = None,
        body_only: bool = False,
        key_type: str | None = None,
        patched: bool = False,
    ) -> None:
        _refuse_unknown(profile, default_currency)
        own = profile if profile in (*resource.profiles, *resource.families) else resource.standard
        family = resource.families.get(own, ())
        self.profile = family[0] if family else resource.profiles[own]
        self._other_profile: str | None = None if self.profile.name == profile else self.profile.name
        self._kind = resource.name
        self.most_findings = limits.max_findings
        self.key_type = key_type
        rulebook = self._rulebook = resource.load_rulebook()
        name = self.profile.name
        self._selection = Selection(
            rulebook.rules, name, select, ignore, severity, lint=lint, body_only=body_only, all_rules=all_rules
        )
        currency = default_currency if resource.is_priced else None
        self._terms = Terms(self.profile, cast("Mode", mode), limits, currency, self._selection.asked_for)
        if reference is not None and rulebook.reference is not None:
            reference = rulebook.reference(reference)
        self._checks = Checks(self._selection.rules, reference)
        is_linted = lint and not body_only
        self._known_fields = self.profile.load_form().known_fields if is_linted else None
        self._quick = rulebook.quick_reader(self.profile)
        self._items_of_others = [f'"{each.items}"'.encode() for each in RESOURCES.values() if each is not resource]
        self._is_family = bool(family)
        # Members that do not show the version of a patched order.
        self._tells_nothing = self.profile.only_in_patches if patched else ()
        # Whether the profile stands for one version of several; a document that mixes them is refused.
        self._is_version = any(self.profile in each for each in resource.families.values())
        # The validator of the last document if that had another version; it is tried first, which saves time.
        self._last: OrderValidator | None = None
        self._options: dict[str, Any] = {
            "mode": mode,
            "default_currency": default_currency,
            "limits": limits,
            "resource": resource,
            "lint": lint,
            "select": select,
            "ignore": ignore,
            "severity": severity,
            "reference": reference,
            "body_only": body_only,
        }
        self._others: dict[str, OrderValidator] = {}

    @property
    def asks_reference(self) -> bool:
        """Return whether any of the rules looks something up in reference data."""
        return self._checks.asks_reference

    def validate(self, data: bytes) -> Validation:
        """Read one document and run all rules."""
        if self._last is not None and (validation := self._as_the_last(data)):
            return validation
        quick = self._quick(data)
        # A document whose fields are all known hardly ever has a member of another version.
        if quick is not None and not self._is_looked_at_closely(quick[0], data, is_known=quick[1]):
            return self._validation(quick[0], data, is_known=quick[1])
        if data.startswith(_MARK):
            return self._with_mark(self.validate(data.removeprefix(_MARK)))
        document = read(data, self._rulebook.by_code[REQUEST_BODY_MISSING.code])
        if isinstance(document, Finding):
            return self._refusal([document])
        if self._is_family and (version := self._rulebook.version(document)) != self.profile.name:
            self._last = self._other(version)
            return self._last._read_already(document, data)  # noqa: SLF001 - of its own class
        return self._look_closely(document, data, None if quick is None else quick[0])

    def _read_already(self, document: Document, data: bytes) -> Validation:
        """Validate a document of this version that was read to learn its version."""
        quick = self._quick(data)
        if quick is not None and not self._is_looked_at_closely(quick[0], data, is_known=quick[1]):
            return self._validation(quick[0], data, is_known=quick[1])
        return self._look_closely(document, data, None if quick is None else quick[0])

    def _is_looked_at_closely(self, order: Any, data: bytes, *, is_known: bool) -> bool:
        """Return whether a document that was decoded quickly may be of another kind or version."""
        if not is_known:
            return self._is_version or any(each in data for each in self._items_of_others)
        return self._is_version and self.profile.may_be_of_another_version(order)

    def _as_the_last(self, data: bytes) -> Validation | None:
        """Validate a document that is of the same version as the last one; None if that is not clear."""
        last = cast("OrderValidator", self._last)
        quick = last._quick(data)  # noqa: SLF001 - of its own class
        if quick is not None and quick[1] and self._rulebook.has_clear_version(quick[0]):
            return last._validation(quick[0], data, is_known=True)  # noqa: SLF001 - as above
        self._last = None
        return None

    def _look_closely(self, document: Document, data: bytes, order: Any) -> Validation:
        """Validate a document that is of another kind or version, or whose shape may be wrong if there is no order."""
        key = _text(document.get("externalId"))
        kind, version = self._rulebook.other_kind(document), None
        if kind is None and (order is None or self._is_version):
            telling = {name: member for name, member in document.items() if name not in self._tells_nothing}
            version = self._rulebook.other_version(telling, self.profile)
        for refusal in (kind, version if self._is_version else None):
            if refusal is not None and refusal.code in self._selection.codes:
                return self._refusal([refusal], key)
        faults: Sequence[Finding] = ()
        if order is None:
            order, faults = self._rulebook.shaped(document, self.profile, self._is_enough, data)
        if faults and version is not None and version.code in self._selection.codes:
            return self._refusal([version], key)
        if order is None:
            return self._refusal(faults, key)
        validation = self._validation(order, data, faults)
        refused = any(fault.severity == "error" for fault in self._selection.selected(faults))
        return validation._replace(order=None, external_id=key) if refused else validation

    def validate_record(self, record: Record) -> Validation:
        """Validate a record of a file, and report the problem that was met while reading it."""
        if record.problem:
            validation = self._refusal([problem_finding(record.problem, record)])
        elif record.reject and (refusal := self._other_request(record.reject)):
            validation = self._refusal([refusal])
        else:
            validation = self.validate(record.data)
        return self._with_mark(validation) if record.byte_order_mark else validation

    def _other_request(self, line: Reject) -> Finding | None:
        """Return the finding for a line of a rejects file that holds no order, unless it is left out."""
        found = other_request(line.request, self._rulebook.by_code[OTHER_KIND.code])
        return found if found and found.code in self._selection.codes else None

    def _refusal(self, faults: Sequence[Finding], external_id: str | None = None) -> Validation:
        return Validation(None, self._reported(faults), resource=self._kind, external_id=external_id)

    def _validation(
        self,
        order: Any,  # of either profile
        data: bytes,
        faults: Sequence[Finding] = (),
        *,
        is_known: bool = False,
    ) -> Validation:
        places = frozenset(fault.pointer for fault in faults) if faults else _NOWHERE
        context = self._rulebook.context(order, self._terms, places, data)
        findings = self._checks.findings(context)
        if self._known_fields is not None:
            findings += self._rulebook.load_lint()(data, self._known_fields, is_known)
        if places:
            findings = [finding for finding in findings if not self._is_hidden(finding, places)]
            findings += faults
        reported = self._reported(findings) if findings else findings
        return Validation(order, reported, context.filled_currency, self._other_profile, self._kind)

    def _other(self, profile: str) -> OrderValidator:
        """Return the validator of another profile of the family, made when the first document needs it."""
        if profile not in self._others:
            other = self._others[profile] = OrderValidator(profile, **self._options)
            other._other_profile = profile
        return self._others[profile]

    def _is_enough(self, faults: Sequence[Finding]) -> bool:
        """Return whether there are so many errors that the rest of the document need not be checked."""
        if len(faults) <= _MANY_FAULTS:
            return False
        errors = sum(fault.severity == "error" for fault in self._selection.selected(faults))
        return errors > max(_MANY_FAULTS, self.most_findings)

    def _with_mark(self, validation: Validation) -> Validation:
        return validation._replace(findings=self._reported([BYTE_ORDER_MARK.finding(), *validation.findings]))

    def _reported(self, findings: Sequence[Finding]) -> list[Finding]:
        return self._selection.in_sequence(findings)

    def _is_hidden(self, finding: Finding, faults: Collection[str]) -> bool:
        """Return whether a finding only follows from a wrong shape, at the same place or above."""
        if self._rulebook.by_code[finding.code].level is Level.BODY:
            return False
        place = finding.pointer
        while place and place not in faults:
            place = place.rpartition("/")[0]
        return bool(place)


class KindValidator:
    """Validates orders of every kind: the members of each document show its kind, whose rules are applied.

    `make` makes the validator of a kind, when the first document needs it. With `only`, the rules of that kind are
    applied to every document, and report documents of other kinds.
    """

    def __init__(self, make: Callable[[Resource], OrderValidator], only: Resource | None = None) -> None:
        first = only or _FIRST
        self._make, self._only = make, only
        self._validators = {first.name: make(first)}
        self.most_findings = self._validators[first.name].most_findings
        self.key_type = self._validators[first.name].key_type

    @property
    def asks_reference(self) -> bool:
        """Return whether any of the rules looks something up in reference data."""
        return any(each.asks_reference for each in self._validators.values())

    def validate(self, data: bytes) -> Validation:
        """Read one document and run the rules of its kind."""
        return self._of(data).validate(data)

    def validate_record(self, record: Record) -> Validation:
        """Validate a record of a file, and report the problem that was met while reading it."""
        return self._of(record.data).validate_record(record)

    def _of(self, data: bytes) -> OrderValidator:
        resource = self._only or kind_of(data)
        if resource.name not in self._validators:
            self._validators[resource.name] = self._make(resource)
        return self._validators[resource.name]
