"""A DuckDB file that is replaced is checked against the model before anything is read from it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.kept_results import KeptResults
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import StatementTimeoutError, WarehouseUnavailableError
from analytics_gql.gql.execution import Exported, GraphQLEngine
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.service.exports import ExportFormat, Exports
from analytics_gql.settings import Settings
from analytics_gql.warehouses.versions import LOOKED_UP_EVERY_S

MODEL = """
type Sales
  @dataset(table: "sales")
  @join(name: "product", table: "products", on: "product_id = product.id") {
  category: String @dimension(sql: "product.category")
  total: Decimal @metric(sql: "sum(amount)")
}
type Sale @records(table: "sales", key: ["id"]) { id: ID! amount: Decimal }
type Query { sales: [Sales!] salePages: SalesConnection saleList: SaleConnection }
"""
NOBODY = Caller(None, (), tier=3)


def build(path: Path, *statements: str, amount: str = "1.50") -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE products (id BIGINT, category TEXT)")
        connection.execute("INSERT INTO products VALUES (1, 'toys'), (2, 'tools')")
        connection.execute(
            f"CREATE TABLE sales AS SELECT range AS id, range % 2 + 1 AS product_id, "
            f"{amount}::DECIMAL(12, 2) AS amount FROM range(10)"
        )
        for statement in statements:
            connection.execute(statement)


def replace(path: Path, *statements: str, amount: str = "1.50") -> None:
    new = path.with_suffix(".new")
    build(new, *statements, amount=amount)
    os.replace(new, path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(tmp_path / "shop.duckdb")
    return tmp_path / "shop.duckdb"


@asynccontextmanager
async def serving(path: Path, **more: Any) -> AsyncIterator[GraphQLEngine]:
    schema = path.with_name("schema.graphql")
    schema.write_text(MODEL)
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    settings = Settings(schema_path=schema, warehouse=f"duckdb://{path}", **more)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        yield engine_of(model, service, settings)


@pytest.fixture
async def engine(path: Path) -> AsyncIterator[GraphQLEngine]:
    """Keeps no results: they would be given for up to a second after the file was replaced."""
    async with serving(path, result_cache_bytes=0) as engine:
        yield engine


async def ask(engine: GraphQLEngine, text: str) -> Any:
    return orjson.loads(orjson.dumps(await engine.execute(text, NOBODY)))


TOTALS = "{ sales { category total } }"


async def export(engine: GraphQLEngine, text: str) -> bytes:
    exported = await engine.exported(engine.prepare(text, NOBODY), NOBODY)
    assert isinstance(exported, Exported)
    chunks = Exports(engine.service).chunks(exported.export, ExportFormat.CSV, NOBODY)
    return b"".join([chunk async for chunk in chunks])


async def test_new_figures_are_served_at_once(engine: GraphQLEngine, path: Path) -> None:
    assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 7.5
    replace(path, amount="2.00")
    answers = await asyncio.gather(*(ask(engine, TOTALS) for _ in range(8)))
    for answer in answers:
        assert answer["data"]["sales"] == [
            {"category": "tools", "total": 10.0},
            {"category": "toys", "total": 10.0},
        ]


async def test_new_figures_are_served_within_a_second_where_results_are_kept(path: Path) -> None:
    async with serving(path) as engine:
        assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 7.5
        replace(path, amount="2.00")
        await asyncio.sleep(LOOKED_UP_EVERY_S)
        assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 10.0


async def test_another_question_that_meets_the_new_file_makes_an_end_of_what_is_kept(
    path: Path,
) -> None:
    async with serving(path) as engine:
        assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 7.5
        replace(path, amount="2.00")
        assert (await ask(engine, "{ sales { total } }"))["data"]["sales"] == [{"total": 20.0}]
        assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 10.0


async def test_kinds_are_those_of_the_new_file(engine: GraphQLEngine, path: Path) -> None:
    page = '{ saleList(where: {id: {eq: "3"}}) { nodes { id } } }'
    assert (await ask(engine, page))["data"]["saleList"]["nodes"] == [{"id": "3"}]
    replace(path, "ALTER TABLE sales ALTER id TYPE TEXT")
    assert (await ask(engine, page))["data"]["saleList"]["nodes"] == [{"id": "3"}]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("INSERT INTO products VALUES (1, 'games')", "is not many-to-one: 2 rows of products"),
        ("INSERT INTO sales VALUES (3, 1, 0)", "its key is not unique: 2 rows of sales"),
        ("DROP TABLE products", "there is no table products"),
        ("ALTER TABLE sales DROP amount", "has no column 'amount'"),
    ],
)
async def test_what_does_not_fit_the_model_is_refused_until_it_does(
    engine: GraphQLEngine,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    statement: str,
    words: str,
) -> None:
    logger = logging.getLogger("analytics_gql")
    was, logger.propagate = logger.propagate, True
    try:
        replace(path, statement)
        for _ in range(3):
            response = await ask(engine, TOTALS)
            (error,) = response["errors"]
            assert error["extensions"]["code"] == "WAREHOUSE_UNAVAILABLE"
            assert "does not fit the model" in error["message"]
            assert response["data"] == {"sales": None}
    finally:
        logger.propagate = was
    told = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(told) == 1
    assert words in told[0]
    replace(path, amount="3.00")
    assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 15.0


async def test_readiness_tells_of_data_that_does_not_fit(engine: GraphQLEngine, path: Path) -> None:
    await engine.service.ready()
    replace(path, "DROP TABLE products")
    with pytest.raises(WarehouseUnavailableError, match="does not fit the model"):
        await engine.service.ready()
    replace(path, amount="3.00")
    await engine.service.ready()


async def test_a_warehouse_that_was_too_slow_to_be_looked_over_is_tried_again(
    engine: GraphQLEngine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, tried = engine.service.warehouse, 0
    first_row = warehouse.first_row

    async def slow(sql: str) -> Any:
        nonlocal tried
        if "HAVING" in sql and tried == 0:
            tried += 1
            raise StatementTimeoutError("the statement ran for 30 s and was cancelled")
        return await first_row(sql)

    now = [1_000.0]
    monkeypatch.setattr(warehouse, "first_row", slow)
    monkeypatch.setattr("analytics_gql.service.service.monotonic", lambda: now[0])
    replace(path, amount="2.00")
    for _ in range(2):  # the second is refused without being tried
        (error,) = (await ask(engine, TOTALS))["errors"]
        assert error["extensions"]["code"] == "WAREHOUSE_UNAVAILABLE"
        assert "could not be looked over yet" in error["message"]
    now[0] += 11
    assert (await ask(engine, TOTALS))["data"]["sales"][0]["total"] == 10.0


async def test_a_page_never_goes_on_over_the_rows_of_another_file(
    engine: GraphQLEngine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.pages, "_kept", KeptResults(0))
    page = "salePages(first: 1 @@) { nodes { category total } pageInfo { endCursor } }"
    # The version is believed for a second: the file is replaced well within it.
    for _ in range(3):
        one = await ask(engine, f"{{ {page.replace('@@', '')} }}")
        cursor = one["data"]["salePages"]["pageInfo"]["endCursor"]
        following = f"{{ {page.replace('@@', f'after: {chr(34)}{cursor}{chr(34)}')} }}"
        two = await ask(engine, following)
        assert two["data"]["salePages"]["nodes"][0]["category"] == "toys"
        replace(path, amount="2.00")
        stale = await ask(engine, following)
        assert stale["data"] == {"salePages": None}
        assert stale["errors"][0]["extensions"]["code"] == "CURSOR_STALE"


async def test_exports_are_of_the_new_file_as_well(engine: GraphQLEngine, path: Path) -> None:
    for text in (TOTALS, "{ sales(limit: 5) { category total } }"):
        old = await export(engine, text)
        replace(path, amount="2.50")
        new = await export(engine, text)
        assert old == b'category,total\r\n"tools",7.50\r\n"toys",7.50\r\n'
        assert new == b'category,total\r\n"tools",12.50\r\n"toys",12.50\r\n'
        replace(path)


async def test_an_export_under_way_ends_on_the_old_file(engine: GraphQLEngine, path: Path) -> None:
    document = engine.prepare("{ saleList { nodes { amount } } }", NOBODY)
    exported = await engine.exported(document, NOBODY)
    assert isinstance(exported, Exported)
    chunks = Exports(engine.service).chunks(exported.export, ExportFormat.CSV, NOBODY)
    first = await anext(chunks)
    replace(path, amount="2.50")
    rest = [chunk async for chunk in chunks]
    assert b"".join([first, *rest]) == b"amount\r\n" + b"1.50\r\n" * 10


async def test_an_export_from_a_file_that_does_not_fit_is_refused(
    engine: GraphQLEngine, path: Path
) -> None:
    replace(path, "INSERT INTO products VALUES (1, 'doubled')")
    with pytest.raises(WarehouseUnavailableError, match="does not fit the model"):
        await export(engine, "{ sales(limit: 5) { category total } }")
