"""What can be set: flag over environment over file over default, each value with its origin."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from ordercli.errors import BadInputError, UsageError

Profile = Literal["servicenow", "tmf622"]
PROFILES: tuple[str, ...] = get_args(Profile)
PREFIX = "ORDERCLI_"
FILE_NAME = "ordercli.toml"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}


class Seconds(float):
    """A duration; written as a number of seconds or with a unit: `50s`, `15m`, `12h`, `10d`."""


class About(NamedTuple):
    """What a setting is for, and which values it takes."""

    help: str
    choices: tuple[str, ...] = ()
    least: int = 0


class QueueSettings(NamedTuple):
    """`[queue]`: the inbound queue."""

    batch_size: Annotated[
        int, About("entries claimed and created together, if they have less than 16 MiB", least=1)
    ] = 500
    max_runtime: Annotated[Seconds, About("a run stops claiming after this time")] = Seconds(900)
    revalidate: Annotated[bool, About("validate again when the order is created")] = False
    retention_completed: Annotated[Seconds, About("how long completed entries are kept")] = Seconds(10 * 86400)
    retention_error: Annotated[Seconds, About("how long entries in error are kept")] = Seconds(30 * 86400)


class ValidationSettings(NamedTuple):
    """`[validation]`: what is checked before an order is accepted."""

    create_product_order_validation_sync: Annotated[
        bool, About("validate product orders before creating them at once")
    ] = True
    create_product_order_validation_async: Annotated[bool, About("validate product orders before queueing them")] = True
    create_service_order_validation_sync: Annotated[
        bool, About("validate service orders before creating them at once")
    ] = True
    create_service_order_validation_async: Annotated[bool, About("validate service orders before queueing them")] = True
    reference: Annotated[str, About("rules that need reference data", ("auto", "strict", "off"))] = "auto"
    default_currency: Annotated[str | None, About("fills a missing orderCurrency")] = None
    lint: Annotated[bool, About("submit looks a second time at the bytes (ORD004, ORD006, ORD901)")] = False
    select: Annotated[
        tuple[str, ...], About("only these rules: codes or their beginnings, with a member: ORD114:@referredType")
    ] = ()
    ignore: Annotated[
        tuple[str, ...], About("not these rules: codes or their beginnings, with a member: ORD114:@referredType")
    ] = ()
    severity: Annotated[Mapping[str, str], About("another severity for a rule: CODE = error or warning")] = {}


class OrderSettings(NamedTuple):
    """`[orders]`: how customer orders are created and cancelled."""

    allow_spec_version_update_in_change_order: Annotated[
        bool, About("a change order moves its inventory record to the specification version it names")
    ] = True
    cancellation_approval: Annotated[bool, About("cancelling an order in progress needs an approval")] = False


class LimitSettings(NamedTuple):
    """`[limits]`: how large an order may be, and how much is told of it; 0 is no limit."""

    max_order_bytes: Annotated[int, About("longest order, in bytes")] = 16 * 1024 * 1024
    max_items_sync: Annotated[int, About("most line items of an order that is created at once")] = 0
    max_items_async: Annotated[int, About("most line items of an order that is queued")] = 0
    max_findings: Annotated[int, About("most findings told of one order")] = 1_000


class Settings(NamedTuple):
    """Every setting with its value; `origins` tells where a value comes from that is no default."""

    database: Annotated[
        str | None, About("path of the database, or the address of a PostgreSQL server (postgresql://…)")
    ] = None
    profile: Annotated[Profile, About("the rules and words that apply", PROFILES)] = "servicenow"
    actor: Annotated[str | None, About("who is named in the history of orders; if not set, the user of the system")] = (
        None
    )
    output: Annotated[str, About("output format", ("auto", "table", "json", "ndjson", "csv", "id"))] = "auto"
    queue: QueueSettings = QueueSettings()
    validation: ValidationSettings = ValidationSettings()
    orders: OrderSettings = OrderSettings()
    limits: LimitSettings = LimitSettings()
    origins: Mapping[str, str] = {}

    @property
    def acting(self) -> str:
        """Who is named in the history of orders."""
        return self.actor or default_actor()


class Key(NamedTuple):
    """One setting by its dotted name, for example `queue.batch_size`; the rest as `About` has it."""

    name: str
    kind: Any
    default: Any
    help: str
    choices: tuple[str, ...]
    least: int

    @property
    def variable(self) -> str:
        """The environment variable of the setting."""
        return PREFIX + self.name.replace(".", "_").upper()


SECTIONS: dict[str, type] = {
    "queue": QueueSettings,
    "validation": ValidationSettings,
    "orders": OrderSettings,
    "limits": LimitSettings,
}


def keys() -> dict[str, Key]:
    """Every key that a file, an environment variable or a flag may set, by its dotted name."""
    found = _keys_of(Settings, "")
    for section, made in SECTIONS.items():
        found |= _keys_of(made, f"{section}.")
    return found


def _keys_of(made: Any, prefix: str) -> dict[str, Key]:  # noqa: ANN401 - one of the named tuples above
    return {
        prefix + name: Key(prefix + name, kind.__origin__, made._field_defaults[name], *kind.__metadata__[0])
        for name, kind in made.__annotations__.items()
        if get_origin(kind) is Annotated
    }


def load(
    flags: Mapping[str, Any],
    *,
    config: str | None = None,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Settings:
    """Gather the settings: `flags` by dotted name (None: not given), then environment, files, defaults.

    Raises:
        UsageError: an unknown key, a value of the wrong type, or a file that is no TOML.
        BadInputError: the file named by --config cannot be read.
    """
    known = keys()
    found: dict[str, tuple[Any, str]] = {}
    files = settings_files(config, environ=environ, folder=folder)
    for path in files if len(files) == 1 else filter(Path.is_file, files):
        for name, value in _read_file(path).items():
            found[name] = (_converted(known, name, value, str(path)), str(path))
    for key in known.values():
        if key.variable in environ:
            found[key.name] = (_converted(known, key.name, environ[key.variable], key.variable), key.variable)
    for name, value in flags.items():
        if value is not None:
            found[name] = (_converted(known, name, value, "command line"), "command line")
    return _assembled(found)


def _assembled(found: Mapping[str, tuple[Any, str]]) -> Settings:
    settings = Settings(origins={name: origin for name, (_, origin) in found.items()})
    for name, (value, _) in found.items():
        section, _, last = name.rpartition(".")
        if section:
            settings = settings._replace(**{section: getattr(settings, section)._replace(**{last: value})})
        else:
            settings = settings._replace(**{last: value})
    return settings


def settings_files(
    config: str | None = None, *, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> list[Path]:
    """The files that settings may stand in: system, user, project, the strongest last; or the one that was named."""
    named = config or environ.get(PREFIX + "CONFIG")
    if named:
        return [Path(named)]
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".config")
    project = folder or Path()
    return [
        Path("/etc/ordercli") / FILE_NAME,
        home / "ordercli" / FILE_NAME,
        project / "pyproject.toml",
        project / FILE_NAME,
    ]


def _read_file(path: Path) -> dict[str, Any]:
    """The settings of a file by dotted name; those of a pyproject.toml stand under `[tool.ordercli]`."""
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    if path.name == "pyproject.toml":
        content = content.get("tool", {}).get("ordercli", {})
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if name in SECTIONS and isinstance(value, dict):
            flat |= {f"{name}.{last}": each for last, each in value.items()}
        else:
            flat[name] = value
    return flat


def _converted(known: Mapping[str, Key], name: str, value: Any, origin: str) -> Any:  # noqa: ANN401 - any setting
    key = known.get(name)
    if key is None:
        raise UsageError(f"{origin}: unknown setting `{name}`", hint=_suggestion(name, known))
    try:
        result = _parse(key.kind, value)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{origin}: `{name}` must be {_describe(key.kind)}, not {value!r}") from error
    if key.kind is int and result < key.least:
        raise UsageError(f"{origin}: `{name}` must be at least {key.least}, not {value!r}")
    if key.choices and result not in key.choices:
        raise UsageError(f"{origin}: `{name}` must be one of {', '.join(key.choices)}, not {value!r}")
    return result


def _suggestion(name: str, known: Mapping[str, Key]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    near = get_close_matches(name, known, n=1)
    return f"did you mean `{near[0]}`?" if near else None


def _parse(kind: Any, value: Any) -> Any:  # noqa: ANN401 - by the type of the setting
    if kind is bool:
        return (
            value
            if isinstance(value, bool)
            else {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
        )
    if kind is Seconds:
        return duration(value)
    if kind is int:
        number = int(value)
        if isinstance(value, bool) or number < 0:
            raise ValueError(value)
        return number
    if kind == tuple[str, ...]:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else tuple(map(_text, value))
    if kind == Mapping[str, str]:
        pairs = dict(each.split("=", 1) for each in value.split(",")) if isinstance(value, str) else dict(value)
        if not set(pairs.values()) <= {"error", "warning"}:
            raise ValueError(value)
        return pairs
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def duration(value: object) -> Seconds:
    """Seconds from a number or from text such as `50s`, `15m`, `10d`; ValueError where it is neither."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", str(value).strip())
    if match is None or isinstance(value, bool):
        raise ValueError(value)
    return Seconds(float(match[1]) * _SECONDS[match[2]])


def _describe(kind: Any) -> str:  # noqa: ANN401 - a type
    words = {bool: "true or false", int: "a whole number from 0", Seconds: "a duration such as 50s, 15m or 10d"}
    if kind in words:
        return words[kind]
    return {tuple[str, ...]: "a list of codes", Mapping[str, str]: "a table of code = error or warning"}.get(
        kind, "text"
    )


def default_actor() -> str:
    """Who acts unless told otherwise: the user of the system, by name or (in some containers) by number."""
    from getpass import getuser  # noqa: PLC0415 - only where something is changed

    try:
        return getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def default_database(environ: Mapping[str, str] = os.environ) -> str:
    """Where the orders lie unless told otherwise: the user's data folder."""
    if environ.get("XDG_DATA_HOME"):
        return str(Path(environ["XDG_DATA_HOME"]) / "ordercli" / "orders.db")
    from platformdirs import user_data_path  # noqa: PLC0415 - slow to import

    return str(user_data_path("ordercli") / "orders.db")
