"""A person in a real browser: signs in, finds an order, retries a failed entry; every page is accessible to all."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from support.builders import ndjson, product_order
from support.serving import guarded, new_token
from support.stored import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1280, 390)
LONG = "X" * 180
# The width of A4 between its margins, in pixels.
PAPER = 703
# Texts of the page that stand out of their section or out of their tile.
CUT = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const within = texts.currentNode.parentElement.closest(".figures div, section");
    if (!texts.currentNode.data.trim() || !within) continue;
    range.selectNodeContents(texts.currentNode);
    if (range.getBoundingClientRect().right > within.getBoundingClientRect().right) found.push(range.toString());
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "install the package chromium"
    with sync_playwright() as playwright:
        # The sandbox of the browser does not work for root.
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def token(ordercli: Ordercli, connection: Store) -> str:
    """A token for a store with orders of every kind of trouble."""
    enqueue(connection, {"externalId": "BROKEN-1", "productOrderItem": 7})
    ordercli("queue", "run")
    orders = [product_order("PO-1"), product_order(LONG), product_order("<script>alert(1)</script> שלום 🙂")]
    ordercli("submit", stdin=ndjson(*orders, product_order("PO-2", relatedParty=[])))
    ordercli("submit", "--async", stdin=ndjson(*(product_order(f"Q-{n}") for n in range(60))))
    ordercli("patch", "PO-1", "--set", "description=changed")
    return new_token(ordercli, "night", "--role", "operate")


def sign_in(page: Page, address: str, token: str) -> None:
    page.goto(address)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_finds_an_order_and_retries_a_failed_entry(
    browser: Any, ordercli: Ordercli, token: str
) -> None:
    with guarded(ordercli) as served:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, served.address, token)
        assert page.title() == "Overview · ordercli"
        page.get_by_role("searchbox").fill("PO-1")
        page.get_by_role("button", name="Find").click()
        assert page.get_by_role("heading", level=1).inner_text() == "PO-1"
        page.get_by_role("link", name="Queue").click()
        page.get_by_label("State").select_option("error")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name="BROKEN-1").click()
        page.get_by_role("button", name="Retry").click()
        assert page.get_by_role("status").inner_text() == "The entry waits for the queue again."
        page.get_by_role("button", name="Sign out").click()
        assert page.title() == "Sign in · ordercli"
    assert ordercli("queue", "show", "BROKEN-1", "-o", "json").json["state"] == "new"


def test_every_page_is_accessible_and_fits_the_window(browser: Any, ordercli: Ordercli, token: str) -> None:
    with guarded(ordercli) as served:
        problems = []
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                size = {"width": width, "height": 900}
                # Axe is a script that the test brings along; the page itself lets none run.
                page = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True).new_page()
                page.goto(f"{served.address}/sign-in")
                problems += check(page, scheme)
                sign_in(page, served.address, token)
                run = str(page.locator("a[href^='/runs/']").first.get_attribute("href"))
                paths = ["/", "/queue", "/queue?state=pending", "/orders", "/runs", run, "/orders/PO-1"]
                for path in [*paths, f"/orders/{LONG}", "/orders/BROKEN-1", "/search?q=nothing"]:
                    page.goto(served.address + path)
                    problems += check(page, scheme)
    assert problems == []


def test_a_report_is_accessible_fits_the_window_loads_nothing_and_prints_on_white(
    browser: Any, ordercli: Ordercli, token: str
) -> None:
    assert (ordercli("report", "night.html").exit_code, token != "") == (0, True)
    address = Path("night.html").absolute().as_uri()
    problems, loaded = [], []
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            size = {"width": width, "height": 900}
            page = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True).new_page()
            page.on("request", lambda request: loaded.append(request.url))
            page.goto(address)
            problems += check(page, scheme)
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.evaluate("getComputedStyle(document.body).color")

    assert page.title() == "Report · ordercli"
    assert (problems, set(loaded)) == ([], {address})
    assert ink == "rgb(28, 35, 43)"
    assert page.pdf(format="A4").startswith(b"%PDF-")


def test_a_report_of_a_million_orders_is_cut_off_nowhere_not_even_on_paper(
    browser: Any, ordercli: Ordercli, token: str
) -> None:
    assert (ordercli("report", "night.html").exit_code, token != "") == (0, True)
    report = Path("night.html")
    text = re.sub(
        r"(<dd>|data-label=\"(?:Orders|Known|Accepted|Findings)\">)[\d,]+", r"\g<1>1,000,000", report.read_text()
    )
    report.write_text(text.replace(" s</td>", "218.2 s</td>"))
    page = browser.new_page()
    page.goto(report.absolute().as_uri())
    cut = {}
    for media, width in (("screen", 1280), ("screen", 720), ("screen", 390), ("print", PAPER)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media=media)
        cut[f"{media}, {width} pixels"] = page.evaluate(CUT)
    assert cut == {name: [] for name in cut}


def check(page: Page, scheme: str) -> list[str]:
    """Return what is wrong with a page: violations of axe, and content wider than the window."""
    at = f"{re.sub(r'[0-9a-f]{32}', 'ID', page.url.partition('//')[2].partition('/')[2])} {scheme} {page.viewport_size}"
    found = Axe().run(page).response["violations"]
    violations = [f"{at}: {each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return violations + ([f"{at}: {wider} pixels too wide"] if wider > 0 else [])
