"""Make the JSON Schemas of inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import msgspec

from ordercli.bulk import batch_cancellation, reject_lines, reject_rewriting, watch_folder
from ordercli.errors import NotFoundError
from ordercli.operations import (
    audit_orders,
    backup,
    batch_reports,
    change_entries,
    change_requests,
    compare_reference,
    configuration,
    contexts,
    copy,
    database,
    delete_reference,
    diagnose,
    find,
    follow,
    forward,
    forward_entries,
    history,
    json_patch,
    purge_entries,
    receipts,
    reference,
    reference_counts,
    reference_rejects,
    restore,
    results,
    rules,
    subscriptions,
    target_status,
    targets,
    tokens,
)
from ordercli.operations import list as order_list
from ordercli.operations.drain import QueueRun
from ordercli.operations.queue_status import PauseState, QueueStatus
from ordercli.operations.report import Report
from ordercli.output.diagnostics import diagnostic_shapes
from ordercli.queue.entries import QueueEntry
from ordercli.reference.records import AnyRecord
from ordercli.resources.common.document_shapes import OrderFields, PatchOperation
from ordercli.resources.product_order import document_shapes
from ordercli.resources.product_order.profiles import TMF622_V4
from ordercli.resources.quote.shapes import Quote
from ordercli.resources.registry import RESOURCES
from ordercli.resources.service_order import service_document_shapes
from ordercli.result_types import Error, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.settings import ResourceName

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ORDER = (
    "A {} as a caller sends it, profile {}. This is only its shape: the required members, and the types of all. "
    "`ordercli validate` checks more: required text must not be blank, dates and ids must have their format, line "
    "items must be consistent with each other and with the order, and the records that they refer to must exist."
)
_RECORD = (
    "A record of reference data, distinguished by `@type`. Only `@type` and `id` are required; members that rules use "
    "must have their type, all other members of TMF620, TMF629, TMF632, TMF633, TMF637 and TMF638 are kept."
)
_QUOTE = (
    "A quote of TMF648 v4 as `quote convert` reads it. Only the members that it reads or takes over have a type; any "
    "other one is allowed, and reported if it has no place in an order. The result is an order of `order-tmf622-v4`."
)
_SHOWN = "show, patch -o json, list -o ndjson"
_EVENTS = "events, history --events -o ndjson"
_CANCEL_V5 = "A request to cancel an order as TMF622 v5 has it, which needs no reason."
_JSON_PATCH = (
    "A JSON Patch (RFC 6902) of an order. Its operations are applied in order, all or none, to the document that "
    "`ordercli show ID -o json` prints."
)


class UnknownSchemaError(NotFoundError):
    """There is no such schema."""


class Schema(NamedTuple):
    """The shape of a document with a name, and the commands that read, write or print it.

    `about` describes it and begins with a summary sentence; without it the docstring of the shape is used. `resource`
    is the kind of order that it describes; without one, it is the same for all kinds.
    """

    name: str
    shape: Any  # a TypedDict, a Struct, or a union of Structs
    used_by: str
    about: str = ""
    resource: ResourceName | None = None


class SchemaLine(Result):
    """A JSON Schema in one line."""

    columns = ("name", "usedBy", "about")
    identified_by = "name"

    name: str
    used_by: str
    about: str


_PRODUCT: ResourceName = "productOrder"
_SERVICE: ResourceName = "serviceOrder"
# What the names of the schemas of a kind of order begin with.
_PREFIXES: dict[ResourceName, str] = {_PRODUCT: "", _SERVICE: "service-"}


def _of_profiles(resource: ResourceName) -> Iterator[Schema]:
    """Yield the schemas of the orders that callers send, for each profile and form."""
    kind = RESOURCES[resource]
    for name, profile in kind.profiles.items():
        for suffix, load_form in profile.forms:
            yield _sent(resource, f"{name}{suffix}", load_form().shape, name)


def _sent(resource: ResourceName, name: str, shape: Any, profile: str) -> Schema:  # noqa: ANN401 - see Schema
    about = _ORDER.format(RESOURCES[resource].title, profile)
    used_by = "submit, validate, quote convert" if shape is TMF622_V4.load_form().shape else "submit, validate"
    return Schema(f"{_PREFIXES[resource]}order-{name}", shape, used_by, about, resource)


SCHEMAS = (
    *_of_profiles(_PRODUCT),
    _sent(_PRODUCT, "tmf622", TMF622_V4.load_form().shape, "tmf622, TMF622 v4"),
    *_of_profiles(_SERVICE),
    Schema("quote", Quote, "quote convert", _QUOTE),
    Schema("order-group", order_list.OrderGroup, "list --group-by"),
    Schema("submission", results.Submission, "submit -o json, rejects submit -o json, batch resume -o json"),
    Schema("receipt", receipts.Receipt, "submit -o ndjson, rejects submit -o ndjson, batch resume -o ndjson"),
    Schema("file-receipt", watch_folder.FileReceipt, "submit --watch-folder -o ndjson, NAME.receipt.json"),
    Schema("record-reject", reference_rejects.RecordReject, "reference import --rejects"),
    Schema("reject", contexts.Reject, "submit --rejects, rejects submit --rejects, queue export"),
    Schema("reject-group", reject_lines.RejectGroup, "rejects show -o ndjson"),
    Schema("fixed-line", reject_rewriting.FixedLine, "rejects fix, rejects edit -o ndjson"),
    Schema("accepted", receipts.AcceptedOrder, "submit --accepted"),
    Schema(
        "diagnostics",
        diagnostic_shapes.Diagnostics,
        "validate -o json, convert --to PATH -o json, quote convert --to PATH -o json",
    ),
    Schema(
        "diagnostic", diagnostic_shapes.Diagnostic, "validate -o ndjson, convert -o ndjson, quote convert -o ndjson"
    ),
    Schema("rule-count", diagnostic_shapes.RuleCount, "validate --statistics -o ndjson"),
    Schema("expectation", diagnostic_shapes.Expectation, "validate NAME.expect.json, quote convert NAME.expect.json"),
    Schema("report", Report, "report -o json"),
    Schema("queue-run", QueueRun, "queue run -o json"),
    Schema("queue-status", QueueStatus, "queue status -o json, queue status --watch -o ndjson"),
    Schema("pause", PauseState, "queue pause, queue resume, forward pause, forward resume -o json"),
    Schema("queue-entry", QueueEntry, "queue list -o ndjson, forward list -o ndjson"),
    Schema("queue-entry-details", find.QueueEntryDetails, "queue show -o json"),
    Schema(
        "entry-receipt",
        change_entries.EntryReceipt,
        "queue create, queue retry ID, queue discard ID -o ndjson, forward retry ID, forward discard ID,"
        " forward resolve -o ndjson",
    ),
    Schema(
        "entries-changed",
        change_entries.EntriesChanged,
        "queue retry, queue discard, forward retry, forward discard -o json",
    ),
    Schema("entries-purged", purge_entries.EntriesPurged, "queue purge -o json"),
    Schema("queued-answer", find.QueuedAnswer, "show -o json"),
    Schema("order", document_shapes.Order, _SHOWN, resource=_PRODUCT),
    Schema("service-order", service_document_shapes.ServiceOrder, _SHOWN, resource=_SERVICE),
    Schema("order-fields", OrderFields, "list --fields -o ndjson"),
    Schema(
        "change-receipt", change_requests.ChangeReceipt, "patch --from, cancel --from, cancel ID..., fulfil -o ndjson"
    ),
    Schema("patch-request", json_patch.PatchRequest, "patch --from"),
    Schema("json-patch", list[json_patch.Operation], "patch ID FILE", _JSON_PATCH),
    Schema("patch-operation", PatchOperation, "patch --dry-run -o ndjson"),
    Schema("cancel-request", document_shapes.CancelRequest, "cancel --from", resource=_PRODUCT),
    Schema("cancel-request-v5", document_shapes.CancelRequestV5, "cancel --from", _CANCEL_V5, _PRODUCT),
    Schema("service-cancel-request", service_document_shapes.CancelRequest, "cancel --from", resource=_SERVICE),
    Schema("cancellation", document_shapes.Cancellation, "cancel ID -o json", resource=_PRODUCT),
    Schema("service-cancellation", service_document_shapes.Cancellation, "cancel ID -o json", resource=_SERVICE),
    Schema("fulfilment-report", service_document_shapes.FulfilmentReport, "fulfil", resource=_SERVICE),
    Schema("history-line", history.HistoryLine, "history -o ndjson"),
    Schema("event", document_shapes.Event, _EVENTS, resource=_PRODUCT),
    Schema("service-event", service_document_shapes.Event, _EVENTS, resource=_SERVICE),
    Schema(
        "reference-record", AnyRecord, "reference import, reference list, reference show, reference export", _RECORD
    ),
    Schema("reference-import", reference_counts.ReferenceImport, "reference import -o json"),
    Schema("deleted-record", delete_reference.DeletedRecord, "reference delete -o ndjson"),
    Schema("record-difference", compare_reference.RecordDifference, "reference diff -o ndjson"),
    Schema("reference-stats", reference.ReferenceStats, "reference stats -o json"),
    Schema("rule", rules.Rule, "rules -o ndjson"),
    Schema("explanation", rules.Explanation, "explain -o json"),
    Schema("schema", SchemaLine, "schema -o ndjson"),
    Schema("batch", batch_reports.Batch, "batch list -o ndjson"),
    Schema("batch-details", batch_reports.BatchDetails, "batch show -o json, batch watch -o ndjson"),
    Schema("batch-order", batch_reports.BatchOrder, "batch show --orders -o ndjson"),
    Schema("batch-cancellation", batch_cancellation.BatchCancellation, "batch cancel -o json"),
    Schema("withdrawn-order", batch_cancellation.WithdrawnOrder, "batch cancel -o ndjson"),
    Schema("api-token", tokens.ApiToken, "serve token list -o ndjson, serve token revoke -o json"),
    Schema("new-token", tokens.NewToken, "serve token add -o json"),
    Schema("subscription", subscriptions.Subscription, "hub list -o ndjson, hub enable -o json, hub remove -o json"),
    Schema("forward-run", forward.ForwardRun, "forward run -o ndjson"),
    Schema("follow-run", follow.FollowRun, "forward follow -o ndjson"),
    Schema("forward-status", target_status.TargetStatus, "forward status -o ndjson"),
    Schema("forwarded-order", forward_entries.ForwardedOrder, "forward show -o json"),
    Schema("target", targets.TargetLine, "target list -o ndjson"),
    Schema("target-check", targets.TargetCheck, "target check -o json"),
    Schema("settings", configuration.Settings, "config show -o json"),
    Schema("setting", configuration.Setting, "config show --origin -o ndjson"),
    Schema("settings-file", configuration.SettingsFile, "config path -o ndjson"),
    Schema("database-upgrade", database.DatabaseUpgrade, "db upgrade -o json"),
    Schema("planned-upgrade", database.PlannedUpgrade, "db upgrade --dry-run -o json"),
    Schema("database-copy", copy.DatabaseCopy, "db copy -o json"),
    Schema("backup", backup.Backup, "db backup -o json"),
    Schema("restored-database", restore.Restored, "db restore -o json"),
    Schema("database-info", database.DatabaseInfo, "db info -o json"),
    Schema("fault", audit_orders.Discrepancy, "db check -o ndjson"),
    Schema("check", diagnose.Check, "doctor -o ndjson"),
    Schema("error", Error, "every command, on standard error"),
)
BY_NAME = {schema.name: schema for schema in SCHEMAS}


def schemas(resource: ResourceName | None = None) -> list[SchemaLine]:
    """Return a line for each schema: its name, what it describes, and where that is read or printed.

    `resource` leaves out the schemas of other kinds of orders.
    """
    return [
        SchemaLine(each.name, each.used_by, _description(each).partition(". ")[0].rstrip("."))
        for each in SCHEMAS
        if _is_of(each, resource)
    ]


def _is_of(schema: Schema, resource: ResourceName | None) -> bool:
    return resource is None or schema.resource in {None, resource}


def schema(name: str, resource: ResourceName | None = None) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of that name; it allows unknown members.

    Raises:
        UnknownSchemaError: there is no schema of that name, or it is of another kind of order than `resource`; the hint
            names the most similar one.
    """
    known = {each.name: each for each in SCHEMAS if _is_of(each, resource)}
    found = known.get(name)
    if found is None:
        of_kind = f" of kind {resource}" if resource and name in BY_NAME else ""
        raise UnknownSchemaError(f"there is no schema {name!r}{of_kind}", hint=_nearest(name, known))
    head = {"$schema": DIALECT, "title": name, "description": _description(found)}
    return head | (_schema_of_result(found.shape) if is_result(found.shape) else msgspec.json.schema(found.shape))


def is_result(shape: Any) -> TypeGuard[type[Result]]:  # noqa: ANN401 - see Schema
    """Return whether the shape is a result, whose members are printed whatever their values."""
    return isinstance(shape, type) and issubclass(shape, Result)


def _schema_of_result(shape: type[Result]) -> dict[str, Any]:
    """Return a schema that also requires members with a default, because a result is printed with all members."""
    described = msgspec.json.schema(shape)
    for each in described["$defs"].values():
        if "properties" not in each:
            continue
        members = each["properties"]
        required = {*each.get("required", ()), *(name for name, member in members.items() if "default" in member)}
        each["required"] = [name for name in members if name in required]
        for member in members.values():
            member.pop("default", None)
    return described


def _description(found: Schema) -> str:
    return found.about or found.shape.__doc__ or ""


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only after a mistake

    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else "`ordercli schema` lists them"
