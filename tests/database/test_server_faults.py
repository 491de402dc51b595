from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from ordercli.database.faults import Fault, classify, explain
from ordercli.errors import BadDatabaseError, BadInputError, OrdercliError, TryAgainError, UsageError

URL = "postgresql://ana:secret@host/orders"
SHOWN = "postgresql://ana:***@host/orders"


def with_state(sqlstate: str, message: str = "") -> psycopg.Error:
    """An error of a server that is newer than the driver's names for its errors."""
    error = psycopg.InternalError(message)
    error.sqlstate = sqlstate
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.SerializationFailure(), "passing"),
        (errors.DeadlockDetected(), "passing"),
        (errors.LockNotAvailable(), "passing"),
        (errors.AdminShutdown(), "surroundings"),
        (errors.ConnectionFailure(), "surroundings"),
        (errors.IdleInTransactionSessionTimeout(), "surroundings"),
        (with_state("25P04"), "surroundings"),
        (psycopg.OperationalError("the connection is lost"), "surroundings"),
        (errors.DiskFull(), "surroundings"),
        (errors.OutOfMemory(), "surroundings"),
        (errors.ReadOnlySqlTransaction(), "surroundings"),
        (errors.DataCorrupted(), "surroundings"),
        (errors.InternalError_(), "surroundings"),
        (errors.UniqueViolation(), "unknown"),
        (errors.UndefinedTable(), "unknown"),
    ],
)
def test_faults_are_distinguished_by_what_can_be_done_about_them(error: psycopg.Error, fault: Fault) -> None:
    assert classify(error) is fault


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (errors.AdminShutdown("ended"), TryAgainError, f"The server cannot be reached: {SHOWN} (ended)"),
        (errors.DiskFull("x"), TryAgainError, f"The disk of the server is full: {SHOWN} (x)"),
        (errors.TooManyConnections("x"), TryAgainError, f"The server has no connection left: {SHOWN} (x)"),
        (errors.DeadlockDetected("x"), TryAgainError, f"Another process changed the same rows: {SHOWN} (x)"),
        (errors.InsufficientPrivilege("no"), UsageError, f"This user has no right to do that: {SHOWN} (no)"),
        (errors.InvalidPassword("no"), UsageError, f"The server refuses this user: {SHOWN} (no)"),
        (errors.DataCorrupted("page 1"), BadDatabaseError, f"{SHOWN} is damaged (page 1)"),
        (errors.IndexCorrupted("index 1"), BadDatabaseError, f"{SHOWN} is damaged (index 1)"),
        (errors.InternalError_("cache"), TryAgainError, f"The server has met an internal error: {SHOWN} (cache)"),
        (with_state("25P04", "too long"), TryAgainError, f"The server cannot be reached: {SHOWN} (too long)"),
        (errors.ProgramLimitExceeded("x"), BadInputError, "An id is too long for an index of the server"),
        (
            psycopg.OperationalError('FATAL:  password authentication failed for user "ana"'),
            UsageError,
            f'The server refuses this user: {SHOWN} (FATAL:  password authentication failed for user "ana")',
        ),
    ],
)
def test_trouble_is_reported_without_the_password(
    error: psycopg.Error, kind: type[OrdercliError], message: str
) -> None:
    reported = explain(error, URL)

    assert (type(reported), reported.message if reported else None) == (kind, message)


def test_a_bug_is_not_explained_away() -> None:
    assert explain(errors.UndefinedTable("x"), URL) is None
