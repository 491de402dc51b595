"""Targets: their settings, where their secrets are, and the check that one answers."""

from __future__ import annotations

import shutil
import ssl
from base64 import b64encode
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from support.peer import peering, status
from support.serving import V4, VENDOR, guarded, new_token, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.peer import Handler
    from support.running import Ordercli, Result

TLS = Path(__file__).parents[1] / "data" / "tls"
URL = 'url = "http://127.0.0.1:9"\n'


def checked(ordercli: Ordercli, settings: str, *words: str, **env: Any) -> Result:
    """Check the target `crm`, which has these settings."""
    file = ordercli.folder / "mine.toml"
    file.write_text(f"[targets.crm]\n{settings}")
    return ordercli("target", *(words or ("check", "crm", "-o", "json")), "--config", str(file), **env)


def secret_file(folder: Path, text: str) -> str:
    file = folder / "secret"
    file.write_text(f"{text}\n")
    file.chmod(0o600)
    return str(file)


def test_a_list_has_no_secrets(ordercli: Ordercli) -> None:
    result = checked(ordercli, URL + 'auth = "basic"\nuser = "u"\npassword_env = "CRM"', "list", "-o", "json", CRM="x")

    assert result.json == [
        {
            "name": "crm",
            "url": "http://127.0.0.1:9",
            "resource": "productOrder",
            "profile": "servicenow",
            "mode": "sync",
            "lookup": "none",
            "auth": "basic",
            "maxInFlight": 4,
            "maxPerSecond": 0,
            "maxPerHour": 0,
            "file": str(ordercli.folder / "mine.toml"),
        }
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "`url` must be an address such as"),
        ('url = "ftp://host"', "`url` must be an address such as"),
        ('url = "https://me:secret@host"', "`url` must be an address such as"),
        ('url = "https://host:99999"', "`url` must be an address such as"),
        ('url = "https://host?a=b"', "`url` must be an address such as"),
        ('url = "https://host"\nlookup = "guess"', "`lookup` must be one of path, filter, none, not 'guess'"),
        ('url = "https://host"\npassword = "p"', "a secret must not stand in the settings"),
        ('url = "https://host"\ntoken = "p"', "a secret must not stand in the settings"),
        ('url = "https://host"\nauth = "basic"\nuser = "u"', "needs `password_env` or `password_file`"),
        (
            'url = "https://host"\nauth = "bearer"\ntoken_env = "A"\ntoken_file = "b"',
            "needs `token_env` or `token_file`",
        ),
        ('url = "https://host"\nauth = "oauth2"\ntoken_env = "A"', "needs `token_url`"),
        ('url = "http://host"\nauth = "bearer"\ntoken_env = "A"', "secrets are not sent without TLS"),
        ('url = "https://host"\nexternal_id = "{source}"', "`external_id` needs {externalId} or {orderId}"),
        ('url = "https://host"\nexternal_id = "{externalId}-{time}"', "`external_id` needs {externalId}"),
        ('url = "https://host"\nmax_in_flight = 0', "`max_in_flight` must be at least 1, not 0"),
        ('url = "https://host"\nlokup = "path"', "unknown setting `lokup`"),
    ],
)
def test_wrong_settings_of_a_target_are_told(ordercli: Ordercli, settings: str, message: str) -> None:
    result = checked(ordercli, settings)

    assert result.exit_code == 2
    assert message in result.stderr


def test_an_unknown_target_is_told_with_those_that_are_known(ordercli: Ordercli) -> None:
    result = checked(ordercli, URL, "check", "erp")

    assert (result.exit_code, "there is no target 'erp'; known: crm" in result.stderr) == (3, True)


def test_targets_that_are_no_tables_are_told(ordercli: Ordercli) -> None:
    file = ordercli.folder / "mine.toml"
    file.write_text('targets = "crm"')

    result = ordercli("target", "list", "--config", str(file))

    assert (result.exit_code, "`targets` must hold tables such as [targets.crm]" in result.stderr) == (2, True)


