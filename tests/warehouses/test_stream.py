"""Rows that are read as they are wanted, on every engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from analytics_gql.errors import (
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.settings import Settings
from analytics_gql.warehouses.duckdb import DuckDBWarehouse
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.warehouse import Batch, Warehouse
from tests.conftest import ENGINES, MakeDatabase
from tests.warehouses.patience import until

LINE = "|| CHR(10)"
"""What the statements of exports end their rows with."""

ENDLESS = {
    "duckdb": f"SELECT count(*)::TEXT {LINE} FROM range(10000000) a, range(10000000) b "
    "WHERE a.range * b.range = -1",
    "postgres": f"SELECT pg_sleep(600)::TEXT {LINE}",
}
LONG = f"SELECT repeat('x', 1000) || n {LINE} FROM generate_series(1::BIGINT, 10000000) AS t(n)"
"""Ten gigabytes."""


@dataclass(frozen=True)
class Place:
    """A warehouse on one engine, and what can be seen of it from outside."""

    engine: str
    open: Callable[..., Awaitable[Warehouse]]
    is_busy: Callable[[], Awaitable[bool]]

    async def is_idle(self) -> bool:
        return not await self.is_busy()


@pytest.fixture(params=ENGINES)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, make_database: MakeDatabase
) -> AsyncIterator[Place]:
    if request.param == "duckdb":
        duckdb.connect(str(tmp_path / "w.duckdb")).close()
        url = f"duckdb://{tmp_path / 'w.duckdb'}"
    else:
        url = await make_database()
    opened: list[Warehouse] = []

    async def open_one(**options: Any) -> Warehouse:
        opened.append(await open_warehouse(url, Settings(warehouse=url, **options)))
        return opened[-1]

    async def is_busy() -> bool:
        """Whether a statement is under way, or stands still halfway."""
        if request.param == "duckdb":
            warehouse = opened[-1]
            assert isinstance(warehouse, DuckDBWarehouse)
            return bool(warehouse._running) or warehouse._current._database._lent > 0
        watcher = await asyncpg.connect(url)
        try:
            found = await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            return bool(found)
        finally:
            await watcher.close()

    yield Place(request.param, open_one, is_busy)
    for warehouse in opened:
        await warehouse.close()


async def read(warehouse: Warehouse, sql: str, *parameters: Any) -> list[Batch]:
    async with aclosing(warehouse.stream(sql, list(parameters))) as batches:
        return [batch async for batch in batches]


# --- answers -------------------------------------------------------------------------------------


async def test_batches_hold_every_row_once_and_in_order(place: Place) -> None:
    warehouse = await place.open()
    for rows in (1, 4_095, 4_096, 4_097, 100_000):
        batches = await read(
            warehouse,
            f"SELECT ('é\r' || n) {LINE} FROM generate_series(1::BIGINT, $1::BIGINT) AS t(n) "
            "ORDER BY n DESC",
            rows,
        )
        assert sum(batch.rows for batch in batches) == rows
        expected = "".join(f"é\r{n}\n" for n in range(rows, 0, -1))
        assert b"".join(batch.text for batch in batches).decode() == expected
        assert all(batch.rows <= 5_000 for batch in batches)


async def test_no_rows_are_no_text(place: Place) -> None:
    warehouse = await place.open()
    assert await read(warehouse, f"SELECT 'x' {LINE} WHERE 1 = $1::BIGINT", 2) == []
    (empty,) = await read(warehouse, "SELECT ''")
    assert empty == Batch(1, b"")


async def test_streams_run_beside_one_another_and_beside_questions(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=2)
    sql = f"SELECT n::TEXT {LINE} FROM generate_series(1, 50000) AS t(n)"
    streams = asyncio.gather(*(read(warehouse, sql) for _ in range(4)))
    questions = asyncio.gather(*(warehouse.rows("SELECT '1'", []) for _ in range(2)))
    for batches in await streams:
        assert sum(batch.rows for batch in batches) == 50_000
    assert await questions == [["1"], ["1"]]


async def test_a_stream_that_stands_still_leaves_a_place_for_questions(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=2)
    async with aclosing(warehouse.stream(LONG, [])) as first:
        await anext(first)
        async with asyncio.timeout(20):
            assert await warehouse.rows("SELECT '1'", []) == ["1"]


# --- errors --------------------------------------------------------------------------------------


async def test_an_error_in_the_middle_is_raised_after_the_rows_before_it(place: Place) -> None:
    warehouse = await place.open()
    batches: list[Batch] = []

    async def read_on() -> None:
        async for batch in warehouse.stream(
            f"SELECT CAST(CASE n WHEN 3000000 THEN 99999999999 ELSE n END AS INTEGER)::TEXT {LINE} "
            "FROM generate_series(1::BIGINT, 4000000) AS t(n)",
            [],
        ):
            batches.append(batch)

    with pytest.raises(ValueOutOfRangeError):
        await read_on()
    assert 0 < sum(batch.rows for batch in batches) < 3_000_000
    await until(place.is_idle)
    await warehouse.ping()


@pytest.mark.parametrize(
    "statement", ["SELEKT 1", "SELECT x FROM nothing", "CREATE TABLE t (n INT)"]
)
async def test_what_is_refused_is_a_warehouse_error(place: Place, statement: str) -> None:
    warehouse = await place.open(warehouse_connections=1)
    with pytest.raises(WarehouseError) as refused:
        await read(warehouse, statement)
    assert isinstance(refused.value.__cause__, (duckdb.Error, asyncpg.PostgresError))
    await warehouse.ping()


# --- time ----------------------------------------------------------------------------------------


async def test_a_statement_that_takes_too_long_is_cancelled(place: Place) -> None:
    warehouse = await place.open(statement_timeout_s=0.3, warehouse_connections=1)
    with pytest.raises(StatementTimeoutError, match=r"ran for 0\.3 s and was cancelled"):
        await read(warehouse, ENDLESS[place.engine])
    await until(place.is_idle)
    assert await warehouse.rows("SELECT '1'", []) == ["1"]


async def test_the_time_that_the_reader_takes_is_not_the_statement_s(place: Place) -> None:
    warehouse = await place.open(statement_timeout_s=2)
    sql = f"SELECT repeat('x', 1000) {LINE} FROM generate_series(1, 20000) AS t(n)"
    rows = 0
    async with aclosing(warehouse.stream(sql, [])) as batches:
        async for batch in batches:
            rows += batch.rows
            await asyncio.sleep(0.7)  # five batches
    assert rows == 20_000


async def test_rows_are_made_no_faster_than_they_are_taken(place: Place) -> None:
    warehouse = await place.open()
    async with aclosing(warehouse.stream(LONG, [])) as batches:
        await anext(batches)
        before = resident_bytes()
        await asyncio.sleep(1)
        for _ in range(5):
            await anext(batches)
        # A tenth of a second would make more of the ten gigabytes than this.
        assert resident_bytes() - before < 60_000_000
        assert await place.is_busy()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- readers that leave --------------------------------------------------------------------------


async def test_leaving_between_batches_cancels_the_statement(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=1)
    async with aclosing(warehouse.stream(LONG, [])) as batches:
        await anext(batches)
        assert await place.is_busy()
    async with asyncio.timeout(1):
        await until(place.is_idle)
    assert await warehouse.rows("SELECT '1'", []) == ["1"]


@pytest.mark.parametrize("sql", ["endless", "long"])
async def test_leaving_while_rows_are_made_cancels_the_statement(place: Place, sql: str) -> None:
    warehouse = await place.open(warehouse_connections=1)
    statement = ENDLESS[place.engine] if sql == "endless" else LONG

    async def read_on() -> None:
        async with aclosing(warehouse.stream(statement, [])) as batches:
            async for _ in batches:
                pass

    reading = asyncio.create_task(read_on())
    await until(place.is_busy)
    await asyncio.sleep(0.1)
    reading.cancel()
    async with asyncio.timeout(1):
        with suppress(asyncio.CancelledError):
            await reading
        await until(place.is_idle)
    assert await warehouse.rows("SELECT '1'", []) == ["1"]


async def test_closing_ends_streams_with_an_error(place: Place) -> None:
    warehouse = await place.open()
    standing, running = warehouse.stream(LONG, []), warehouse.stream(ENDLESS[place.engine], [])
    await anext(standing)
    waiting = asyncio.create_task(anext(running))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(8):
        await warehouse.close()

    async def read_on() -> None:
        async for _ in standing:  # a batch may have been fetched before
            pass

    for outcome in await asyncio.gather(waiting, read_on(), return_exceptions=True):
        assert isinstance(outcome, WarehouseUnavailableError)
        assert outcome.message == "the warehouse is closed"
