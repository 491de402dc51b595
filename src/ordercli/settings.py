"""Define and load the settings: flags override the environment, then files, then defaults; each has an origin."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from ordercli.errors import UsageError
from ordercli.settings_files import SettingsFile, home, to_read
from ordercli.settings_files import settings_files as files_of

ProfileName = Literal["servicenow", "tmf622", "tmf622-v4", "tmf622-v5", "tmf641"]
PROFILES: tuple[str, ...] = get_args(ProfileName)
# The kinds of orders, as they are stored and printed.
ResourceName = Literal["productOrder", "serviceOrder"]
PREFIX = "ORDERCLI_"
COMMAND_LINE = "command line"
# Settings of the place where orders are stored. Files of a project may not set them: somebody else may have written it.
PERSONAL = ("database", "allow_network_file_system")
# Variables that are not settings: CONFIG is read below, the others by tests.
_OTHER_VARIABLES = {PREFIX + name for name in ("CONFIG", "TESTING", "FAILPOINT", "CLOCK_OFFSET", "TEST_POSTGRES_URL")}
_LARGEST = 2**31 - 1
LONGEST_DAYS = 36_500
_LONGEST_WORD = 40
DURATION = f"a duration such as 50s, 15m or 10d, at most {LONGEST_DAYS}d"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}


class Seconds(float):
    """A duration; written as a number of seconds or with a unit: `50s`, `15m`, `12h`, `10d`."""

    @property
    def text(self) -> str:
        """Return the duration with the largest unit that divides it: `15m`."""
        unit = next(unit for unit in ("d", "h", "m", "s") if self % _SECONDS[unit] == 0)
        return f"{self / _SECONDS[unit]:.0f}{unit}"


class About(NamedTuple):
    """What a setting is for, and which values it takes; `spelling` is a second name that it has in its section."""

    help: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = _LARGEST
    spelling: str = ""


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
        bool,
        About("validate service orders before creating them at once", spelling="create_service_order_validations_sync"),
    ] = True
    create_service_order_validation_async: Annotated[
        bool, About("validate service orders before queueing them", spelling="create_service_order_validations_async")
    ] = True
    reference: Annotated[str, About("rules that need reference data", ("auto", "strict", "off"))] = "auto"
    default_currency: Annotated[str | None, About("currency of orders without orderCurrency")] = None
    lint: Annotated[bool, About("submit also checks the bytes of each order (ORD004, ORD006, ORD901)")] = False
    select: Annotated[
        tuple[str, ...], About("only these rules: codes or their beginnings, with a member: ORD114:@referredType")
    ] = ()
    ignore: Annotated[
        tuple[str, ...], About("not these rules: codes or their beginnings, with a member: ORD114:@referredType")
    ] = ()
    severity: Annotated[
        Mapping[str, str], About("another severity for a rule: CODE = error or warning; with a member: CODE:MEMBER")
    ] = {}


class OrderSettings(NamedTuple):
    """`[orders]`: how customer orders are created and cancelled."""

    allow_spec_version_update_in_change_order: Annotated[
        bool, About("a change order sets its product in the inventory to the specification version it names")
    ] = True
    cancellation_approval: Annotated[bool, About("cancelling an order in progress needs an approval")] = False


class LimitSettings(NamedTuple):
    """`[limits]`: how large an order may be, and how many findings are reported; 0 means no limit."""

    max_order_bytes: Annotated[int, About("maximum size of an order, in bytes")] = 16 * 1024 * 1024
    max_items_sync: Annotated[int, About("maximum number of line items of an order that is created at once")] = 0
    max_items_async: Annotated[int, About("maximum number of line items of an order that is queued")] = 0
    max_findings: Annotated[int, About("maximum number of findings reported for one order")] = 1_000


class ServeSettings(NamedTuple):
    """`[serve]`: the HTTP server, and what it takes."""

    hosts: Annotated[
        tuple[str, ...], About("further names of the server, as clients send them in the header Host")
    ] = ()
    proxies: Annotated[
        tuple[str, ...], About("with --behind-proxy: addresses or networks of proxies whose X-Forwarded headers count")
    ] = ("127.0.0.1", "::1")
    max_body_bytes: Annotated[int, About("longest body of a request, in bytes, also after decompression", least=1)] = (
        16 * 1024 * 1024
    )
    max_header_bytes: Annotated[int, About("longest head of a request: its path and headers, in bytes", least=1024)] = (
        32 * 1024
    )
    max_connections: Annotated[
        int, About("most open connections; one more replaces the one that has been idle longest", least=1)
    ] = 10_000
    max_requests: Annotated[int, About("most requests at the same time; more are answered 503", least=1)] = 500
    rate_limit: Annotated[
        int, About("requests, and orders in NDJSON, per client and second; more requests are answered 429; 0: no limit")
    ] = 0
    rate_burst: Annotated[int, About("with serve.rate_limit: requests that a client may send at once", least=1)] = 100
    max_waiting: Annotated[int, About("most requests that wait to be written; more are answered 503", least=1)] = 1_000
    drain_batch_size: Annotated[
        int, About("most entries of the queue in a transaction of --drain, for which requests wait", least=1)
    ] = 50
    readers: Annotated[int, About("threads that read from the database", least=1, most=64)] = 4
    header_timeout: Annotated[Seconds, About("the head of a request must come within this time")] = Seconds(15)
    idle_timeout: Annotated[Seconds, About("a connection without a request is closed after this time")] = Seconds(30)
    body_timeout: Annotated[Seconds, About("the body of a request must come within this time")] = Seconds(30)
    lock_timeout: Annotated[Seconds, About("how long a request waits for other processes that write; then 503")] = (
        Seconds(5)
    )
    hub_hosts: Annotated[
        tuple[str, ...],
        About("hosts to which events are delivered, by the names or addresses in callbacks; none: no hub"),
    ] = ()
    hub_networks: Annotated[
        tuple[str, ...], About("networks that are not public, such as 10.0.0.0/8, to which events are delivered too")
    ] = ()
    hub_timeout: Annotated[Seconds, About("a subscriber must answer an event within this time")] = Seconds(10)
    hub_give_up_after: Annotated[
        Seconds, About("a subscription is disabled after its deliveries have failed for this time")
    ] = Seconds(86_400)
    stop_timeout: Annotated[Seconds, About("how long a stopping server waits for open requests")] = Seconds(30)


class Settings(NamedTuple):
    """Every setting with its value, the origin of each value that is not a default, and warnings (`notes`)."""

    database: Annotated[
        str | None, About("path of the database, or the address of a PostgreSQL server (postgresql://…)")
    ] = None
    profile: Annotated[ProfileName, About("the rules and words that apply", PROFILES)] = "servicenow"
    key_identifier_type: Annotated[
        str | None,
        About("the externalIdentifierType by which a TMF622 v5 order is known; if not set, its first identifier"),
    ] = None
    actor: Annotated[
        str | None, About("name kept with changes of orders and of queue entries; if not set, the system user")
    ] = None
    output: Annotated[str, About("output format", ("auto", "table", "json", "ndjson", "csv", "csv-safe", "id"))] = (
        "auto"
    )
    allow_network_file_system: Annotated[
        bool, About("use a database file on a network file system, where SQLite's locks cannot be trusted")
    ] = False
    queue: QueueSettings = QueueSettings()
    validation: ValidationSettings = ValidationSettings()
    orders: OrderSettings = OrderSettings()
    limits: LimitSettings = LimitSettings()
    serve: ServeSettings = ServeSettings()
    origins: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        """Return the origin of a setting: an option, a variable, a file, or the default."""
        origin = self.origins.get(name, "the default")
        return f"--{name}" if origin == COMMAND_LINE else origin

    def folder(self, name: str) -> Path | None:
        """Return the folder of the file that a setting comes from; None if it does not come from a file."""
        origin = self.origins.get(name, COMMAND_LINE)
        return None if origin in {COMMAND_LINE, keys()[name].variable} else Path(origin).parent

    @property
    def acting(self) -> str:
        """Return the name that is recorded in the history of orders."""
        return self.actor or default_actor()


class Key(NamedTuple):
    """One setting by its dotted name, for example `queue.batch_size`; the rest as `About` has it."""

    name: str
    kind: Any
    default: Any
    help: str
    choices: tuple[str, ...]
    least: int
    most: int
    spelling: str

    @property
    def variable(self) -> str:
        """Return the environment variable of the setting."""
        return _variable(self.name)

    @property
    def other_name(self) -> str | None:
        """Return the second dotted name of the setting, if it has one."""
        return f"{self.name.rpartition('.')[0]}.{self.spelling}" if self.spelling else None

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the environment variables of the setting, in each spelling."""
        return (self.variable, _variable(self.other_name)) if self.other_name else (self.variable,)


