"""Pages in a real browser that change when rows come into PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.async_api import Browser, expect

from analytics_gql.demo.postgres import load_into_postgres
from tests.conftest import MakeDatabase
from tests.explorer.conftest import linked, serving_pages, watched

pytestmark = pytest.mark.browser

ONE_MORE_ORDER = """
INSERT INTO gold.orders
SELECT (jsonb_populate_record(orders, '{"id": 99999999, "net_amount": 5000000}')).*
FROM gold.orders WHERE org_id = 'acme' AND country = 'DE' AND ordered_at >= '2026-06-29' LIMIT 1
"""
THAT_IS_NEW = "UPDATE gold.orders SET loaded_at = loaded_at + interval '9 days' WHERE id = 99999999"

SUBSCRIPTION = """subscription Sales {
  orderMetrics(dateRange: { start: "2026-01-01", end: "2026-06-30" }, groupBy: []) {
    money: revenue
  }
}"""


async def one_more_order(database: str) -> None:
    connection = await asyncpg.connect(database)
    async with connection.transaction():
        await connection.execute(ONE_MORE_ORDER)
        await connection.execute(THAT_IS_NEW)
    await connection.close()


async def test_a_subscription_in_the_explorer_follows_the_data_until_it_is_stopped(
    browser: Browser, demo_path: Path, make_database: MakeDatabase
) -> None:
    database = await make_database()
    await load_into_postgres(demo_path, database)
    with serving_pages(database) as server:
        context = await browser.new_context(reduced_motion="reduce")
        opened = await watched(context, server.url)
        page = await opened.open(linked(SUBSCRIPTION))
        await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("Sales")
        button = page.locator(".graphiql-execute-button")
        await button.click()
        value = page.locator(".numbers dd.value")
        # Its column has another name than the metric: unit and format come with the answer.
        await expect(value).to_have_text("$16.7M")
        await expect(page.locator(".run-state")).to_contain_text("tokens left")
        await one_more_order(database)
        await expect(value).to_have_text("$21.7M", timeout=15_000)
        await expect(page.locator(".run-state")).to_contain_text("update 1")
        await expect(button).to_have_attribute("aria-label", "Stop query (Ctrl-Enter)")
        await button.click()
        await expect(button).to_have_attribute("aria-label", "Execute query (Ctrl-Enter)")
        await expect(value).to_have_text("$21.7M")
        await context.close()
    assert opened.wrongs == []


async def test_why_a_subscription_is_refused_is_shown(browser: Browser, demo_path: Path) -> None:
    one = {"ANALYTICS_GQL_LIVE_CONNECTIONS": "1"}
    with serving_pages(f"duckdb://{demo_path}", **one) as server:
        context = await browser.new_context(reduced_motion="reduce")
        page = await context.new_page()
        async with (
            httpx.AsyncClient(base_url=server.url) as client,
            client.stream(
                "POST",
                "/graphql",
                json={"query": SUBSCRIPTION},
                headers={"accept": "text/event-stream"},
            ),
        ):
            await page.goto(server.url + linked(SUBSCRIPTION))
            await expect(page.locator(".view-lines").first).to_contain_text("Sales")
            await page.locator(".graphiql-execute-button").click()
            await expect(page.locator(".problems")).to_contain_text("TOO_MANY_CONNECTIONS")
            await expect(page.locator(".run-state")).to_contain_text("429")
        # The place is free again.
        await page.locator(".graphiql-execute-button").click()
        await expect(page.locator(".numbers dd.value")).to_have_text("$16.7M")
        await context.close()


async def test_tiles_follow_the_data_while_the_switch_is_on(
    browser: Browser, demo_path: Path, make_database: MakeDatabase
) -> None:
    database = await make_database()
    await load_into_postgres(demo_path, database)
    with serving_pages(database) as server:
        context = await browser.new_context(reduced_motion="reduce")
        opened = await watched(context, server.url)
        page = await opened.open("/dashboards/executive")
        await page.get_by_role("switch", name="Live").click()
        await expect(page.locator(".control [role=status]")).to_have_text("Live")
        assert page.url.endswith("?live=on")
        revenue = page.locator(".tile", has_text="Revenue").first.locator("dd.value")
        await expect(revenue).to_have_text("$33.5M")
        await one_more_order(database)
        await expect(revenue).to_have_text("$38.5M", timeout=15_000)
        await opened.picture("executive-live")
        await page.get_by_role("switch", name="Live").click()
        await expect(page.locator(".control [role=status]")).to_have_text("Updates")
        await context.close()
    assert opened.wrongs == []