def test_a_project_has_no_targets(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    (ordercli.folder / "ordercli.toml").write_text(f"[targets.crm]\n{URL}")
    monkeypatch.chdir(ordercli.folder)

    result = ordercli("target", "list", "-o", "ndjson")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "`targets` is ignored, because a project must not choose where orders are sent" in result.stderr


@pytest.mark.parametrize("mode", [0o644, 0o604])
def test_a_secret_that_others_can_read_is_not_used(ordercli: Ordercli, mode: int) -> None:
    Path(secret_file(ordercli.folder, "t0k3n")).chmod(mode)

    result = checked(ordercli, URL + 'auth = "bearer"\ntoken_file = "secret"')

    assert result.exit_code == 2
    assert f"holds a secret, and others can read it (mode {mode:04o})" in result.stderr
    assert "t0k3n" not in result.stderr


@pytest.mark.parametrize(
    ("settings", "content", "message"),
    [
        ('token_env = "CRM_TOKEN"', "", "the variable CRM_TOKEN is not set"),
        ('token_file = "none"', "", "none: No such file or directory"),
        ('token_file = "secret"', "", "must hold one secret, and nothing else"),
        ('token_file = "secret"', "a\nb", "must hold one secret, and nothing else"),
    ],
)
def test_a_secret_that_is_missing_is_told(ordercli: Ordercli, settings: str, content: str, message: str) -> None:
    secret_file(ordercli.folder, content)

    result = checked(ordercli, f'{URL}auth = "bearer"\n{settings}')

    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize("lookup", ["path", "filter", "none"])
def test_a_check_reads_and_posts_nothing(ordercli: Ordercli, lookup: str) -> None:
    with peering() as peer:
        result = checked(ordercli, f'url = "{peer.url}"\nprofile = "tmf622-v4"\nlookup = "{lookup}"')

    assert (result.exit_code, result.json["outcome"]) == (0, "ok")
    looked_up = {"path": ["/productOrder/"], "filter": ["/productOrder?externalId="], "none": []}[lookup]
    asked = [(method, path.split("ordercli-check-")[0]) for method, path, _ in peer.requests]
    assert asked == [("GET", path) for path in (*looked_up, "/productOrder?limit=1")]


@pytest.mark.parametrize("lookup", ["path", "filter"])
def test_another_ordercli_passes_the_check_with_a_token(ordercli: Ordercli, lookup: str) -> None:
    token = new_token(ordercli, "crm")
    with guarded(ordercli) as served:
        url = served.address + V4.removesuffix("/productOrder")
        settings = (
            f'url = "{url}"\nprofile = "tmf622-v4"\nlookup = "{lookup}"\nauth = "bearer"\ntoken_env = "CRM_TOKEN"'
        )
        right = checked(ordercli, settings, CRM_TOKEN=token)
        wrong = checked(ordercli, settings, CRM_TOKEN=f"{token}x")

    assert (right.exit_code, right.json["outcome"]) == (0, "ok")
    assert (wrong.exit_code, wrong.json) == (
        2,
        {"name": "crm", "outcome": "refused", "status": 401, "message": "it refuses our credentials (401)"},
    )


def test_only_the_right_address_of_an_ordercli_passes_the_check(ordercli: Ordercli) -> None:
    bases = {
        "tmf622-v4": ("/tmf-api/productOrderingManagement/v4", ("", "/tmf-api", V4)),
        "servicenow": ("/api/sn_ind_tmt_orm", ("", "/api", "/api/sn_ind_tmt_orm/order", VENDOR)),
    }
    lookups = ("path", "filter", "none")
    found: dict[tuple[str, str, str], tuple[int, str]] = {}
    with serving(ordercli) as served:
        for profile, (right, others) in bases.items():
            for base, lookup in product((right, *others), lookups):
                settings = f'url = "{served.address}{base}"\nprofile = "{profile}"\nlookup = "{lookup}"'
                result = checked(ordercli, settings)
                found[profile, base, lookup] = result.exit_code, result.json["outcome"]

    rights = {(profile, right, lookup) for profile, (right, _) in bases.items() for lookup in lookups}
    assert {each for each, outcome in found.items() if outcome == (0, "ok")} == rights
    assert {outcome for each, outcome in found.items() if each not in rights} == {(2, "failed")}


@pytest.mark.parametrize(
    ("answer", "exit_code", "outcome"),
    [
        (status(200, []), 0, "ok"),
        (status(405), 0, "ok"),
        (status(403), 0, "ok"),
        (status(404, {"error": {"message": "No Record found"}, "status": "failure"}), 0, "ok"),
        (status(404, {"code": "60", "reason": "Not found"}, X_Total_Count="0"), 0, "ok"),
        (status(404, {"code": "60", "reason": "Not found"}), 2, "failed"),
        (status(404, b"<html>", Content_Type="text/html", X_Total_Count="0"), 2, "failed"),
        (status(400), 2, "failed"),
        (status(503), 75, "unreachable"),
    ],
)
def test_a_check_tells_what_is_no_collection_of_orders(
    ordercli: Ordercli, answer: Callable[[Handler], None], exit_code: int, outcome: str
) -> None:
    with peering() as peer:
        peer.answers["GET"] = [None, answer]
        result = checked(ordercli, f'url = "{peer.url}"\nprofile = "tmf622-v4"\nlookup = "path"')

    assert (result.exit_code, result.json["outcome"]) == (exit_code, outcome)


@pytest.mark.parametrize(
    ("answer", "exit_code", "outcome", "message"),
    [
        (status(200, b"<html>", Content_Type="text/html"), 2, "failed", "the answer is no JSON"),
        (status(200, b'[{"id": "\xff"}]'), 2, "failed", "the answer is no JSON"),
        (status(200, b"[" * 100_000), 2, "failed", "the answer is no JSON"),
        (status(404, b'{"code": "\xff"}'), 2, "failed", "it answers 404: the address may be wrong"),
        (status(404, b"<html>", Content_Type="text/html"), 2, "failed", "it answers 404: the address may be wrong"),
        (
            status(302, b"", Location="https://other/"),
            2,
            "failed",
            "it answers 302 and points to https://other/; set url",
        ),
        (status(403), 2, "refused", "it refuses our credentials (403)"),
        (status(429), 75, "unreachable", "it answers 429"),
        (status(503), 75, "unreachable", "it answers 503"),
        (
            status(200, [{"id": "1", "externalId": "x"}] * 10),
            2,
            "failed",
            "the answer has no order with the externalId",
        ),
        (lambda handler: handler.wfile.write(b"garbage\r\n\r\n"), 2, "failed", "the look-up by filter does not work"),
    ],
)
def test_what_is_no_working_look_up_is_told(
    ordercli: Ordercli, answer: Callable[[Handler], None], exit_code: int, outcome: str, message: str
) -> None:
    with peering() as peer:
        peer.answers["GET"] = [answer]
        result = checked(ordercli, f'url = "{peer.url}"\nprofile = "tmf622-v4"\nlookup = "filter"\ntimeout = "2s"')

    assert (result.exit_code, result.json["outcome"], message in result.json["message"]) == (exit_code, outcome, True)


def test_a_target_that_nobody_runs_is_unreachable(ordercli: Ordercli) -> None:
    with peering() as peer:
        pass

    result = checked(ordercli, f'url = "{peer.url}"')

    assert (result.exit_code, result.json["outcome"], result.json["message"]) == (
        75,
        "unreachable",
        "no answer: Connection refused",
    )


def test_a_user_and_a_password_are_sent(ordercli: Ordercli) -> None:
    with peering() as peer:
        settings = f'url = "{peer.url}"\nprofile = "tmf622"\nauth = "basic"\nuser = "me"\npassword_file = "secret"'
        secret_file(ordercli.folder, "p:ä")
        result = checked(ordercli, settings)

    assert result.exit_code == 0
    assert peer.requests[0][2]["Authorization"] == f"Basic {b64encode('me:p:ä'.encode()).decode()}"


def test_a_token_is_asked_for_and_asked_for_again_where_it_has_ended(ordercli: Ordercli) -> None:
    with peering() as issuer, peering() as peer:
        issuer.answers["POST"] = [status(200, {"access_token": name, "expires_in": 3600}) for name in ("old", "new")]
        peer.answers["GET"] = [status(401)]
        settings = f'url = "{peer.url}"\nauth = "oauth2"\ntoken_url = "{issuer.url}/token"\nclient_id = "a b"\n'
        result = checked(ordercli, settings + 'scope = "orders"\nclient_secret_env = "CRM"', CRM="s&")

    assert result.exit_code == 0, result.stderr
    assert [each[2]["Authorization"] for each in peer.requests] == ["Bearer old", "Bearer new"]
    assert {each[2]["Authorization"] for each in issuer.requests} == {f"Basic {b64encode(b'a+b:s%26').decode()}"}


@pytest.mark.parametrize("life", [{}, {"expires_in": "3600"}])
def test_what_a_token_is_asked_for_with(ordercli: Ordercli, life: dict[str, str]) -> None:
    forms = []

    def issue(handler: Handler) -> None:
        forms.append(parse_qs(handler.body.decode()))
        handler.answer(200, {"access_token": "t", **life})

    with peering() as peer:
        peer.answers["POST"] = [issue]
        settings = f'url = "{peer.url}"\nauth = "oauth2"\ntoken_url = "{peer.url}/token"\nclient_id = "id"\n'
        result = checked(ordercli, settings + 'scope = "orders"\nclient_secret_env = "CRM"', CRM="s")

    assert result.exit_code == 0, result.stdout
    assert forms == [{"grant_type": ["client_credentials"], "scope": ["orders"]}]


@pytest.mark.parametrize(
    ("answer", "exit_code", "message"),
    [
        (status(401), 2, "refuses our credentials (401)"),
        (status(500), 75, "answered 500 without a token"),
        (status(200, b"<html>"), 75, "answered 200 without a token"),
        (status(200, b'{"access_token": "\xff"}'), 75, "answered 200 without a token"),
    ],
)
def test_no_token_is_told(ordercli: Ordercli, answer: Callable[[Handler], None], exit_code: int, message: str) -> None:
    with peering() as peer:
        peer.answers["POST"] = [answer]
        settings = f'url = "{peer.url}"\nauth = "oauth2"\ntoken_url = "{peer.url}/token"\nclient_id = "id"\n'
        result = checked(ordercli, settings + 'client_secret_env = "CRM"', CRM="s3cr3t")

    assert (result.exit_code, message in result.json["message"]) == (exit_code, True)
    assert "s3cr3t" not in result.stdout + result.stderr
    assert [method for method, *_ in peer.requests] == ["POST"]


def test_both_sides_show_their_certificates(ordercli: Ordercli) -> None:
    for name in ("cert.pem", "key.pem"):
        shutil.copy(TLS / name, ordercli.folder)
        (ordercli.folder / name).chmod(0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    context.load_verify_locations(TLS / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with peering(context) as peer:
        url = f'url = "{peer.url.replace("127.0.0.1", "localhost")}"\nprofile = "tmf622"\n'
        trusted = 'ca_file = "cert.pem"\n'
        shown = 'certificate = "cert.pem"\ncertificate_key = "key.pem"\n'
        found = [checked(ordercli, url + more) for more in (trusted + shown, trusted, shown)]
        (ordercli.folder / "key.pem").chmod(0o644)
        open_to_all = checked(ordercli, url + trusted + shown)

    assert [each.exit_code for each in found] == [0, 2, 75]
    assert "its certificate is refused" in found[2].json["message"]
    assert (open_to_all.exit_code, "others can read it (mode 0644)" in open_to_all.stderr) == (2, True)


@pytest.mark.parametrize("key", ["none.pem", "cert.pem"])
def test_a_certificate_that_cannot_be_used_is_told(ordercli: Ordercli, key: str) -> None:
    shutil.copy(TLS / "cert.pem", ordercli.folder)
    (ordercli.folder / "cert.pem").chmod(0o600)

    result = checked(ordercli, f'{URL}certificate = "cert.pem"\ncertificate_key = "{key}"')

    assert result.exit_code == 2
    assert ("Cannot use the certificate" in result.stderr) or ("none.pem: No such file" in result.stderr)


def test_requests_go_through_the_proxy(ordercli: Ordercli) -> None:
    with peering() as proxy:
        result = checked(ordercli, f'url = "http://far.example"\nprofile = "tmf622"\nproxy = "{proxy.url}"')

    assert result.exit_code == 0
    assert proxy.requests[0][1] == "http://far.example/productOrder?limit=1"


def test_an_answer_that_never_ends_is_given_up(ordercli: Ordercli) -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        while True:  # until the connection breaks
            handler.wfile.write(b" " * 65536)

    with peering() as peer:
        peer.answers["GET"] = [drip]
        result = checked(ordercli, f'url = "{peer.url}"\nprofile = "tmf622"\nlookup = "path"\ntimeout = "1s"')

    assert (result.exit_code, "the answer does not end" in result.json["message"]) == (2, True)


@pytest.mark.parametrize("token", ["t0k3n\r", "t0k3n\u20ac"])
@pytest.mark.parametrize("place", ["env", "file"])
def test_a_token_that_cannot_be_sent_is_told_without_it(ordercli: Ordercli, token: str, place: str) -> None:
    file = secret_file(ordercli.folder, f"{token}x")
    wanted = f'token_file = "{file}"' if place == "file" else 'token_env = "CRM"'
    result = checked(ordercli, f'{URL}auth = "bearer"\n{wanted}', CRM=token)

    assert (result.exit_code, "must hold one secret, and nothing else" in result.stderr) == (2, True)
    assert "t0k3n" not in result.stdout + result.stderr


def test_a_token_that_cannot_be_sent_is_not_printed(ordercli: Ordercli) -> None:
    with peering() as peer:
        peer.answers["POST"] = [status(200, {"access_token": "t0k3n\u20ac"})]
        settings = f'url = "{peer.url}"\nauth = "oauth2"\ntoken_url = "{peer.url}/token"\nclient_id = "id"\n'
        result = checked(ordercli, settings + 'client_secret_env = "CRM"', CRM="s")

    assert (result.exit_code, "with a token that cannot be sent" in result.json["message"]) == (75, True)
    assert "t0k3n" not in result.stdout + result.stderr
