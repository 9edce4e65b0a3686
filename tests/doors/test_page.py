"""The page at `/`: it works at once, and brings nothing from elsewhere."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from graphql import parse, validate

from analytics_gql.cli.parser import run
from analytics_gql.compose.model import load_model
from analytics_gql.doors.example_query import example_query
from analytics_gql.model.catalog import Catalog
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import ask, serving

PAGE = ROOT / "tests" / "npm" / "page.js"
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


ORDERS = """
type Order @records(table: "gold.orders", key: ["id"], tenant: "org_id", time: "ordered_at")
  @entity(table: "gold.orders", key: ["id"], tenant: "org_id") {
  netAmount: Decimal
  id: ID!
  customerId: ID
}
type Metrics @dataset(table: "gold.orders", time: "ordered_at", tenant: "org_id") {
  country: String @dimension
  orders: BigInt @metric(sql: "count(*)")
}
type Rate @entity(table: "gold.customer_segments", key: ["segment", "validFrom"], tenant: "org_id")
  { segment: String! validFrom: Date! @column(sql: "CAST(valid_from AS DATE)") }
"""


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("orders: OrderConnection", "orders( first: 20 ) { nodes { id netAmount customerId } }"),
        ("order: Order", 'order( id: "1" ) { id netAmount customerId }'),
        ("order: Order orders: [Order]", 'orders( ids: ["1"] ) { id netAmount customerId }'),
        ("order: Order orders: OrderConnection", "orders( first: 20 ) { nodes {"),
        ("rate: Rate", 'rate( segment: "1" validFrom: "2026-01-01" ) { segment validFrom }'),
        ("metrics: MetricsConnection", "first: 20 ) { nodes { country orders } }"),
        ("orders: OrderConnection metrics: [Metrics!]", "limit: 20 ) { country orders }"),
    ],
)
async def test_the_first_query_of_any_verb_can_be_run(
    demo_path: Path, tmp_path: Path, root: str, words: str
) -> None:
    schema = tmp_path / "schema.graphql"
    schema.write_text(f"{ORDERS}type Query {{ {root} }}\n")
    assert run(["schema", "sync", "--schema", str(schema)]) == 0
    model = load_model(Settings(schema_path=schema))
    query = example_query(model.catalog)
    assert words in " ".join(query.split())
    assert validate(model.schema, parse(query)) == []


# --- what the page shows, in node ----------------------------------------------------------------


def shown(client_page: str, reply: str) -> list[list[str]]:
    """The tables that the page makes of a reply: caption, then the cells of each row."""
    output = subprocess.run(
        ["node", str(PAGE)],
        input=json.dumps({"page": client_page, "reply": reply}),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout
    tables: list[list[str]] = json.loads(output)
    return tables


@pytest.mark.npm
@pytest.mark.parametrize(
    ("data", "tables"),
    [
        ('{"customer": {"id": "1", "country": {"name": "Peru"}}}',
         [["customer", "id", "country.name", "1", "Peru"]]),
        ('{"customer": null}', [["customer", "customer", "null"]]),
        ('{"orders": {"nodes": []}}', [["orders.nodes: 0 rows"]]),
        ('{"orders": {"totalCount": 1234567}}', [["orders", "totalCount", "1,234,567"]]),
        ('{"orders": {"edges": [{"cursor": "c", "node": {"id": "7"}}], "totalCount": 1}}',
         [["orders.edges: 1 row", "cursor", "node.id", "c", "7"], ["orders", "totalCount", "1"]]),
        ('{"customers": [{"id": "1"}, null]}', [["customers: 2 rows", "id", "1", "null"]]),
        ('{"customers": [null]}', [["customers: 1 row", "null"]]),
        ('{"m": [{"a": 12345678901234567890.123456789012345678, "b": -1234.50, "c": 1e-7}]}',
         [["m: 1 row", "a", "b", "c", "12,345,678,901,234,567,890.123456789012345678",
           "-1,234.50", "1e-7"]]),
        ('{"m": [{"a": "say \\"-1.50\\" twice", "b": true}]}',
         [["m: 1 row", "a", "b", 'say "-1.50" twice', "true"]]),
        ('{"__typename": "Query"}', [["__typename", "__typename", "Query"]]),
    ],
)  # fmt: skip
async def test_whatever_a_root_field_gives_is_shown(
    client: httpx.AsyncClient, data: str, tables: list[list[str]]
) -> None:
    page = (await client.get("/")).text
    assert shown(page, f'{{"data": {data}}}') == tables
