"""Records on a server: what a batch of orders names is fetched in one statement, for each question is a round trip."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from ordercli.reference.store import StoredRecords, meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.driver import Connection
    from ordercli.reference.lookup import Name

# So many names are not fetched again: what was asked about them is remembered where it was asked.
FETCHED_NAMES = 8192


class ServedRecords(StoredRecords):
    """As StoredRecords; what was fetched ahead is answered from memory until the next batch."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._fetched: set[Name] = set()
        self._bodies: dict[Name, list[bytes]] = {}

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Fetch the records of these names, but for those that were fetched for an earlier batch."""
        if len(self._fetched) > FETCHED_NAMES:
            self._fetched.clear()
        # No text of the server has U+0000.
        fresh = {name for name in names if "\0" not in name[1]} - self._fetched
        self._fetched |= fresh
        self._bodies = self._fetch(fresh) if fresh else {}

    def knows(self, record_type: str, name: str) -> bool:
        """Whether there is a record of the type with this id or external id."""
        bodies = self._bodies.get((record_type, name))
        return super().knows(record_type, name) if bodies is None else bool(bodies)

    def find(self, record_type: str, name: str) -> list[bytes]:
        """The body of the record with this id, else of all with this external id, the newest first."""
        bodies = self._bodies.get((record_type, name))
        return super().find(record_type, name) if bodies is None else bodies

    def _fetch(self, names: set[Name]) -> dict[Name, list[bytes]]:
        """The answers of `find` for these names; an empty list where there is no record."""
        wanted = [{"type": record_type, "name": name} for record_type, name in names]
        rows = self._connection.execute(
            "SELECT wanted.type, wanted.name, found.id, found.body"
            " FROM json_to_recordset(CAST(? AS json)) AS wanted (type text, name text)"
            # Looked up row by row in the two indexes, however many the planner expects.
            " CROSS JOIN LATERAL (SELECT id, body, seq FROM reference_record AS r"
            " WHERE r.type = wanted.type AND r.id = wanted.name"
            " UNION ALL SELECT id, body, seq FROM reference_record AS r"
            " WHERE r.type = wanted.type AND r.external_id = wanted.name) AS found ORDER BY found.seq DESC",
            (json.dumps(wanted),),
        )
        found: defaultdict[Name, list[tuple[str, bytes]]] = defaultdict(list)
        for record_type, name, record_id, body in rows:
            found[record_type, name].append((record_id, body))
        return {name: meant(name[1], found[name]) for name in names}
