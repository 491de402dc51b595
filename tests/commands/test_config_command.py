from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.settings import keys

if TYPE_CHECKING:
    from support.running import Ordercli


def test_show_gives_every_setting_with_its_value(ordercli: Ordercli) -> None:
    shown = ordercli("config", "show", "-o", "json", ORDERCLI_QUEUE_MAX_RUNTIME="1.5s").json

    assert list(shown) == list(keys())
    picked = ("database", "profile", "output", "queue.max_runtime", "queue.retention_completed", "validation.select")
    assert {name: shown[name] for name in picked} == {
        "database": ordercli.database,
        "profile": "servicenow",
        "output": "json",
        "queue.max_runtime": 1.5,
        "queue.retention_completed": 864000,
        "validation.select": [],
    }


def test_show_tells_the_database_that_is_used_without_any_setting(ordercli: Ordercli) -> None:
    shown = ordercli.process("config", "show", XDG_DATA_HOME="/data", ORDERCLI_DATABASE="").json

    assert shown["database"] == "/data/ordercli/orders.db"


def test_origins_name_flag_variable_file_and_default(ordercli: Ordercli) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[queue]\nrevalidate = true")

    rows = ordercli("config", "show", "--origin", "--profile", "tmf622", ORDERCLI_QUEUE_BATCH_SIZE="7").ndjson

    found = {row["key"]: (row["value"], row["origin"]) for row in rows}
    picked = ("profile", "queue.batch_size", "queue.revalidate", "queue.max_runtime")
    assert {name: found[name] for name in picked} == {
        "profile": ("tmf622", "command line"),
        "queue.batch_size": (7, "ORDERCLI_QUEUE_BATCH_SIZE"),
        "queue.revalidate": (True, "ordercli.toml"),
        "queue.max_runtime": (900, "default"),
    }
    (profile,) = (row for row in rows if row["key"] == "profile")
    assert (profile["variable"], profile["help"]) == ("ORDERCLI_PROFILE", "the rules and words that apply")


def test_path_lists_the_files_the_weakest_first(ordercli: Ordercli) -> None:
    (ordercli.folder / "ordercli.toml").write_text("")

    rows = ordercli("config", "path", XDG_CONFIG_HOME="/xdg").ndjson

    assert rows == [
        {"path": "/etc/ordercli/ordercli.toml", "exists": False, "ignored": None},
        {"path": "/xdg/ordercli/ordercli.toml", "exists": False, "ignored": None},
        {"path": "pyproject.toml", "exists": False, "ignored": None},
        {"path": "ordercli.toml", "exists": True, "ignored": None},
    ]


def test_an_unknown_key_stops_every_command_with_a_suggestion(ordercli: Ordercli) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[queue]\nbatch_sise = 1")

    done = ordercli("list")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: ordercli.toml: unknown setting `queue.batch_sise`",
        "  hint: did you mean `queue.batch_size`?",
    ]
