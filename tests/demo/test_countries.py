"""The demo's countries: one world for every tenant, in which each market has its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from analytics_gql.demo.business import ORGANIZATIONS
from analytics_gql.demo.countries import WORLD


@pytest.fixture(scope="module")
def demo(demo_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        connection.execute("USE demo.gold")
        yield connection


def test_the_markets_of_every_shop_are_in_the_world_and_some_countries_are_no_market() -> None:
    codes = {country.code for country in WORLD}
    markets = {code for shop in ORGANIZATIONS for code in shop.countries}
    assert markets <= codes
    assert len(codes - markets) > 15


def test_countries_are_what_everybody_calls_them() -> None:
    codes = [country.code for country in WORLD]
    assert codes == sorted(set(codes))
    assert len({country.name for country in WORLD}) == len(WORLD)
    assert {country.region for country in WORLD} == {
        "Africa",
        "Asia",
        "Europe",
        "North America",
        "Oceania",
        "South America",
    }
    for country in WORLD:
        assert len(country.code) == 2
        assert len(country.currency) == 3
        assert country.population % 100_000 == 0


@pytest.mark.parametrize("table", ["orders", "traffic", "customers"])
def test_a_join_finds_every_country_but_the_unknown_one(
    demo: duckdb.DuckDBPyConnection, table: str
) -> None:
    missing = demo.execute(
        f"SELECT DISTINCT country FROM {table} "
        f"LEFT JOIN countries ON countries.code = {table}.country WHERE code IS NULL"
    ).fetchall()
    assert missing == ([] if table == "customers" else [(None,)])


async def test_both_engines_hold_the_world_as_it_is_written(
    demo: duckdb.DuckDBPyConnection, demo_postgres_url: str
) -> None:
    question = (
        "SELECT code, name, region, currency, population, updated_at FROM gold.countries "
        "ORDER BY code"
    )
    duckdb_rows: list[tuple[Any, ...]] = demo.execute(question).fetchall()
    connection = await asyncpg.connect(demo_postgres_url)
    try:
        postgres_rows = [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()
    assert postgres_rows == duckdb_rows
    assert [row[:5] for row in duckdb_rows] == [
        (country.code, country.name, country.region, country.currency, country.population)
        for country in WORLD
    ]
    assert {row[5].year for row in duckdb_rows} == {2025}
