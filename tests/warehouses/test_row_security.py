"""PostgreSQL's own row-level security: told the tenant, it hides what a wrong statement would show.

The model calls its tables shared, as if our own conditions were forgotten: whatever is hidden here,
the database hides.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

from analytics_gql.cli.parser import run
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import ModelError, SettingsError
from analytics_gql.settings import Settings
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.postgres import PostgresWarehouse
from tests.conftest import MakeDatabase
from tests.doors.in_process import ask, serving

MODEL = """
type Sale @dataset(table: "sales", shared: true, version: "max(id)") {
  n: BigInt @dimension
  total: BigInt @metric(sql: "sum(n)")
  buyer: Buyer @lookup(by: "n")
}
type Row @records(table: "sales", key: ["id"], shared: true, version: "max(id)") {
  id: BigInt!
  n: BigInt
  buyer: Buyer @lookup(by: "n")
}
type Buyer @entity(table: "buyers", key: ["id"], shared: true) { id: BigInt! name: String }
type Query { sales: [Sale!] rows: RowConnection buyer(id: BigInt!): Buyer }
"""
KEYED = """
CREATE TABLE sales (id BIGINT PRIMARY KEY, org TEXT, n BIGINT);
CREATE TABLE buyers (id BIGINT PRIMARY KEY, org TEXT, name TEXT);
INSERT INTO sales SELECT i, CASE WHEN i % 2 = 0 THEN 'acme' ELSE 'dune' END, i
    FROM generate_series(1, 10) AS numbers(i);
INSERT INTO buyers SELECT id, org, org || ' ' || id FROM sales;
"""
POLICIES = """
ALTER TABLE sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE buyers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sales USING (org = current_setting('app.tenant', true));
CREATE POLICY own ON buyers USING (org = current_setting('app.tenant', true));
DO $$ BEGIN CREATE ROLE bound_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT ON sales, buyers TO bound_reader;
"""


@pytest.fixture(scope="module")
async def url(make_database: MakeDatabase) -> str:
    """Connects as a user whom the policies bind."""
    owner = await make_database()
    connection = await asyncpg.connect(owner)
    await connection.execute(KEYED)
    await connection.execute(POLICIES)
    await connection.close()
    return as_reader(owner)


def as_reader(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace("postgres@", "bound_reader@")))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "schema.graphql"
    path.write_text(MODEL)
    assert run(["schema", "sync", "--schema", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def settings(url: str, schema: Path) -> Settings:
    return Settings(schema_path=schema, warehouse=url, rls_variable="app.tenant")


async def data(client: httpx.AsyncClient, query: str) -> Any:
    response = (await ask(client, query)).json()
    assert "errors" not in response, response
    return response["data"]


@pytest.mark.parametrize(("tenant", "own"), [("acme", 30), ("dune", 25), ("nobody", None)])
async def test_every_verb_sees_the_tenant_s_own_rows_alone(
    settings: Settings, tenant: str, own: int | None
) -> None:
    ids = [i for i in range(1, 11) if (i % 2 == 0) == (tenant == "acme")] if own else []
    async with serving(settings.model_copy(update={"local_tenant": tenant})) as client:
        assert await data(client, "{ sales { total } }") == {"sales": [{"total": own}]}
        rows = await data(client, "{ rows(first: 20) { totalCount nodes { id buyer { name } } } }")
        assert rows["rows"] == {
            "totalCount": len(ids),
            "nodes": [{"id": i, "buyer": {"name": f"{tenant} {i}"}} for i in ids],
        }
        by_id = "{ a: buyer(id: 2) { name } d: buyer(id: 3) { name } }"
        assert await data(client, by_id) == {
            "a": {"name": "acme 2"} if tenant == "acme" else None,
            "d": {"name": "dune 3"} if tenant == "dune" else None,
        }
        for format in ("csv", "ndjson"):
            file = await client.get(
                "/graphql", params={"query": "{ rows { nodes { id } } }", "format": format}
            )
            assert file.status_code == 200
            found = [
                int(word)
                for word in file.text.replace('{"id":', "").replace("}", "").split()
                if word.isdigit()
            ]
            assert found == ids
        if ids:
            first = (await data(client, "{ rows(first: 2) { edges { cursor } } }"))["rows"]["edges"]
            after = json.dumps(first[1]["cursor"])
            page = await data(client, f"{{ rows(first: 20, after: {after}) {{ nodes {{ id }} }} }}")
            assert [row["id"] for row in page["rows"]["nodes"]] == ids[2:]


async def test_without_the_variable_the_database_shows_nothing(settings: Settings) -> None:
    async with serving(settings.model_copy(update={"rls_variable": None})) as client:
        assert await data(client, "{ sales { total } }") == {"sales": [{"total": None}]}


async def test_no_tenant_is_left_behind_on_a_connection(url: str) -> None:
    settings = Settings(warehouse=url, rls_variable="app.tenant", warehouse_connections=1)
    warehouse = await open_warehouse(url, settings)
    count = "SELECT count(*)::TEXT FROM sales"
    assert isinstance(warehouse, PostgresWarehouse)
    for tenant, rows in (("acme", "5"), (None, "0"), ("x'; --", "0"), ("dune", "5")):
        for _ in range(3):
            assert await warehouse.rows(count, [], tenant=tenant) == [rows]
            batches = [batch async for batch in warehouse.stream(count, [], tenant=tenant)]
            assert batches[0].text == rows.encode()
            assert await warehouse.first_row(count) == ("0",)
    endless = "SELECT pg_sleep(600)::TEXT"
    running = asyncio.create_task(warehouse.rows(endless, [], tenant="acme"))
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await warehouse.rows(count, []) == ["0"]
    await warehouse.close()


async def test_versions_of_hidden_tables_are_not_believed(
    settings: Settings, make_database: MakeDatabase
) -> None:
    """Whoever has told no tenant sees no rows, so that they would never seem to change."""
    owner = await make_database()
    connection = await asyncpg.connect(owner)
    await connection.execute(KEYED + POLICIES)
    changed = settings.model_copy(update={"warehouse": as_reader(owner)})
    async with serving(changed) as client:
        assert await data(client, "{ sales { total } }") == {"sales": [{"total": 30}]}
        await connection.execute("INSERT INTO sales VALUES (12, 'acme', 12)")
        assert await data(client, "{ sales { total } }") == {"sales": [{"total": 42}]}
    await connection.close()


async def test_keys_that_cannot_be_seen_have_to_be_declared(
    settings: Settings, make_database: MakeDatabase
) -> None:
    owner = await make_database()
    connection = await asyncpg.connect(owner)
    await connection.execute(KEYED.replace("buyers (id BIGINT PRIMARY KEY", "buyers (id BIGINT"))
    await connection.execute(POLICIES)
    await connection.close()
    unproven = settings.model_copy(update={"warehouse": as_reader(owner)})
    with pytest.raises(ModelError, match="hides the rows of buyers"):
        async with open_service(unproven, load_model(unproven).catalog):
            raise AssertionError("the model was taken")


async def test_duckdb_has_no_such_thing(tmp_path: Path) -> None:
    url = f"duckdb://{tmp_path / 'w.duckdb'}"
    with pytest.raises(SettingsError, match="no row-level security"):
        await open_warehouse(url, Settings(warehouse=url, rls_variable="app.tenant"))


@pytest.mark.parametrize("name", ["tenant", "app.", "app.tenant; --", "app tenant"])
def test_only_names_of_an_application_s_own_are_variables(name: str) -> None:
    with pytest.raises(ValueError, match="rls_variable"):
        Settings(rls_variable=name)
