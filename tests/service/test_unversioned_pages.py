"""Pages of an aggregate whose tables have no version, where the first page is not kept any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase

MODEL = """
type Sales @dataset(table: "sales" @@) {
  kind: String @dimension
  total: BigInt @metric(sql: "sum(amount)")
}
type Query { sales: SalesConnection }
"""
NOBODY = Caller(None, (), tier=3)


@pytest.fixture(params=["", ', version: "max(amount)"'])
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, make_database: MakeDatabase
) -> AsyncIterator[tuple[GraphQLEngine, bool]]:
    """The model over PostgreSQL with no room for first pages, and whether it has a version."""
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE sales AS SELECT 'k' || n AS kind, n AS amount "
                             "FROM generate_series(1, 4) AS n")  # fmt: skip
    await connection.close()
    schema = tmp_path / "schema.graphql"
    schema.write_text(MODEL.replace("@@", request.param))
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    settings = Settings(schema_path=schema, warehouse=url, kept_pages_bytes=0)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        yield engine_of(model, service, settings), bool(request.param)


async def two_pages(engine: GraphQLEngine, order: str) -> tuple[Any, Any]:
    page = f"first: 2, orderBy: [{{by: {order}}}]"
    fields = "nodes { kind total } pageInfo { endCursor }"
    first = await ask(engine, f"{{ sales({page}) {{ {fields} }} }}")
    cursor = first["data"]["sales"]["pageInfo"]["endCursor"]
    return first, await ask(engine, f'{{ sales({page}, after: "{cursor}") {{ {fields} }} }}')


async def ask(engine: GraphQLEngine, text: str) -> Any:
    return orjson.loads(orjson.dumps(await engine.execute(text, NOBODY)))


async def test_an_order_by_dimensions_goes_on(engine: tuple[GraphQLEngine, bool]) -> None:
    _, second = await two_pages(engine[0], "KIND")
    assert [row["kind"] for row in second["data"]["sales"]["nodes"]] == ["k3", "k4"]


async def test_an_order_by_figures_goes_on_if_they_are_known_to_be_the_same(
    engine: tuple[GraphQLEngine, bool],
) -> None:
    _, second = await two_pages(engine[0], "TOTAL")
    if engine[1]:
        assert [row["kind"] for row in second["data"]["sales"]["nodes"]] == ["k3", "k4"]
    else:
        assert second["data"] == {"sales": None}
        (error,) = second["errors"]
        assert error["extensions"]["code"] == "CURSOR_STALE"
        assert "`version`" in error["extensions"]["hint"]
