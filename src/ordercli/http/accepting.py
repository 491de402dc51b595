"""Accept the orders of many clients in one transaction, each with the outcome that it would have alone."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.clients import kept_answers
from ordercli.clients.kept_answers import KeptAnswerRow
from ordercli.clock import later, now, timestamp
from ordercli.database import faults
from ordercli.database.opening import open_database
from ordercli.database.store import savepoint, transaction
from ordercli.errors import TryAgainError
from ordercli.http.answers import Answer, RefusedError, answer, refusal
from ordercli.http.kept_store import KeptStore
from ordercli.http.paths import api_of
from ordercli.operations.accept import Acceptance, accept
from ordercli.operations.contexts import Context, Contexts, RunOptions
from ordercli.operations.count_findings import count_findings, refusals_of
from ordercli.operations.find import find
from ordercli.operations.inventory import inventory_versions
from ordercli.operations.receipts import created_order, receipt
from ordercli.operations.results import OrderResult, Outcome, creation_failed
from ordercli.operations.validate import RuleSet, ValidatedOrder, Validator
from ordercli.orders.order_rows import OrderView
from ordercli.queue import batches
from ordercli.queue.batches import Counts, KeptRejects
from ordercli.queue.entries import BatchStatus
from ordercli.reference.store import generation, reference_data
from ordercli.resources.all_rules import error_body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.http.paths import Api
    from ordercli.intake.record import Record
    from ordercli.queue.workers import Worker
    from ordercli.settings import Settings

# Clients with tokens of their own may send orders of the same source.
_Sender = tuple[Context, str]
_DAY = 86_400
_SUCCESS = range(200, 300)
_COLUMN = {Outcome.ACCEPTED: 1, Outcome.DUPLICATE: 2, Outcome.CONFLICT: 3, Outcome.REJECTED: 4}
USED_OTHERWISE = "This Idempotency-Key was used for another request"


class Post(NamedTuple):
    """An order that a client sends; `key` is its Idempotency-Key. One of many (`is_line`) is answered by a receipt."""

    api: Api
    record: Record
    context: Context
    actor: str
    key: str | None = None
    pick: Callable[[dict[str, object]], dict[str, object]] = dict
    is_line: bool = False

    @property
    def digest(self) -> bytes:
        """Return a digest of the request, to recognize another request with the same key."""
        about = (self.api.resource.name, self.api.profile, self.context.mode, self.context.source or "")
        return sha256(f"{' '.join(about)}\n".encode() + self.record.data).digest()


class Served(NamedTuple):
    """What a server has received in one context (source, profile and mode): the batch, and its counts."""

    batch_id: str
    counts: Counts


class Accepting:
    """Accepts orders in groups, one transaction each, and counts them in batches of the server.

    It keeps one connection, which it opens on first use, and belongs to one thread. Whenever it opens a connection, it
    reads its batches again: if the last connection was lost, its last commit may or may not have taken effect.
    """

    def __init__(self, database: str, settings: Settings, worker: Worker, report: Callable[[Exception], None]) -> None:
        self._settings = settings
        self._worker = worker
        self._report = report
        self._kept_store = KeptStore(database, self._open)
        self._generation: int | None = None
        self._batches: dict[Context, Served] = {}
        self._acceptances: dict[_Sender, Acceptance] = {}
        self._forget_after = ""

    def connect(self) -> Store:
        """Return the connection; it is opened anew if it was given up, or if the database file was replaced.

        Raises:
            OrdercliError: the database cannot be opened.
        """
        self._store = self._kept_store.get()
        return self._store

    def _open(self, database: str) -> Store:
        store = open_database(database)
        try:
            store.limit_lock_waits(self._settings.serve.lock_timeout)
            of_worker = batches.served_by(store, self._worker.name)
        except BaseException:
            store.close()
            raise
        self._batches = {
            Context("submit", batch.source, batch.profile, batch.mode): Served(batch.id, batch.counts)
            for batch in of_worker
        }
        self._generation = None
        return store

    @property
    def received(self) -> list[tuple[str, Counts]]:
        """The modes in which clients sent orders, each with the counts of their outcomes."""
        # A list of the items first: another thread may be asking.
        return [(context.mode, served.counts) for context, served in list(self._batches.items())]

    def disconnect(self) -> None:
        """Close the connection, which may be lost."""
        self._kept_store.disconnect()

    def _refresh(self) -> None:
        """Connect, and read reference data anew where another process has changed it."""
        found = generation(self.connect())
        if self._generation == found:
            return
        reference = reference_data(self._store, self._settings)
        self._validator = Validator(self._store, reference, self._settings)
        self._inventory = inventory_versions(self._store, reference, self._settings)
        self._acceptances.clear()
        self._generation = found

    def accept(self, posts: Sequence[Post]) -> list[Answer]:
        """Accept orders together; if that fails, one by one, so that only the faulty order is refused.

        Raises:
            OrdercliError, or the driver's error: the database or its disk fails. Nothing was accepted.
        """
        self._refresh()
        validated = self._validated(posts)
        if any(isinstance(each, Exception) for each in validated):
            return self._one_by_one(posts, validated)
        before = dict(self._batches)
        try:
            with transaction(self._store, "serve"):
                return self._write(posts, validated)  # type: ignore[arg-type] # no exception is among them
        except Exception as error:
            self._batches = before
            fault = faults.classify(error)
            if fault == "surroundings" or (fault == "passing" and self._store.one_writer):
                raise
            return self._one_by_one(posts, validated)

    def _validated(self, posts: Sequence[Post]) -> list[ValidatedOrder | Exception]:
        """Return the validated orders; for an order at which a rule raised an exception, return that."""
        found: dict[int, ValidatedOrder | Exception] = {}
        of_rules: defaultdict[RuleSet, list[int]] = defaultdict(list)
        for n, post in enumerate(posts):
            of_rules[RuleSet(post.context.profile, post.context.mode, post.api.resource.name)].append(n)
        for rules, numbers in of_rules.items():
            try:
                orders = self._validator.validate([posts[n].record for n in numbers], rules)
                found |= dict(zip(numbers, orders, strict=True))
            except Exception as error:
                if faults.classify(error) != "unknown":
                    raise
                found |= {n: self._validated_alone(posts[n].record, rules) for n in numbers}
        return [found[n] for n in range(len(posts))]

    def _validated_alone(self, record: Record, rules: RuleSet) -> ValidatedOrder | Exception:
        try:
            return self._validator.validate([record], rules)[0]
        except Exception as error:
            if faults.classify(error) != "unknown":
                raise
            return error

    def _one_by_one(self, posts: Sequence[Post], validated: Sequence[ValidatedOrder | Exception]) -> list[Answer]:
        answers: list[Answer] = []
        before = dict(self._batches)
        try:
            with transaction(self._store, "serve-singly"):
                for post, order in zip(posts, validated, strict=True):
                    answers.append(self._alone(post, order))
        except BaseException:
            self._batches = before
            raise
        return answers

    def _alone(self, post: Post, order: ValidatedOrder | Exception) -> Answer:
        before = dict(self._batches)
        try:
            with savepoint(self._store):
                return self._write([post], [_unbroken(order)])[0]
        except Exception as error:
            self._batches = before
            if faults.classify(error) == "surroundings":
                raise
            return self._failed(post, error)

    def _failed(self, post: Post, error: Exception) -> Answer:
        """Return the answer to an order that cannot be created, or that revealed a bug."""
        is_bug = not isinstance(error, faults.integrity_errors())
        if is_bug:
            self._report(error)
        findings = creation_failed("internal error" if is_bug else str(error))
        status = 500 if is_bug else 400
        result = OrderResult(post.record, post.context.source or "", None, Outcome.REJECTED, status, None, findings)
        self._count(post.context, self._batches.get(post.context) or self._begin(post.context), [result])
        if post.is_line:
            return receipt_of(result)
        if is_bug:
            return refusal(RefusedError(500, "Internal error"), post.api)
        return answer(400, post.api.error({**error_body(findings)}, 400))

    def _write(self, posts: Sequence[Post], orders: Sequence[ValidatedOrder]) -> list[Answer]:
        """Accept the orders of each sender; the same sequence of senders in every server avoids deadlocks."""
        answers: dict[int, Answer] = {}
        of_sender: defaultdict[_Sender, list[int]] = defaultdict(list)
        for n, post in enumerate(posts):
            of_sender[post.context, post.actor].append(n)
        for sender in sorted(of_sender, key=str):
            numbers, context = of_sender[sender], sender[0]
            earlier = self._kept(context, [posts[n] for n in numbers])
            answers |= {
                n: self._repeated(posts[n], earlier[key]) for n in numbers if (key := posts[n].key) in earlier and key
            }
            fresh = [n for n in numbers if n not in answers]
            if fresh:
                answers |= self._accept(sender, {n: (posts[n], orders[n]) for n in fresh})
        return [answers[n] for n in range(len(posts))]

    def _accept(self, sender: _Sender, given: dict[int, tuple[Post, ValidatedOrder]]) -> dict[int, Answer]:
        context, _ = sender
        batch = self._batches.get(context) or self._begin(context)
        acceptance = self._acceptances.get(sender) or self._acceptance(sender)
        results = accept(acceptance, [order for _, order in given.values()], context, batch.batch_id)
        self._count(context, batch, results)
        answers = {
            n: self._answer(post, order, result)
            for (n, (post, order)), result in zip(given.items(), results, strict=True)
        }
        at = timestamp(now())
        # What was refused left nothing behind: sent again, corrected or not, it is judged anew.
        kept = [n for n, (post, _) in given.items() if post.key and answers[n].status in _SUCCESS]
        rows = [_row(given[n][0], answers[n], at) for n in kept]
        kept_answers.keep(self._store, rows)
        return answers

    def _count(self, context: Context, batch: Served, results: Sequence[OrderResult]) -> None:
        """Count the outcomes of orders in the batch of their context."""
        counts = _counted(results, batch.counts)
        if not batches.advance(self._store, batch.batch_id, counts, KeptRejects(), batch.counts.read):
            raise TryAgainError(f"Batch {batch.batch_id} was counted by another process")
        count_findings(self._store, batch.batch_id, results, refusals_of(results))
        self._batches[context] = Served(batch.batch_id, counts)

    def _acceptance(self, sender: _Sender) -> Acceptance:
        context, actor = sender
        contexts = Contexts(self._store, RunOptions(context))
        made = Acceptance(self._store, contexts, actor=actor, inventory=self._inventory)
        self._acceptances[sender] = made
        return made

    def _begin(self, context: Context) -> Served:
        """Open the batch of a context, in the caller's transaction."""
        batch = batches.NewBatch(
            id=uuid7().hex,
            source=context.source or "",
            mode=context.mode,
            profile=context.profile,
            inputs=json.dumps(["http"]),
            track_id=None,
            idempotency_key=None,
            rejects_file=None,
            started_at=timestamp(now()),
            worker=self._worker.name,
            kind="http",
        )
        batches.start(self._store, batch)
        return Served(batch.id, Counts())

    def _kept(self, context: Context, posts: Sequence[Post]) -> dict[str, KeptAnswerRow]:
        """Return the answers to the keys of these requests that were given before."""
        keys = [post.key for post in posts if post.key]
        if not keys:
            return {}
        at = timestamp(now())
        if at > self._forget_after:
            kept_answers.forget(self._store, later(now(), -kept_answers.KEPT_DAYS * _DAY))
            self._forget_after = later(now(), _DAY / 24)
        return kept_answers.find(self._store, context.source or "", keys)

    def _repeated(self, post: Post, given: KeptAnswerRow) -> Answer:
        if given.sha256 != post.digest:
            return refusal(RefusedError(409, USED_OTHERWISE), post.api)
        return Answer(given.status, given.body, {"Idempotency-Replayed": "true"}, given.location)

    def _answer(self, post: Post, order: ValidatedOrder, result: OrderResult) -> Answer:
        """Return the answer to an order by its outcome."""
        if post.is_line:
            return receipt_of(result)
        if result.refused:
            body = post.api.error({**error_body(result.findings)}, result.status_code)
            return answer(result.status_code, body)
        order_id = result.order_id or ""
        if result.outcome is Outcome.DUPLICATE:
            return self._duplicate(post, order_id)
        api = api_of(order.resource, order.profile or post.context.profile)
        document = created_order(result)
        if document is None:
            return answer(result.status_code, {"orderId": order_id}, location=api.href(order_id))
        body = post.pick(api.with_hrefs(document))
        return answer(result.status_code, body, location=api.href(order_id), ETag=f'"{document["version"]}"')

    def _duplicate(self, post: Post, order_id: str) -> Answer:
        """Return the order that is known already, as it stands now."""
        found = find(self._store, order_id)
        api = api_of(found.resource, found.profile)
        if post.context.mode == "async":
            return answer(200, {"orderId": order_id}, location=api.href(order_id))
        if isinstance(found, OrderView):
            body = post.pick(api.document(self._store, found))
            return answer(200, body, location=api.href(order_id), ETag=f'"{found.version}"')
        return answer(200, api.waiting(self._store, found, api), location=api.href(order_id))

    def close(self) -> None:
        """Complete the batches of this server, and close the connection.

        Raises:
            OrdercliError, or the driver's error: the database fails; the next server completes the batches.
        """
        try:
            store = self.connect()
            with transaction(store, "serve-finish"):
                for batch in batches.served_by(store, self._worker.name):
                    batches.finish(store, batch.id, BatchStatus.COMPLETED, timestamp(now()))
        finally:
            self.disconnect()

    def complete_lost(self) -> None:
        """Complete the batches of servers that ended without doing so: what was received was committed with them."""
        for batch_id, worker in batches.served(self.connect()):
            if self._worker.is_gone(worker):
                with transaction(self._store, "serve-lost"):
                    batches.finish(self._store, batch_id, BatchStatus.COMPLETED, timestamp(now()))


def receipt_of(result: OrderResult) -> Answer:
    """Return the receipt of one of many orders."""
    return answer(result.status_code, receipt(result))


def _unbroken(order: ValidatedOrder | Exception) -> ValidatedOrder:
    """Return a validated order; raise the exception if a rule raised one."""
    if isinstance(order, Exception):
        raise order
    return order


def _counted(results: Sequence[OrderResult], before: Counts) -> Counts:
    counts = list(before)
    counts[0] += len(results)
    for column, n in Counter(_COLUMN[each.outcome] for each in results).items():
        counts[column] += n
    counts[5] += sum(finding.severity == "warning" for each in results for finding in each.findings)
    return Counts(*counts)


def _row(post: Post, given: Answer, at: str) -> KeptAnswerRow:
    key = post.key or ""
    return KeptAnswerRow(post.context.source or "", key, post.digest, given.status, given.location, given.body, at)
