"""`make site` builds the documentation without a dead link, and its pages load nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.running import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# What a browser fetches when it shows a page; links (<a>) are only followed by people.
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="((?:https?:)?//[^"]*)""", re.IGNORECASE
)
FETCHED_BY_STYLES = re.compile(r"""(?:@import\s+|url\()["']?((?:https?:)?//[^"')]*)""", re.IGNORECASE)

pytestmark = pytest.mark.slow


def build(docs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build pages as `make site` does, with the packages that are installed here."""
    variables = [f"VENV={sys.prefix}", f"DOCS={docs}", f"SITE={site}"]
    command = ["make", "--silent", "--old-file", f"{sys.prefix}/.installed-dev", "site", *variables]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site") / "site"

    built = build(DOCS, site)

    assert (built.returncode, built.stdout, built.stderr) == (0, f"open {site}/index.html\n", "")
    return site


def test_every_page_of_the_documentation_is_in_the_site(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}

    assert {path for path in pages if not (site / path).is_file()} == set()
    assert len(pages) > 50


def test_files_that_pages_link_to_can_be_fetched_from_the_site(site: Path) -> None:
    files = {path.name for path in (site / "_downloads").rglob("*") if path.is_file()}

    assert files >= {"openapi.json", "github-actions.yml", "gitlab-ci.yml"}


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.name: FETCHED.findall(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    styles = {path.name: FETCHED_BY_STYLES.findall(path.read_text(encoding="utf-8")) for path in site.rglob("*.css")}

    assert {name: found for name, found in (pages | styles).items() if found} == {}
    assert "mermaid" not in (site / "states.html").read_text(encoding="utf-8")


def test_text_keeps_its_quotes_and_dashes(site: Path) -> None:
    text = (site / "glossary.html").read_text(encoding="utf-8")

    assert "the caller's own id of an order" in text


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("[there](there.md#further-down)", "local id not found in doc 'there': 'further-down'"),
        ("[there](their.md)", "'their.md'"),
        ("[here](#further-down)", "'further-down'"),
        ("[a file](there.json)", "'there.json'"),
        ("[above](../README.md)", "README"),
    ],
)
def test_a_dead_link_ends_the_build(tmp_path: Path, link: str, fault: str) -> None:
    docs = pages(tmp_path, link)

    built = build(docs, tmp_path / "site")

    assert built.returncode != 0
    assert f"{docs}/index.md:3" in built.stderr
    assert fault in built.stderr


def test_a_page_that_the_navigation_forgets_ends_the_build(tmp_path: Path) -> None:
    docs = pages(tmp_path, "[there](there.md#there)")
    (docs / "forgotten.md").write_text("# Forgotten\n")

    built = build(docs, tmp_path / "site")

    assert built.returncode != 0
    assert f"{docs}/forgotten.md: WARNING: document isn't included in any toctree" in built.stderr


def pages(folder: Path, text: str) -> Path:
    """Make a documentation of two pages, the first one with a text."""
    docs = folder / "docs"
    docs.mkdir()
    shutil.copy(DOCS / "conf.py", docs)
    (docs / "index.md").write_text(f"# Here\n\n{text}\n\n```{{toctree}}\nthere\n```\n")
    (docs / "there.md").write_text("# There\n\nText.\n")
    return docs
