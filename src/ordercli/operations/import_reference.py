"""Import records of reference data: check each record, then the links between them."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from msgspec import UNSET

from ordercli.clock import timestamp_now
from ordercli.database.store import savepoint
from ordercli.intake import json_text
from ordercli.intake.json_text import shown_nul, shown_nuls
from ordercli.intake.reader import BATCH, BATCH_BYTES
from ordercli.intake.record import Record as Document
from ordercli.operations.diagnostics import diagnose, finding_groups
from ordercli.operations.reference_counts import RecordGroup, ReferenceImport
from ordercli.operations.reference_gaps import GapCounter
from ordercli.operations.reference_rejects import record_line
from ordercli.operations.replace_reference import delete_missing, require_any
from ordercli.reference import staging
from ordercli.reference.checks import WrongType, find_circle, wrong_types
from ordercli.reference.imports import ImportRow, note_imports
from ordercli.reference.record_types import RECORD_TYPES, UNUSED_TYPES, kind_of
from ordercli.reference.records import (
    SHAPES,
    AnyRecord,
    ProductSpecification,
    ServiceSpecification,
    decode_record,
    links,
)
from ordercli.reference.store import NewRecord, RelationRow, keep, relate
from ordercli.resources.common.reading import quick_reader
from ordercli.resources.common.rules.records import (
    CYCLIC_CHARACTERISTICS,
    RECORD_ID_MISSING,
    RECORD_TWICE,
    UNKNOWN_RECORD_TYPE,
    UNKNOWN_REFERENCE_IN_RECORD,
)
from ordercli.resources.common.rules.shape import WRONG_TYPE
from ordercli.resources.document import same_values
from ordercli.rulebook.document import problem_finding, read
from ordercli.rulebook.rule import Finding, near_word
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.diagnostics import Diagnostic
    from ordercli.operations.reference_rejects import Rejects
    from ordercli.reference.records import Record
    from ordercli.run_control import OnProgress

    OnRefused = Callable[[Sequence[Diagnostic]], None]


Json = dict[str, Any]

_read_quickly = quick_reader(cast("type", AnyRecord))


class Checked(NamedTuple):
    """A valid record, and the body to store: the document unchanged, with an `@type` added if it had none."""

    record: Record
    body: bytes


class Skipped(NamedTuple):
    """A record of a type that no rule uses."""

    type: str


def check_record(document: Document, default_type: str | None = None) -> Checked | Skipped | list[Finding]:
    """Return the record in a document, or everything that is wrong in the document itself.

    `default_type` is the type of records without `@type`.
    """
    if document.problem:
        return [problem_finding(document.problem, document)]
    quick = cast("Record | None", _read_quickly(document.data))
    found = Checked(quick, document.data) if quick else _read_exactly(document.data, default_type)
    if not isinstance(found, Checked):
        return found
    record = found.record
    if not record.id.strip():
        return [RECORD_ID_MISSING.finding("/id", type=type(record).__name__)]
    circle = find_circle(record) if isinstance(record, ProductSpecification | ServiceSpecification) else None
    return [CYCLIC_CHARACTERISTICS.finding(circle.pointer, circle=" -> ".join(circle.names))] if circle else found


def _read_exactly(data: bytes, default_type: str | None) -> Checked | Skipped | list[Finding]:
    document = read(data)
    if isinstance(document, Finding):
        return [document]
    given = document.get("@type")
    if given is not None and not isinstance(given, str):
        return [_wrong_type(WrongType("/@type", "@type", "a string"))]
    kind = kind_of(document, default_type)
    if kind in UNUSED_TYPES:
        return Skipped(kind)
    if kind not in SHAPES:
        return [_unknown_type(kind)]
    findings = [_wrong_type(each) for each in wrong_types(document, SHAPES[kind])]
    if document.get("id") is None:
        missing = RECORD_ID_MISSING.finding("/id", type=kind)
        findings.insert(0, missing._replace(message=missing.message + _CREATE_BODY))
    if findings:
        return findings
    record = msgspec.convert({**document, "@type": kind}, SHAPES[kind])
    return Checked(record, data if given else _with_type(data, document, kind))


def _with_type(data: bytes, document: Json, kind: str) -> bytes:
    """Return the bytes of a record with its type, so that an export of it can be imported."""
    if "@type" in document:  # null
        return json_text.encode({**json_text.decode(data), "@type": kind})
    return f'{{"@type":"{kind}",'.encode() + data.lstrip()[1:]


def _unknown_type(kind: str | None) -> Finding:
    return UNKNOWN_RECORD_TYPE.finding(
        "/@type",
        found=_NO_TYPE if kind is None else f"Unknown record type `{kind[:_LONGEST_SHOWN]}`",
        types=", ".join(RECORD_TYPES),
        suggestion=near_word(kind or "", RECORD_TYPES),
    )


_LONGEST_SHOWN = 60
_NO_TYPE = "@type is missing, and neither href nor members show it: add it, or use `reference import --type TYPE`"
_CREATE_BODY = ": this looks like the body of a request to create it; import the answer to that request"


def _wrong_type(fault: WrongType) -> Finding:
    return WRONG_TYPE.finding(fault.pointer, field=fault.field, type=fault.type)


# Records per transaction. A batch changes pages all over the indexes; small batches would write each page many times.
LOADED_TOGETHER = 5000


def load_reference(
    store: Store,
    batches: Iterable[list[Document]],
    on_refused: OnRefused,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
    default_type: str | None = None,
    replace: str | None = None,
    dry_run: bool = False,
    rejects: Rejects | None = None,
) -> ReferenceImport:
    """Read all documents, refuse the bad ones, and load the rest.

    A transaction loads 5,000 records; on a server one transaction loads all. Loading begins when everything was read,
    as records may refer to later ones. If a record is refused, an older version in the database stays. Call
    `on_refused` with the faults of a record, and `on_progress` after each batch that was read or loaded. If `stop`
    returns True, only complete batches were loaded, or none. A dry run counts what would be loaded, and changes
    nothing. `rejects` keeps the refused records; it writes them before anything is loaded.

    `replace` is a type of which stored records that the input lacks are deleted, unless something open refers to them.
    Nothing is deleted if a record was refused, or `stop` returned True.

    Raises:
        BadInputError: the input cannot be read to its end, or has no record of the type `replace`; nothing was loaded.
        TryAgainError: the database is locked, or the disk or the server fails; complete batches may have been loaded.
    """
    started = monotonic()
    run = ImportRun(store, on_refused, on_progress, default_type, dry_run=dry_run, rejects=rejects)
    with staging.staging(store):
        run.read(batches)
        if not stop():
            if replace:
                require_any(store, replace)
            run.refuse_lost()
            if run.result.refused:
                run.result.rejects_file = rejects.write() if rejects else None
            run.load(stop)
        if replace and not stop() and not run.result.refused:
            run.result.replaced = delete_missing(store, replace, dry_run=dry_run)
    run.result.limited = run.gaps.found()
    if run.result.refused:
        run.result.groups = [RecordGroup.of(each) for each in run.groups.largest()]
        run.result.other_groups = run.groups.others()
    run.result.elapsed_seconds = round(monotonic() - started, 3)
    return run.result


class ImportRun:
    """The state of one import; its methods are called in their order, while the staging tables are there."""

    def __init__(
        self,
        store: Store,
        on_refused: OnRefused,
        on_progress: OnProgress | None,
        default_type: str | None,
        *,
        dry_run: bool = False,
        rejects: Rejects | None = None,
    ) -> None:
        self._store = store
        self._rejects = rejects
        self._dry_run = dry_run
        self._default_type = default_type
        self._on_refused = on_refused
        self._on_progress = on_progress
        self._skipped: Counter[str] = Counter()
        self.gaps = GapCounter()
        self.groups = finding_groups()
        self.result = ReferenceImport(dry_run=dry_run or UNSET)

    def read(self, batches: Iterable[list[Document]]) -> None:
        """Check every document, and stage the valid records."""
        for batch in batches:
            records: list[tuple[Document, Record]] = []
            for document in batch:
                found = check_record(document, self._default_type)
                if isinstance(found, list):
                    self._refuse(document, found)
                elif isinstance(found, Skipped):
                    self._skipped[found.type] += 1
                else:
                    records.append((document._replace(data=found.body), found.record))
            self._stage(records)
            self.result.read += len(batch)
            self.result.skipped = dict(sorted(self._skipped.items()))
            self._report_progress()

    def _report_progress(self) -> None:
        if self._on_progress:
            self._on_progress(Progress(0, self.result.read, self.result.refused))

    def _stage(self, records: list[tuple[Document, Record]]) -> None:
        first = self.result.read + 1
        staged = [_staged(n, document, record) for n, (document, record) in enumerate(records, first)]
        found = [
            staging.StagedLink(n, link.type, shown_nul(link.name), link.pointer)
            for n, (_, record) in enumerate(records, first)
            for link in links(record)
        ]
        with savepoint(self._store):
            twice = staging.stage(self._store, staged, found) if staged else set()
        for each, (_, record) in zip(staged, records, strict=True):
            if each.n in twice:
                self._handle_repeated(each)
            else:
                self.gaps.add(record)

    def _handle_repeated(self, later: staging.Staged) -> None:
        """Count a repeated record as unchanged if its content is equal to the first one's; refuse it otherwise."""
        first = staging.by_key(self._store, later.type, later.id)
        if first.body == later.body or same_values(first.body, later.body):
            self.result.unchanged += 1
            return
        finding = RECORD_TWICE.finding("/id", type=later.type, id=later.id, file=first.file, first=first.line)
        self._refuse(_document(later), [finding])

    def refuse_lost(self) -> None:
        """Refuse the records that refer to an unknown record, then those that refer to a refused one, and so on."""
        staging.update_statistics(self._store)
        refused = self._refuse_in_turn(1, staging.with_lost_links)
        turn = 1
        while refused:
            refused = self._refuse_in_turn(turn + 1, partial(staging.with_refused_links, turn=turn))
            turn += 1

    def _refuse_in_turn(self, turn: int, find: Callable[..., list[int]]) -> bool:
        last = 0
        while lost := find(self._store, after=last, limit=BATCH):
            with savepoint(self._store):
                for n in lost:
                    self._refuse_links(n)
                staging.refuse(self._store, lost, turn)
            last = lost[-1]
        return last > 0

    def _refuse_links(self, n: int) -> None:
        findings = [
            UNKNOWN_REFERENCE_IN_RECORD.finding(each.pointer, type=each.type, id=each.name)
            for each in staging.lost_links(self._store, n)
        ]
        staged = staging.by_number(self._store, n)
        self.gaps.remove(decode_record(staged.type, staged.body))
        self._refuse(_document(staged), findings)

    def load(self, stop: Callable[[], bool]) -> None:
        """Load the records that were not refused, in the order of the input; at the end, note what was imported."""
        last: int | None = 0
        while last is not None and not stop():
            with nullcontext() if self._dry_run else staging.part(self._store):
                last = self._load_batch(last)
                if last is None and not self._dry_run:
                    self._note_imports()
            self._report_progress()

    def _load_batch(self, after: int) -> int | None:
        """Load a batch of records after that number; return the number of the last one, or None at the end."""
        arrivals = staging.arrivals(self._store, after, LOADED_TOGETHER, BATCH_BYTES)
        records = [NewRecord(each.type, each.id, each.external_id, on_one_line(each.body)) for each in arrivals]
        pairs = list(zip(records, arrivals, strict=True))
        changed = [record for record, arrival in pairs if record.body != arrival.known]
        if not self._dry_run:
            self._keep(changed)
        inserted = sum(arrival.known is None for arrival in arrivals)
        self.result.inserted += inserted
        self.result.updated += len(changed) - inserted
        self.result.unchanged += len(arrivals) - len(changed)
        return arrivals[-1].n if arrivals else None

    def _note_imports(self) -> None:
        at = timestamp_now()
        found = [ImportRow(each.type, at, each.file, each.records) for each in staging.totals(self._store)]
        note_imports(self._store, found)

    def _keep(self, changed: list[NewRecord]) -> None:
        keep(self._store, changed)
        specifications: list[ProductSpecification] = [
            decode_record(each.type, shown_nuls(each.body)) for each in changed if each.type == "ProductSpecification"
        ]
        relate(self._store, [each.id for each in specifications], _relations(specifications))

    def _refuse(self, document: Document, findings: list[Finding]) -> None:
        self.result.refused += 1
        diagnostics = diagnose(document, None, findings)
        self.groups.add_order(each.group for each in diagnostics)
        if self._rejects:
            self._rejects.add(record_line(document, findings))
        self._on_refused(diagnostics)


def _staged(n: int, document: Document, record: Record) -> staging.Staged:
    return staging.Staged(
        n,
        type(record).__name__,
        shown_nul(record.id),
        shown_nul(record.external_id) if record.external_id else None,
        document.data,
        document.file,
        document.line,
        document.column,
        document.record,
    )


def _document(staged: staging.Staged) -> Document:
    return Document(staged.body, staged.file, staged.line, staged.column, staged.record)


def on_one_line(body: bytes) -> bytes:
    """Return the bytes of a record; one that spans lines is put on one line, so that it can be exported as a line."""
    return msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body


def _relations(specifications: list[ProductSpecification]) -> list[RelationRow]:
    return [
        RelationRow(each.id, n, relation.id, relation.relationship_type)
        for each in specifications
        for n, relation in enumerate(each.product_specification_relationship or ())
        if relation and relation.id and relation.relationship_type
    ]
