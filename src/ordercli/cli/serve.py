"""`ordercli serve`: the server, and the tokens of its clients."""

from typing import Annotated

import typer

from ordercli.cli.completion import clients
from ordercli.cli.invocation import Invocation
from ordercli.clients.tokens import Role
from ordercli.errors import UsageError
from ordercli.output.rows import print_result, print_results

app = typer.Typer(add_completion=False)
token = typer.Typer(add_completion=False, no_args_is_help=True)

_LARGEST_PORT = 65_535
_PACKAGES = "starlette uvicorn httptools uvloop urllib3 backports.zstd jinja2"
Port = Annotated[
    int, typer.Option(min=0, max=_LARGEST_PORT, metavar="N", help="Port to listen on; 0 takes a free one.")
]
TokenName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client, as the history of orders has it.")]
KnownName = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Name of the client, as `serve token list` has it.", autocompletion=clients),
]


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8622,
    tls_cert: Annotated[
        str | None, typer.Option(metavar="PATH", help="Use TLS with the certificate chain in this PEM file.")
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option(metavar="PATH", help="Private key of the certificate, a PEM file.")
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="A proxy does TLS: trust its X-Forwarded headers (serve.proxies)."),
    ] = False,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Do not authenticate requests; loopback addresses only.")
    ] = False,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="With --no-auth: source of the orders that come in.")
    ] = "http",
    drain: Annotated[
        bool, typer.Option("--drain", help="Also create the orders that are queued, in a process beside the server.")
    ] = False,
) -> None:
    """Answer HTTP requests: create, show, list, patch and cancel product orders and service orders.

    The paths are those of the ServiceNow Product Order and Service Order Open APIs, of TMF622 v4 and v5, and of TMF641
    v4. Clients need a token, which `serve token add` makes. SIGTERM ends the server when open requests were answered,
    or after `serve.stop_timeout`.

    Examples:
        ordercli serve token add crm               make a token for the client crm
        ordercli serve                             listen on http://127.0.0.1:8622
        ordercli serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
        ordercli serve --no-auth --port 8080 --source crm
        ordercli serve --drain                     create queued orders, too
    """
    if context.invoked_subcommand:
        return
    try:
        from ordercli.http.listening import Listening  # an extra, and slow to import
        from ordercli.http.server import serve as run
    except ImportError as error:
        raise UsageError(
            f"serve needs packages that are not installed ({error.name})",
            hint=f"install them into the environment of ordercli: pip install {_PACKAGES}",
        ) from error

    call = Invocation(context, works=True)
    code = run(
        call.changed_database,
        call.settings,
        Listening(host, port, tls_cert, tls_key, behind_proxy),
        source if no_auth else None,
        drain=drain,
        listens=lambda address: call.output.summarize(f"listening on {address}"),
        made=call.report_created,
    )
    raise typer.Exit(code)


@token.callback()
def tokens() -> None:
    """Make, list and revoke the tokens of clients.

    Examples:
        ordercli serve token add crm --expires 90d
        ordercli serve token list
        ordercli serve token revoke crm
    """


@token.command("add")
def add(
    context: typer.Context,
    name: TokenName,
    role: Annotated[
        Role,
        typer.Option(
            help="read: show and list the orders of its source; order: also create, patch and cancel them;"
            " operate: all of this in every source, and run the queue."
        ),
    ] = Role.ORDER,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Source of its orders. [default: the name of the token]", show_default=False),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="DURATION|TIME", help="When the token expires: 90d, 2027-01-31. [default: never]"),
    ] = None,
) -> None:
    """Make a token and print it; it is not shown again, because only its hash is stored.

    A client sends it as `Authorization: Bearer TOKEN`, or as the password of NAME (Basic). Two tokens may have one
    source, so that a new one can replace an old one.

    Examples:
        ordercli serve token add crm
        ordercli serve token add crm-2027 --source crm --expires 365d -o json
        ordercli serve token add dashboard --role read --source crm
        ordercli serve token add night-shift --role operate -o id > token.txt
    """
    from ordercli.operations.tokens import add_token

    call = Invocation(context, works=True)
    made = add_token(call.changed_database, name, role, source, expires, call.report_created)
    print_result(made, call.output)
    call.output.note("store the token like a password: it is not shown again")


@token.command("list")
def show_all(context: typer.Context) -> None:
    """List the tokens, and when each was last used.

    Examples:
        ordercli serve token list
        ordercli serve token list -o json
    """
    from ordercli.operations.tokens import ApiToken, token_list

    call = Invocation(context)
    print_results(token_list(call.database), ApiToken, call.output)


@token.command("revoke")
def revoke(context: typer.Context, name: KnownName) -> None:
    """Delete a token; running servers refuse it within a second.

    Examples:
        ordercli serve token revoke crm
    """
    from ordercli.operations.tokens import revoke_token

    call = Invocation(context, works=True)
    print_result(revoke_token(call.changed_database, name), call.output)


app.add_typer(token, name="token")
