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
    Index("forward_asked", "target", "asked_at", **where("asked_at IS NOT NULL")),
    Index("forward_followed", "target", "follow_at", **where("remote_id IS NOT NULL AND follow_at IS NOT NULL")),
    Index("forward_trouble", "target", "order_id", **where("trouble IS NOT NULL")),
    Index("forward_remote", "target", "remote_id", **where("remote_id IS NOT NULL")),
    defaults={"follow_at": "", "unchanged": "0"},
)

TargetPause = table(TargetPauseRow, PrimaryKeyConstraint("target"))
