"""`make demo` runs to its end and shows what it promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


def test_the_demo_creates_the_orders_and_shows_a_fault(tmp_path: Path) -> None:
    command = ["sh", "scripts/demo.sh", str(Path(sys.executable).parent / "ordercli")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "100"}

    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert done.returncode == 0, done.stderr
    shown = (
        '"inserted": 622',
        '"accepted": 320',
        '"statusCode": 202',
        '"completed": 320',
        '"serviceOrderItem": [',
        '"state": "completed"',
        '"accepted": 10',
        '"externalId": "quote:QT-FIB-2026-0302:1"',
        "error[ORD121] not-one-of",
    )
    assert [text for text in shown if text not in done.stdout] == []
    assert "10 quotes in 1 file: 10 converted, 0 errors, 0 warnings" in done.stderr
    assert str(tmp_path) in done.stdout.splitlines()[-1]
