"""Which files settings are read from, and which of them may say what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ordercli.errors import UsageError
from ordercli.settings import Settings
from ordercli.settings_files import expanded, home
from ordercli.settings_loading import load


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty home folder."""
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a folder in it, in a folder that has settings of its own."""
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/src/orders").mkdir(parents=True)
    (tmp_path / "ordercli.toml").write_text("output = 'csv'")
    return tmp_path / "repository"


def test_settings_of_a_project_are_found_from_a_folder_of_it_and_not_above_it(
    environ: dict[str, str], repository: Path
) -> None:
    (repository / "ordercli.toml").write_text("profile = 'tmf622'\nactor = 'root'")
    (repository / "src/pyproject.toml").write_text("[tool.ordercli]\nactor = 'src'")

    found = load({}, environ=environ, folder=repository / "src/orders")

    assert found == Settings(
        profile="tmf622",
        actor="src",
        origins={"profile": f"{repository}/ordercli.toml", "actor": f"{repository}/src/pyproject.toml"},
    )


def test_without_a_repository_only_the_folder_itself_is_looked_into(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ordercli.toml").write_text("output = 'csv'")
    (tmp_path / "inner").mkdir()

    assert load({}, environ=environ, folder=tmp_path / "inner") == Settings()


@pytest.mark.parametrize(("mode", "counts"), [(0o644, True), (0o646, False), (0o600, True), (0o666, False)])
def test_a_file_that_everybody_can_write_is_ignored_and_told(
    environ: dict[str, str], tmp_path: Path, mode: int, *, counts: bool
) -> None:
    file = tmp_path / "ordercli.toml"
    file.write_text("output = 'csv'")
    file.chmod(mode)

    found = load({}, environ=environ, folder=tmp_path)

    reported = f"{file} is ignored: others can write it (mode {mode:04o}); `chmod go-w {file}`"
    assert (found.output, found.notes) == (("csv", ()) if counts else ("auto", (reported,)))


def test_a_file_that_a_group_of_others_can_write_is_ignored(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ordercli.toml"
    file.write_text("output = 'csv'")
    if os.geteuid() == 0:
        os.chown(file, 0, 54321)
    file.chmod(0o664)
    is_private = file.stat().st_gid == file.stat().st_uid  # the group that only this user is in

    found = load({}, environ=environ, folder=tmp_path)

    assert (found.output == "csv", found.notes == ()) == (is_private, is_private)


@pytest.mark.parametrize("name", ["home/.config/ordercli/ordercli.toml", "project/ordercli.toml"])
def test_a_file_of_another_user_is_ignored_and_told(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text("this need not even be TOML")
    if os.geteuid() == 0:
        os.chown(file, 54321, 54321)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 54321)  # only root can give files away
    owner = file.stat().st_uid

    found = load({}, environ=environ, folder=tmp_path / "project")

    assert found.notes == (f"{file} is ignored: it belongs to user {owner}, neither to you nor to root",)


def test_the_file_that_is_named_counts_whoever_can_write_it(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("output = 'csv'")
    file.chmod(0o666)

    assert load({}, config=str(file), environ=environ).output == "csv"


@pytest.mark.parametrize("name", ["database", "allow_network_file_system"])
def test_a_project_does_not_choose_where_orders_are_stored(environ: dict[str, str], tmp_path: Path, name: str) -> None:
    file = tmp_path / "ordercli.toml"
    file.write_text(f"{name} = '1'\noutput = 'csv'")

    found = load({}, environ=environ, folder=tmp_path)
    named = load({}, config=str(file), environ=environ)

    assert (found.database, found.allow_network_file_system, found.output) == (None, False, "csv")
    reason = "because a project must not choose where orders are stored"
    help_ = (
        f"set it in your own settings file (`ordercli config path`), with ORDERCLI_{name.upper()}, or name this file"
    )
    assert found.notes == (f"{file}: `{name}` is ignored, {reason}; {help_} with --config",)
    assert named.origins == {name: str(file), "output": str(file)}


def test_the_file_of_the_user_chooses_where_orders_are_stored(environ: dict[str, str], tmp_path: Path) -> None:
    file = Path(environ["HOME"]) / ".config/ordercli/ordercli.toml"
    file.parent.mkdir(parents=True)
    file.write_text("database = 'orders.db'")

    found = load({}, environ=environ, folder=tmp_path)

    assert (found.database, found.origin("database"), found.folder("database"), found.notes) == (
        "orders.db",
        str(file),
        file.parent,
        (),
    )


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("DATABSE", "ORDERCLI_DATABSE is no setting and is ignored; did you mean ORDERCLI_DATABASE?"),
        ("NOTHING_LIKE_THAT_AT_ALL", "ORDERCLI_NOTHING_LIKE_THAT_AT_ALL is no setting and is ignored"),
    ],
)
def test_a_variable_that_is_no_setting_is_reported(
    environ: dict[str, str], tmp_path: Path, name: str, note: str
) -> None:
    assert load({}, environ={**environ, f"ORDERCLI_{name}": "1"}, folder=tmp_path).notes == (note,)


def test_variables_that_are_read_elsewhere_are_no_mistake(environ: dict[str, str], tmp_path: Path) -> None:
    known = ("TESTING", "FAILPOINT", "CLOCK_OFFSET", "ALLOW_NETWORK_FILE_SYSTEM")
    given = {"_ORDERCLI_COMPLETE": "complete_bash", **{f"ORDERCLI_{name}": "1" for name in known}}

    found = load({}, environ={**environ, **given}, folder=tmp_path)

    assert (found.notes, found.allow_network_file_system) == ((), True)


def test_an_empty_variable_is_as_good_as_none(environ: dict[str, str], tmp_path: Path) -> None:
    names = ("DATABASE", "QUEUE_BATCH_SIZE", "QUEUE_REVALIDATE", "PROFILE", "CONFIG", "VALIDATION_SELECT", "NOTHING")

    assert load({}, environ={**environ, **{f"ORDERCLI_{name}": "" for name in names}}, folder=tmp_path) == Settings()


def test_the_home_folder_is_that_of_the_variable_or_of_the_system() -> None:
    of_the_system = home({})

    assert home({"HOME": "/home/ann"}) == Path("/home/ann")
    assert home({"HOME": ""}) == of_the_system
    assert of_the_system is not None


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("~", "/home/ann"),
        ("~/a/orders.db", "/home/ann/a/orders.db"),
        ("a/~/orders.db", "a/~/orders.db"),
        ("~nobody-has-this-name/x", "~nobody-has-this-name/x"),
        ("~root/x", str(Path("~root/x").expanduser())),
    ],
)
def test_a_tilde_at_the_beginning_is_a_home_folder(path: str, wanted: str) -> None:
    assert expanded(path, {"HOME": "/home/ann"}) == wanted


def test_the_settings_file_may_be_named_with_a_tilde(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("output = 'csv'")

    found = [
        load({}, config="~/mine.toml", environ={"HOME": str(tmp_path)}),
        load({}, environ={"HOME": str(tmp_path), "ORDERCLI_CONFIG": "~/mine.toml"}),
    ]

    assert [each.output for each in found] == ["csv", "csv"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"queue.batch_size = {'9' * 5000}", "is not TOML: "),
        (f"x = {'[' * 5000}", "is not TOML: it is nested too deeply"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "is not TOML: "),
    ],
)
def test_a_file_that_cannot_be_parsed_is_refused(
    environ: dict[str, str], tmp_path: Path, text: str, shown: str
) -> None:
    (tmp_path / "ordercli.toml").write_bytes(text.encode("latin-1"))

    with pytest.raises(UsageError, match=shown):
        load({}, environ=environ, folder=tmp_path)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("queue.batch_size = 2147483648", "`queue.batch_size` must be at most 2147483647, not 2147483648"),
        ("queue.batch_size = 1e400", "`queue.batch_size` must be a whole number from 0, not inf"),
        ("queue.batch_size = 1.5", "`queue.batch_size` must be a whole number from 0, not 1.5"),
        (f"queue.batch_size = '{'9' * 5000}'", f"`queue.batch_size` must be a whole number from 0, not '{'9' * 39}…"),
        (f"queue.batch_size = 0x{'f' * 5000}", "must be at most 2147483647, not a number of that size"),
        (f"queue.max_runtime = 0x{'f' * 5000}", "at most 36500d, not a number of that size"),
        ("limits.max_order_bytes = 9223372036854775807", "must be at most 2147483647, not 9223372036854775807"),
        ("limits.max_findings = 9223372036854775808", "must be at most 2147483647, not 9223372036854775808"),
        ("queue.retention_error = '36501d'", "such as 50s, 15m or 10d, at most 36500d, not '36501d'"),
        (f"queue.retention_completed = '{'9' * 400}d'", "such as 50s, 15m or 10d, at most 36500d, not "),
        ("queue.max_runtime = 99999999999999", "such as 50s, 15m or 10d, at most 36500d, not 99999999999999"),
    ],
)
def test_a_number_that_is_too_large_is_refused_with_its_bound(
    environ: dict[str, str], tmp_path: Path, setting: str, message: str
) -> None:
    (tmp_path / "ordercli.toml").write_text(setting)

    with pytest.raises(UsageError) as refused:
        load({}, environ=environ, folder=tmp_path)

    assert message in refused.value.message
    assert len(refused.value.message) < 300
