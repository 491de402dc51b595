"""How `make site` builds these pages as a site; docs/decisions/0028-site.md gives the reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "ordercli"
extensions = ["myst_parser"]
myst_heading_anchors = 6  # links to headings are those of a code host; one that leads nowhere ends the build
highlight_language = "text"  # a block without a language: commands, and what they print
smartquotes = False  # an option such as --async keeps its dashes
html_theme = "furo"
html_title = "ordercli"
html_copy_source = False
html_show_copyright = False
html_permalinks_icon = "#"


def setup(app: Sphinx) -> None:
    """Prepare the pages before they are read."""
    app.connect("source-read", _leave_out_diagrams)


def _leave_out_diagrams(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Remove the diagrams that a code host draws: a page would load a library from elsewhere for them."""
    source[0] = re.sub(r"^```mermaid\n.*?^```\n", "", source[0], flags=re.MULTILINE | re.DOTALL)
