"""Records on a server: what a batch of orders names is fetched in one statement, for each question is a round trip."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from ordercli.reference.store import StoredRecords, meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.driver import Connection
    from ordercli.reference.lookup import Name

# So many names are kept at the most, with the bodies of their records.
KEPT_NAMES = 4096


class ServedRecords(StoredRecords):
    """As StoredRecords; what was fetched ahead is answered from memory."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._bodies: dict[Name, list[bytes]] = {}

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Fetch the records of the first of these names, as many as are kept, but for those that are there."""
        # No text of the server has U+0000.
        wanted = (name for name in names if name not in self._bodies and "\0" not in name[1])
        fresh = set(islice(dict.fromkeys(wanted), KEPT_NAMES))
        if len(self._bodies) + len(fresh) > KEPT_NAMES:
            self._bodies.clear()
        if fresh:
            self._bodies |= self._fetch(fresh)

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
