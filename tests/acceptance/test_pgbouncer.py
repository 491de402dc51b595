"""Through PgBouncer in transaction mode, where a connection to the server is lent for one transaction only."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from support.builders import ndjson, product_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli
    from support.servers import Server

# Fewer connections to the server than clients, so that each is lent to many.
CONFIGURATION = """
[databases]
* = host={host} port={port}

[pgbouncer]
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
unix_socket_dir = {folder}
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
logfile = {folder}/log
"""
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture
def pooled(server: Server) -> Iterator[str]:
    """The address of an empty database, through the pooler."""
    direct = server.empty_database()
    parts = conninfo_to_dict(direct)
    user = str(parts.get("user", "postgres"))
    with TemporaryDirectory(prefix="pool-") as place:
        folder = Path(place)
        folder.chmod(0o777)  # it does not run as root
        host, port = str(parts["host"]), parts.get("port", 5432)
        (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(host=host, port=port, folder=folder))
        (folder / "users").write_text(f'"{user}" "{parts.get("password", "")}"\n')
        # Only the server's own user may look into the folder of its socket.
        lowered = ["-u", Path(host).owner()] if os.geteuid() == 0 and host.startswith("/") else []
        with subprocess.Popen([str(PROGRAM), "-q", *lowered, str(folder / "pgbouncer.ini")]) as process:
            address = f"postgresql://{user}@/{parts['dbname']}?host={folder}&port=6432"
            try:
                _wait_for(address)
                yield address
            finally:
                process.kill()  # asked politely, it waits for its clients
    server.drop(direct)


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=PATIENCE_SECONDS).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def test_every_order_is_created_once_by_many_runs_that_share_two_connections(ordercli: Ordercli, pooled: str) -> None:
    ordercli.database = pooled
    Path("orders.ndjson").write_bytes(ndjson(*(product_order(f"PO-{n}") for n in range(600))))

    submissions = [ordercli.start("submit", "orders.ndjson", "--async", "-o", "json") for _ in range(2)]
    submitted = [(each.communicate(timeout=60)[1], each.returncode) for each in submissions]
    runs = [ordercli.start("queue", "run", "--batch-size", "20") for _ in range(4)]
    processed = [(each.communicate(timeout=60)[1], each.returncode) for each in runs]
    patched = ordercli.process("patch", "PO-7", "--set", "state=acknowledged", "-o", "json")
    listed = ordercli.process("list", "--limit", "0", "--fields", "externalId", "-o", "ndjson")
    checked = ordercli.process("db", "check")

    assert (submitted, processed) == ([(b"", 0)] * 2, [(b"", 0)] * 4)
    assert sorted(each["externalId"] for each in listed.ndjson) == sorted(f"PO-{n}" for n in range(600))
    assert (patched.exit_code, patched.json["state"]) == (0, "acknowledged")
    assert (checked.exit_code, checked.stdout, checked.stderr) == (0, "", "")
