"""The pages for people: what they show, what they escape, who may send their forms, and how errors look."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from ordercli.settings import default_actor
from support.builders import ndjson, product_order
from support.serving import VENDOR, guarded, new_token, serving
from support.stored import enqueue, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

BROKEN = {"externalId": "BROKEN-1", "productOrderItem": 7}
ODD = "<script>alert('x')</script> & \"quoted\" שלום 🙂"


@pytest.fixture
def served(ordercli: Ordercli) -> Iterator[Served]:
    with serving(ordercli) as found:
        yield found


def words(response: httpx.Response) -> str:
    """The text of a page, without its tags, on one line."""
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    body = response.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def csrf(response: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', response.text)
    assert found
    return found[1]


def fail_one(ordercli: Ordercli, connection: Store) -> str:
    """Put an entry into the queue whose creation fails; return its order id."""
    (found,) = enqueue(connection, BROKEN)
    ordercli("queue", "run")
    return found


def test_the_overview_tells_what_waits_what_failed_and_what_came_in(
    served: Served, ordercli: Ordercli, connection: Store
) -> None:
    empty = words(served.client.get("/"))
    fail_one(ordercli, connection)
    refused = product_order("PO-3", relatedParty=[])
    ordercli("submit", "--track-id", "night", stdin=ndjson(product_order("PO-1"), refused))
    ordercli("submit", "--async", stdin=ndjson(product_order("PO-2")))
    served.post(VENDOR, product_order("PO-4"))
    enqueue(connection, product_order("PO-5"), target="crm", execute_after="2999-01-01T00:00:00.000Z", state="pending")
    page = words(served.client.get("/"))

    assert "Nothing is due" in empty
    assert "No entry has failed." in empty
    assert "Every order was sound." in empty
    assert "Nothing was submitted yet." in empty
    assert "There are no orders yet." in empty
    figures = "Waiting 1 Waiting for a retry 0 In progress 0 Failed 1 Completed 0 Discarded 0"
    waiting = "Targets Target Waiting In progress Uncertain Failed To look at Waits for crm 1 0 0 0 0 none"
    assert f"{figures} {waiting} The last 24 hours" in page
    assert "ORD111 The order has no party. 1" in page
    assert "BROKEN-1 error ORD190 1 cli" in page
    assert "night completed cli 1 1 0" in page
    assert "server processing http 1 0 0" in page
    assert page.endswith("new 2")
    assert "2 created, 1 failed" in page or "1 created" in page  # the hour may have changed


def test_lists_are_filtered_and_turned_page_by_page(served: Served, ordercli: Ordercli, connection: Store) -> None:
    orders = [product_order(f"PO-{n}") for n in range(1, 53)]
    ordercli("submit", "--async", stdin=ndjson(*orders))
    ordercli("submit", "--source", "crm", stdin=ndjson(product_order("PO-1"), product_order("PO-2")))
    first = served.client.get("/queue", params={"state": "new", "source": "cli", "code": ""})
    older = served.client.get(unescape(re.search(r'href="([^"]+)" rel="next"', first.text)[1]))  # type: ignore[index]
    (batch,) = [each["id"] for each in rows(connection, "batch") if each["mode"] == "async"]

    assert words(first).partition("52 entries")[2].count("PO-") == 50
    assert re.findall(r"PO-\d+", words(older)) == ["PO-2", "PO-1"]
    assert words(older).endswith("Newest")
    assert "52 entries" in words(served.client.get("/queue", params={"run": batch}))
    assert "No entry of the queue matches." in words(served.client.get("/queue", params={"code": "ORD302"}))
    assert re.findall(r"PO-\d+", words(served.client.get("/orders", params={"state": "new"}))) == ["PO-2", "PO-1"]
    assert "No order matches." in words(served.client.get("/orders", params={"state": "failed"}))
    assert "standard input completed crm 2 0 0" in words(served.client.get("/runs"))
    run = words(served.client.get(f"/runs/{batch}"))
    assert "Read 52 Accepted 52 Known already 0 Conflicts 0 Refused 0 Created 0 Waiting 52" in run


def test_a_run_tells_for_which_values_orders_were_refused(served: Served, ordercli: Ordercli) -> None:
    bad = [product_order(f"BAD-{n}", orderCurrency="<b>euro") for n in (1, 2)]
    ordercli("submit", "-", stdin=ndjson(*bad))
    (batch,) = ordercli("batch", "list", "-o", "json").json

    run = words(served.client.get(f"/runs/{batch['batchId']}"))

    rule = "ORD124 A currency is not written as a code of three upper-case letters."
    assert f"{rule} <b>euro 2 orders such as BAD-1 - , line 1 /orderCurrency 2 2" in run


def test_an_order_is_shown_with_its_items_and_its_history(served: Served, ordercli: Ordercli) -> None:
    served.post(VENDOR, product_order("PO-1"))
    ordercli("patch", "PO-1", "--set", 'description="x < y"')
    found = served.client.get("/search", params={"q": " PO-1 "})
    page = served.client.get(found.headers["location"])
    text = words(page)

    assert (found.status_code, page.status_code) == (303, 200)
    assert text.startswith("PO-1 new product order ")
    assert "Version 2" in text
    assert "creation by " in text
    assert "/description nothing → x < y" in text
    assert '"externalId": "PO-1"' in text
    assert served.client.get("/orders/PO-1").text == page.text
    assert (served.client.head("/orders/PO-1").status_code, served.client.head("/orders/PO-1").content) == (200, b"")


def test_texts_of_orders_are_escaped(served: Served, ordercli: Ordercli, connection: Store) -> None:
    items = [{**product_order()["productOrderItem"][0], "productOffering": {"id": "o", "name": "<img src=x>"}}]
    served.post(VENDOR, product_order(ODD, productOrderItem=items, description="</pre><script>"))
    enqueue(connection, {"externalId": "<i>", "productOrderItem": [{"id": "<b>", "action": []}, 3]})
    ordercli("queue", "run")
    for path in ("/", "/orders", "/queue", "/search?q=%3Cscript%3E"):
        assert "<script" not in served.client.get(path).text
    page = served.client.get(served.client.get("/search", params={"q": ODD}).headers["location"])
    entry = served.client.get("/orders/%3Ci%3E")

    assert words(page).startswith(ODD)
    assert "<img src=x>" in words(page)
    assert not re.search(r"<(script|img|/pre><)", page.text)
    assert words(entry).startswith("<i> error")
    assert "<b>" not in entry.text


def test_a_search_that_finds_nothing_or_several_says_so(served: Served, ordercli: Ordercli) -> None:
    ordercli("submit", "--source", "a", stdin=ndjson(product_order("PO-1")))
    ordercli("submit", "--source", "b", "--async", stdin=ndjson(product_order("PO-1")))
    several = served.client.get("/search", params={"q": "PO-1"})
    missing = served.client.get("/search", params={"q": "PO-9"})

    assert several.status_code == 200
    assert len(set(re.findall(r"/orders/([0-9a-f]{32})", several.text))) == 2
    assert (missing.status_code, words(missing)) == (404, "Not found No order has the id or external id PO-9.")
    assert served.client.get("/search", params={"q": " "}).headers["location"] == "/orders"
    unknown = served.client.get("/orders/PO-9")
    assert (unknown.status_code, words(unknown).startswith("Not found")) == (404, True)


def test_a_query_that_makes_no_sense_is_told(served: Served) -> None:
    for path in ("/queue?state=odd", "/queue?after=x", "/orders?state=odd", "/?x=1", "/runs?after=-1"):
        page = served.client.get(path)
        assert (path, page.status_code, words(page).startswith("That did not work")) == (path, 400, True)


def test_an_operator_retries_discards_cancels_and_pauses(served: Served, ordercli: Ordercli, connection: Store) -> None:
    failed = fail_one(ordercli, connection)
    served.post(VENDOR, product_order("PO-1"))
    token = csrf(served.client.get("/"))

    def send(path: str, **fields: str) -> tuple[int, str]:
        sent = served.client.post(path, data={"csrf": token, **fields})
        return sent.status_code, sent.headers.get("location", "")

    assert send(f"/orders/{failed}/retry") == (303, f"/orders/{failed}?done=retried")
    assert ordercli("queue", "status", "-o", "json").json["new"] == 1
    assert "The entry waits for the queue again." in words(served.client.get(f"/orders/{failed}?done=retried"))
    assert send(f"/orders/{failed}/retry")[0] == 409
    assert send("/queue/pause", reason=" a test <&> ") == (303, "/?done=paused")
    page = words(served.client.get("/?done=paused"))
    status = ordercli("queue", "status", "-o", "json").json
    assert (status["pausedBy"], status["pauseReason"]) == (default_actor(), "a test <&>")
    assert re.search(rf"paused since \S.* by {default_actor()}: a test <&>", page)
    assert send("/queue/resume") == (303, "/?done=resumed")
    assert send(f"/orders/{failed}/discard", reason=" ")[0] == 400
    assert send(f"/orders/{failed}/discard", reason="a test <&>") == (303, f"/orders/{failed}?done=discarded")
    assert "Discarded because a test <&>" in words(served.client.get(f"/orders/{failed}"))
    assert send("/orders/PO-1/cancel", reason="moved away") == (303, "/orders/PO-1?done=cancelled")
    assert "moved away" in words(served.client.get("/orders/PO-1"))
    assert send("/orders/PO-1/cancel", reason="again")[0] == 409
    assert send("/orders/PO-9/cancel", reason="none")[0] == 409
    assert send("/orders/PO-9/retry")[0] == 404


def test_forms_of_other_pages_change_nothing(served: Served, ordercli: Ordercli, connection: Store) -> None:
    failed = fail_one(ordercli, connection)
    path = f"/orders/{failed}/retry"
    token = csrf(served.client.get("/"))
    refused = [
        served.client.post(path, data={"reason": "x"}),
        served.client.post(path, data={"csrf": "x"}),
        served.client.post(path, json={"csrf": token}),
        served.client.post(path, data={"csrf": token}, headers={"Origin": "http://elsewhere.example"}),
        served.client.get(path),
    ]

    assert [each.status_code for each in refused] == [403, 403, 415, 403, 405]
    assert ordercli("queue", "status", "-o", "json").json["error"] == 1


def test_pages_load_nothing_run_nothing_and_are_not_framed(served: Served) -> None:
    page = served.client.get("/")
    path = re.search(r'href="(/page\.css\?v=[0-9a-f]+)"', page.text)
    assert path
    style = served.client.get(path[1])

    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    assert [page.headers[name] for name in ("x-frame-options", "x-content-type-options", "cache-control")] == [
        "DENY",
        "nosniff",
        "no-store",
    ]
    assert not re.search(r"<script|style=|\son[a-z]+=", page.text)
    assert (style.headers["content-type"], style.headers["cache-control"]) == (
        "text/css; charset=utf-8",
        "public, max-age=31536000, immutable",
    )


def test_people_sign_in_with_a_token_and_see_what_its_role_lets_them(ordercli: Ordercli, connection: Store) -> None:
    operate = new_token(ordercli, "night", "--role", "operate")
    read = new_token(ordercli, "crm", "--role", "read")
    ordercli("submit", "--source", "crm", stdin=ndjson(product_order("PO-1")))
    failed = fail_one(ordercli, connection)
    with guarded(ordercli) as served:
        client = served.client
        asked = client.get("/queue")
        form = client.get("/sign-in")
        wrong = client.post("/sign-in", data={"csrf": csrf(form), "token": "x"})
        client.post("/sign-in", data={"csrf": csrf(form), "token": read})
        home, orders = client.get("/"), client.get("/orders")
        runs, other = client.get("/runs"), client.get(f"/orders/{failed}")
        mine = client.get("/orders/PO-1")
        tried = client.post("/queue/pause", data={"csrf": csrf(mine)})
        out = client.post("/sign-out", data={"csrf": csrf(mine)})
        again = client.get("/")
        client.post("/sign-in", data={"csrf": csrf(client.get("/sign-in")), "token": operate})
        page = client.get(f"/orders/{failed}")
        done = client.post(f"/orders/{failed}/retry", data={"csrf": csrf(page)})
        retried = words(client.get(f"/orders/{failed}"))
        client.post(f"/orders/{failed}/discard", data={"csrf": csrf(page), "reason": "a test"})

    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in")
    assert (wrong.status_code, words(wrong).startswith("The token is not known Sign in")) == (401, True)
    assert (home.status_code, home.headers["location"]) == (303, "/orders")
    assert re.findall(r"PO-\d+|BROKEN-\d+", words(orders)) == ["PO-1"]
    assert "Overview" not in orders.text
    assert (runs.status_code, other.status_code, mine.status_code) == (403, 404, 200)
    assert "Cancel the order" not in mine.text
    assert (tried.status_code, "needs a token with the role operate" in words(tried)) == (403, True)
    assert (out.status_code, out.headers["location"], again.headers["location"]) == (303, "/sign-in", "/sign-in")
    assert (page.status_code, done.headers["location"]) == (200, f"/orders/{failed}?done=retried")
    assert "Changed by night" in retried
    assert ordercli("queue", "show", failed, "-o", "json").json["changedBy"] == "night"
