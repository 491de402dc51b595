"""Small inputs in the form that real senders give them (tests/data/payloads), from the file to the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from running import Ordercli, Result

PAYLOADS = Path(__file__).parents[1] / "data" / "payloads"


def payload(name: str) -> str:
    """The path of an input."""
    return str(PAYLOADS / name)


def told(result: Result) -> list[tuple[str, str, str]]:
    """Severity, code and pointer of each diagnostic that `validate -o ndjson` prints."""
    return [(each["severity"], each["code"], each["pointer"]) for each in result.ndjson]


@pytest.mark.parametrize(
    ("name", "standard", "servicenow"),
    [
        ("urn-item-id.json", [], ("error", "ORD122", "/productOrderItem/0/id")),
        (
            "start-after-completion.json",
            [("warning", "ORD208", "/requestedCompletionDate")],
            ("error", "ORD208", "/requestedCompletionDate"),
        ),
    ],
)
def test_what_the_standard_allows_is_accepted_in_its_profile(
    ordercli: Ordercli, name: str, standard: list[tuple[str, str, str]], servicenow: tuple[str, str, str]
) -> None:
    judged = ordercli("validate", payload(name), "--profile", "tmf622", "-o", "ndjson")
    stricter = ordercli("validate", payload(name), "-o", "ndjson")
    submitted = ordercli("submit", payload(name), "--profile", "tmf622", "-o", "ndjson", "--rejects", "none")

    assert (judged.exit_code, told(judged)) == (0, standard)
    assert servicenow in told(stricter)
    assert [each["statusCode"] for each in submitted.ndjson] == [201]


def test_a_member_is_ignored_by_a_setting(ordercli: Ordercli) -> None:
    (ordercli.folder / "orders.ndjson").write_text(
        '{"productOrderItem":[{"id":"1","action":"add"}],"relatedParty":[{"role":"Owner","name":"A"}]}\n'
    )
    (ordercli.folder / "ordercli.toml").write_text(
        'profile = "tmf622"\n[validation]\nignore = ["ORD114:@referredType"]\n'
    )

    result = ordercli("validate", "orders.ndjson", "-o", "ndjson")

    assert told(result) == [("error", "ORD114", "/relatedParty/0/id")]
