"""The tables about forwarded orders, made from their row types: keys and indexes."""

from sqlalchemy import Index, PrimaryKeyConstraint

from ordercli.database.models import table, where
from ordercli.forwarding.forwards import ForwardRow
from ordercli.forwarding.pauses import TargetPauseRow

Forward = table(
    ForwardRow,
    PrimaryKeyConstraint("order_id"),
    Index("forward_external_id", "target", "resource", "external_id", unique=True, **where("holds_id")),
    Index("forward_sent", "target", "sent_at", **where("sent_at IS NOT NULL")),
)

TargetPause = table(TargetPauseRow, PrimaryKeyConstraint("target"))
