"""Timestamps without zone that are wall time of a zone, in records, entities and datasets alike.

New York's clocks went from 02:00 to 03:00 on 2025-03-09 and from 02:00 to 01:00 on 2025-11-02. An
hour of autumn that is there twice is read as the later one, and an hour of spring that never was
as the one after it; so wall times and their instants are not in one order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase

CALLER = Caller(None, (), tier=3)
ZONE = "America/New_York"
MODEL = f"""
type VisitMetrics @dataset(table: "visits", time: "seen_at", storedIn: "{ZONE}") {{
  id: ID @dimension
  seenAt: DateTime @dimension
  latest: DateTime @metric(sql: "max(seen_at)")
}}

type Visit @records(table: "visits", key: ["id"], time: "seen_at", storedIn: "{ZONE}") {{
  id: ID!
  seenAt: DateTime
  price: Price @lookup(by: ["id"])
}}

type Price
  @entity(
    table: "prices", key: ["id"], time: "valid_from", availableAt: "known_at", storedIn: "{ZONE}"
  ) {{
  id: ID!
  validFrom: DateTime
  knownAt: DateTime
  version: Int
}}

type Query {{
  visitMetrics: [VisitMetrics!]
  visits: VisitConnection
  price: Price
}}
"""


def instant(wall: datetime) -> datetime:
    """What a wall time stands for: of two readings the later one."""
    zoned = wall.replace(tzinfo=ZoneInfo(ZONE))
    return max(zoned.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def sent(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


WALLS = [
    datetime.fromisoformat(start) + timedelta(minutes=15 * step)
    for start in ("2025-03-09T01:00", "2025-11-02T00:00")
    for step in range(14)
]
WALLS += map(datetime.fromisoformat, ("2025-07-01T19:30:00.123456", "2025-12-31T19:00"))
WALLS.append(WALLS[5])
VISITS = [(number, wall) for number, wall in enumerate([*WALLS, None, None])]
MOMENTS = {number: None if wall is None else instant(wall) for number, wall in VISITS}
VERSIONS = [
    (key, valid_from, valid_from + timedelta(minutes=delay), 10 * key + number)
    for key, delay in ((1, 0), (2, 20))
    for number, valid_from in enumerate(WALLS[:28])
]
TABLES = """
CREATE TABLE visits (id INTEGER PRIMARY KEY, seen_at TIMESTAMP);
CREATE TABLE prices (id INTEGER NOT NULL, valid_from TIMESTAMP, known_at TIMESTAMP,
                     version INTEGER);
