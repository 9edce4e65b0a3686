"""Values that a cursor has to hold exactly, and such as it cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import ModelError
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase

NOBODY = Caller(None, (), tier=3)


async def answers(tmp_path: Path, fields: str, warehouse: str, *queries: str) -> list[Any]:
    """The answers to queries of `rows`, records of a table of that name."""
    model = (
        f'type Row @records(table: "rows", key: ["id"]) {{ id: ID! {fields} }} '
        "type Query { rows: RowConnection }"
    )
    return await answers_of(tmp_path, model, warehouse, *queries)


async def answers_of(tmp_path: Path, model_text: str, warehouse: str, *queries: str) -> list[Any]:
    """The answers to queries, each with the last answer's end in place of `@@`."""
    schema = tmp_path / "schema.graphql"
    schema.write_text(model_text)
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    settings = Settings(schema_path=schema, warehouse=warehouse)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        found: list[Any] = []
        for query in queries:
            cursor = ""
            if found and found[-1].get("data", {}).get("rows"):
                cursor = found[-1]["data"]["rows"]["pageInfo"]["endCursor"]
            response = await engine.execute(query.replace("@@", cursor), NOBODY)
            found.append(orjson.loads(orjson.dumps(response)))
        return found


PAGE = "nodes { id } pageInfo { endCursor }"


