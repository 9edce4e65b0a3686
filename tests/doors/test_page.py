"""The page at `/`: it works at once, and brings nothing from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from analytics_gql.app import load_model
from analytics_gql.cli.parser import run
from analytics_gql.doors.page import example_query
from analytics_gql.model.catalog import Catalog
from analytics_gql.settings import Settings
from tests.doors.in_process import ask, serving

SCHEMA = Path(__file__).parent.parent.parent / "schema.graphql"


@pytest.fixture(scope="module")
async def client(demo_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as client:
        yield client


async def test_the_first_query_of_the_page_has_an_answer(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    written = re.search(r"<textarea id=\"query\"[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert written is not None
    response = (await ask(client, html.unescape(written.group(1)))).json()
    assert "errors" not in response
    (rows,) = response["data"].values()
    assert len(rows) > 5


async def test_the_page_loads_nothing_from_another_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert re.findall(r"(?:https?:)?//[a-z]", page.text) == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_the_page_s_query_suits_any_model(tmp_path: Path) -> None:
    assert example_query(Catalog((), (), (), ())) == "{ __typename }"
    schema = tmp_path / "schema.graphql"
    schema.write_text(
        'type T @dataset(table: "t") { a: BigInt @metric(sql: "count(*)") }\n'
        "type Query { t(limit: Int): [T!] }\n"
    )
    assert run(["schema", "sync", "--schema", str(schema)]) == 0
    query = example_query(load_model(Settings(schema_path=schema)).catalog)
    assert "dateRange" not in query
    assert "groupBy" not in query
