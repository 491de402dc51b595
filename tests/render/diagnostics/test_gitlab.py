from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.output.diagnostics.report import Fingerprints
from render.diagnostics.written import BAD_ACTION, NO_ACTION, ODD_FIELD, written

if TYPE_CHECKING:
    from ordercli.operations.diagnostics import Diagnostic


def elements(*diagnostics: Diagnostic) -> list[dict[str, Any]]:
    return list(json.loads(written("gitlab", diagnostics)))


def fingerprints(*diagnostics: Diagnostic) -> list[str]:
    return [element["fingerprint"] for element in elements(*diagnostics)]


def test_a_diagnostic_is_an_element_with_the_members_that_gitlab_requires() -> None:
    shown = elements(BAD_ACTION._replace(file="./fixtures/../fixtures/bad.json"), ODD_FIELD)

    assert [element | {"fingerprint": ""} for element in shown] == [
        {
            "description": "ORD121: action `ad` is none of add, change, delete, no-change, resume, suspend "
            "(did you mean `add`?) /productOrderItem/0/action",
            "check_name": "ORD121 not-one-of",
            "fingerprint": "",
            "severity": "major",
            "location": {"path": "fixtures/bad.json", "lines": {"begin": 14, "end": 14}},
        },
        {
            "description": "ORD901: unknown field `oddd` /oddd",
            "check_name": "ORD901 unknown-field",
            "fingerprint": "",
            "severity": "minor",
            "location": {"path": "fixtures/bad.json", "lines": {"begin": 3, "end": 3}},
        },
    ]


def test_no_diagnostics_are_an_empty_array() -> None:
    assert elements() == []


def test_fingerprints_stay_when_lines_and_records_move() -> None:
    before = fingerprints(BAD_ACTION, NO_ACTION)

    after = fingerprints(NO_ACTION._replace(line=99, record=8), BAD_ACTION._replace(column=1, record=9))

    assert after == before[::-1]


def test_fingerprints_of_orders_without_external_id_go_by_the_record() -> None:
    nameless = BAD_ACTION._replace(external_id=None)

    assert len({*fingerprints(nameless, nameless._replace(record=2), nameless._replace(external_id="2"))}) == 3


@pytest.mark.parametrize("most", [1, 2, 100_000])
def test_fingerprints_are_unique_even_for_the_same_diagnostic(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(Fingerprints, "MOST", most)

    shown = fingerprints(*[BAD_ACTION, NO_ACTION] * 50)

    assert len(set(shown)) == len(shown)
