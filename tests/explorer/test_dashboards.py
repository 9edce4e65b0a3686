"""Home and dashboards in a real browser."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key
from tests.explorer.conftest import MEASURED, Watched, serving_pages, watched

pytestmark = pytest.mark.browser

MOST_MS_TO_PAINT = 1_500
MOST_JAVASCRIPT_BYTES = 400_000


async def first_paint_ms(page: Page) -> float:
    found: float = await page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return found


async def javascript_bytes(page: Page) -> int:
    """What the page's scripts took on the line, compressed."""
    found: int = await page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))"
        ".reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"
    )
    return found


async def drawn(page: Page, charts: int) -> None:
    """Wait until that many charts are there, and nothing waits any more."""
    await expect(page.locator(".chart svg")).to_have_count(charts)
    await expect(page.locator(".waiting")).to_have_count(0)


async def test_home_shows_what_is_served(opened: Watched) -> None:
    page = await opened.open("/")
    await drawn(page, 6)
    await expect(page.get_by_role("heading", name="Order metrics")).to_be_visible()
    await expect(page.get_by_text("2024-07-01 to 2026-06-30")).to_be_visible()
    for name in ("Executive", "Finance", "Marketing"):
        await expect(page.locator(".card.link", has_text=name)).to_be_visible()
    # Both axes of a map tell all their names.
    table = page.locator(".card", has_text="Gross margin by channel and country")
    for name in ("direct", "organic", "paid_search", "paid_social", "referral", "email", "US"):
        await expect(table.locator("svg text", has_text=re.compile(f"^{name}$"))).to_be_visible()
    await opened.picture("home", full=True)
    assert await opened.faults_of_access() == []
    painted = await first_paint_ms(page)
    MEASURED.append(f"home: first paint after {painted:.0f} ms")
    assert painted < MOST_MS_TO_PAINT


async def test_a_question_of_home_is_asked_in_the_explorer(opened: Watched) -> None:
    page = await opened.open("/")
    await page.get_by_role("link", name="Explore Revenue by country").click()
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("COUNTRY")
    await page.locator(".graphiql-execute-button").click()
    await expect(page.locator("figure[data-form=bar] svg")).to_be_visible()


async def test_a_dashboard_is_filtered_by_range_and_dimension(opened: Watched) -> None:
    page = await opened.open("/dashboards/executive")
    await drawn(page, 3)
    painted, size = await first_paint_ms(page), await javascript_bytes(page)
    MEASURED.append(f"dashboard: first paint after {painted:.0f} ms, {size:,} bytes of JavaScript")
    assert painted < MOST_MS_TO_PAINT
    assert 0 < size < MOST_JAVASCRIPT_BYTES
    await opened.picture("executive")
    assert await opened.faults_of_access() == []
    revenue = page.locator(".tile", has_text="Revenue").first.locator("dd.value")
    whole = await revenue.inner_text()
    await page.get_by_role("combobox", name="Country").select_option("DE")
    await expect(page.get_by_role("button", name="Remove DE")).to_be_visible()
    await expect(revenue).not_to_have_text(whole)
    of_one = await revenue.inner_text()
    await page.get_by_role("combobox", name="Range").select_option("Last 90 days")
    assert page.url.endswith("?start=2026-04-02&end=2026-06-30&countries=DE")
    await expect(revenue).not_to_have_text(of_one)
    few = await revenue.inner_text()
    # The address is all that there is to share.
    await page.reload()
    await expect(revenue).to_have_text(few)
    await page.go_back()
    await page.go_back()
    await expect(revenue).to_have_text(whole)


async def test_a_bar_picks_its_value(opened: Watched) -> None:
    page = await opened.open("/dashboards/marketing")
    await drawn(page, 4)
    await opened.picture("marketing", full=True)
    # Bars of SVG are paths that have a fill of the first series.
    bars = page.locator(".tile", has_text="New customers by channel").first.locator(
        "svg path[fill]"
    )
    box = await bars.nth(await bars.count() - 1).bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await expect(page.get_by_role("button", name="Show all")).to_be_visible()
    assert "channels=" in page.url


