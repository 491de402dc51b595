"""Define the settings: their types, defaults and texts."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from ordercli.settings_files import home

ProfileName = Literal["servicenow", "tmf622", "tmf622-v4", "tmf622-v5", "tmf641"]
PROFILES: tuple[str, ...] = get_args(ProfileName)
# The kinds of orders, as they are stored and printed.
ResourceName = Literal["productOrder", "serviceOrder"]
PREFIX = "ORDERCLI_"
COMMAND_LINE = "command line"
# Settings of the places where orders are stored, and where they are sent. Files of a project may not set them: somebody
# else may have written it.
PERSONAL = ("database", "store", "allow_network_file_system", "stores", "targets")
STORES = "stores"
TARGETS = "targets"
_LARGEST = 2**31 - 1
LONGEST_DAYS = 36_500
DURATION = f"a duration such as 50s, 15m or 10d, at most {LONGEST_DAYS}d"
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}


class Seconds(float):
    """A duration; written as a number of seconds or with a unit: `50s`, `15m`, `12h`, `10d`."""

    @property
    def text(self) -> str:
        """Return the duration with the largest unit that divides it: `15m`."""
        unit = next(unit for unit in ("d", "h", "m", "s") if self % UNITS[unit] == 0)
        return f"{self / UNITS[unit]:.0f}{unit}"


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
    reference_max_age: Annotated[
        Seconds, About("doctor warns of types of reference data that have no known import in this time; 0: never")
    ] = Seconds(0)
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
        bool, About("a change order sets its product or service in the inventory to the specification version it names")
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
    store: Annotated[
        str | None, About("name of the store to use, a table [stores.NAME] of your settings; instead of database")
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
    # By name, the file and the content of each `[stores.NAME]` and `[targets.NAME]`; stores.py and targets.py read them
    # where they are needed.
    stores: Mapping[str, tuple[str, Mapping[str, Any]]] = {}
    targets: Mapping[str, tuple[str, Mapping[str, Any]]] = {}
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
    """One setting by its dotted name, for example `queue.batch_size`; help to spelling are as `About` has them.

    `other_name` is its second dotted name, if it has one. `variable` is its environment variable, `variables` are those
    of both names.
    """

    name: str
    kind: Any
    default: Any
    help: str
    choices: tuple[str, ...]
    least: int
    most: int
    spelling: str
    other_name: str | None
    variable: str
    variables: tuple[str, ...]


def _key(name: str, kind: Any, default: object) -> Key:  # noqa: ANN401 - an annotated type
    about: About = kind.__metadata__[0]
    other_name = f"{name.rpartition('.')[0]}.{about.spelling}" if about.spelling else None
    variables = tuple(_variable(each) for each in (name, other_name) if each)
    return Key(name, kind.__origin__, default, *about, other_name, variables[0], variables)


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
    found = keys_of(Settings, "")
    for section, made in SECTIONS.items():
        found |= keys_of(made, f"{section}.")
    return found


def keys_of(made: Any, prefix: str) -> dict[str, Key]:  # noqa: ANN401 - a named tuple
    """Return the keys of a named tuple of settings, whose fields have an `About`."""
    return {
        prefix + name: _key(prefix + name, kind, made._field_defaults[name])
        for name, kind in made.__annotations__.items()
        if get_origin(kind) is Annotated
    }


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
