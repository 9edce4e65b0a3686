"""The data version moves when the data does, and is looked up once a second at the most."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest
from sqlglot import exp

from analytics_gql.errors import WarehouseError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Place, Relation, TableName
from analytics_gql.model.row_type import RowType
from analytics_gql.warehouses.duckdb import open_duckdb
from analytics_gql.warehouses.postgres import open_postgres
from analytics_gql.warehouses.versions import LOOKED_UP_EVERY_S, DataVersions
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import MakeDatabase

FACTS, PLAIN = TableName(("facts",)), TableName(("plain",))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """The real warehouse, with a count of the statements that ask for a version."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.probes: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        self.probes.append(sql)
        return await self._warehouse.first_row(sql)


def catalog(version: str = "max(n)") -> Catalog:
    place = Place("m", 1)

    def records(table: TableName, sql: exp.Expr | None) -> Records:
        relation = Relation(table, "org", False, None, sql, place)
        return Records(RowType(str(table), relation, (), (), (), place), None)

    probe = exp.maybe_parse(version)
    return Catalog((), (records(FACTS, probe), records(PLAIN, None)), (), ())


CREATE = (
    "CREATE TABLE facts (org TEXT, n BIGINT)",
    "CREATE TABLE plain (org TEXT, n BIGINT)",
    "INSERT INTO facts VALUES ('a', 1), ('b', 2)",
)


@pytest.fixture
async def postgres(make_database: MakeDatabase) -> AsyncIterator[tuple[Warehouse, Any]]:
    url = await make_database()
    connection = await asyncpg.connect(url)
    for statement in CREATE:
        await connection.execute(statement)
    warehouse = await open_postgres(
        url, connections=2, connect_timeout_s=10, statement_timeout_s=10
    )
    yield warehouse, connection
    await warehouse.close()
    await connection.close()


def build(path: Path, rows: int) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in CREATE:
            connection.execute(statement)
        connection.execute(f"INSERT INTO facts SELECT 'a', range FROM range({rows})")


async def test_a_version_moves_with_the_rows_of_every_tenant(
    postgres: tuple[Warehouse, Any],
) -> None:
    warehouse, connection = postgres
    clock = Clock()
    versions = DataVersions(catalog(), warehouse, clock)
    first = await versions.of([FACTS])
    assert first is not None
    assert await versions.of([FACTS]) == first
    await connection.execute("INSERT INTO facts VALUES ('b', 3)")
    assert await versions.of([FACTS]) == first  # believed for a second
    clock.now += LOOKED_UP_EVERY_S
    assert await versions.of([FACTS]) not in (None, first)


async def test_what_has_no_version_has_none(postgres: tuple[Warehouse, Any]) -> None:
    versions = DataVersions(catalog(), postgres[0], Clock())
    assert await versions.of([PLAIN]) is None
    assert await versions.of([FACTS, PLAIN]) is None
    assert await versions.of([]) is not None


async def test_who_asks_at_one_time_shares_one_look(postgres: tuple[Warehouse, Any]) -> None:
    counting = Counting(postgres[0])
    versions = DataVersions(catalog(), counting, Clock())
    found = await asyncio.gather(*(versions.of([FACTS]) for _ in range(20)))
    assert len(set(found)) == 1
    assert len(counting.probes) == 1
    assert "org" not in counting.probes[0]


async def test_one_who_leaves_does_not_spoil_it_for_the_others(
    postgres: tuple[Warehouse, Any],
) -> None:
    versions = DataVersions(catalog(), postgres[0], Clock())
    leaving = asyncio.ensure_future(versions.of([FACTS]))
    staying = asyncio.ensure_future(versions.of([FACTS]))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying is not None
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failed_look_is_told_and_not_believed(postgres: tuple[Warehouse, Any]) -> None:
    warehouse, connection = postgres
    versions = DataVersions(catalog(), warehouse, Clock())
    await connection.execute("ALTER TABLE facts RENAME TO gone")
    with pytest.raises(WarehouseError):
        await versions.of([FACTS])
    await connection.execute("ALTER TABLE gone RENAME TO facts")
    assert await versions.of([FACTS]) is not None


async def test_a_duckdb_file_that_is_replaced_is_a_new_version(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    build(path, 1)
    warehouse = open_duckdb(path, connections=2, statement_timeout_s=10)
    clock = Clock()
    versions = DataVersions(catalog("count(*)"), warehouse, clock)
    before = [await versions.of([table]) for table in (FACTS, PLAIN)]
    assert None not in before
    build(tmp_path / "new.duckdb", 1)  # the same rows
    os.replace(tmp_path / "new.duckdb", path)
    clock.now += LOOKED_UP_EVERY_S
    after = [await versions.of([table]) for table in (FACTS, PLAIN)]
    assert before[0] != after[0]
    assert before[1] != after[1]
    await warehouse.close()


class Held(Counting):
    """Look-ups stay where they are until they are let go."""

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self.gate = asyncio.Event()
        self.cancelled = 0

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        self.probes.append(sql)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await self._warehouse.first_row(sql)


async def test_a_look_that_takes_long_is_joined_however_old_it_is(
    postgres: tuple[Warehouse, Any],
) -> None:
    clock, held = Clock(), Held(postgres[0])
    versions = DataVersions(catalog(), held, clock)
    asked = []
    for _ in range(5):
        asked.append(asyncio.create_task(versions.of([FACTS])))
        await asyncio.sleep(0.01)
        clock.now += 2 * LOOKED_UP_EVERY_S
    assert len(held.probes) == 1
    held.gate.set()
    assert len(set(await asyncio.gather(*asked))) == 1
    await versions.of([FACTS])
    assert len(held.probes) == 2, "it is old by now"


async def test_a_look_ends_in_the_warehouse_with_the_last_who_waits(
    postgres: tuple[Warehouse, Any],
) -> None:
    held = Held(postgres[0])
    versions = DataVersions(catalog(), held)
    asked = [asyncio.create_task(versions.of([FACTS])) for _ in range(3)]
    await asyncio.sleep(0.01)
    for task in asked[:-1]:
        task.cancel()
    await asyncio.wait(asked[:-1])
    assert held.cancelled == 0
    asked[-1].cancel()
    await asyncio.wait(asked)
    assert held.cancelled == 1
    held.gate.set()
    assert await versions.of([FACTS])


async def test_hidden_tables_have_no_version(postgres: tuple[Warehouse, Any]) -> None:
    counting = Counting(postgres[0])
    versions = DataVersions(catalog(), counting, hidden=frozenset({FACTS}))
    assert await versions.of([FACTS]) is None
    assert counting.probes == []
