"""Entities as of random instants are what plain Python finds in their histories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase
from tests.properties.histories import (
    BADGES,
    DAYS,
    INSTANTS,
    LANDS,
    MODEL,
    NAMES,
    REGION_FIELDS,
    TENANTS,
    TOWN_FIELDS,
    World,
    build_histories,
    mood_fields,
)
from tests.properties.paged_rows import write_duckdb, write_model, write_postgres
from tests.properties.paging import Client
from tests.properties.test_random_queries import SETTINGS


class Histories:
    """The histories in one engine, and as plain Python has them."""

    def __init__(
        self, engine: GraphQLEngine, loop: asyncio.AbstractEventLoop, worlds: dict[str, World]
    ) -> None:
        self.engine = engine
        self.loop = loop
        self.worlds = worlds

    def client(self, tenant: str | None) -> Client:
        """A caller of a tenant."""
        return Client(self.engine, self.loop, Caller(tenant, (), tier=3))


@pytest.fixture(scope="module")
def history_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return write_model(tmp_path_factory.mktemp("histories"), MODEL)


@pytest.fixture(scope="module", params=ENGINES)
async def histories(
    request: pytest.FixtureRequest,
    history_model: Model,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[Histories]:
    tables = build_histories()
    if request.param == "duckdb":
        path: Path = tmp_path_factory.mktemp("histories") / "histories.duckdb"
        write_duckdb(path, tables)
        url = f"duckdb://{path}"
    else:
        url = await make_database()
        await write_postgres(url, tables)
    worlds = {
        tenant: World({table.name: table.fields(tenant) for table in tables})
        for tenant in (*TENANTS, "nobody's")
    }
    async with open_service(Settings(warehouse=url), history_model.catalog) as service:
        engine = engine_of(history_model, service, Settings())
        yield Histories(engine, asyncio.get_running_loop(), worlds)


tenants = st.sampled_from([*TENANTS, *TENANTS, "nobody's"])
_AT_BOUNDARIES = st.builds(
    lambda instant, microseconds: instant + timedelta(microseconds=microseconds),
    st.sampled_from(INSTANTS),
    st.sampled_from([-1, 0, 0, 0, 1]),
)
_ANYWHERE = st.datetimes(timezones=st.just(timezone(timedelta(hours=5.5)))).filter(
    lambda instant: 1 < instant.year < 9999
)
instants = st.one_of(st.none(), _AT_BOUNDARIES, _AT_BOUNDARIES, _ANYWHERE)
names = st.sampled_from([*NAMES, "nobody", "a'"])
codes = st.sampled_from([*range(-2, 8), 2**63 - 1]).map(str)


def sent(instant: datetime | None) -> str | None:
    """An instant as a client writes it, in whatever zone it is."""
    return None if instant is None else instant.isoformat()


@given(tenant=tenants, person=names, as_of=instants, town_as_of=instants)
@settings(max_examples=80, **SETTINGS)
def test_one_entity_is_what_it_was_at_the_instant(
    histories: Histories,
    tenant: str,
    person: str,
    as_of: datetime | None,
    town_as_of: datetime | None,
) -> None:
    answer = histories.client(tenant).answer(
        "query ($person: ID!, $asOf: DateTime, $then: DateTime) "
        f"{{ mood(person: $person, asOf: $asOf) {{ {mood_fields('(asOf: $then)')} }} }}",
        {"person": person, "asOf": sent(as_of), "then": sent(town_as_of)},
    )
    assert answer["mood"] == histories.worlds[tenant].mood(person, as_of, town_as_of)


@given(
    tenant=tenants,
    persons=st.lists(names, max_size=12),
    regions=st.lists(codes, max_size=8),
    as_of=instants,
)
@settings(max_examples=50, **SETTINGS)
def test_many_entities_come_in_the_order_asked_with_repetitions_and_gaps(
    histories: Histories,
    tenant: str,
    persons: list[str],
    regions: list[str],
    as_of: datetime | None,
) -> None:
    answer = histories.client(tenant).answer(
        "query ($persons: [ID!]!, $regions: [ID!]!, $asOf: DateTime) "
        f"{{ moods(persons: $persons, asOf: $asOf) {{ {mood_fields('')} }} "
        f"newest: moods(persons: $persons) {{ {mood_fields('(asOf: $asOf)')} }} "
        f"regions(ids: $regions) {{ {REGION_FIELDS} }} }}",
        {"persons": persons, "regions": regions, "asOf": sent(as_of)},
    )
    world = histories.worlds[tenant]
    assert answer == {
        "moods": [world.mood(person, as_of, None) for person in persons],
        "newest": [world.mood(person, None, as_of) for person in persons],
        "regions": [world.region(number) for number in regions],
    }


@given(
    tenant=tenants,
    land=st.sampled_from([*LANDS, "X", "nowhere"]),
    code=codes,
    as_of=instants,
)
@settings(max_examples=50, **SETTINGS)
def test_a_key_of_two_fields_is_found_by_both_of_them(
    histories: Histories, tenant: str, land: str, code: str, as_of: datetime | None
) -> None:
    answer = histories.client(tenant).answer(
        "query ($land: String!, $code: ID!, $asOf: DateTime) "
        f"{{ town(land: $land, code: $code, asOf: $asOf) {{ {TOWN_FIELDS} }} }}",
        {"land": land, "code": code, "asOf": sent(as_of)},
    )
    assert answer["town"] == histories.worlds[tenant].town(land, code, as_of)


@given(
    tenant=tenants,
    land=st.sampled_from(LANDS),
    day=st.sampled_from([*DAYS, date(2025, 12, 26)]),
    badges=st.lists(st.sampled_from([*map(str, BADGES), str(BADGES[2]).upper()]), max_size=6),
    as_of=instants,
)
@settings(max_examples=40, **SETTINGS)
def test_days_and_uuids_are_keys_as_well(
    histories: Histories,
    tenant: str,
    land: str,
    day: date,
    badges: list[str],
    as_of: datetime | None,
) -> None:
    answer = histories.client(tenant).answer(
        "query ($land: String!, $day: Date!, $badges: [ID!]!, $asOf: DateTime) "
        "{ holiday(land: $land, day: $day) { day name } "
        "badges(tokens: $badges, asOf: $asOf) { token color } }",
        {"land": land, "day": str(day), "badges": badges, "asOf": sent(as_of)},
    )
    world = histories.worlds[tenant]
    assert answer == {
        "holiday": world.holiday(land, day),
        "badges": [world.badge(badge.lower(), as_of) for badge in badges],
    }


@given(tenant=tenants, one=instants, other=instants, size=st.integers(1, 60))
@settings(max_examples=40, **SETTINGS)
def test_links_of_records_lead_to_what_was_so_at_each_instant(
    histories: Histories,
    tenant: str,
    one: datetime | None,
    other: datetime | None,
    size: int,
) -> None:
    answer = histories.client(tenant).answer(
        f"""query ($first: Int, $one: DateTime, $other: DateTime) {{
          visits(first: $first) {{
            nodes {{
              person land town
              one: mood(asOf: $one) {{ {mood_fields("(asOf: $other)")} }}
              other: mood(asOf: $other) {{ {mood_fields("")} }}
              townInfo(asOf: $one) {{ {TOWN_FIELDS} }}
              holiday {{ day name }}
              badgeInfo(asOf: $one) {{ token color }}
            }}
            edges {{ node {{ newest: mood {{ word townInfo {{ region {{ name }} }} }} }} }}
          }} }}""",
        {"first": size, "one": sent(one), "other": sent(other)},
    )
    world = histories.worlds[tenant]
    rows = world.rows["visits"]
    assert len(answer["visits"]["nodes"]) == min(size, len(rows))
    visits = {row["id"]: row for row in rows}
    for row, node, edge in zip(
        (visits[number] for number in sorted(visits)),
        answer["visits"]["nodes"],
        answer["visits"]["edges"],
        strict=False,
    ):
        person, land, town = row["person"], row["land"], row["town"]
        assert node == {
            "person": person,
            "land": land,
            "town": None if town is None else str(town),
            "one": world.mood(person, one, other),
            "other": world.mood(person, other, None),
            "townInfo": world.town(land, town, one),
            "holiday": world.holiday(land, row["day"]),
            "badgeInfo": world.badge(row["badge"], one),
        }
        assert edge["node"]["newest"] == _brief(world.mood(person, None, None))


def _brief(mood: Any) -> Any:
    """The word of a mood and its region's name."""
    if mood is None:
        return None
    town = mood["townInfo"]
    region = None if town is None else town["region"]
    return {
        "word": mood["word"],
        "townInfo": None
        if town is None
        else {"region": None if region is None else {"name": region["name"]}},
    }


