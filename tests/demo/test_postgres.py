"""The demo in PostgreSQL: the same rows, all of them or none."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import duckdb
import pytest

from analytics_gql.demo.postgres import load_into_postgres
from analytics_gql.demo.tables import TABLES
from analytics_gql.errors import WarehouseError, WarehouseUnavailableError


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def empty_url(make_database: Callable[[], Awaitable[str]]) -> str:
    """A database of the test's own: what it loads is nobody else's."""
    return await make_database()


@pytest.fixture(scope="module")
def small_demo(demo_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first hundred rows of each table: enough where only the loading matters."""
    path = tmp_path_factory.mktemp("small") / "demo.duckdb"
    with duckdb.connect(str(path)) as small:
        small.execute("ATTACH ? AS whole (READ_ONLY)", [str(demo_path)])
        small.execute("CREATE SCHEMA gold")
        for table in TABLES:
            small.execute(table.create)
            small.execute(
                f"INSERT INTO gold.{table.name} FROM whole.gold.{table.name} ORDER BY ALL LIMIT 100"
            )
    return path


async def test_every_row_arrives_unchanged(demo_path: Path, demo_postgres_url: str) -> None:
    with duckdb.connect() as demo:
        demo.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        async with connection(demo_postgres_url) as loaded:
            for table in TABLES:
                columns = ", ".join(f"coalesce({name}::TEXT, '-')" for name in table.column_names)
                digits = f"substr(md5(concat_ws('|', {columns})), 1, 12)"
                theirs = await loaded.fetchrow(
                    f"SELECT count(*), sum(('x' || {digits})::BIT(48)::BIGINT) "
                    f"FROM gold.{table.name}"
                )
                ours = demo.execute(
                    f"SELECT count(*), sum(('0x' || {digits})::BIGINT) FROM demo.gold.{table.name}"
                ).fetchall()[0]
                assert tuple(theirs) == ours, table.name


async def test_tables_are_keyed_indexed_and_analysed(demo_postgres_url: str) -> None:
    async with connection(demo_postgres_url) as loaded:
        indexes = await loaded.fetch(
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'gold' "
            "ORDER BY indexname"
        )
        assert [
            (row["tablename"], row["indexdef"].partition(" USING btree ")[2]) for row in indexes
        ] == [
            ("ai_models", "(id)"),
            ("countries", "(code)"),
            ("customer_segments", "(org_id, customer_id, valid_from, available_at)"),
            ("customers", "(org_id, id)"),
            ("orders", "(org_id, customer_id)"),
            ("orders", "(org_id, ordered_at, id)"),
            ("orders", "(org_id, id)"),
            ("organizations", "(id)"),
            ("products", "(org_id, id)"),
            ("traffic", "(org_id, day)"),
            ("usage_requests", "(org_id, requested_at, id)"),
            ("usage_requests", "(org_id, id)"),
            ("workspaces", "(org_id, id)"),
        ]
        analysed = await loaded.fetch(
            "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'gold'"
        )
        assert {row["tablename"] for row in analysed} == {table.name for table in TABLES}


async def test_a_page_of_orders_begins_at_the_index(demo_postgres_url: str) -> None:
    async with connection(demo_postgres_url) as loaded:
        plan = await loaded.fetch(
            "EXPLAIN (COSTS OFF) SELECT id FROM gold.orders "
            "WHERE org_id = 'acme' AND ordered_at <= '2025-01-01' "
            "ORDER BY ordered_at DESC, id DESC LIMIT 101"
        )
        assert "Index Only Scan Backward using orders_org_id_ordered_at_id" in plan[1][0]
        assert (
            await loaded.fetchval(
                "SELECT attnotnull FROM pg_attribute "
                "WHERE attrelid = 'gold.orders'::regclass AND attname = 'ordered_at'"
            )
            is True
        )


async def test_loading_again_replaces_the_demo_s_tables_and_no_other(
    small_demo: Path, empty_url: str
) -> None:
    await load_into_postgres(small_demo, empty_url)
    async with connection(empty_url) as database:
        await database.execute("CREATE TABLE gold.mine AS SELECT 1 AS one")
        await database.execute("DELETE FROM gold.orders")
    assert await load_into_postgres(small_demo, empty_url) == {
        "organizations": 4,
        "countries": 33,
        "customers": 100,
        "customer_segments": 100,
        "products": 100,
        "orders": 100,
        "traffic": 100,
        "ai_models": 5,
        "workspaces": 9,
        "usage_requests": 100,
    }
    async with connection(empty_url) as database:
        assert await database.fetchval("SELECT count(*) FROM gold.orders") == 100
        assert await database.fetchval("SELECT one FROM gold.mine") == 1


async def test_a_load_that_is_refused_leaves_everything_as_it_was(
    small_demo: Path, empty_url: str
) -> None:
    await load_into_postgres(small_demo, empty_url)
    async with connection(empty_url) as database:
        await database.execute("UPDATE gold.customers SET name = 'as it was'")
        # A view keeps its table from being dropped; customers come before orders.
        await database.execute("CREATE VIEW gold.recent AS SELECT * FROM gold.orders")
        with pytest.raises(WarehouseError, match="refused") as caught:
            await load_into_postgres(small_demo, empty_url)
        assert isinstance(caught.value.__cause__, asyncpg.DependentObjectsStillExistError)
        names = await database.fetch("SELECT DISTINCT name FROM gold.customers")
        assert [row["name"] for row in names] == ["as it was"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody:hunter2@127.0.0.1:1/nowhere",
        "postgresql://somebody:hun/ter2@127.0.0.1:1/nowhere",
        "postgresql://somebody:x@127.0.0.1:hunter2/nowhere",
        "mysql://somebody:hunter2@127.0.0.1/nowhere",
    ],
)
async def test_a_database_that_cannot_be_reached_is_said_without_the_password(
    small_demo: Path, url: str
) -> None:
    with pytest.raises(WarehouseUnavailableError) as caught:
        await load_into_postgres(small_demo, url)
    error = caught.value
    assert error.hint
    chain = "".join(traceback.format_exception(error)).lower()
    assert "hunter2" not in chain
    assert "ter2" not in chain


async def test_an_unknown_database_is_one_that_cannot_be_reached(
    small_demo: Path, postgres_url: str
) -> None:
    url = urlsplit(postgres_url)
    with pytest.raises(WarehouseUnavailableError):
        await load_into_postgres(small_demo, f"{url.scheme}://{url.netloc}/nowhere?{url.query}")


async def test_a_demo_that_cannot_be_read_changes_nothing(tmp_path: Path, empty_url: str) -> None:
    with pytest.raises(WarehouseError, match="demo file cannot be read"):
        await load_into_postgres(tmp_path / "missing.duckdb", empty_url)
    async with connection(empty_url) as database:
        assert await database.fetchval("SELECT to_regnamespace('gold')") is None
