"""Ranges, buckets and time zones, against Python's own calendar, on every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
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
from analytics_gql.model.granularity import Granularity
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase

CALLER = Caller(None, (), tier=3)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
STORED_IN = "America/Sao_Paulo"

MODEL = f"""
type InstantMetrics @dataset(table: "events", time: "happened_at") {{
  at: DateTime @time
  place: String @dimension(sql: "places.name")
  seenAt: DateTime @dimension(sql: "first_seen_at")
  events: BigInt @metric(sql: "count(*)")
  latest: DateTime @metric(sql: "max(happened_at)")
  firstSeen: DateTime @metric(sql: "min(first_seen_at)")
}}

type WallTimeMetrics
  @dataset(table: "events", time: "wall_time", storedIn: "{STORED_IN}", timezone: "Europe/Berlin")
{{
  at: DateTime @time
  events: BigInt @metric(sql: "count(*)")
  latest: DateTime @metric(sql: "max(wall_time)")
}}

type PlaceMetrics
  @dataset(table: "visits", time: "event.happened_at", timezone: "Asia/Kolkata")
  @join(name: "event", table: "events", on: "event_id = event.id") {{
  day: Date @time
  visits: BigInt @metric(sql: "count(*)")
}}

type Query {{
  instants: [InstantMetrics!]
  wallTimes: [WallTimeMetrics!]
  visits: [PlaceMetrics!]
}}
""".replace(
    '@dataset(table: "events", time: "happened_at")',
    """@dataset(table: "events", time: "happened_at")
  @join(name: "places", table: "places", on: "place_id = places.id")""",
    1,
)


def _instants() -> list[datetime]:
    """Instants around the turns of the clock, of days, of weeks, of years."""
    starts = (
        datetime(2025, 3, 30, tzinfo=UTC),  # Berlin, spring
        datetime(2025, 10, 26, tzinfo=UTC),  # Berlin, autumn: 02:00 to 03:00 twice
        datetime(2025, 11, 2, 3, tzinfo=UTC),  # New York, autumn
        datetime(2025, 4, 5, 13, tzinfo=UTC),  # Lord Howe, by half an hour
        datetime(2024, 12, 30, tzinfo=UTC),  # ISO week 1 of 2025 starts
        datetime(2024, 2, 28, 20, tzinfo=UTC),
    )
    steps = (timedelta(minutes=20 * step) for step in range(100))
    return sorted({start + step for step in steps for start in starts})


INSTANTS = _instants()
ROWS = [
    (
        number,
        instant,
        instant.astimezone(ZoneInfo(STORED_IN)).replace(tzinfo=None),
        number % 3 or None,
        (instant + timedelta(microseconds=number * 1_000)).replace(tzinfo=None),
    )
    for number, instant in enumerate(INSTANTS)
]
TABLES = """
CREATE TABLE events (id INTEGER PRIMARY KEY, happened_at TIMESTAMPTZ, wall_time TIMESTAMP,
                     place_id INTEGER, first_seen_at TIMESTAMP);
