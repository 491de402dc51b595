"""The CI kit does what it says: every command line in it is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from support.running import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
SAMPLES = ROOT / "samples"
NO_ACTION = '{"findings": [{"code": "ORD104", "pointer": "/productOrderItem/0/action"}]}'


def command_in(path: Path) -> str:
    """The command line of a CI job: the line that calls ordercli."""
    (found,) = re.findall(r"^ *- (?:run: )?(ordercli .*)$", path.read_text(), re.MULTILINE)
    return str(found)


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line as a CI job does: in a shell, in the checked-out repository."""
    tools = Path(sys.executable).parent
    environment = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "CI": "true"}
    return subprocess.run(  # noqa: S602 - that is the point
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with orders, the reference data they point at, and an order that must fail."""
    orders = tmp_path / "orders"
    orders.mkdir()
    for name in ("home-fibre-bundle", "consumer-mobile", "change"):
        shutil.copy(SAMPLES / f"{name}.json", orders)
    (tmp_path / "reference").mkdir()
    shutil.copy(SAMPLES / "reference.ndjson", tmp_path / "reference")
    change(orders / "home-fibre-bundle.json", orders / "no-action.json", '"action": "add",', "")
    (orders / "no-action.expect.json").write_text(NO_ACTION)
    return tmp_path


def change(source: Path, target: Path, old: str, new: str) -> None:
    """Write a file anew with something else in place of the first `old`."""
    text = source.read_text("utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), "utf-8")


def break_an_order(repository: Path) -> int:
    """Misspell an action; gives the number of its line."""
    path = repository / "orders" / "home-fibre-bundle.json"
    change(path, path, '"action": "add"', '"action": "ad"')
    return 1 + path.read_text("utf-8")[: path.read_text("utf-8").index('"ad"')].count("\n")


SUMMARY = "4 orders in 4 files: 0 errors, 0 warnings, 1 expected finding, as expected\n"
JOBS = [HOW_TO / "github-actions.yml", HOW_TO / "gitlab-ci.yml"]


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.name)
def test_a_job_passes_over_good_orders(path: Path, repository: Path) -> None:
    result = in_shell(command_in(path), repository)

    assert (result.stdout, result.stderr, result.returncode) == ("", SUMMARY, 0)


def test_the_job_on_github_annotates_the_line_and_uploads_sarif(repository: Path) -> None:
    number = break_an_order(repository)

    result = in_shell(command_in(HOW_TO / "github-actions.yml"), repository)

    assert result.returncode == 1
    annotation, fields = result.stdout.partition("::action")[0], f"line={number},endLine={number},col="
    assert annotation.startswith(f"::error file=orders/home-fibre-bundle.json,{fields}")
    assert result.stdout.count("\n") == 1
    (run,) = json.loads((repository / "ordercli.sarif").read_text())["runs"]
    assert [found["ruleId"] for found in run["results"]] == ["ORD121"]


def test_the_job_on_gitlab_reports_code_quality_and_tests(repository: Path) -> None:
    number = break_an_order(repository)

    result = in_shell(command_in(HOW_TO / "gitlab-ci.yml"), repository)

    assert (result.stdout.splitlines()[0][:26], result.returncode) == ("error[ORD121] not-one-of: ", 1)
    (fault,) = json.loads((repository / "code-quality.json").read_text())
    assert fault["location"] == {"path": "orders/home-fibre-bundle.json", "lines": {"begin": number, "end": number}}
    suites = {suite.name: (suite.tests, suite.failures) for suite in JUnitXml.fromfile(str(repository / "orders.xml"))}
    assert suites == {
        "orders/change.json": (1, 0),
        "orders/consumer-mobile.json": (1, 0),
        "orders/home-fibre-bundle.json": (1, 1),
        "orders/no-action.json": (1, 0),
    }


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.name)
def test_a_job_fails_when_an_order_that_must_fail_does_not(path: Path, repository: Path) -> None:
    shutil.copy(repository / "orders" / "change.json", repository / "orders" / "no-action.json")

    result = in_shell(command_in(path), repository)

    assert result.returncode == 1
    assert "ORD104 was expected here and not found" in result.stdout


# pre-commit


def hook() -> dict[str, str]:
    """The members of the hook that are text (the file is simple enough to read it line by line)."""
    return dict(re.findall(r"^[- ] (\w+): (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE))


def hooked_files(repository: Path) -> list[str]:
    """The files of a commit that pre-commit hands to the hook."""
    paths = sorted(str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file())
    return [path for path in paths if re.search(hook()["files"], path) and not re.search(hook()["exclude"], path)]


def test_the_hook_is_handed_orders_and_nothing_else(repository: Path) -> None:
    (repository / "orders" / "june.ndjson.rejects.ndjson").touch()
    (repository / "orders" / "june.ndjson.gz").touch()
    (repository / "package.json").touch()

    assert hooked_files(repository) == [
        "orders/change.json",
        "orders/consumer-mobile.json",
        "orders/home-fibre-bundle.json",
        "orders/june.ndjson.gz",
        "orders/no-action.json",
    ]


def test_the_hook_passes_good_orders_and_stops_bad_ones(repository: Path) -> None:
    command = f"{hook()['entry']} {shlex.join(hooked_files(repository))}"

    good = in_shell(command, repository)
    number = break_an_order(repository)
    bad = in_shell(command, repository)

    assert (good.stdout, good.returncode) == ("", 0)
    assert f"orders/home-fibre-bundle.json:{number}:" in bad.stdout
    assert bad.returncode == 1


def test_the_hook_takes_the_arguments_that_the_manual_shows(repository: Path) -> None:
    (shown,) = re.findall(r"args: \[(.*)\]", (HOW_TO / "pre-commit.md").read_text())
    arguments = shown.replace(",", "")

    result = in_shell(f"{hook()['entry']} {arguments} {shlex.join(hooked_files(repository))}", repository)

    assert result.returncode == 0


# The settings and the sidecar that the manual shows


def test_the_settings_that_the_manual_shows_are_understood(repository: Path) -> None:
    manual = (HOW_TO / "github-actions.md").read_text()
    (block,) = re.findall(r"((?:^    .*\n|^\n)*^    \[validation\]\n(?:^    .*\n)+)", manual, re.MULTILINE)
    settings = "\n".join(line.removeprefix("    ") for line in block.strip("\n").splitlines())
    (repository / "ordercli.toml").write_text(settings)

    result = in_shell("ordercli config show -o json", repository)

    shown = json.loads(result.stdout)
    assert (shown["profile"], shown["validation.ignore"]) == ("tmf622", ["ORD901"])


def test_the_sidecar_that_the_manual_shows_is_the_one_tried_here() -> None:
    assert f"    {NO_ACTION}\n" in (HOW_TO / "github-actions.md").read_text()
