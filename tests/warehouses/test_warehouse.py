"""What the Protocol promises, on every engine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import duckdb
import pytest

from analytics_gql.errors import (
    EngineError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.settings import Settings
from analytics_gql.warehouses.open import KEPT_FREE, open_warehouse
from analytics_gql.warehouses.table_keys import TableKeys
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import ENGINES, MakeDatabase
from tests.warehouses.patience import until

TABLES = """
CREATE SCHEMA lake;
CREATE TABLE plain (n INTEGER);
CREATE TABLE lake.kinds (
    small SMALLINT, medium INTEGER, large BIGINT, exact DECIMAL(12, 2), real_number REAL,
    double_number DOUBLE PRECISION, word TEXT, short_word VARCHAR(10), truth BOOLEAN, day DATE,
    wall TIMESTAMP, instant TIMESTAMP WITH TIME ZONE, id UUID, span INTERVAL, many INTEGER[],
    "Mixed Case" TEXT, "it's" TEXT
);
INSERT INTO plain VALUES (1), (2), (3);
CREATE TABLE lake.keyed (
    id INTEGER PRIMARY KEY, org TEXT NOT NULL, code TEXT, "It's it" INTEGER UNIQUE,
    day DATE, amount INTEGER, UNIQUE (org, code)
);
CREATE UNIQUE INDEX by_day ON lake.keyed (day, "It's it");
CREATE UNIQUE INDEX by_expression ON lake.keyed ((amount + 1), day);
CREATE INDEX by_amount ON lake.keyed (amount);
CREATE VIEW keyed_view AS SELECT * FROM lake.keyed;
CREATE TABLE keyed (id INTEGER)
"""


@dataclass(frozen=True)
class Place:
    """Where a warehouse is, and how a statement that takes for ever is written there."""

    url: str
    endless: str
    open: Callable[..., Awaitable[Warehouse]]
    is_running: Callable[[], Awaitable[bool]]


@pytest.fixture(scope="module")
def duckdb_place(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("warehouse") / "facts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return f"duckdb://{path}"


@pytest.fixture(scope="module")
async def postgres_place(make_database: MakeDatabase) -> str:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    await connection.close()
    return url


ENDLESS = {
    "duckdb": "SELECT count(*)::TEXT FROM range(10000000) a, range(10000000) b "
    "WHERE a.range * b.range = -1",
    "postgres": "SELECT pg_sleep(600)::TEXT /* endless */",
}


@pytest.fixture(params=ENGINES)
async def place(request: pytest.FixtureRequest, places: dict[str, str]) -> AsyncIterator[Place]:
    """Each engine in turn."""
    url = places[request.param]
    opened: list[Warehouse] = []

    async def open_one(**options: Any) -> Warehouse:
        warehouse = await open_warehouse(url, Settings(warehouse=url, **options))
        opened.append(warehouse)
        return warehouse

    async def is_running() -> bool:
        if request.param == "duckdb":
            return any(getattr(warehouse, "_running", ()) for warehouse in opened)
        watcher = await asyncpg.connect(url)
        try:
            return bool(
                await watcher.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                    "AND pid <> pg_backend_pid() AND query LIKE '%/* endless */%'"
                )
            )
        finally:
            await watcher.close()

    yield Place(url, ENDLESS[request.param], open_one, is_running)
    for warehouse in opened:
        await warehouse.close()


@pytest.fixture(scope="module")
def places(duckdb_place: str, postgres_place: str) -> dict[str, str]:
    return {"duckdb": duckdb_place, "postgres": postgres_place}


# --- answers -------------------------------------------------------------------------------------


async def test_rows_are_the_texts_of_the_only_column_in_order(place: Place) -> None:
    warehouse = await place.open()
    assert await warehouse.rows("SELECT n::TEXT FROM plain ORDER BY n DESC", []) == ["3", "2", "1"]
    assert await warehouse.rows("SELECT n::TEXT FROM plain WHERE n > 9", []) == []


async def test_parameters_are_values_never_sql(place: Place) -> None:
    warehouse = await place.open()
    hostile = "'; DROP TABLE plain; --"
    for value in (hostile, "", "%", "\\", "日本語 🎉", 'a"b', "a\nb"):
        found = await warehouse.rows("SELECT $1::TEXT || '' FROM plain WHERE n = $2", [value, 1])
        assert found == [value]
    wall_time = datetime.fromisoformat("2026-06-30T12:00:00")
    typed: list[Any] = [7, Decimal("1.50"), 2.5, True, date(2026, 6, 30), wall_time]
    found = await warehouse.rows(
        "SELECT concat_ws('|', $1::BIGINT, $2::DECIMAL(9, 2), $3::DOUBLE PRECISION, $4::BOOLEAN, "
        "$5::DATE, $6::TIMESTAMP)",
        typed,
    )
    assert found[0].replace("|t|", "|true|") == "7|1.50|2.5|true|2026-06-30|2026-06-30 12:00:00"
    found = await warehouse.rows(
        "SELECT n::TEXT FROM plain WHERE n = ANY($1::BIGINT[]) ORDER BY n", [[1, 3, 99]]
    )
    assert found == ["1", "3"]
    assert await warehouse.rows("SELECT n::TEXT FROM plain WHERE n = ANY($1::BIGINT[])", [[]]) == []


async def test_the_session_is_the_same_on_every_engine_and_machine(place: Place) -> None:
    warehouse = await place.open()
    (zone,) = await warehouse.rows("SELECT current_setting('TimeZone')", [])
    assert zone == "UTC"
    (shown,) = await warehouse.rows(
        "SELECT (TIMESTAMP WITH TIME ZONE '2026-07-01 00:00:00+09')::TEXT", []
    )
    assert shown == "2026-06-30 15:00:00+00"


async def test_columns_are_known_of_the_tables_that_exist(place: Place) -> None:
    warehouse = await place.open()
    kinds, plain = TableName(("lake", "kinds")), TableName(("plain",))
    missing = [
        TableName(("nothing",)),
        TableName(("lake", "nothing")),
        TableName(("nowhere", "kinds")),
        TableName(('plain"; DROP TABLE plain; --',)),
    ]
    found = await warehouse.table_columns([kinds, *missing, plain])
    assert list(found) == [kinds, plain]
    assert found[plain] == {"n": ColumnKind.INTEGER}
    assert found[kinds] == {
        "small": ColumnKind.INTEGER,
        "medium": ColumnKind.INTEGER,
        "large": ColumnKind.INTEGER,
        "exact": ColumnKind.DECIMAL,
        "real_number": ColumnKind.FLOAT,
        "double_number": ColumnKind.FLOAT,
        "word": ColumnKind.TEXT,
        "short_word": ColumnKind.TEXT,
        "truth": ColumnKind.BOOLEAN,
        "day": ColumnKind.DATE,
        "wall": ColumnKind.TIMESTAMP,
        "instant": ColumnKind.INSTANT,
        "id": ColumnKind.UUID,
        "span": ColumnKind.OTHER,
        "many": ColumnKind.OTHER,
        "Mixed Case": ColumnKind.TEXT,
        "it's": ColumnKind.TEXT,
    }


async def test_keys_are_what_the_warehouse_enforces(place: Place) -> None:
    warehouse = await place.open()
    keys = await warehouse.table_keys(TableName(("lake", "keyed")))
    assert keys.not_null == {"id", "org"}
    assert set(keys.unique) == {
        frozenset({"id"}),
        frozenset({"org", "code"}),
        frozenset({"It's it"}),
        frozenset({"day", "It's it"}),
    }
    assert keys.prove_unique({"day", "id"})
    assert not keys.prove_unique({"org", "day", "amount"})
    for unkept in (("keyed",), ("keyed_view",), ("lake", "nothing"), ("nowhere", "keyed")):
        assert await warehouse.table_keys(TableName(unkept)) == TableKeys()


async def test_an_identity_is_told_where_data_cannot_change_unseen(place: Place) -> None:
    warehouse = await place.open()
    told = await warehouse.identity()
    assert told == await warehouse.identity()
    if place.url.startswith("duckdb"):
        assert told is not None
        assert len(told) < 200
    else:
        assert told is None


async def test_kinds_are_found_without_running_the_statement(place: Place) -> None:
    warehouse = await place.open()
    kinds = await warehouse.kinds(
        "SELECT count(*), sum(exact), avg(double_number), min(word), bool_and(truth), max(day), "
        "max(wall), max(instant), min(id::TEXT)::UUID, word || 'x' FROM lake.kinds GROUP BY word"
    )
    assert kinds == (
        ColumnKind.INTEGER,
        ColumnKind.DECIMAL,
        ColumnKind.FLOAT,
        ColumnKind.TEXT,
        ColumnKind.BOOLEAN,
        ColumnKind.DATE,
        ColumnKind.TIMESTAMP,
        ColumnKind.INSTANT,
        ColumnKind.UUID,
        ColumnKind.TEXT,
    )
    # Run, it would divide by zero or never end.
    assert await warehouse.kinds("SELECT sum(a.n) FROM plain a, plain b, plain c") == (
        ColumnKind.INTEGER,
    )
    assert (await warehouse.kinds(place.endless)) == (ColumnKind.TEXT,)


async def test_the_first_row_is_a_tuple_or_none(place: Place) -> None:
    warehouse = await place.open()
    assert await warehouse.first_row("SELECT n, 'x' FROM plain ORDER BY n") == (1, "x")
    assert await warehouse.first_row("SELECT n FROM plain WHERE n > 9") is None


async def test_an_open_warehouse_answers_a_ping(place: Place) -> None:
    await (await place.open()).ping()


async def test_the_label_says_what_and_where(place: Place) -> None:
    label = (await place.open()).label
    assert re.match(r"DuckDB, /.*/facts\.duckdb$|PostgreSQL, .*/test_[0-9a-f]+$", label)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELEKT 1",
        "SELECT x FROM plain",
        "SELECT 1 FROM nothing",
        "SELECT no_such_function(1)",
        "SELECT sum(word) FROM lake.kinds",
    ],
)
async def test_a_refused_statement_is_a_warehouse_error_with_the_engine_s_words_as_cause(
    place: Place, statement: str
) -> None:
    warehouse = await place.open()
    for refuse in (warehouse.rows(statement, []), warehouse.kinds(statement)):
        with pytest.raises(WarehouseError) as refused:
            await refuse
        assert isinstance(refused.value.__cause__, (duckdb.Error, asyncpg.PostgresError))
        assert refused.value.message == "the warehouse refused the statement"
    await warehouse.ping()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT CAST(99999999999::BIGINT AS INTEGER)::TEXT",
        "SELECT (9223372036854775807::BIGINT + n)::TEXT FROM plain",
        "SELECT CAST(sum(n) + 9223372036854775807::DECIMAL(38, 0) AS BIGINT)::TEXT FROM plain",
    ],
)
async def test_a_value_that_does_not_fit_is_named_as_such(place: Place, statement: str) -> None:
    warehouse = await place.open()
    with pytest.raises(ValueOutOfRangeError) as refused:
        await warehouse.rows(statement, [])
    assert refused.value.__cause__ is not None
    await warehouse.ping()


WRITES = [
    "INSERT INTO plain VALUES (4)",
    "UPDATE plain SET n = 0",
    "DELETE FROM plain",
    "DROP TABLE plain",
    "ALTER TABLE plain ADD COLUMN m INTEGER",
    "CREATE TABLE other (n INTEGER)",
    "CREATE VIEW other AS SELECT 1",
    "CREATE SCHEMA other",
    "WITH gone AS (DELETE FROM plain RETURNING n) SELECT n::TEXT FROM gone",
    "SELECT '1'; DELETE FROM plain",
]


@pytest.mark.parametrize("statement", WRITES)
async def test_nothing_can_be_written(place: Place, statement: str) -> None:
    warehouse = await place.open()
    with pytest.raises(WarehouseError):
        await warehouse.rows(statement, [])
    assert await warehouse.first_row("SELECT count(*), sum(n) FROM plain") == (3, 6)
    assert list(await warehouse.table_columns([TableName(("other",))])) == []


# --- time ----------------------------------------------------------------------------------------


async def test_a_statement_that_takes_too_long_is_cancelled_in_the_warehouse(place: Place) -> None:
    warehouse = await place.open(statement_timeout_s=0.3, warehouse_connections=1)
    with pytest.raises(StatementTimeoutError, match=r"ran for 0\.3 s and was cancelled"):
        await warehouse.rows(place.endless, [])
    assert not await place.is_running()
    # The only place is free again.
    assert await warehouse.rows("SELECT n::TEXT FROM plain WHERE n = 1", []) == ["1"]


async def test_a_statement_nobody_waits_for_is_cancelled_in_the_warehouse(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=1)
    waiting = asyncio.create_task(warehouse.rows(place.endless, []))
    await until(place.is_running)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not await place.is_running()
    assert await warehouse.rows("SELECT n::TEXT FROM plain WHERE n = 1", []) == ["1"]


async def test_a_caller_who_leaves_twice_is_let_go_and_the_statement_ends(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=1)
    waiting = asyncio.create_task(warehouse.rows(place.endless, []))
    await until(place.is_running)
    for _ in range(3):
        waiting.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async def is_over() -> bool:
        return not await place.is_running()

    await until(is_over)
    assert await warehouse.rows("SELECT n::TEXT FROM plain WHERE n = 1", []) == ["1"]


async def test_a_statement_that_waits_for_its_turn_may_time_out_or_be_cancelled(
    place: Place,
) -> None:
    warehouse = await place.open(warehouse_connections=1)
    endless = asyncio.create_task(warehouse.rows(place.endless, []))
    await until(place.is_running)
    waiting = asyncio.create_task(warehouse.rows("SELECT '1'", []))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not endless.done()
    endless.cancel()
    with suppress(asyncio.CancelledError):
        await endless

    hurried = await place.open(warehouse_connections=1, statement_timeout_s=0.3)
    outcomes = await asyncio.gather(
        hurried.rows(place.endless, []), hurried.rows(place.endless, []), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StatementTimeoutError] * 2
    await hurried.ping()


# --- many at once --------------------------------------------------------------------------------


async def test_a_short_statement_does_not_wait_for_a_long_one(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=2)
    long = asyncio.create_task(warehouse.rows(place.endless, []))
    await until(place.is_running)
    assert await warehouse.rows("SELECT '1'", []) == ["1"]
    assert not long.done()
    long.cancel()
    with suppress(asyncio.CancelledError):
        await long


async def test_more_statements_than_connections_get_each_its_own_answer(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=3)

    async def one(number: int) -> list[str]:
        if number % 5 == 4:
            with pytest.raises(WarehouseError):
                await warehouse.rows("SELECT nothing", [])
        return await warehouse.rows("SELECT ($1::BIGINT * n)::TEXT FROM plain ORDER BY n", [number])

    answers = await asyncio.gather(*(one(number) for number in range(60)))
    assert answers == [[str(number * n) for n in (1, 2, 3)] for number in range(60)]


# --- the end -------------------------------------------------------------------------------------


async def test_closing_cancels_what_runs_and_what_waits(place: Place) -> None:
    warehouse = await place.open(warehouse_connections=1)
    running = [asyncio.create_task(warehouse.rows(place.endless, [])) for _ in range(1 + KEPT_FREE)]
    await until(place.is_running)
    waiting = asyncio.create_task(warehouse.rows("SELECT '1'", []))
    await asyncio.sleep(0)
    async with asyncio.timeout(4):
        await warehouse.close()
    for outcome in await asyncio.gather(*running, waiting, return_exceptions=True):
        assert isinstance(outcome, WarehouseUnavailableError)
        assert outcome.message == "the warehouse is closed"
    assert not await place.is_running()


async def test_a_closed_warehouse_says_so_and_can_be_closed_again(place: Place) -> None:
    warehouse = await place.open()
    await warehouse.close()
    await warehouse.close()
    for ask in (warehouse.ping(), warehouse.rows("SELECT '1'", []), warehouse.kinds("SELECT 1")):
        with pytest.raises(WarehouseUnavailableError):
            await ask


async def test_a_warehouse_is_opened_twice_and_closed_once(place: Place) -> None:
    first, second = await place.open(), await place.open()
    await first.close()
    assert await second.rows("SELECT n::TEXT FROM plain WHERE n = 1", []) == ["1"]
    with pytest.raises(EngineError):
        await first.ping()
