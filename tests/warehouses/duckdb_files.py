"""Small DuckDB and Parquet files for the tests."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from analytics_gql.warehouses.duckdb import DuckDBWarehouse, open_duckdb

ORDERS = "SELECT range AS n, range * 1.5 AS amount, 'x' AS word FROM range({})"


def open_at(path: Path, *, connections: int = 2) -> DuckDBWarehouse:
    return open_duckdb(path, connections=connections, statement_timeout_s=20)


def database(path: Path, *statements: str) -> Path:
    """A file with the results of some statements."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def parquet(path: Path, select: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        quoted = str(path).replace("'", "''")
        connection.execute(f"COPY ({select}) TO '{quoted}' (FORMAT parquet)")
    return path


def replace(path: Path, *statements: str) -> None:
    """Put a new database in the place of an old one, as a loader does when it is complete."""
    os.replace(database(path.with_name("incoming.duckdb"), *statements), path)


async def count(warehouse: DuckDBWarehouse, table: str) -> int:
    (found,) = await warehouse.rows(f"SELECT count(*)::TEXT FROM {table}", [])
    return int(found)
