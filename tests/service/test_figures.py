"""How far data reaches, in the calendar of its dataset, whatever kind of time its rows have."""

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
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase

TABLES = """
CREATE TABLE days (n INT, seen DATE);
CREATE TABLE walls (n INT, seen TIMESTAMP);
CREATE TABLE instants (n INT, seen TIMESTAMPTZ);
CREATE TABLE odd (n INT, seen TIMESTAMP);
INSERT INTO days VALUES (1, '2026-01-05'), (2, '2026-03-29'), (2, NULL);
INSERT INTO walls VALUES (1, '2026-01-05 08:30:00'), (2, '2026-03-29 09:00:00');
INSERT INTO instants VALUES (1, '2026-01-05 23:30:00+00'), (2, '2026-03-29 22:00:00.25+00');
INSERT INTO odd VALUES (1, '2026-01-05 00:00:00'), (2, 'infinity');
"""
MODEL = """
type Days @dataset(table: "days", time: "seen", shared: true, timezone: "Europe/Berlin") {
  n: Int @dimension
  rows: BigInt @metric(sql: "count(*)")
}
type Walls
  @dataset(table: "walls", time: "seen", shared: true, timezone: "UTC", storedIn: "Asia/Tokyo") {
  at: DateTime @time
  n: Int @dimension
}
type Instants @dataset(table: "instants", time: "seen", shared: true, timezone: "Europe/Berlin") {
  at: DateTime @time
  n: Int @dimension
}
type Odd @dataset(table: "odd", time: "seen", shared: true) { at: Date @time n: Int @dimension }
type Query {
  days: [Days!]
  walls: [Walls!]
  instants: [Instants!]
  odd: [Odd!]
  catalog: Catalog
}
"""


async def warehouse_of(engine: str, folder: Path, make_database: MakeDatabase) -> str:
    if engine == "duckdb":
        with duckdb.connect(str(folder / "w.duckdb")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(TABLES)
        return f"duckdb://{folder / 'w.duckdb'}"
    url = await make_database()
    database = await asyncpg.connect(url)
    await database.execute(TABLES)
    await database.close()
    return url


async def asked(folder: Path, warehouse: str, dataset: str) -> Any:
    schema = folder / "schema.graphql"
    schema.write_text(MODEL)
    for path, text in apply_sync(plan_sync(load_schema(schema))).items():
        path.write_text(text)
    settings = Settings(schema_path=schema, warehouse=warehouse)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        response = await engine_of(model, service, settings).execute(
            f'{{ catalog {{ datasets(name: "{dataset}") {{ timeRange {{ start end }} freshness '
            'dimensions { cardinality values(search: "2") } } } }',
            Caller(None, (), tier=2),
        )
    return orjson.loads(orjson.dumps(response))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("dataset", "start", "end", "freshness"),
    [
        ("Days", "2026-01-05", "2026-03-29", "2026-03-29T00:00:00+01:00"),
        # Tokyo is nine hours ahead.
        ("Walls", "2026-01-04", "2026-03-29", "2026-03-29T00:00:00Z"),
        # In the last days of March clocks in Berlin are two hours ahead.
        ("Instants", "2026-01-06", "2026-03-30", "2026-03-29T22:00:00.25Z"),
    ],
)
async def test_days_are_those_of_the_dataset(
    tmp_path: Path,
    make_database: MakeDatabase,
    engine: str,
    dataset: str,
    start: str,
    end: str,
    freshness: str,
) -> None:
    warehouse = await warehouse_of(engine, tmp_path, make_database)
    answer = await asked(tmp_path, warehouse, dataset)
    assert answer["data"]["catalog"]["datasets"] == [
        {
            "timeRange": {"start": start, "end": end},
            "freshness": freshness,
            "dimensions": [{"cardinality": 2, "values": ["2"]}],
        }
    ]


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_time_beyond_the_calendar_is_told_and_not_guessed(
    tmp_path: Path, make_database: MakeDatabase, engine: str
) -> None:
    warehouse = await warehouse_of(engine, tmp_path, make_database)
    answer = await asked(tmp_path, warehouse, "Odd")
    assert answer["data"] == {"catalog": None}
    (error,) = answer["errors"]
    assert error["message"] == "the data has a time that is beyond the calendar"
    assert error["extensions"]["code"] == "VALUE_OUT_OF_RANGE"