def _variable(name: str) -> str:
    return PREFIX + name.replace(".", "_").upper()


SECTIONS: dict[str, type] = {
    "queue": QueueSettings,
    "validation": ValidationSettings,
    "orders": OrderSettings,
    "limits": LimitSettings,
    "serve": ServeSettings,
}


def keys() -> dict[str, Key]:
    """Return every key that a file, an environment variable or a flag may set, by its dotted name."""
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
    """Load the settings: `flags` by dotted name (None: not given), then environment, files, defaults.

    Raises:
        UsageError: a key is unknown, a value has the wrong type, or a file is not TOML.
        BadInputError: the file named by --config cannot be read.
    """
    known = keys()
    found: dict[str, tuple[Any, str]] = {}
    notes = _unknown_variables(known, environ)
    for file in to_read(settings_files(config, environ=environ, folder=folder)):
        for name, value in _in_first_spelling(known, _read_file(file, notes), str(file.path)).items():
            found[name] = (_converted(known, name, value, str(file.path)), str(file.path))
    for key in known.values():
        given = [variable for variable in key.variables if environ.get(variable)]
        if len(given) > 1:
            raise _spelled_twice(*given)
        for variable in given:
            found[key.name] = (_converted(known, key.name, environ[variable], variable), variable)
    for name, value in flags.items():
        if value is not None:
            found[name] = (_converted(known, name, value, COMMAND_LINE), COMMAND_LINE)
    return _assembled(found)._replace(notes=tuple(notes))


