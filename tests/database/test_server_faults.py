from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from ordercli.database.faults import Fault, classify, explain
from ordercli.errors import BadDatabaseError, BadInputError, OrdercliError, TryAgainError, UsageError

URL = "postgresql://ana:secret@host/orders"
SHOWN = "postgresql://ana:***@host/orders"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.SerializationFailure(), Fault.PASSING),
        (errors.DeadlockDetected(), Fault.PASSING),
        (errors.LockNotAvailable(), Fault.PASSING),
        (errors.AdminShutdown(), Fault.PASSING),
        (errors.ConnectionFailure(), Fault.PASSING),
        (psycopg.OperationalError("the connection is lost"), Fault.PASSING),
        (errors.DiskFull(), Fault.SURROUNDINGS),
        (errors.OutOfMemory(), Fault.SURROUNDINGS),
        (errors.ReadOnlySqlTransaction(), Fault.SURROUNDINGS),
        (errors.DataCorrupted(), Fault.SURROUNDINGS),
        (errors.UniqueViolation(), Fault.UNKNOWN),
        (errors.UndefinedTable(), Fault.UNKNOWN),
    ],
)
def test_faults_are_told_apart_by_what_can_be_done_about_them(error: psycopg.Error, fault: Fault) -> None:
    assert classify(error) is fault


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (errors.AdminShutdown("ended"), TryAgainError, f"The server cannot be reached: {SHOWN} (ended)"),
        (errors.DiskFull("x"), TryAgainError, f"The disk of the server is full: {SHOWN}"),
        (errors.TooManyConnections("x"), TryAgainError, f"The server has no connection left: {SHOWN}"),
        (errors.DeadlockDetected("x"), TryAgainError, f"Another process was at the same rows: {SHOWN}"),
        (errors.InsufficientPrivilege("no"), UsageError, f"This user has no right to do that: {SHOWN} (no)"),
        (errors.InvalidPassword("no"), UsageError, f"The server refuses this user: {SHOWN} (no)"),
        (errors.DataCorrupted("page 1"), BadDatabaseError, f"{SHOWN} is damaged (page 1)"),
        (errors.ProgramLimitExceeded("x"), BadInputError, "An id is too long for an index of the server"),
        (
            psycopg.OperationalError('FATAL:  password authentication failed for user "ana"'),
            UsageError,
            f'The server refuses this user: {SHOWN} (FATAL:  password authentication failed for user "ana")',
        ),
    ],
)
def test_trouble_is_told_without_the_password(error: psycopg.Error, kind: type[OrdercliError], message: str) -> None:
    told = explain(error, URL)

    assert (type(told), told.message if told else None) == (kind, message)


def test_a_bug_is_not_explained_away() -> None:
    assert explain(errors.UndefinedTable("x"), URL) is None