"""


@pytest.fixture(scope="module", params=("duckdb", "postgres"))
async def engine(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[GraphQLEngine]:
    folder = tmp_path_factory.mktemp("stored_in")
    schema = folder / "schema.graphql"
    schema.write_text(MODEL)
    schema.write_text(apply_sync(plan_sync(load_schema(schema)))[schema])
    if request.param == "duckdb":
        url = f"duckdb://{folder}/visits.duckdb"
        with duckdb.connect(str(folder / "visits.duckdb")) as database:
            database.execute(TABLES)
            database.executemany("INSERT INTO visits VALUES (?, ?)", VISITS)
            database.executemany("INSERT INTO prices VALUES (?, ?, ?, ?)", VERSIONS)
    else:
        url = await make_database()
        connection = await asyncpg.connect(url)
        await connection.execute(TABLES)
        await connection.executemany("INSERT INTO visits VALUES ($1, $2)", VISITS)
        await connection.executemany("INSERT INTO prices VALUES ($1, $2, $3, $4)", VERSIONS)
        await connection.close()
    settings = Settings(schema_path=schema, warehouse=url)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        yield engine_of(model, service, settings)


async def ask(engine: GraphQLEngine, query: str, **variables: Any) -> Any:
    response = orjson.loads(orjson.dumps(await engine.execute(query, CALLER, variables=variables)))
    assert "errors" not in response, response["errors"]
    return response["data"]


async def found(engine: GraphQLEngine, arguments: str, **variables: Any) -> set[int]:
    """The visits that meet a condition, as records; as rows of an aggregate they are the same."""
    declared = ", ".join(f"${name}: DateTime!" for name in variables)
    data = await ask(
        engine,
        f"query {'(' + declared + ')' if declared else ''} {{"
        f" visits({arguments}) {{ nodes {{ id }} }} }}",
        **variables,
    )
    return {int(node["id"]) for node in data["visits"]["nodes"]}


async def test_records_and_datasets_send_one_instant_for_a_row(engine: GraphQLEngine) -> None:
    data = await ask(
        engine,
        """{ visits { nodes { id seenAt } }
             visitMetrics(dateRange: { start: "2025-01-01", end: "2026-12-31" }) {
               id seenAt latest } }""",
    )
    expected = {str(number): sent(moment) for number, moment in MOMENTS.items()}
    assert {node["id"]: node["seenAt"] for node in data["visits"]["nodes"]} == expected
    dated = {key: value for key, value in expected.items() if value is not None}
    for member in ("seenAt", "latest"):
        assert {row["id"]: row[member] for row in data["visitMetrics"]} == dated


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("size", [1, 4])
async def test_pages_joined_are_in_the_order_of_instants(
    engine: GraphQLEngine, direction: str, size: int
) -> None:
    sign = 1 if direction == "ASC" else -1
    expected = sorted(
        MOMENTS,
        key=lambda number: (
            MOMENTS[number] is None,
            sign * (MOMENTS[number] or datetime(2000, 1, 1, tzinfo=UTC)).timestamp(),
            sign * number,
        ),
    )
    order = f"orderBy: [{{ by: SEEN_AT, direction: {direction} }}]"
    page = "{ nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }"
    forwards: list[int] = []
    backwards: list[int] = []
    for rows, some, side, more, end in (
        (forwards, "first", "after", "hasNextPage", "endCursor"),
        (backwards, "last", "before", "hasPreviousPage", "startCursor"),
    ):
        cursor = None
        while True:
            given = f", {side}: {orjson.dumps(cursor).decode()}" if cursor else ""
            data = (await ask(engine, f"{{ visits({order}, {some}: {size}{given}) {page} }}"))[
                "visits"
            ]
            read = [int(node["id"]) for node in data["nodes"]]
            rows[:] = rows + read if some == "first" else read + rows
            if not data["pageInfo"][more]:
                break
            cursor = data["pageInfo"][end]
    assert forwards == expected
    assert backwards == expected


OPERATORS: dict[str, Callable[[datetime, datetime], bool]] = {
    "eq": lambda moment, value: moment == value,
    "gt": lambda moment, value: moment > value,
    "gte": lambda moment, value: moment >= value,
    "lt": lambda moment, value: moment < value,
    "lte": lambda moment, value: moment <= value,
}
VALUES = [
    datetime(2025, *moment, tzinfo=UTC)
    for moment in (
        (3, 9, 6, 45),
        (3, 9, 7, 0),
        (3, 9, 7, 30),
        (3, 9, 7, 50),
        (11, 2, 5, 30),  # 01:30 for the first time, which no row is read as
        (11, 2, 6, 0),
        (11, 2, 6, 30),
        (11, 2, 7, 0),
        (7, 1, 23, 30),
    )
]


@pytest.mark.parametrize("operator", OPERATORS)
async def test_a_condition_holds_for_the_instants_that_are_sent(
    engine: GraphQLEngine, operator: str
) -> None:
    for value in VALUES:
        meets = {
            number
            for number, moment in MOMENTS.items()
            if moment is not None and OPERATORS[operator](moment, value)
        }
        where = f"where: {{ seenAt: {{ {operator}: $value }} }}"
        assert await found(engine, where, value=value.isoformat()) == meets
        data = await ask(
            engine,
            f"""query ($value: DateTime!) {{ visitMetrics(
                  dateRange: {{ start: "2025-01-01", end: "2026-12-31" }}, {where}) {{ id }} }}""",
            value=value.isoformat(),
        )
        assert {int(row["id"]) for row in data["visitMetrics"]} == meets


async def test_days_of_a_range_are_days_of_utc(engine: GraphQLEngine) -> None:
    for day in ("2025-03-09", "2025-07-01", "2025-11-02", "2025-12-31", "2026-01-01"):
        days = {
            number
            for number, moment in MOMENTS.items()
            if moment is not None and moment.date().isoformat() == day
        }
        assert await found(engine, f'dateRange: {{ start: "{day}", end: "{day}" }}') == days


async def test_a_look_up_stands_as_it_was_at_its_instant(engine: GraphQLEngine) -> None:
    for key in (1, 2):
        versions = [
            (instant(valid_from), instant(known_at), version, valid_from)
            for number, valid_from, known_at, version in VERSIONS
            if number == key
        ]
        for value in (*VALUES, None):
            standing = [
                (valid, known, wall, version)
                for valid, known, version, wall in versions
                if value is None or (valid <= value and known <= value)
            ]
            argument = "" if value is None else f', asOf: "{sent(value)}"'
            data = await ask(
                engine,
                f"""{{ price(id: "{key}"{argument}) {{ validFrom knownAt version }}
                       visits(where: {{ id: {{ eq: "{key}" }} }}) {{ nodes {{
                         price{argument and f"({argument[2:]})"} {{ version }} }} }} }}""",
            )
            if not standing:
                assert data["price"] is None
                continue
            valid, known, _, version = max(standing)
            assert data["price"] == {
                "validFrom": sent(valid),
                "knownAt": sent(known),
                "version": version,
            }
            assert data["visits"]["nodes"] == [{"price": {"version": version}}]
