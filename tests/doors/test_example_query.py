"""The query that the explorer opens with where nobody has said another."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, validate

from analytics_gql.cli.parser import run
from analytics_gql.compose.model import load_model
from analytics_gql.doors.example_query import example_query
from analytics_gql.model.catalog import Catalog
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import ask, serving

SCHEMA = ROOT / "schema.graphql"


async def test_the_query_has_an_answer(demo_path: Path) -> None:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as client:
        response = (await ask(client, example_query(load_model(settings).catalog))).json()
    assert "errors" not in response
    (rows,) = response["data"].values()
    assert len(rows) > 5


async def test_it_suits_any_model(tmp_path: Path) -> None:
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
async def test_that_of_any_verb_can_be_run(
    demo_path: Path, tmp_path: Path, root: str, words: str
) -> None:
    schema = tmp_path / "schema.graphql"
    schema.write_text(f"{ORDERS}type Query {{ {root} }}\n")
    assert run(["schema", "sync", "--schema", str(schema)]) == 0
    model = load_model(Settings(schema_path=schema))
    query = example_query(model.catalog)
    assert words in " ".join(query.split())
    assert validate(model.schema, parse(query)) == []
