from __future__ import annotations

from pathlib import Path

import pytest

from ordercli.output.diagnostics.report import repository_path


@pytest.fixture(autouse=True)
def no_forge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work" / "orders").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")


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
def test_without_a_repository_a_path_is_relative_to_the_working_directory(given: str, shown: str) -> None:
    here = Path.cwd()

    assert repository_path(given.format(here=here)) == shown.format(above=here.parent)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("bad.json", "work/orders/bad.json"),
        ("../bad.json", "work/bad.json"),
        ("{root}/bad.json", "bad.json"),
        ("../../../bad.json", "{above}/bad.json"),
        ("{above}/else/bad.json", "{above}/else/bad.json"),
        ("-", "-"),
    ],
)
@pytest.mark.parametrize("ci", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "a repository", "a worktree"])
def test_a_path_is_relative_to_the_root_of_the_repository_in_a_subfolder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, given: str, shown: str
) -> None:
    monkeypatch.chdir("orders")
    if ci == "a repository":
        (tmp_path / ".git").mkdir()
    elif ci == "a worktree":
        (tmp_path / ".git").write_text("gitdir: elsewhere")
    else:
        monkeypatch.setenv(ci, str(tmp_path))

    assert repository_path(given.format(root=tmp_path, above=tmp_path.parent)) == shown.format(above=tmp_path.parent)


def test_a_link_to_the_folder_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "work")
    (tmp_path / "work" / "orders" / "last.json").symlink_to("first.json")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "link"))

    assert repository_path("orders/last.json") == "orders/last.json"
    assert repository_path(str(tmp_path / "link" / "orders" / "last.json")) == "orders/last.json"