@pytest.mark.parametrize("name", ["executive", "finance", "marketing"])
async def test_every_dashboard_is_usable_on_a_phone_in_the_dark(
    browser: Browser, server: str, name: str
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 800},
        color_scheme="dark",
        has_touch=True,
        reduced_motion="reduce",
    )
    phone = await watched(context, server)
    page = await phone.open(f"/dashboards/{name}")
    await expect(page.locator(".waiting")).to_have_count(0)
    await expect(page.locator(".chart svg").first).to_be_visible()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) == 0
    # A table that is wider than its tile scrolls in it.
    for box in await page.locator(".tile .table-box").all():
        assert (
            await box.evaluate("box => box.closest('.tile').getBoundingClientRect().right") <= 390
        )
        assert await box.evaluate("box => getComputedStyle(box).overflowX") == "auto"
    await phone.picture(f"{name}-phone-dark", full=True)
    assert await phone.faults_of_access() == []
    await context.close()
    assert phone.wrongs == []


async def test_a_tile_fails_by_itself_and_can_be_asked_again(opened: Watched) -> None:
    page = opened.page
    problem = {"message": "the warehouse rests", "extensions": {"code": "WAREHOUSE_UNAVAILABLE"}}
    asked = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            await route.fulfill(status=503, json={"errors": [problem]})
        else:
            await route.continue_()

    await page.goto(opened.url)
    boot = await page.request.get(f"{opened.url}/dashboards/executive")
    written = (await boot.text()).split('id="boot">')[1].split("</script>")[0]
    document = json.loads(written)["dashboard"]["documents"]["order_trend"]["identifier"]
    await page.route(lambda url: document.removeprefix("sha256:") in url, refuse)
    await opened.open("/dashboards/executive")
    tile = page.locator(".tile", has_text="Revenue and cost")
    await expect(tile.get_by_role("alert")).to_contain_text("the warehouse rests")
    await expect(page.locator(".chart svg")).to_have_count(2)
    await tile.get_by_role("button", name="Try again").click()
    await expect(tile.locator(".chart svg")).to_be_visible()
    # The browser itself says in its console that a reply was 503.
    opened.wrongs = [wrong for wrong in opened.wrongs if "503" not in wrong]


async def test_the_menu_of_a_tile_is_usable_by_keyboard(opened: Watched) -> None:
    page = await opened.open("/dashboards/executive")
    await drawn(page, 3)
    tile = page.locator(".tile", has_text="Revenue and cost")
    menu = tile.locator("summary")
    await menu.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(tile.locator("table.rows")).to_be_visible()
    await menu.focus()
    await page.keyboard.press("Enter")
    async with page.expect_download() as download:
        await tile.get_by_text("Download CSV").click()
    content = Path(await (await download.value).path()).read_text()
    assert content.startswith("date,revenue,cost\n2025-07-01,")
    await menu.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(tile.locator("details")).not_to_have_attribute("open", "")


async def test_a_key_is_asked_for_and_kept_by_the_tab_alone(
    browser: Browser, demo_path: Path, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    caller = Caller(tenant="acme", roles=("analyst",), tier=2)
    key = create_key(file, "dashboards", caller, datetime.now(UTC), None).key
    with serving_pages(f"duckdb://{demo_path}", "--keys", str(file)) as server:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        opened = await watched(context, server.url)
        page = await opened.open("/dashboards/executive")
        await expect(page.get_by_role("alert").first).to_contain_text("UNAUTHENTICATED")
        await page.get_by_label("API key").fill(key)
        await drawn(page, 3)
        await page.reload()
        await drawn(page, 3)
        assert await page.evaluate("Object.values(localStorage).join()") == ""
        other = await context.new_page()
        await other.goto(server.url + "/dashboards/executive")
        await expect(other.get_by_role("alert").first).to_contain_text("UNAUTHENTICATED")
        await context.close()