async def test_nanoseconds_of_parquet_files_are_neither_shown_nor_compared(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    duckdb.sql(
        """SELECT range AS id, ('2026-01-01 00:00:00.00000010' || range)::TIMESTAMP_NS AS at
           FROM range(5)"""
    ).write_parquet(str(folder / "rows.parquet"))
    order = "orderBy: [{by: AT}]"
    one, two, three = await answers(
        tmp_path,
        "at: DateTime",
        f"duckdb://{folder}",
        f"{{ rows(first: 2, {order}) {{ {PAGE} }} }}",
        f'{{ rows(first: 2, {order}, after: "@@") {{ {PAGE} }} }}',
        f'{{ rows(first: 2, {order}, after: "@@") {{ nodes {{ id at }} pageInfo {{ hasNextPage }} '
        "} }",
    )
    ids = [node["id"] for page in (one, two, three) for node in page["data"]["rows"]["nodes"]]
    assert ids == ["0", "1", "2", "3", "4"]
    assert three["data"]["rows"]["nodes"][0]["at"] == "2026-01-01T00:00:00Z"
    assert not three["data"]["rows"]["pageInfo"]["hasNextPage"]


async def test_a_time_outside_of_the_calendar_ends_the_pages_with_a_reason(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE rows (id BIGINT PRIMARY KEY, day DATE)")
    await connection.execute(
        "INSERT INTO rows VALUES (1, '2026-01-01'), (2, 'infinity'), (3, 'infinity')"
    )
    await connection.close()
    one, two = await answers(
        tmp_path,
        "day: Date",
        url,
        f"{{ rows(first: 2, orderBy: [{{by: DAY}}]) {{ {PAGE} }} }}",
        f'{{ rows(first: 2, orderBy: [{{by: DAY}}], after: "@@") {{ {PAGE} }} }}',
    )
    assert [node["id"] for node in one["data"]["rows"]["nodes"]] == ["1", "2"]
    (error,) = two["errors"]
    assert error["extensions"]["code"] == "INVALID_ORDER"
    assert "outside of the calendar" in error["message"]


@pytest.mark.parametrize("number", [2**31 - 1, 2**31])
async def test_an_int_has_32_bits(tmp_path: Path, number: int) -> None:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE rows AS SELECT 1::BIGINT AS id, {number}::BIGINT AS n")
    (answer,) = await answers(
        tmp_path, "n: Int", f"duckdb://{path}", "{ rows { nodes { n } pageInfo { endCursor } } }"
    )
    if number < 2**31:
        assert answer["data"]["rows"]["nodes"] == [{"n": number}]
    else:
        assert answer["errors"][0]["extensions"]["code"] == "VALUE_OUT_OF_RANGE"


@pytest.mark.parametrize("dimension", ["share", "code"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_by_a_dimension_that_is_stored_otherwise_than_it_is_sorted(
    tmp_path: Path, dimension: str, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_GQL_KEPT_PAGES_BYTES", "0")  # every page asks anew
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """CREATE TABLE sales AS
               SELECT 2.0::DOUBLE / (range // 2 + 3) AS share, range // 2 + 7 AS code,
                      'k' || range % 2 AS kind FROM range(16)"""
        )
    model = """type Sales @dataset(table: "sales") { share: Float @dimension code: ID @dimension
                 kind: String @dimension sales: BigInt @metric(sql: "count(*)") }
               type Query { all: [Sales!] sales: SalesConnection }"""
    name = dimension.upper()
    arguments = f"groupBy: [{name}, KIND], orderBy: [{{by: {name}, direction: {direction}}}]"
    page = f"nodes {{ {dimension} kind }} pageInfo {{ endCursor }}"
    everything, *pages = await answers_of(
        tmp_path,
        model,
        f"duckdb://{path}",
        f"{{ all({arguments}) {{ {dimension} kind }} }}",
        f"{{ rows: sales(first: 5, {arguments}) {{ {page} }} }}",
        *[f'{{ rows: sales(first: 5, {arguments}, after: "@@") {{ {page} }} }}'] * 3,
    )
    found = [node for answer in pages for node in answer["data"]["rows"]["nodes"]]
    assert len(found) == 16
    assert found == everything["data"]["all"]


CARELESS = [(1, "a"), (2, "B"), (3, "c"), (4, "A"), (5, "b")]


@pytest.fixture(params=ENGINES)
async def careless(
    request: pytest.FixtureRequest, tmp_path: Path, make_database: MakeDatabase
) -> tuple[str, bool]:
    """A warehouse whose column holds 'a' equal to 'A', and whether that was possible."""
    create = "CREATE TABLE rows (id BIGINT PRIMARY KEY, word TEXT {} NOT NULL)"
    insert = f"INSERT INTO rows VALUES {', '.join(map(str, CARELESS))}"
    if request.param == "duckdb":
        path = tmp_path / "careless.duckdb"
        with duckdb.connect(str(path)) as database:
            database.execute(create.format("COLLATE NOCASE"))
            database.execute(insert)
        return f"duckdb://{path}", True
    url = await make_database()
    connection = await asyncpg.connect(url)
    # A server that was built without ICU has no such collation.
    found = await connection.fetchval("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'")
    if found:
        await connection.execute(
            "CREATE COLLATION careless (provider = icu, locale = 'und-u-ks-level2', "
            "deterministic = false)"
        )
    await connection.execute(create.format("COLLATE careless" if found else ""))
    await connection.execute(insert)
    await connection.close()
    return url, bool(found)


PLAIN = r'"CAST(word AS TEXT) COLLATE \"C\""'


async def test_text_that_the_database_holds_equal_is_a_fault(
    tmp_path: Path, careless: tuple[str, bool]
) -> None:
    url, is_careless = careless
    if is_careless:
        with pytest.raises(ModelError) as refused:
            await answers(tmp_path, "word: String", url, "{ __typename }")
        (fault,) = refused.value.faults
        assert "the field Row.word does not tell texts apart" in str(fault)
        assert f"sql: {PLAIN}" in str(fault)


async def test_as_plain_text_it_is_told_apart(tmp_path: Path, careless: tuple[str, bool]) -> None:
    page = f'{{ rows(first: 1, orderBy: [{{by: WORD}}], after: "@@") {{ {PAGE} }} }}'
    first = page.replace(', after: "@@"', "")
    field = f"word: String @column(sql: {PLAIN})"
    found = await answers(tmp_path, field, careless[0], first, *[page] * 4)
    ids = [node["id"] for answer in found for node in answer["data"]["rows"]["nodes"]]
    assert ids == ["4", "2", "1", "5", "3"]
    model = f"""type Words @dataset(table: "rows") {{ word: String @dimension(sql: {PLAIN})
                 total: BigInt @metric(sql: "sum(id)") }}
               type Query {{ words: WordsConnection }}"""
    (answer,) = await answers_of(
        tmp_path, model, careless[0], "{ rows: words(first: 9) { nodes { word total } } }"
    )
    assert [tuple(row.values()) for row in answer["data"]["rows"]["nodes"]] == [
        ("A", 4), ("B", 2), ("a", 1), ("b", 5), ("c", 3)
    ]  # fmt: skip


async def test_a_metric_that_is_a_time_is_sorted_by_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_GQL_KEPT_PAGES_BYTES", "0")
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT 'k' || range AS kind, "
            "('2026-01-01 00:00:00.00000010' || range)::TIMESTAMP_NS AS at FROM range(5)"
        )
    model = """type Sales @dataset(table: "sales") { kind: String @dimension
                 last: DateTime @metric(sql: "max(at)") }
               type Query { sales: SalesConnection }"""
    page = "nodes { kind } pageInfo { endCursor }"
    arguments = "first: 2, groupBy: [KIND], orderBy: [{by: LAST, direction: DESC}]"
    pages = await answers_of(
        tmp_path,
        model,
        f"duckdb://{path}",
        f"{{ rows: sales({arguments}) {{ {page} }} }}",
        *[f'{{ rows: sales({arguments}, after: "@@") {{ {page} }} }}'] * 2,
    )
    kinds = [node["kind"] for answer in pages for node in answer["data"]["rows"]["nodes"]]
    assert kinds == ["k0", "k1", "k2", "k3", "k4"]


async def test_a_number_that_is_none_is_sorted_as_missing_whatever_the_column_promises(
    tmp_path: Path,
) -> None:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE rows (id BIGINT PRIMARY KEY, share DOUBLE NOT NULL)")
        connection.execute("INSERT INTO rows VALUES (1, 2), (2, 'NaN'), (3, 1), (4, 'Infinity')")
    first = f"{{ rows(first: 1, orderBy: [{{by: SHARE}}]) {{ {PAGE} }} }}"
    page = f'{{ rows(first: 1, orderBy: [{{by: SHARE}}], after: "@@") {{ {PAGE} }} }}'
    found = await answers(tmp_path, "share: Float", f"duckdb://{path}", first, *[page] * 3)
    ids = [node["id"] for answer in found for node in answer["data"]["rows"]["nodes"]]
    assert ids == ["3", "1", "2", "4"]