CREATE TABLE places (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE visits (event_id INTEGER);
INSERT INTO places VALUES (1, 'Ä'), (2, 'a"b');
"""


@pytest.fixture(scope="module", params=("duckdb", "postgres"))
async def engine(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[GraphQLEngine]:
    folder = tmp_path_factory.mktemp("time")
    schema = folder / "schema.graphql"
    schema.write_text(MODEL)
    schema.write_text(apply_sync(plan_sync(load_schema(schema)))[schema])
    if request.param == "duckdb":
        url = f"duckdb://{folder}/events.duckdb"
        with duckdb.connect(str(folder / "events.duckdb")) as connection:
            connection.execute(TABLES)
            connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", ROWS)
            connection.execute("INSERT INTO visits SELECT id FROM events UNION ALL SELECT 999999")
    else:
        url = await make_database()
        connection = await asyncpg.connect(url)
        # Answers must not depend on how the server or the database is set up.
        await connection.execute(
            "ALTER DATABASE "
            + url.split("/")[3].split("?")[0]
            + " SET timezone = 'Pacific/Chatham'"
        )
        await connection.execute(TABLES)
        await connection.executemany("INSERT INTO events VALUES ($1, $2, $3, $4, $5)", ROWS)
        await connection.execute("INSERT INTO visits SELECT id FROM events UNION ALL SELECT 999999")
        await connection.close()
    settings = Settings(schema_path=schema, warehouse=url)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        yield engine_of(model, service, settings)


async def ask(engine: GraphQLEngine, query: str, **variables: Any) -> Any:
    response = orjson.loads(orjson.dumps(await engine.execute(query, CALLER, variables=variables)))
    assert "errors" not in response, response["errors"]
    return response["data"]


def in_range(instants: list[datetime], start: date, end: date, zone: str) -> list[datetime]:
    return [i for i in instants if start <= i.astimezone(ZoneInfo(zone)).date() <= end]


def bucket_of(instant: datetime, granularity: Granularity, zone: str) -> datetime:
    local = instant.astimezone(ZoneInfo(zone))
    if granularity is Granularity.HOUR:
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return (instant - into).astimezone(ZoneInfo(zone))
    day = granularity.start_of(local.date())
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def rfc3339(local: datetime) -> str:
    text = local.replace(tzinfo=None).isoformat()
    offset = local.utcoffset()
    assert offset is not None
    if local.tzinfo == ZoneInfo("UTC"):
        return f"{text}Z"
    minutes = int(offset.total_seconds() // 60)
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


QUERY = """
query ($start: Date!, $end: Date!, $granularity: Granularity!, $zone: String) {
  rows: FIELD(
    dateRange: { start: $start, end: $end }, granularity: $granularity, timezone: $zone
  ) { at events }
}
"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("granularity", list(Granularity))
@pytest.mark.parametrize("field", ["instants", "wallTimes"])
async def test_buckets_equal_the_calendar_of_python(
    engine: GraphQLEngine, field: str, granularity: Granularity, zone: str
) -> None:
    stored = INSTANTS
    if field == "wallTimes":
        # The storing zone skips and repeats no hour in these years, so nothing is lost.
        stored = [row[2].replace(tzinfo=ZoneInfo(STORED_IN)).astimezone(UTC) for row in ROWS]
    for start, end in (
        (date(2025, 3, 30), date(2025, 3, 30)),
        (date(2025, 10, 26), date(2025, 11, 2)),
        (date(2024, 2, 29), date(2025, 12, 31)),
    ):
        data = await ask(
            engine,
            QUERY.replace("FIELD", field),
            start=str(start),
            end=str(end),
            granularity=granularity.value,
            zone=zone,
        )
        expected = Counter(
            bucket_of(instant, granularity, zone).astimezone(UTC)
            for instant in in_range(stored, start, end, zone)
        )
        assert data["rows"] == [
            {"at": rfc3339(start_of.astimezone(ZoneInfo(zone))), "events": expected[start_of]}
            for start_of in sorted(expected)
        ]


async def test_without_timezone_the_dataset_s_own_calendar_holds(engine: GraphQLEngine) -> None:
    arguments = {"start": "2025-10-26", "end": "2025-10-26", "granularity": "DAY"}
    query = QUERY.replace("FIELD", "wallTimes")
    own = await ask(engine, query, **arguments)
    assert own == await ask(engine, query, **arguments, zone="Europe/Berlin")
    assert own["rows"][0]["at"] == "2025-10-26T00:00:00+02:00"


async def test_time_can_come_through_a_join(engine: GraphQLEngine) -> None:
    data = await ask(
        engine,
        """query { visits(dateRange: {start: "2025-03-30", end: "2025-03-31"}) { day visits } }""",
    )
    expected = Counter(
        instant.astimezone(ZoneInfo("Asia/Kolkata")).date()
        for instant in in_range(INSTANTS, date(2025, 3, 30), date(2025, 3, 31), "Asia/Kolkata")
    )
    assert data["visits"] == [
        {"day": str(day), "visits": expected[day]} for day in sorted(expected)
    ]


async def test_instants_are_rfc_3339_in_utc(engine: GraphQLEngine) -> None:
    data = await ask(
        engine,
        """query {
          instants(dateRange: {start: "2020-01-01", end: "2030-01-01"}) { latest firstSeen }
          wallTimes(dateRange: {start: "2020-01-01", end: "2030-01-01"}) { latest }
        }""",
    )
    latest = max(INSTANTS).replace(tzinfo=None).isoformat() + "Z"
    assert data["instants"] == [
        {"latest": latest, "firstSeen": min(row[4] for row in ROWS).isoformat() + "Z"}
    ]
    assert data["wallTimes"] == [{"latest": latest}]


async def test_fractions_of_seconds_have_no_trailing_zeros_and_filters_take_offsets(
    engine: GraphQLEngine,
) -> None:
    row = ROWS[250]
    data = await ask(
        engine,
        """query ($at: DateTime!) {
          instants(
            dateRange: {start: "2020-01-01", end: "2030-01-01"}, where: {seenAt: {eq: $at}}
          ) { seenAt place events }
        }""",
        at=row[4].replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Kolkata")).isoformat(),
    )
    assert row[4].microsecond == 250_000
    assert data["instants"] == [
        {"seenAt": row[4].isoformat()[:-4] + "Z", "place": {1: "Ä", 2: 'a"b'}[row[3]], "events": 1}
    ]


async def test_metrics_of_instants_can_be_filtered_and_ordered(engine: GraphQLEngine) -> None:
    limit = INSTANTS[-50]
    data = await ask(
        engine,
        """query ($after: DateTime!) {
          instants(
            dateRange: {start: "2020-01-01", end: "2030-01-01"}, groupBy: [PLACE]
            where: {latest: {gte: $after}}, orderBy: [{by: LATEST, direction: DESC}]
          ) { place latest }
        }""",
        after=limit.isoformat(),
    )
    names = {None: None, 1: "Ä", 2: 'a"b'}
    expected = {names[place]: max(row[1] for row in ROWS if row[3] == place) for place in names}
    assert data["instants"] == [
        {"place": name, "latest": latest.replace(tzinfo=None).isoformat() + "Z"}
        for name, latest in sorted(expected.items(), key=lambda item: item[1], reverse=True)
        if latest >= limit
    ]


@pytest.mark.parametrize(
    ("start", "end"), [("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")]
)
async def test_the_ends_of_the_calendar_are_answered_or_refused(
    engine: GraphQLEngine, start: str, end: str
) -> None:
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "UTC"):
        response = await engine.execute(
            QUERY.replace("FIELD", "instants"),
            CALLER,
            variables={"start": start, "end": end, "granularity": "DAY", "zone": zone},
        )
        codes = {error["extensions"]["code"] for error in response.get("errors", ())}
        assert codes <= {"INVALID_DATE_RANGE"}
