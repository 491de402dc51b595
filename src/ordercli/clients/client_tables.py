"""The tables about clients, made from their row types: keys and indexes."""

from sqlalchemy import Index, PrimaryKeyConstraint

from ordercli.clients.kept_answers import KeptAnswerRow
from ordercli.database.models import table

KeptAnswer = table(
    KeptAnswerRow,
    PrimaryKeyConstraint("client", "idempotency_key"),
    Index("kept_answer_age", "created_at"),
)