def _in_first_spelling(known: Mapping[str, Key], content: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return the settings of a file by their first names.

    Raises:
        UsageError: one of them is given in both spellings.
    """
    names = {key.other_name: key.name for key in known.values() if key.other_name}
    for other, name in names.items():
        if other in content and name in content:
            raise _spelled_twice(f"{file}: `{name}`", f"`{other}`")
    return {names.get(name, name): value for name, value in content.items()}


def _spelled_twice(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} are one setting in two spellings", hint="give one of them")


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
) -> list[SettingsFile]:
    """Return the possible settings files, the strongest last; or only the one from `--config` or ORDERCLI_CONFIG."""
    return files_of(config or environ.get(PREFIX + "CONFIG"), environ, folder)


def _read_file(file: SettingsFile, notes: list[str]) -> dict[str, Any]:
    """Return the settings of a file; add a note for each ignored part."""
    if reason := file.why_ignored():
        if file.path.name != "pyproject.toml":
            notes.append(f"{file.path} is ignored: {reason}")
        return {}
    content = file.read(tuple(SECTIONS))
    if not file.is_personal:
        for name in filter(content.__contains__, PERSONAL):
            del content[name]
            notes.append(
                f"{file.path}: `{name}` is ignored, because a project must not choose where orders are stored;"
                f" set it in your own settings file (`ordercli config path`), with {PREFIX}{name.upper()},"
                " or name this file with --config"
            )
    return content


def _unknown_variables(known: Mapping[str, Key], environ: Mapping[str, str]) -> list[str]:
    """Return a note for each environment variable that looks like a setting but is none."""
    variables = _OTHER_VARIABLES.union(name for key in known.values() for name in key.variables)
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in variables and environ[name])
    return [f"{name} is no setting and is ignored{_near(name, variables)}" for name in unknown]


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only after a mistake

    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _converted(known: Mapping[str, Key], name: str, value: Any, origin: str) -> Any:  # noqa: ANN401 - any setting
    key = known.get(name)
    if key is None:
        raise UsageError(f"{origin}: unknown setting `{name}`", hint=_suggestion(name, known))
    try:
        result = _parse(key.kind, value)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{origin}: `{name}` must be {_describe(key.kind)}, not {short(value)}") from error
    if key.kind is int and not key.least <= result <= key.most:
        bound = f"at least {key.least}" if result < key.least else f"at most {key.most}"
        raise UsageError(f"{origin}: `{name}` must be {bound}, not {short(value)}")
    if key.choices and result not in key.choices:
        raise UsageError(f"{origin}: `{name}` must be one of {', '.join(key.choices)}, not {value!r}")
    return result


def short(value: object) -> str:
    """Return a wrong value in a form short enough for a message."""
    try:
        shown = repr(value)
    except ValueError:  # a number of thousands of digits
        return "a number of that size"
    return shown if len(shown) <= 4 * _LONGEST_WORD else f"{shown[:_LONGEST_WORD]}…"


def _suggestion(name: str, known: Mapping[str, Key]) -> str | None:
    from difflib import get_close_matches  # only after a mistake

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
        if isinstance(value, bool | float):
            raise TypeError(value)
        number = int(value)
        if number < 0:
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
    """Parse a number of seconds, or a text such as `50s`, `15m`, `10d`.

    Raises:
        ValueError: the value is neither, or is too large for a date.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", str(value).strip())
    if match is None or isinstance(value, bool):
        raise ValueError(value)
    seconds = Seconds(float(match[1]) * _SECONDS[match[2]])
    if seconds > LONGEST_DAYS * _SECONDS["d"]:
        raise ValueError(value)
    return seconds


def _describe(kind: Any) -> str:  # noqa: ANN401 - a type
    words = {bool: "true or false", int: "a whole number from 0", Seconds: DURATION}
    if kind in words:
        return words[kind]
    return {tuple[str, ...]: "a list of codes", Mapping[str, str]: "a table of code = error or warning"}.get(
        kind, "text"
    )


def default_actor() -> str:
    """Return the default actor: the user of the system, by name or (in some containers) by number."""
    from getpass import getuser  # only where something is changed

    try:
        return getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def default_database(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the default database, in the user's data folder; None without a home folder."""
    if environ.get("XDG_DATA_HOME"):
        return str(Path(environ["XDG_DATA_HOME"]) / "ordercli" / "orders.db")
    folder = home(environ)
    data = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    return str(folder / data / "ordercli" / "orders.db") if folder else None
