"""The command as a shell finds it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder_of_command(tmp_path: Path) -> Path:
    """A folder with `ordercli` in it, to be put on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "ordercli"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ordercli "$@"\n')
    command.chmod(0o755)
    return folder
