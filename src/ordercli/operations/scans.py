"""Tell which filters make a list read its whole table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.statements import most_rows

if TYPE_CHECKING:
    from ordercli.database.statements import Row
    from ordercli.database.store import Store

# A list is called with the options for which it is going to read each row of its table, before it does.
OnScan = Callable[[Sequence[str]], None]
# So many rows are read before anybody would ask what takes so long.
_FEW = 100_000


def scanning(store: Store, row_type: type[Row], wanted: NamedTuple, unindexed: Mapping[str, str]) -> list[str]:
    """Return the options for which each row of a long table is read; none if another filter has an index.

    `unindexed` has the option of each member of the filter `wanted` that no index serves.
    """
    given = {name for name, value in wanted._asdict().items() if value != wanted._field_defaults[name]}
    if not given or not given <= set(unindexed) or most_rows(store, row_type) <= _FEW:
        return []
    return [option for name, option in unindexed.items() if name in given]
