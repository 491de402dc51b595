"""The table of roles and paths, attacks on the header Authorization, and what no output may have in it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ordercli.http.app import application
from ordercli.settings import Settings
from support.builders import encoded, ndjson, product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import V4, V5, VENDOR, VENDOR_CANCEL, Served, guarded, new_token
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store

pytestmark = pytest.mark.slow

OPEN = {"/health", "/ready", "/openapi.json", "/page.css", "/sign-in", "/sign-out"}
# Pages send who is not signed in to the form, and say which methods they have.
PAGES = ("/", "/search", "/queue", "/runs", "/orders")
CANCELLATION = {"cancellationReason": "why", "productOrder": {"id": "MINE"}}
OTHERS_CANCELLATION = {"cancellationReason": "why", "productOrder": {"id": "THEIRS"}}


class Clients:
    """A server, and a token of each role; `theirs` is of another source."""

    def __init__(self, ordercli: Ordercli, served: Served, tokens: dict[str, str]) -> None:
        self.ordercli = ordercli
        self.served = served
        self.tokens = tokens

    def send(self, role: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request with the token of a role."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        return self.served.client.request(method, path, json=body, headers=headers)


@pytest.fixture
def clients(ordercli: Ordercli) -> Iterator[Clients]:
    tokens = {role: new_token(ordercli, role, "--role", role, "--source", "mine") for role in ("read", "order")}
    tokens["operate"] = new_token(ordercli, "operate", "--role", "operate")
    tokens["theirs"] = new_token(ordercli, "theirs")
    with guarded(ordercli) as served:
        yield Clients(ordercli, served, tokens)


def test_the_table_of_roles_and_paths(clients: Clients) -> None:
    clients.send("order", "POST", VENDOR, product_order("MINE"))
    clients.send("theirs", "POST", VENDOR, product_order("THEIRS"))
    asked: dict[str, tuple[str, str, Any]] = {
        "list": ("GET", VENDOR, None),
        "show": ("GET", f"{VENDOR}/MINE", None),
        "show theirs": ("GET", f"{VENDOR}/THEIRS", None),
        "patch": ("PATCH", f"{VENDOR}/MINE", {"category": "B2B"}),
        "patch theirs": ("PATCH", f"{VENDOR}/THEIRS", {"category": "B2B"}),
        "create": ("POST", VENDOR, {"productOrderItem": []}),
        "cancel theirs": ("POST", VENDOR_CANCEL, OTHERS_CANCELLATION),
        "cancel": ("POST", VENDOR_CANCEL, CANCELLATION),
        "metrics": ("GET", "/metrics", None),
        "delete": ("DELETE", f"{VENDOR}/MINE", None),
        "nothing": ("GET", "/nothing", None),
        "options": ("OPTIONS", VENDOR, None),
        "health": ("GET", "/health", None),
        "ready": ("GET", "/ready", None),
    }

    table = {
        name: [clients.send(role, *what).status_code for role in ("", "read", "order", "operate")]
        for name, what in asked.items()
    }

    assert table == {
        "list": [401, 200, 200, 200],
        "show": [401, 200, 200, 200],
        "show theirs": [401, 404, 404, 200],
        "patch": [401, 403, 201, 201],
        "patch theirs": [401, 403, 404, 201],
        "create": [401, 403, 400, 400],
        "cancel theirs": [401, 403, 400, 200],
        "cancel": [401, 403, 200, 409],
        "metrics": [401, 403, 403, 200],
        "delete": [401, 405, 405, 405],
        "nothing": [401, 404, 404, 404],
        "options": [401, 204, 204, 204],
        "health": [200, 200, 200, 200],
        "ready": [200, 200, 200, 200],
    }


def test_orders_of_another_source_answer_as_orders_that_do_not_exist(clients: Clients) -> None:
    order_id = clients.send("theirs", "POST", VENDOR, product_order("THEIRS")).json()["id"]

    def without(answer: httpx.Response, identifier: str) -> tuple[int, str]:
        return answer.status_code, answer.text.replace(identifier, "ID")

    for identifier in (order_id, "THEIRS"):
        for method, body in (("GET", None), ("PATCH", {"category": "B2B"})):
            found = clients.send("order", method, f"{VENDOR}/{identifier}", body)
            missing = clients.send("order", method, f"{VENDOR}/nowhere", body)
            assert without(found, identifier) == without(missing, "nowhere")
        cancelled = clients.send(
            "order", "POST", VENDOR_CANCEL, {"cancellationReason": "x", "productOrder": {"id": identifier}}
        )
        missing = clients.send(
            "order", "POST", VENDOR_CANCEL, {"cancellationReason": "x", "productOrder": {"id": "nowhere"}}
        )
        assert without(cancelled, identifier) == without(missing, "nowhere")
    assert clients.send("order", "GET", f"{V4}/{order_id}").json()["message"] == "Invalid order ID."
    assert clients.send("order", "GET", VENDOR).status_code == 404
    same = clients.send("order", "POST", VENDOR, product_order("THEIRS"))
    assert (same.status_code, "theirs" in same.text) == (201, False)


def test_a_role_that_is_too_small_is_told_which_one_is_needed(clients: Clients) -> None:
    refused = clients.send("read", "POST", V4, {"productOrderItem": []})

    message = "This needs a token with the role order; the token read has the role read"
    assert (refused.status_code, refused.json()["message"], refused.json()["status"]) == (403, message, "403")
    challenge = 'Bearer realm="ordercli", error="insufficient_scope", scope="order"'
    assert refused.headers["www-authenticate"] == challenge


def test_no_path_answers_without_a_token_but_those_about_health(ordercli: Ordercli) -> None:
    gate: Any = application(Settings(), ordercli.database, lambda _: None)
    routes = [each.path for each in gate._app.routes]
    new_token(ordercli, "crm")
    assert len(routes) > 10
    with guarded(ordercli) as served:
        for path in (*routes, "/", "/nothing", "/api", "//health", "/health/../metrics"):
            for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
                if path not in OPEN:
                    sent = path.replace("{id:path}", "PO-1")
                    answer = served.client.request(method, sent)
                    is_page = f"/{sent.strip('/').partition('/')[0]}" in PAGES or sent == "//health"
                    allowed = {(303, "/sign-in"), (405, None), (204, None)} if is_page else {(401, None)}
                    told = answer.status_code, answer.headers.get("location")
                    assert (sent, method, told in allowed) == (sent, method, True), told


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


UNKNOWN = "oc_" + "0" * 64


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        f"Bearer {UNKNOWN}",
        f"Token {UNKNOWN}",
        f"Bearer {UNKNOWN} {UNKNOWN}",
        f"Bearer {UNKNOWN},{UNKNOWN}",
        "Bearer " + "x" * 8000,
        "Bearer oc_" + "0" * 8000,
        "Bearer ö",
        "Basic",
        "Basic !!!",
        "Basic w6Q=",
        "Basic /////w==",
        basic(b"crm"),
        basic(b":"),
        basic(f"crm:{UNKNOWN}".encode()),
        basic(f"crm:x:{UNKNOWN}".encode()),
        basic("ä:ö".encode()),
        basic(b"x" * 6000),
        "Negotiate YII=",
    ],
)
def test_what_is_no_token_is_refused(shared: Served, header: str) -> None:
    found = shared.client.get(VENDOR, headers=[(b"Authorization", header.encode("latin-1"))])

    assert found.status_code == 401
    assert found.headers["www-authenticate"].startswith('Bearer realm="ordercli"')


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Served]:
    """One server for all requests without a token of it."""
    folder = tmp_path_factory.mktemp("shared")
    command = Ordercli(folder, str(shutil.copy(fresh_database, folder / "orders.db")))
    new_token(command, "crm")
    with guarded(command) as served:
        yield served


def test_a_token_is_bound_to_its_name_its_store_and_its_form(ordercli: Ordercli, shared: Served) -> None:
    token = new_token(ordercli, "crm")
    with guarded(ordercli) as served:
        statuses = [
            served.client.get(VENDOR, headers={"Authorization": each}).status_code
            for each in (
                f"Bearer {token}",
                f"bearer {token}",
                basic(f"crm:{token}".encode()),
                basic(f"other:{token}".encode()),
                basic(f":{token}".encode()),
                f"Bearer {token.upper()}",
                f"Bearer {token[:-1]}",
                f"Bearer {token}0",
            )
        ]
        twice = served.client.get(VENDOR, headers=[("Authorization", f"Bearer {token}")] * 2)
    elsewhere = shared.client.get(VENDOR, headers={"Authorization": f"Bearer {token}"})

    assert statuses == [404, 404, 404, 401, 401, 401, 401, 401]
    assert (twice.status_code, elsewhere.status_code) == (400, 401)


def test_a_token_ends_at_its_second(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "crm", "--expires", "1h")
    statuses = []
    new_token(ordercli, "other")
    for ahead in (3590, 3601):
        with guarded(ordercli, ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET=str(ahead)) as served:
            found = served.client.get(VENDOR, headers={"Authorization": f"Bearer {token}"})
            statuses.append((found.status_code, found.json()["message"]))

    assert statuses == [(404, "No order matches"), (401, "The token crm has expired")]


def test_a_token_that_is_revoked_ends_an_upload_in_the_middle(ordercli: Ordercli, connection: Store) -> None:
    token = new_token(ordercli, "crm")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}

    def lines() -> Iterator[bytes]:
        for n in range(100_000):
            if n == 5:
                ordercli.process("serve", "token", "revoke", "crm")
            yield ndjson(product_order(f"PO-{n}"))

    with guarded(ordercli) as served, httpx.Client(base_url=served.address, timeout=PATIENCE_SECONDS) as client:
        answer = client.post(VENDOR, content=lines(), headers=headers)

    *receipts, last = map(json.loads, answer.text.splitlines())
    assert {each["outcome"] for each in receipts} == {"accepted"}
    assert "The token crm was revoked; line" in last["message"]
    assert len(column(connection, "customer_order", "external_id")) == len(receipts)


def test_no_output_has_a_token_in_it(ordercli: Ordercli, tmp_path: Path) -> None:
    token = new_token(ordercli, "crm")
    secret = re.compile(rf"{token[3:]}|{base64.b64encode(f'crm:{token}'.encode()).decode()}")
    texts = []
    with guarded(ordercli) as served:
        for header in (f"Bearer {token}", basic(f"crm:{token}".encode()), basic(f"no:{token}".encode()), f"x {token}"):
            for path in (VENDOR, f"{V5}/PO-1", "/nothing", "/metrics", "/health"):
                found = served.client.get(path, headers={"Authorization": header})
                texts.append(found.text + str(found.headers))
            posted = served.client.post(
                VENDOR,
                content=encoded(product_order("PO-1")),
                headers={"Authorization": header, "Content-Type": "application/json"},
            )
            texts.append(posted.text + str(posted.headers))
        served.client.close()
        served.process.terminate()
        printed, complaints = served.process.communicate(timeout=PATIENCE_SECONDS)
        texts += [printed.decode(), complaints.decode()]
    for words in (
        "history PO-1",
        "show PO-1",
        "events",
        "config show --origin",
        "serve token list",
        "db info",
        "list",
        "serve token revoke crm",
    ):
        for output in ((), ("-o", "json")):
            result = ordercli(*words.split(), *output)
            texts.append(result.stdout + result.stderr)
    texts += [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()]

    assert len(texts) > 40
    assert [text for text in texts if secret.search(text)] == []
