from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ordercli.errors import BadInputError, ErrorKind, UsageError
from ordercli.settings import QueueSettings, Seconds, Settings, default_database, keys
from ordercli.settings_loading import load, settings_files


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose configuration folder is empty."""
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def user_file(home: dict[str, str], text: str) -> str:
    path = Path(home["XDG_CONFIG_HOME"]) / "ordercli" / "ordercli.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return str(path)


def test_without_anything_the_defaults_of_the_contract_hold(home: dict[str, str], project: Path) -> None:
    settings = load({}, environ=home, folder=project)

    assert settings == Settings()
    assert settings.queue._asdict() == {
        "batch_size": 500,
        "max_runtime": 900.0,
        "revalidate": False,
        "retention_completed": 864000.0,
        "retention_error": 2592000.0,
    }
    validation = settings.validation._asdict()
    assert [name for name, value in validation.items() if value is True] == [
        "create_product_order_validation_sync",
        "create_product_order_validation_async",
        "create_service_order_validation_sync",
        "create_service_order_validation_async",
    ]


def test_a_flag_outweighs_the_environment_that_outweighs_the_project_that_outweighs_the_user(
    home: dict[str, str], project: Path
) -> None:
    user = user_file(home, "[queue]\nbatch_size = 1\nmax_runtime = '1s'\nrevalidate = true\nretention_error = 1")
    (project / "pyproject.toml").write_text(
        "[tool.ordercli.queue]\nbatch_size = 2\nmax_runtime = 2\nrevalidate = false"
    )
    (project / "ordercli.toml").write_text("[queue]\nbatch_size = 3\nmax_runtime = 3")
    environ = {**home, "ORDERCLI_QUEUE_BATCH_SIZE": "4"}

    settings = load({"queue.batch_size": 5}, environ=environ, folder=project)
    without_flag = load({"queue.batch_size": None}, environ=environ, folder=project)

    assert settings.queue == QueueSettings(5, Seconds(3), False, retention_error=Seconds(1))
    assert settings.origins == {
        "queue.batch_size": "command line",
        "queue.max_runtime": str(project / "ordercli.toml"),
        "queue.revalidate": str(project / "pyproject.toml"),
        "queue.retention_error": user,
    }
    assert (without_flag.queue.batch_size, without_flag.origins["queue.batch_size"]) == (
        4,
        "ORDERCLI_QUEUE_BATCH_SIZE",
    )


def test_the_file_that_is_named_is_the_only_one(home: dict[str, str], project: Path, tmp_path: Path) -> None:
    user_file(home, "profile = 'tmf622'")
    named = tmp_path / "mine.toml"
    named.write_text("output = 'csv'")

    by_flag = load({}, config=str(named), environ=home, folder=project)
    by_variable = load({}, environ={**home, "ORDERCLI_CONFIG": str(named)}, folder=project)

    assert by_flag == by_variable == Settings(output="csv", origins={"output": str(named)})


def test_a_named_file_that_is_not_there_is_bad_input(home: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=f"Cannot read {tmp_path}/none.toml: No such file or directory"):
        load({}, config=f"{tmp_path}/none.toml", environ=home)


def test_the_files_are_looked_for_from_system_to_project(home: dict[str, str], project: Path) -> None:
    found = settings_files(environ=home, folder=project)
    elsewhere = settings_files(environ={"HOME": "/home/ann"}, folder=project)

    assert [str(file.path) for file in found] == [
        "/etc/ordercli/ordercli.toml",
        f"{home['XDG_CONFIG_HOME']}/ordercli/ordercli.toml",
        f"{project}/pyproject.toml",
        f"{project}/ordercli.toml",
    ]
    assert str(elsewhere[1].path) == "/home/ann/.config/ordercli/ordercli.toml"


def test_a_pyproject_of_another_tool_is_of_no_interest(home: dict[str, str], project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.other]\nbatch_size = 2")

    assert load({}, environ=home, folder=project) == Settings()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[queue]\nbatch_sise = 1", "unknown setting `queue.batch_sise`", "did you mean `queue.batch_size`?"),
        ("[que]\nbatch_size = 1", "unknown setting `que`", None),
        ("profil = 'tmf622'", "unknown setting `profil`", "did you mean `profile`?"),
        ("queue = 1", "unknown setting `queue`", None),
        ("[queue]\nbatch_size = 'many'", "`queue.batch_size` must be a whole number from 0, not 'many'", None),
        ("[queue]\nbatch_size = -1", "`queue.batch_size` must be a whole number from 0, not -1", None),
        ("[queue]\nbatch_size = 0", "`queue.batch_size` must be at least 1, not 0", None),
        ("[queue]\nbatch_size = true", "`queue.batch_size` must be a whole number from 0, not True", None),
        (
            "[queue]\nmax_runtime = 'soon'",
            "`queue.max_runtime` must be a duration such as 50s, 15m or 10d, at most 36500d, not 'soon'",
            None,
        ),
        ("[queue]\nrevalidate = 'perhaps'", "`queue.revalidate` must be true or false, not 'perhaps'", None),
        (
            "profile = 'tmf'",
            "`profile` must be one of servicenow, tmf622, tmf622-v4, tmf622-v5, tmf641, not 'tmf'",
            None,
        ),
        ("actor = 1", "`actor` must be text, not 1", None),
        ("[validation]\nselect = [1]", "`validation.select` must be a list of codes, not [1]", None),
        (
            "[validation.severity]\nORD301 = 'bad'",
            "`validation.severity` must be a table of code = error or warning, not {'ORD301': 'bad'}",
            None,
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(
    home: dict[str, str], project: Path, text: str, message: str, hint: str | None
) -> None:
    path = project / "ordercli.toml"
    path.write_text(text)

    with pytest.raises(UsageError) as caught:
        load({}, environ=home, folder=project)

    assert (caught.value.message, caught.value.kind) == (f"{path}: {message}", ErrorKind.USAGE)
    assert caught.value.hint == hint


def test_what_is_no_toml_is_refused_with_its_place(home: dict[str, str], project: Path) -> None:
    (project / "ordercli.toml").write_text("queue = [")

    with pytest.raises(UsageError) as caught:
        load({}, environ=home, folder=project)

    assert caught.value.message.startswith(f"{project}/ordercli.toml is not TOML: ")


def test_a_mistake_in_the_environment_names_the_variable(home: dict[str, str], project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load({}, environ={**home, "ORDERCLI_QUEUE_REVALIDATE": "maybe"}, folder=project)

    assert caught.value.message == "ORDERCLI_QUEUE_REVALIDATE: `queue.revalidate` must be true or false, not 'maybe'"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DATABASE", "/data/x.db", "/data/x.db"),
        ("PROFILE", "tmf622", "tmf622"),
        ("QUEUE_REVALIDATE", "True", True),
        ("QUEUE_REVALIDATE", "0", False),
        ("QUEUE_MAX_RUNTIME", "50s", 50.0),
        ("QUEUE_MAX_RUNTIME", "500ms", 0.5),
        ("QUEUE_MAX_RUNTIME", "1.5h", 5400.0),
        ("QUEUE_RETENTION_COMPLETED", "10d", 864000.0),
        ("QUEUE_RETENTION_ERROR", "7", 7.0),
        ("VALIDATION_SELECT", "ORD1 ORD301,ORD302", ("ORD1", "ORD301", "ORD302")),
        ("VALIDATION_SEVERITY", "ORD203=error,ORD301=warning", {"ORD203": "error", "ORD301": "warning"}),
        ("VALIDATION_DEFAULT_CURRENCY", "USD", "USD"),
        ("LIMITS_MAX_ORDER_BYTES", "1024", 1024),
    ],
)
def test_every_kind_of_setting_can_stand_in_the_environment(
    home: dict[str, str], project: Path, name: str, text: str, value: object
) -> None:
    settings: Any = load({}, environ={**home, f"ORDERCLI_{name}": text}, folder=project)

    (key,) = settings.origins
    for part in key.split("."):
        settings = getattr(settings, part)
    assert settings == value


def test_every_key_has_a_variable_of_its_own_and_says_what_it_means() -> None:
    found = keys().values()

    assert len({key.variable for key in found}) == len(found)
    assert [key.name for key in found if not key.help] == []
    assert keys()["queue.batch_size"].variable == "ORDERCLI_QUEUE_BATCH_SIZE"


def test_the_database_lies_in_the_data_folder_of_the_user(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", home["HOME"])

    assert default_database({"XDG_DATA_HOME": "/data"}) == "/data/ordercli/orders.db"
    assert (default_database({}) or "").endswith("/ordercli/orders.db")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_second_spelling_of_a_setting_acts_in_files_and_in_the_environment(
    home: dict[str, str], project: Path, mode: str
) -> None:
    name = f"create_service_order_validation_{mode}"
    variable = f"ORDERCLI_VALIDATION_CREATE_SERVICE_ORDER_VALIDATIONS_{mode.upper()}"
    (project / "ordercli.toml").write_text(f"[validation]\ncreate_service_order_validations_{mode} = false")

    of_file = load({}, environ=home, folder=project)
    of_environment = load({}, environ={**home, variable: "true"}, folder=project)

    assert (getattr(of_file.validation, name), of_file.notes) == (False, ())
    assert of_file.origins == {f"validation.{name}": str(project / "ordercli.toml")}
    assert (getattr(of_environment.validation, name), of_environment.notes) == (True, ())
    assert of_environment.origins == {f"validation.{name}": variable}


def test_both_spellings_of_a_setting_at_once_are_refused(home: dict[str, str], project: Path) -> None:
    spellings = ("create_service_order_validation_sync", "create_service_order_validations_sync")
    variables = {f"ORDERCLI_VALIDATION_{name.upper()}": "true" for name in spellings}

    with pytest.raises(UsageError) as in_environment:
        load({}, environ={**home, **variables}, folder=project)
    (project / "ordercli.toml").write_text("[validation]\n" + "".join(f"{name} = true\n" for name in spellings))
    with pytest.raises(UsageError) as in_file:
        load({}, environ=home, folder=project)

    first, second = variables
    assert in_environment.value.message == f"{first} and {second} are one setting in two spellings"
    names = " and ".join(f"`validation.{name}`" for name in spellings)
    assert in_file.value.message == f"{project / 'ordercli.toml'}: {names} are one setting in two spellings"
    assert in_file.value.hint == "give one of them"
