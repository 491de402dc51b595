"""`ordercli serve`."""

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation
from ordercli.errors import UsageError

app = typer.Typer(add_completion=False)

_LARGEST_PORT = 65_535
_PACKAGES = "starlette uvicorn httptools uvloop urllib3 backports.zstd"


@app.command("serve")
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=_LARGEST_PORT, metavar="N", help="Port to listen on; 0 takes a free one.")
    ] = 8622,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let everybody in who reaches the address, which must be a loopback one.")
    ] = False,
    source: Annotated[str, typer.Option(metavar="NAME", help="Source of the orders that come in.")] = "http",
) -> None:
    """Answer HTTP requests: create, show, list, patch and cancel product orders and service orders.

    The paths are those of the ServiceNow Product Order and Service Order Open APIs, of TMF622 v4 and v5, and of TMF641
    v4. SIGTERM ends the server when
    everything that was begun is done.

    Examples:
        ordercli serve --no-auth                   listen on http://127.0.0.1:8622
        ordercli serve --no-auth --port 8080 --source crm
    """
    try:
        from ordercli.http.server import Listening  # an extra, and slow to import
        from ordercli.http.server import serve as run
    except ImportError as error:
        raise UsageError(
            f"serve needs packages that are not installed ({error.name})",
            hint=f"install them into the environment of ordercli: pip install {_PACKAGES}",
        ) from error

    call = Invocation(context, works=True)
    if not no_auth:
        raise UsageError("serve has no authentication yet", hint="give --no-auth to listen on a loopback address")
    code = run(
        call.database,
        call.settings,
        Listening(host, port),
        source,
        listens=lambda address: call.output.note(f"listening on {address}"),
        made=call.report_created,
    )
    raise typer.Exit(code)
