"""The manual of the server does what it says: its commands are run as they stand, and its files are understood."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import typer

from ordercli.cli.app import app
from ordercli.exit_codes import ExitCode
from ordercli.settings import ServeSettings
from support.manuals import HOW_TO, checkout, commands, in_bash
from support.running import PATIENCE_SECONDS

MANUAL = (HOW_TO / "serve.md").read_text(encoding="utf-8")
UNIT = HOW_TO / "ordercli-serve.service"
PORT = "8622"
STOP = "\nkill -TERM %1\nwait %1 || echo ended with $?\n"


def free_port() -> str:
    """Return a port that nothing uses now; tests run beside each other, so they cannot share that of the manual."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.slow
def test_from_nothing_to_the_first_order_and_on(tmp_path: Path) -> None:
    pasted = commands(MANUAL, "From nothing to the first order", "Many orders in one request", "Be told of events")
    _, _, script = pasted.partition('PATH="$PWD/.venv/bin:$PATH"\n')  # what installs ordercli is left out
    port = free_port()
    script = script.replace("ordercli serve --drain &", f"ordercli serve --drain --port {port} &").replace(PORT, port)
    folder = checkout(tmp_path)

    done = in_bash(script + STOP, folder, "-e", "-m", ORDERCLI_SERVE_HUB_HOSTS="crm.example.com")

    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"status":"pass"}' in done.stdout
    assert re.findall(r"HTTP/1\.1 (\d+)", done.stdout) == ["201", "201"]
    receipts = [json.loads(each) for each in re.findall(r'^\{"file":.*\}$', done.stdout, re.MULTILINE)]
    lines = (folder / "samples" / "orders.ndjson").read_bytes().splitlines()
    assert [each["statusCode"] for each in receipts] == [202] * len(lines)
    assert re.search(r'"actor": ?"crm"', done.stdout)
    assert '"eventType=ProductOrderStateChangeEvent&state=completed"' in done.stdout
    assert done.stdout.endswith("ended with 143\n")


def test_the_unit_starts_a_command_that_exists_and_waits_for_its_end() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign] # the names of systemd are in both cases
    unit.read(UNIT)
    service = unit["Service"]
    path, *words = shlex.split(service["ExecStart"])
    root = typer.main.get_command(app)
    context = root.make_context("ordercli", list(words), resilient_parsing=True)
    _, command, _ = root.resolve_command(context, words)  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}

    assert path == "/opt/ordercli/bin/ordercli"
    assert set(words[1:]) <= options
    assert float(service["TimeoutStopSec"]) > ServeSettings().stop_timeout
    assert int(service["LimitNOFILE"]) > ServeSettings().max_connections
    assert int(service["RestartPreventExitStatus"]) == ExitCode.USAGE
    assert service["Environment"] == "ORDERCLI_DATABASE=/var/lib/ordercli/orders.db"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_the_unit_is_understood_by_systemd(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/ordercli/bin/ordercli", "/bin/true"))

    checked = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)
