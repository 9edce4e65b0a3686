"""A dashboard in a real browser that changes when rows come into PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from analytics_gql.demo.postgres import load_into_postgres
from tests.conftest import MakeDatabase
from tests.explorer.conftest import serving_pages, watched

pytestmark = pytest.mark.browser

ONE_MORE_ORDER = """
INSERT INTO gold.orders
SELECT (jsonb_populate_record(orders, '{"id": 99999999, "net_amount": 5000000}')).*
FROM gold.orders WHERE org_id = 'acme' AND country = 'DE' AND ordered_at >= '2026-06-29' LIMIT 1
"""
THAT_IS_NEW = "UPDATE gold.orders SET loaded_at = loaded_at + interval '9 days' WHERE id = 99999999"


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
        connection = await asyncpg.connect(database)
        async with connection.transaction():
            await connection.execute(ONE_MORE_ORDER)
            await connection.execute(THAT_IS_NEW)
        await connection.close()
        await expect(revenue).to_have_text("$38.5M", timeout=15_000)
        await opened.picture("executive-live")
        await page.get_by_role("switch", name="Live").click()
        await expect(page.locator(".control [role=status]")).to_have_text("Updates")
        await context.close()
    assert opened.wrongs == []
