"""The tables about clients, made from their row types: keys and indexes."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint

from ordercli.clients.kept_answers import KeptAnswerRow
from ordercli.clients.subscriptions import LeaseRow, SubscriptionRow
from ordercli.clients.tokens import ApiTokenRow, Role
from ordercli.database.models import one_of, table

KeptAnswer = table(
    KeptAnswerRow,
    PrimaryKeyConstraint("client", "idempotency_key"),
    Index("kept_answer_age", "created_at"),
)

Subscription = table(SubscriptionRow, PrimaryKeyConstraint("id"))

Lease = table(LeaseRow, PrimaryKeyConstraint("name"))

ApiToken = table(ApiTokenRow, PrimaryKeyConstraint("name"), CheckConstraint(one_of("role", Role), name="role"))
