"""The explorer in a real browser: asking, looking at answers, building queries by clicking."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.explorer.conftest import Watched, linked, watched

pytestmark = pytest.mark.browser

RANGE = 'dateRange: { start: "2026-01-01", end: "2026-06-30" }'


async def run(page: Page) -> None:
    """Press the button, once there is a query."""
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("etrics")
    await page.locator(".graphiql-execute-button").click()


async def text_of(page: Page) -> str:
    """The query that stands in the editor, without its blanks."""
    lines = await page.locator(".graphiql-query-editor .view-line").all_inner_texts()
    return "".join("".join(lines).replace("\xa0", " ").split())


async def test_it_opens_with_two_queries_and_shows_their_answers(opened: Watched) -> None:
    page = await opened.open("/explorer")
    tabs = page.locator(".graphiql-tab")
    await expect(tabs).to_have_count(2)
    await expect(tabs.nth(0)).to_contain_text("FinanceMetrics")
    await expect(tabs.nth(1)).to_contain_text("MarketingMetrics")
    await run(page)
    await expect(page.locator("figure[data-form=line] svg")).to_be_visible()
    state = page.locator(".run-state")
    await expect(state).to_contain_text("points")
    await expect(state).to_contain_text(
        re.compile(r"[\d,]+ of 10,000 tokens left, full again in \d+ s")
    )
    await opened.picture("explorer")
    await page.get_by_role("tab", name="Chart").focus()
    await page.keyboard.press("ArrowRight")
    table = page.locator("table.rows")
    await expect(table.locator("tbody tr").first).to_contain_text("2026-04-01")
    await table.get_by_role("button", name="Revenue").click()
    await expect(table.locator("th", has_text="Revenue")).to_have_attribute(
        "aria-sort", "descending"
    )
    await expect(table.locator("tbody tr").first).to_contain_text("$26,123.71")
    # A long table scrolls in its place: the page itself stays as high as the window.
    tall = "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    assert await page.evaluate(tall) == 0
    editor = await page.locator(".graphiql-editors").bounding_box()
    assert editor is not None
    assert editor["y"] + editor["height"] <= 900
    await opened.picture("explorer-table")
    await page.get_by_role("tab", name="JSON").click()
    await expect(page.locator(".result-window")).to_contain_text("orderMetrics")
    # Every digit is there, also the last zero of a decimal.
    await expect(page.locator(".result-window")).to_contain_text("109.50")
    await tabs.nth(1).get_by_role("button").first.click()
    await run(page)
    await page.get_by_role("tab", name="Chart").click()
    await expect(page.get_by_role("combobox", name="Metric", exact=True)).to_have_value(
        "conversionRate"
    )


async def test_nothing_of_it_is_hard_to_use(opened: Watched) -> None:
    page = await opened.open("/explorer")
    await run(page)
    await expect(page.locator(".chart svg")).to_be_visible()
    assert await opened.faults_of_access() == []


async def test_its_tabs_are_buttons_of_which_one_is_current(opened: Watched) -> None:
    page = await opened.open("/explorer")
    tabs = page.get_by_role("list", name="Select active operation")
    finance = tabs.get_by_role("button", name="FinanceMetrics")
    marketing = tabs.get_by_role("button", name="MarketingMetrics")
    await expect(finance).to_have_attribute("aria-current", "true")
    await marketing.click()
    await expect(marketing).to_have_attribute("aria-current", "true")
    await expect(finance).to_have_attribute("aria-current", "false")
    await tabs.get_by_role("button", name="Close Tab").click()
    await expect(tabs.get_by_role("listitem")).to_have_count(1)
    await expect(finance).to_have_attribute("aria-current", "true")


async def test_on_a_phone_panels_stand_one_below_the_other(browser: Browser, server: str) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    )
    opened = await watched(context, server)
    page = await opened.open("/explorer")
    await run(page)
    await expect(page.locator(".chart svg")).to_be_visible()
    await page.get_by_role("button", name="Query builder").click()
    builder = page.get_by_label("Query builder", exact=True).last
    await builder.locator("[data-name=cost]").click()
    await expect(builder.locator("[data-name=cost]")).to_have_attribute("aria-pressed", "true")
    panels = (".graphiql-plugin", ".graphiql-editors", ".graphiql-response")
    edges = []
    for panel in panels:
        box = await page.locator(panel).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["width"] > 340
        edges += [box["y"], box["y"] + box["height"]]
    assert edges == sorted(edges)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) == 0
    await expect(page.get_by_role("link", name="Explorer")).to_be_in_viewport()
    await page.get_by_role("tab", name="Table").click()
    await expect(page.locator("table.rows")).to_be_visible()
    await page.get_by_role("tab", name="JSON").click()
    await expect(page.locator(".result-window")).to_contain_text("orderMetrics")
    await page.get_by_role("tab", name="Chart").click()
    await opened.picture("explorer-phone", full=True)
    assert await opened.faults_of_access() == []
    await context.close()
    assert opened.wrongs == []


async def test_columns_have_their_units_wherever_they_are_written(opened: Watched) -> None:
    query = (
        f"query Sales {{ sales: orderMetricsConnection({RANGE}, groupBy: [COUNTRY], first: 3)"
        " { edges { node { ...Money } } } }"
        " fragment Money on OrderMetrics { country money: revenue share: grossMargin }"
    )
    page = await opened.open(linked(query))
    await run(page)
    await page.get_by_role("tab", name="Table").click()
    cells = page.locator("table.rows tbody tr").first.locator("td")
    await expect(cells.nth(1)).to_contain_text("$")
    await expect(cells.nth(2)).to_contain_text("%")
    # What the page asked for beside the answer is none of it.
    await page.get_by_role("tab", name="JSON").click()
    await expect(page.locator(".result-window")).to_contain_text("requested")
    await expect(page.locator(".result-window")).not_to_contain_text("columns")


async def test_it_looks_right_in_the_dark(browser: Browser, server: str) -> None:
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="dark", reduced_motion="reduce"
    )
    opened = await watched(context, server)
    page = await opened.open("/explorer")
    await run(page)
    await expect(page.locator(".chart svg")).to_be_visible()
    await opened.picture("explorer-dark")
    assert await opened.faults_of_access() == []
    # The switch stands above what the system says.
    await page.get_by_role("button", name="Colours: auto").click()
    await expect(page.locator("html")).to_have_attribute("data-scheme", "light")
    await context.close()
    assert opened.wrongs == []


async def test_it_completes_and_validates_against_the_schema(opened: Watched) -> None:
    page = await opened.open(linked(f"{{ orderMetrics({RANGE}) {{ revenu }} }}"))
    await expect(page.locator(".squiggly-error").first).to_be_visible()
    await page.locator(".graphiql-query-editor .view-line").first.click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.press("End")
    for _ in range(4):
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Control+Space")
    await expect(page.locator(".suggest-widget")).to_contain_text("revenue")


@pytest.mark.parametrize(
    ("name", "arguments", "fields", "form"),
    [
        ("number", "groupBy: []", "revenue grossMargin orderCount", None),
        ("line", "granularity: MONTH, groupBy: []", "date revenue cost", "line"),
        ("lines", "granularity: MONTH, groupBy: [CHANNEL]", "date channel conversionRate", "line"),
        ("bar", "groupBy: [COUNTRY]", "country revenue", "bar"),
        ("stacked", "groupBy: [CATEGORY, DEVICE_TYPE]", "category deviceType revenue", "stacked"),
        ("map", "groupBy: [CHANNEL, DEVICE_TYPE]", "deviceType channel conversionRate", "heatmap"),
        ("product", "groupBy: [PRODUCT_ID], limit: 9", "productId product { name } revenue", "bar"),
    ],
)  # fmt: skip
async def test_the_chart_is_chosen_by_what_was_selected(
    opened: Watched, name: str, arguments: str, fields: str, form: str | None
) -> None:
    page = await opened.open(linked(f"{{ orderMetrics({RANGE}, {arguments}) {{ {fields} }} }}"))
    await run(page)
    if form is None:
        await expect(page.locator(".numbers dd.value").first).to_have_text("$16.7M")
    else:
        await expect(page.locator(f"figure[data-form={form}] svg")).to_be_visible()
    await opened.picture(f"form-{name}")


async def test_another_form_can_be_chosen(opened: Watched) -> None:
    arguments = f"{RANGE}, granularity: MONTH, groupBy: [CHANNEL]"
    query = f"{{ orderMetrics({arguments}) {{ date channel revenue }} }}"
    page = await opened.open(linked(query))
    await run(page)
    for form in ("stacked", "grouped", "heatmap", "line"):
        await page.get_by_label("Chart form").select_option(form)
        await expect(page.locator(f"figure[data-form={form}] svg")).to_be_visible()


async def test_what_is_shown_can_be_downloaded(opened: Watched) -> None:
    page = await opened.open(
        linked(f"{{ orderMetrics({RANGE}, groupBy: [COUNTRY]) {{ country revenue }} }}")
    )
    await run(page)
    await expect(page.locator(".chart svg")).to_be_visible()
    files = {}
    for form in ("PNG", "SVG", "CSV"):
        async with page.expect_download() as download:
            await page.get_by_role("button", name=form, exact=True).click()
        found = await download.value
        assert found.suggested_filename == f"orderMetrics.{form.lower()}"
        files[form] = Path(await found.path()).read_bytes()
    assert files["PNG"].startswith(b"\x89PNG")
    assert len(files["PNG"]) > 5_000
    assert files["SVG"].startswith(b"<svg ")
    assert files["CSV"].startswith(b"country,revenue\r\nAU,")


async def test_a_query_is_built_by_clicking(opened: Watched) -> None:
    page = await opened.open("/explorer")
    builder = page.get_by_label("Query builder", exact=True).last
    item = builder.locator(".field-item")
    # The finance query groups by payment method, which traffic lacks.
    refused = builder.locator("[data-name=conversionRate]")
    await expect(refused).to_have_attribute("aria-disabled", "true")
    await expect(refused).to_contain_text("which has no dimension 'paymentMethod'")
    await refused.click(force=True)
    assert "conversionRate" not in await text_of(page)
    await builder.locator("[data-name=paymentMethod]").click()
    await expect(refused).to_have_attribute("aria-disabled", "false")
    await refused.click()
    await builder.get_by_placeholder("Search …").fill("chan")
    await expect(item).to_have_count(1)
    await item.click()
    await builder.get_by_placeholder("Search …").fill("")
    await builder.get_by_label("Granularity").select_option("MONTH")
    await builder.get_by_label("From").fill("2026-01-01")
    await builder.get_by_label("Filter by").select_option("channel")
    value = builder.get_by_role("combobox", name="Value")
    await expect(builder.locator("datalist option")).to_have_count(6)
    await value.fill("email")
    await builder.get_by_role("button", name="Add", exact=True).click()
    text = await text_of(page)
    assert "groupBy:[COUNTRY,CHANNEL]" in text
    assert 'where:{channel:{in:["email"]}}' in text
    assert "granularity:MONTH" in text
    await expect(page.locator(".graphiql-editor-tool")).to_contain_text('"2026-01-01"')
    await builder.get_by_role("button", name="Run the query").click()
    await expect(page.locator(".chart svg")).to_be_visible()
    await opened.picture("builder")
    await builder.get_by_role("button", name="Remove the filter on Channel").click()
    assert "where" not in await text_of(page)


async def test_the_builder_follows_the_text_and_takes_it_elsewhere(opened: Watched) -> None:
    query = (
        f"query Cheap($most: Decimal) {{ orderMetrics({RANGE}, groupBy: [],"
        " where: { cost: { lt: $most } }) { revenue } }"
    )
    page = await opened.open(linked(query, {"most": 10}))
    builder = page.get_by_label("Query builder", exact=True).last
    await expect(builder.locator("[data-name=revenue]")).to_have_attribute("aria-pressed", "true")
    await expect(builder.locator(".condition")).to_contain_text("Cost is less than 10")
    await builder.get_by_label("Dataset").select_option("UsageMetrics")
    assert "MyUsageMetrics{usageMetrics(" in await text_of(page)
    await page.locator(".graphiql-query-editor .view-line").first.click()
    await page.keyboard.press("Control+z")
    await expect(builder.locator("[data-name=revenue]")).to_have_attribute("aria-pressed", "true")
    async with page.expect_download() as download:
        await builder.get_by_role("button", name="Download as a persisted document").click()
    found = await download.value
    assert found.suggested_filename == "cheap.graphql"
    assert Path(await found.path()).read_text().startswith("# example: {")
    await builder.get_by_text("Use it elsewhere").click()
    for form, words in {
        "curl": "curl 'http://127.0.0.1:",
        "Python": "import httpx",
        "JavaScript": "await fetch(",
        "Google Sheets": "=IMPORTDATA(",
        "Excel": "Csv.Document",
    }.items():
        await builder.get_by_role("button", name=form, exact=True).click()
        await expect(builder.locator("pre")).to_contain_text(words)
