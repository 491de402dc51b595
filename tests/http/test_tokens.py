"""Tokens on the command line: they are given out once, listed without themselves, and revoked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from support.serving import new_token
from support.stored import rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine


def test_a_token_is_told_once_and_only_its_hash_is_kept(ordercli: Ordercli, connection: Store) -> None:
    made = ordercli("serve", "token", "add", "crm", "--expires", "2999-01-31", "-o", "json")
    listed = ordercli("serve", "token", "list", "-o", "json")
    stored = rows(connection, "api_token")

    assert re.fullmatch("oc_[0-9a-f]{64}", made.json["token"])
    assert made.json == {
        "name": "crm",
        "role": "order",
        "source": "crm",
        "created": made.json["created"],
        "expires": "2999-01-31T00:00:00.000Z",
        "token": made.json["token"],
    }
    assert listed.json == [
        {
            "name": "crm",
            "role": "order",
            "source": "crm",
            "state": "valid",
            "created": made.json["created"],
            "expires": "2999-01-31T00:00:00.000Z",
            "lastUsed": None,
        }
    ]
    assert "it is not shown again" in made.stderr
    assert made.json["token"] not in made.stderr + listed.stdout + str(stored)
    assert made.json["token"][3:] not in listed.stdout + str(stored)
    assert len(stored[0]["hash"]) == 32


def test_two_tokens_differ_and_may_have_one_source(ordercli: Ordercli) -> None:
    first = new_token(ordercli, "crm")
    second = new_token(ordercli, "crm-2", "--source", "crm", "--role", "read")
    listed = ordercli("serve", "token", "list", "-o", "json").json

    assert first != second
    assert [(each["name"], each["source"], each["role"]) for each in listed] == [
        ("crm", "crm", "order"),
        ("crm-2", "crm", "read"),
    ]


def test_a_name_is_given_once_until_its_token_is_revoked(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm")
    again = ordercli("serve", "token", "add", "crm")
    revoked = ordercli("serve", "token", "revoke", "crm", "-o", "json")
    gone = ordercli("serve", "token", "revoke", "crm")

    assert (again.exit_code, "There is a token crm already" in again.stderr) == (4, True)
    assert "`ordercli serve token revoke crm`" in again.stderr
    assert (revoked.exit_code, revoked.json["name"]) == (0, "crm")
    assert (gone.exit_code, "There is no token 'crm'" in gone.stderr) == (3, True)
    assert ordercli("serve", "token", "list", "-o", "json").json == []
    assert new_token(ordercli, "crm")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a:b",), "NAME takes up to 64 letters, digits, dots, hyphens and underscores, not 'a:b'"),
        (("ä",), "NAME takes up to 64 letters"),
        (("a" * 65,), "NAME takes up to 64 letters"),
        (("",), "NAME takes up to 64 letters"),
        (("crm", "--source", ""), "--source takes a name"),
        (("crm", "--expires", "2020-01-01"), "--expires: 2020-01-01T00:00:00.000Z has passed"),
        (("crm", "--expires", "0s"), "has passed"),
        (("crm", "--expires", "soon"), "--expires takes a duration such as 50s, 15m or 10d"),
        (("crm", "--expires", "9" * 30 + "d"), "--expires takes a duration"),
        (("crm", "--role", "root"), "Invalid value for '--role'"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(ordercli: Ordercli, words: tuple[str, ...], message: str) -> None:
    result = ordercli("serve", "token", "add", *words)

    assert result.exit_code == 2
    assert message in result.stderr


def test_an_expired_token_is_listed_as_such(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm", "--expires", "1h")
    later = in_an_hour(ordercli, "serve", "token", "list", "-o", "json")

    assert [each["state"] for each in later.json] == ["expired"]


def in_an_hour(ordercli: Ordercli, *words: str) -> Result:
    """The result of a command whose clock is ahead."""
    return ordercli.process(*words, ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET="3601")


def test_a_server_that_could_let_nobody_in_does_not_start(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm", "--expires", "1h")
    expired = in_an_hour(ordercli, "serve", "--port", "0")
    ordercli("serve", "token", "revoke", "crm")
    none = ordercli("serve", "--port", "0")

    assert [expired.exit_code, none.exit_code] == [2, 2]
    for each in (expired, none):
        assert "no client has a valid token, so nobody could be let in" in each.stderr
        assert "make one with `ordercli serve token add crm" in each.stderr


@pytest.mark.of_a_file
def test_a_server_without_tokens_makes_no_database(ordercli: Ordercli, tmp_path: Path) -> None:
    result = ordercli("serve", "--database", str(tmp_path / "new.db"))

    assert result.exit_code == 2
    assert f"`ordercli serve token add crm --database {tmp_path / 'new.db'}`" in result.stderr
    assert not (tmp_path / "new.db").exists()


@pytest.mark.of_a_file
def test_a_copy_has_tokens_only_if_they_are_asked_for(ordercli: Ordercli, tmp_path: Path) -> None:
    new_token(ordercli, "crm")
    copies = {}
    for name, options in (("without", ()), ("with", ("--with-tokens",))):
        target = str(tmp_path / f"{name}.db")
        copied = ordercli("db", "copy", ordercli.database, target, *options, "-o", "json")
        assert copied.exit_code == 0
        listed = ordercli("serve", "token", "list", "--database", target, "-o", "json")
        tables = [each["table"] for each in copied.json["tables"]]
        copies[name] = "api_token" in tables, [each["name"] for each in json.loads(listed.stdout)]

    assert copies == {"without": (False, []), "with": (True, ["crm"])}
