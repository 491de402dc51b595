"""A server keeps to its OpenAPI document, whatever it is sent: good orders, broken ones, wrong headers and methods."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.serving import guarded, new_token

if TYPE_CHECKING:
    from support.running import Ordercli

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 6


@pytest.mark.usefixtures("audited")
def test_every_answer_is_one_that_the_document_promises(ordercli: Ordercli, tmp_path: Path) -> None:
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    # One worker: in several threads, the parser of Python 3.11 that it uses for its reports fails now and then.
    options = ["--max-examples", str(EXAMPLES), "--workers", "1", "--generation-database", "none"]
    options += ["--suppress-health-check", "all"]
    # With a token, because the document says that requests need one; what comes without must be refused.
    token = new_token(ordercli, "fuzz", "--role", "operate")
    options += ["--header", f"Authorization: Bearer {token}"]
    with guarded(ordercli) as served:
        command = [schemathesis, "--config-file", str(CONFIGURATION), "--no-color", "run", *options]
        found = subprocess.run(
            [*command, f"{served.address}/openapi.json"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stdout[-20_000:] + found.stderr
        assert served.client.get("/health").json() == {"status": "pass"}
