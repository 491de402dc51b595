"""Run the server: where it listens, how it stops, and what it writes to the log."""

from __future__ import annotations

import logging
import resource
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from ordercli.database.opening import exists, make_database
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.http.access import Caller
from ordercli.http.app import application
from ordercli.http.connection import Connections
from ordercli.http.draining import Draining
from ordercli.http.listening import BACKLOG, ProxyHeaders, proxy_networks
from ordercli.operations.tokens import has_valid_token
from ordercli.run_control import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.http.listening import Listening
    from ordercli.settings import ServeSettings, Settings

# The most files that the server has open besides connections: the database, its log, those of each thread.
_OTHER_FILES = 200
_log = logging.getLogger("ordercli.http")


class _Server(uvicorn.Server):
    """A server that ends at the signals that end every run; the second one ends the process at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = Stop().listen()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `stop`, as in other commands."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop; called ten times a second."""
        return await super().on_tick(counter) or self.stop.signal is not None


def serve(
    database: str,
    settings: Settings,
    listening: Listening,
    source: str | None,
    *,
    drain: bool = False,
    listens: Callable[[str], None],
    made: Callable[[str], None] | None = None,
) -> ExitCode:
    """Answer requests until a signal comes, and return the exit code.

    With a source, clients are not authenticated, and that is the source of every order. `listens` is called with the
    address when the socket is open. With `drain`, a process beside the server creates the orders that are queued. Open
    requests are answered before the server ends, within `serve.stop_timeout`.

    Raises:
        UsageError: no client has a valid token, the address is unsafe or in use, or TLS cannot be set up.
        BadDatabaseError, TryAgainError: the database cannot be opened.
    """
    listening.check(authenticates=source is None)
    tls, proxies = listening.tls(), proxy_networks(settings.serve.proxies)
    if source is None and not exists(database):
        raise _nobody()
    make_database(database, made).close()
    if source is None and not has_valid_token(database):
        raise _nobody()
    everybody = None if source is None else Caller(source, settings.acting)
    with ExitStack() as stack:
        listener = stack.enter_context(closing(listening.open()))
        app = application(settings, database, _report, everybody)
        limits = _limits(settings.serve)
        config = uvicorn.Config(
            ProxyHeaders(app, proxies) if listening.behind_proxy else app,
            loop="uvloop",
            http=cast("Any", Connections(limits)),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=cast("Any", limits.idle_timeout),
            ssl_context_factory=(lambda *_: tls) if tls else None,
            timeout_graceful_shutdown=cast("Any", limits.stop_timeout),
        )
        server = _Server(config)
        if drain:
            stack.enter_context(Draining(database, settings, lambda: server.stop.signal is not None))
        listens(listening.url(listener))
        server.run([listener])
    return code_of_stop(server.stop)


def _nobody() -> UsageError:
    return UsageError(
        "no client has a valid token, so nobody could be let in",
        hint="make one with `ordercli serve token add crm`, or give --no-auth to authenticate nobody",
    )


def _limits(settings: ServeSettings) -> ServeSettings:
    """Raise the limit of open files for the connections; return the settings with as many as the system allows."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return settings
    return settings._replace(max_connections=max(soft - _OTHER_FILES, 1))


def _report(error: Exception) -> None:
    """Write the traceback of a bug to the log."""
    _log.error("a request failed: this is a bug", exc_info=error)
