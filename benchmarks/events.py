"""The warehouse that `pages` reads: five million events, the same on every machine."""

from __future__ import annotations

import sys
from pathlib import Path

import asyncpg
import duckdb
from pydantic import SecretStr

from analytics_gql.settings import Settings
from benchmarks.server import ROOT

EVENTS = 5_000_000
SECRET = "what the benchmark signs its cursors with"

_TABLE = """
CREATE TABLE paging.events (
    id BIGINT PRIMARY KEY,
    created_at TIMESTAMP,
    kind TEXT,
    amount DECIMAL(12, 2)
)
"""

# About ten to a second. An event may get its number some seconds before or after its neighbours,
# so that by time and by number are two orders.
_ROWS = f"""
INSERT INTO paging.events
SELECT
    i AS id,
    TIMESTAMP '2026-01-01' + INTERVAL '1 second' * CAST(floor((i + i * i % 61) / 10) AS INTEGER)
        AS created_at,
    CASE i * 31 % 7 WHEN 0 THEN 'purchase' WHEN 1 THEN 'sign-up' WHEN 2 THEN NULL ELSE 'visit' END
        AS kind,
    CAST(i * 7907 % 100000 AS DECIMAL(12, 2)) / 100 AS amount
FROM generate_series(CAST(1 AS BIGINT), {EVENTS}) AS numbers(i)
"""


def build_events(path: Path) -> None:
    """Write them to a DuckDB file."""
    print("DuckDB: making five million events …", file=sys.stderr)
    with duckdb.connect(str(path)) as connection:
        for statement in ("CREATE SCHEMA paging", _TABLE, _ROWS, "CHECKPOINT"):
            connection.execute(statement)


async def load_events(url: str) -> None:
    """Write them to schema `paging` of a PostgreSQL database, unless they are there."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('paging.events') IS NOT NULL"):
            return
        print("PostgreSQL: making five million events …", file=sys.stderr)
        async with connection.transaction():
            for statement in (
                "CREATE SCHEMA IF NOT EXISTS paging",
                _TABLE,
                _ROWS,
                "CREATE INDEX events_created_at_id ON paging.events (created_at, id)",
            ):
                await connection.execute(statement)
        # Not in the transaction, which VACUUM may not be in. It spares the first readers from
        # writing to the pages that they read.
        await connection.execute("VACUUM (ANALYZE) paging.events")
    finally:
        await connection.close()


def events_settings(url: str) -> Settings:
    """The model of the events over the warehouse at `url`."""
    return Settings(
        schema_path=ROOT / "benchmarks" / "pages.graphql",
        warehouse=url,
        keys=None,
        secret=SecretStr(SECRET),
        # What a page costs is asked, not what it costs to find its answer again.
        result_cache_bytes=0,
        host="127.0.0.1",
        log_level="warning",
    )
