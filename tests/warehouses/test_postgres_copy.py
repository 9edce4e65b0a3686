"""CSV that PostgreSQL copies: values in the places of parameters, and lines as in RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_gql.errors import ValueOutOfRangeError, WarehouseError
from analytics_gql.settings import Settings
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.warehouse import Batch, Warehouse
from tests.conftest import MakeDatabase


@pytest.fixture(scope="module")
async def warehouse(make_database: MakeDatabase) -> AsyncIterator[Warehouse]:
    url = await make_database()
    opened = await open_warehouse(url, Settings(warehouse=url))
    yield opened
    await opened.close()


async def copied(
    warehouse: Warehouse, sql: str, *parameters: Any, quoted: tuple[str, ...] = ()
) -> list[Batch]:
    async with aclosing(warehouse.stream(sql, list(parameters), quoted)) as batches:
        return [batch async for batch in batches]


async def text_of(warehouse: Warehouse, sql: str, *parameters: Any, quoted: Any = ()) -> str:
    batches = await copied(warehouse, sql, *parameters, quoted=quoted)
    return b"".join(batch.text for batch in batches).decode()


TEXTS = st.lists(
    st.none()
    | st.text(st.sampled_from("a,\"\r\n\\.$1'é😀 "), max_size=12)
    | st.sampled_from([',"\r"\n', '"\r"\n', '\r"\n,', '"', "\\.", "", "$1", "E'\\'$2"]),
    min_size=1,
    max_size=30,
)


@given(TEXTS, TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
async def test_whatever_text_there_is_can_be_read_back(
    warehouse: Warehouse, first: list[str | None], second: list[str | None]
) -> None:
    rows = list(zip(first, second, strict=False))
    sql = (
        "SELECT a, 7 AS n, b FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[])) "
        "WITH ORDINALITY AS t(a, b, number) WHERE number <= $3 ORDER BY number"
    )
    parameters = ([a for a, _ in rows], [b for _, b in rows], len(rows))
    batches = await copied(warehouse, sql, *parameters, quoted=("a", "b"))
    assert sum(batch.rows for batch in batches) == len(rows)
    text = b"".join(batch.text for batch in batches).decode()

    def cell(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    assert text == "".join(f"{cell(a)},7,{cell(b)}\r\n" for a, b in rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [[a or "", "7", b or ""] for a, b in rows]


async def test_values_stand_where_their_parameters_did_and_nowhere_else(
    warehouse: Warehouse,
) -> None:
    sql = """
        SELECT '$1' AS a, E'\\'$2' AS b, CAST($2 AS TEXT) AS "$1", $1 + 1 AS d,
          CAST($10 AS TEXT) || $2 AS e
        WHERE CAST($3 AS BOOLEAN) AND $4 = DATE '2026-01-02' AND $5 < now()
          AND CAST($6 AS DECIMAL) > 0.1 AND CAST($7 AS INT) = ANY (CAST($8 AS INT[]))
          AND ($9)::TEXT IS NULL
    """
    parameters = (
        41,
        "it's $3 \\ \"",
        True,
        date(2026, 1, 2),
        datetime(2026, 1, 2, tzinfo=UTC),
        Decimal("0.5"),
        3,
        [1, None, 3],
        None,
        "ten",
    )
    assert await text_of(warehouse, sql, *parameters, quoted=("a", "b")) == (
        '"$1","\'$2","it\'s $3 \\ """,42,"tenit\'s $3 \\ """\r\n'
    )


async def test_a_batch_ends_where_a_row_does_and_at_the_same_row_each_time(
    warehouse: Warehouse,
) -> None:
    sql = (
        "SELECT n, E'\\r\\n\"' || repeat('x', (n % 997)::INT) AS t "
        "FROM generate_series(1, 20000) AS s(n) ORDER BY n"
    )
    once, again = [await copied(warehouse, sql, quoted=("t",)) for _ in range(2)]
    assert once == again
    assert len(once) > 10
    number = 0
    for batch in once:
        read = list(csv.reader(io.StringIO(batch.text.decode(), newline="")))
        assert len(read) == batch.rows
        assert [int(row[0]) for row in read] == [*range(number + 1, number + len(read) + 1)]
        number += len(read)
    assert number == 20_000


async def test_no_rows_are_no_text_and_a_row_without_values_is_a_line(
    warehouse: Warehouse,
) -> None:
    assert await copied(warehouse, "SELECT 1 AS a WHERE $1 = 2", 1) == []
    assert await text_of(warehouse, "SELECT NULL AS a") == "\r\n"
    assert await text_of(warehouse, "SELECT '' AS a", quoted=("a",)) == '""\r\n'


async def test_an_error_after_many_rows_is_an_error(warehouse: Warehouse) -> None:
    sql = "SELECT 1 / (200000 - n) AS a FROM generate_series(1, 300000) AS t(n)"
    with pytest.raises(WarehouseError):
        await copied(warehouse, sql)
    with pytest.raises(ValueOutOfRangeError):
        await copied(warehouse, "SELECT CAST($1::BIGINT AS INT) AS a", 2**40)
    assert await text_of(warehouse, "SELECT $1 + 1 AS a", 1) == "2\r\n"
