"""What the program has written and cannot read any more is damage, and no bug."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.errors import BadDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

RESTORE = "restore the last backup"


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Values that only the program writes are taken apart here.

    Raises:
        BadDatabaseError: they are no longer what was written.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError) as error:
        raise BadDatabaseError(f"The database is damaged: {what} cannot be read", hint=RESTORE) from error
