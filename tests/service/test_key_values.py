"""Keys and instants at the edges of what columns hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.service.test_page_values import answers_of

SETTERS = """
CREATE TABLE places (id BIGINT PRIMARY KEY, name TEXT);
INSERT INTO places VALUES (1, 'one'), (9223372036854775807, 'last');
CREATE TABLE days (day DATE PRIMARY KEY, name TEXT);
INSERT INTO days VALUES ('2026-01-01', 'new year'), ('10000-01-01', 'far away');
CREATE TABLE rows (id BIGINT PRIMARY KEY, place UHUGEINT, day DATE);
INSERT INTO rows VALUES
    (1, 1, '2026-01-01'), (2, 9223372036854775807, NULL), (3, 9223372036854775808, NULL),
    (4, NULL, '10000-01-01');
CREATE TABLE prices (sku TEXT NOT NULL, price DECIMAL(9, 2), since TIMESTAMP_NS NOT NULL);
INSERT INTO prices VALUES
    ('a', 1.00, '2026-01-01 00:00:00.000000001'), ('a', 2.00, '2026-02-01 00:00:00');
"""
MODEL = """
type Place @entity(table: "places", key: ["id"]) { id: ID! name: String }
type Day @entity(table: "days", key: ["day"]) { day: Date! name: String }
type Price @entity(table: "prices", key: ["sku"], time: "since") { sku: ID! price: Decimal }
type Row @records(table: "rows", key: ["id"]) {
  id: ID! placeId: BigInt @column(sql: "place") day: Date
  place: Place @lookup(by: ["placeId"])
  onDay: Day @lookup(by: ["day"])
}
type Prices @dataset(table: "prices", time: "since") {
  sku: String @dimension
  total: Decimal @metric(sql: "sum(price)")
}
type Query { rows: RowConnection price: Price prices: [Prices!] }
"""


async def ask(tmp_path: Path, *queries: str) -> list[Any]:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(SETTERS)
    return await answers_of(tmp_path, MODEL, f"duckdb://{path}", *queries)


async def test_a_number_that_no_key_can_be_finds_nothing(tmp_path: Path) -> None:
    (answer,) = await ask(tmp_path, "{ rows(first: 9) { nodes { place { name } } } }")
    assert [node["place"] for node in answer["data"]["rows"]["nodes"]] == [
        {"name": "one"},
        {"name": "last"},
        None,
        None,
    ]


async def test_a_day_outside_of_the_calendar_is_told_as_a_value(tmp_path: Path) -> None:
    (answer,) = await ask(tmp_path, "{ rows(first: 9) { nodes { onDay { name } } } }")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "VALUE_OUT_OF_RANGE"
    assert "outside of the calendar" in error["message"]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("0001-01-02T00:00:00Z", None),
        ("2026-01-01T00:00:00Z", {"price": 1.0}),
        ("2026-03-01T00:00:00Z", {"price": 2.0}),
        ("9999-12-30T00:00:00Z", {"price": 2.0}),
    ],
)
async def test_nanoseconds_are_compared_with_any_instant(
    tmp_path: Path, as_of: str, expected: Any
) -> None:
    (answer,) = await ask(tmp_path, f'{{ price(sku: "a", asOf: "{as_of}") {{ price }} }}')
    assert answer["data"] == {"price": expected}


async def test_nanoseconds_are_compared_with_any_range(tmp_path: Path) -> None:
    (answer,) = await ask(
        tmp_path,
        '{ prices(dateRange: {start: "0001-01-02", end: "9999-12-30"}) { total } }',
    )
    assert answer["data"] == {"prices": [{"total": 3.0}]}
