from __future__ import annotations

from pathlib import Path

import pytest

from ordercli.render.diagnostics.repository_path import repository_path


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("fixtures/bad.json", "fixtures/bad.json"),
        ("./fixtures//../bad.json", "bad.json"),
        ("{here}/fixtures/bad.json", "fixtures/bad.json"),
        ("..bad.json", "..bad.json"),
        ("../bad.json", "{above}/bad.json"),
        ("/elsewhere/../bad.json", "/bad.json"),
        ("-", "-"),
    ],
)
def test_a_path_is_relative_to_the_working_directory_where_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, shown: str
) -> None:
    monkeypatch.chdir(tmp_path)
    repository_path.cache_clear()

    path = repository_path(given.format(here=tmp_path))

    assert path == shown.format(above=tmp_path.parent)
