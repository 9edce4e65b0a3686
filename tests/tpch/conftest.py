"""TPC-H data, served from a folder of Parquet files and from a PostgreSQL database."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model, load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.settings import Settings

SCALE_FACTOR = 0.1

# As in the specification (clause 1.4), without the columns that no query reads.
TABLES = {
    "region": "r_regionkey BIGINT PRIMARY KEY, r_name VARCHAR",
    "nation": "n_nationkey BIGINT PRIMARY KEY, n_name VARCHAR, n_regionkey BIGINT",
    "supplier": (
        "s_suppkey BIGINT PRIMARY KEY, s_name VARCHAR, s_nationkey BIGINT, s_comment VARCHAR"
    ),
    "customer": (
        "c_custkey BIGINT PRIMARY KEY, c_name VARCHAR, c_nationkey BIGINT, c_mktsegment VARCHAR"
    ),
    "part": (
        "p_partkey BIGINT PRIMARY KEY, p_name VARCHAR, p_brand VARCHAR, p_type VARCHAR, "
        "p_size INTEGER, p_container VARCHAR"
    ),
    "partsupp": (
        "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INTEGER, ps_supplycost NUMERIC(15, 2), "
        "PRIMARY KEY (ps_partkey, ps_suppkey)"
    ),
    "orders": (
        "o_orderkey BIGINT PRIMARY KEY, o_custkey BIGINT, o_totalprice NUMERIC(15, 2), "
        "o_orderdate DATE, o_orderpriority VARCHAR, o_shippriority INTEGER"
    ),
    "lineitem": (
        "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INTEGER, "
        "l_quantity NUMERIC(15, 2), l_extendedprice NUMERIC(15, 2), l_discount NUMERIC(15, 2), "
        "l_tax NUMERIC(15, 2), l_returnflag CHAR(1), l_linestatus CHAR(1), l_shipdate DATE, "
        "l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR, l_shipmode VARCHAR"
    ),
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Warehouse:
    """The same data, asked through the model and asked directly."""

    graphql: GraphQLEngine
    sql: Callable[[str], Coroutine[Any, Any, Rows]]
    """Runs SQL with the bare driver; values as the driver has them."""
    answers: dict[str, dict[str, Rows]] = field(default_factory=dict)

    async def ask(self, text: str, **variables: Any) -> dict[str, Rows]:
        """The rows of each root field. Numbers with a fraction are Decimals, digit for digit."""
        key = text + repr(variables)
        if key not in self.answers:
            response = await self.graphql.execute(
                text, Caller(None, (), tier=3), variables=variables
            )
            answer = json.loads(orjson.dumps(response), parse_float=Decimal)
            assert "errors" not in answer, answer["errors"]
            self.answers[key] = answer["data"]
        return self.answers[key]


@pytest.fixture(scope="session")
def tpch_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight Parquet files, one a table."""
    folder = tmp_path_factory.mktemp("tpch")
    generate = Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generate, "parquet", "-s", str(SCALE_FACTOR), "-o", folder], check=True)
    return folder


@pytest.fixture(scope="session")
async def tpch_postgres_url(
    tpch_folder: Path,
    make_database: Callable[[], Coroutine[Any, Any, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The same rows in PostgreSQL."""
    url = await make_database()
    folder = tmp_path_factory.mktemp("tpch-csv")
    postgres = await asyncpg.connect(url)
    with duckdb.connect() as parquet:
        for table, columns in TABLES.items():
            await postgres.execute(f"CREATE TABLE {table} ({columns})")
            names = [
                row["column_name"]
                for row in await postgres.fetch(
                    "SELECT column_name FROM information_schema.columns "
                    "WHERE table_name = $1 ORDER BY ordinal_position",
                    table,
                )
            ]
            csv = folder / f"{table}.csv"
            await asyncio.to_thread(
                parquet.execute,
                f"COPY (SELECT {', '.join(names)} FROM '{tpch_folder / table}.parquet') "
                f"TO '{csv}' (FORMAT csv, HEADER false)",
            )
            await postgres.copy_to_table(table, source=csv, format="csv")
            csv.unlink()
    await postgres.execute("ANALYZE")
    await postgres.close()
    return url


@pytest.fixture(scope="session")
def tpch_model() -> Model:
    return load_model(Settings(schema_path=Path(__file__).with_name("schema.graphql")))


@pytest.fixture(scope="session")
async def duckdb_tpch(tpch_folder: Path, tpch_model: Model) -> AsyncIterator[Warehouse]:
    settings = Settings(warehouse=f"duckdb://{tpch_folder}")
    async with open_service(settings, tpch_model.catalog) as service:
        with duckdb.connect() as connection:
            for table in TABLES:
                connection.execute(f"CREATE VIEW {table} AS FROM '{tpch_folder / table}.parquet'")

            async def sql(sql: str) -> Rows:
                result = await asyncio.to_thread(connection.execute, sql)
                names = [column[0] for column in result.description]
                return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

            yield Warehouse(engine_of(tpch_model, service, settings), sql)


@pytest.fixture(scope="session")
async def postgres_tpch(tpch_postgres_url: str, tpch_model: Model) -> AsyncIterator[Warehouse]:
    settings = Settings(warehouse=tpch_postgres_url)
    async with open_service(settings, tpch_model.catalog) as service:
        connection = await asyncpg.connect(tpch_postgres_url)

        async def sql(sql: str) -> Rows:
            return [dict(row) for row in await connection.fetch(sql)]

        yield Warehouse(engine_of(tpch_model, service, settings), sql)
        await connection.close()