@given(tenant=tenants, one=instants, other=instants)
@settings(max_examples=25, **SETTINGS)
def test_rows_of_an_aggregate_keep_their_grain_beside_what_they_link_to(
    histories: Histories, tenant: str, one: datetime | None, other: datetime | None
) -> None:
    answer = histories.client(tenant).answer(
        f"""query ($one: DateTime, $other: DateTime) {{ visitCounts(groupBy: [PERSON]) {{
          person rows
          one: mood(asOf: $one) {{ {mood_fields("(asOf: $other)")} }}
          other: mood(asOf: $other) {{ {mood_fields("(asOf: $one)")} }} }} }}""",
        {"one": sent(one), "other": sent(other)},
    )
    world = histories.worlds[tenant]
    persons = [row["person"] for row in world.rows["visits"]]
    in_order = sorted({person for person in persons if person is not None})
    assert answer["visitCounts"] == [
        {
            "person": person,
            "rows": persons.count(person),
            "one": world.mood(person, one, other),
            "other": world.mood(person, other, one),
        }
        for person in [*in_order, *([None] if None in persons else [])]
    ]


@given(person=names, as_of=instants)
@settings(max_examples=10, **SETTINGS)
def test_nobody_finds_nothing(histories: Histories, person: str, as_of: datetime | None) -> None:
    code = histories.client(None).code(
        "query ($person: ID!, $asOf: DateTime) { mood(person: $person, asOf: $asOf) { word } }",
        {"person": person, "asOf": sent(as_of)},
    )
    assert code == "TENANT_REQUIRED"
