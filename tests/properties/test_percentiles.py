"""Percentiles over awkward rows are what plain Python computes, digit for digit on both engines."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase
from tests.properties.paged_rows import Table, write_duckdb, write_model, write_postgres

MODEL = """
type Calls
  @dataset(table: "calls", tenant: "org")
  @source(name: "probes", table: "probes", tenant: "org") {
  place: String @dimension(sources: [{ name: "probes" }])
  kind: String @dimension
  calls: BigInt @metric(sql: "count(*)")
  median: Float @metric(sql: "percentile(latency, 0.5)")
  p95: Float @metric(sql: "percentile(latency, 0.95)")
  p999: Float @metric(sql: "percentile(latency, 0.999)")
  paid: Float @metric(sql: "percentile(amount, 0.07) filter (where kind = 'paid')")
  quarter: Float @metric(sql: "percentile(ratio, 0.25)")
  spread: Float @metric(sql: "percentile(latency, 0.95) - median")
  probed: Float @metric(sql: "percentile(probes.latency, 0.9)")
}
type Query { calls: [Calls!] }
"""
TENANTS = ("north", "North")
PLACES = (None, "", "a", "A", "é", "only probed")
KINDS = (None, "free", "paid")


def rows_of(tenant: str, count: int, *, probed: bool) -> list[tuple[Any, ...]]:
    """Ties, gaps and numbers of every size; `ratio` has what is no number."""
    random = Random(f"{tenant} {probed}")
    found: list[tuple[Any, ...]] = []
    for _ in range(count):
        latency = random.choice((None, 0, 1, 1, 7, 250, 1000, -3, random.randrange(10**9)))
        amount = random.choice((None, Decimal("0.01"), Decimal(random.randrange(10**8)) / 100))
        ratio = random.choice((None, 0.1, 1e-9, -2.5, 1e9, random.random()))
        places = PLACES if probed else PLACES[:-1]
        row = (tenant, random.choice(places), random.choice(KINDS), latency, amount, ratio)
        found.append(row[:2] + row[3:4] if probed else row)
    # A place where all latencies are unknown, and one with values that no double is without.
    if not probed:
        found += [(tenant, "unknown", "free", None, None, None)] * 2
        found += [(tenant, "odd", "free", 5, None, ratio) for ratio in (math.nan, math.inf, 1.0)]
    return found


CALLS = Table(
    "calls",
    (
        ("org", "TEXT"),
        ("place", "TEXT"),
        ("kind", "TEXT"),
        ("latency", "BIGINT"),
        ("amount", "NUMERIC(12, 2)"),
        ("ratio", "DOUBLE PRECISION"),
    ),
    (),
    tuple(row for tenant, n in zip(TENANTS, (140, 60), strict=True)
          for row in rows_of(tenant, n, probed=False)),
)  # fmt: skip
PROBES = Table(
    "probes",
    (("org", "TEXT"), ("place", "TEXT"), ("latency", "BIGINT")),
    (),
    tuple(row for tenant in TENANTS for row in rows_of(tenant, 40, probed=True)),
)

Row = dict[str, Any]


def percentile(rows: Sequence[Row], column: str, fraction: str) -> float | None:
    """Between the two values on either side of the place, in proportion; to twelve digits.

    The place is a double, as it is in the engines; from there on it is computed exactly.
    """
    values = sorted(
        (row[column] for row in rows if row[column] is not None),
        key=lambda value: (math.isnan(value), value),  # what is no number is larger than any
    )
    if not values:
        return None
    place = float(fraction) * (len(values) - 1)
    low, high = values[math.floor(place)], values[math.ceil(place)]
    if not (math.isfinite(low) and math.isfinite(high)):
        return None if low != high or not math.isfinite(low) else low
    exact = Fraction(low) + Fraction(place % 1) * (Fraction(high) - Fraction(low))
    return float(f"{float(exact):.11e}")


def spread(rows: Sequence[Row]) -> float | None:
    p95, median = percentile(rows, "latency", "0.95"), percentile(rows, "latency", "0.5")
    return None if p95 is None or median is None else p95 - median


Compute = Callable[[Sequence[Row]], float | None]

METRICS: dict[str, tuple[str, Compute]] = {
    "calls": ("calls", len),
    "median": ("calls", lambda rows: percentile(rows, "latency", "0.5")),
    "p95": ("calls", lambda rows: percentile(rows, "latency", "0.95")),
    "p999": ("calls", lambda rows: percentile(rows, "latency", "0.999")),
    "paid": (
        "calls",
        lambda rows: percentile([row for row in rows if row["kind"] == "paid"], "amount", "0.07"),
    ),
    "quarter": ("calls", lambda rows: percentile(rows, "ratio", "0.25")),
    "spread": ("calls", spread),
    "probed": ("probes", lambda rows: percentile(rows, "latency", "0.9")),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is grouped by, what is measured, which p95 or `probed` a group must have."""

    group_by: tuple[str, ...]
    metrics: tuple[str, ...]
    places: tuple[str, ...] | None
    at_least: tuple[str, int] | None

    @property
    def text(self) -> str:
        where = []
        if self.places is not None:
            where.append(f"place: {{in: {json.dumps(self.places)}}}")
        if self.at_least is not None:
            where.append(f"{self.at_least[0]}: {{gte: {self.at_least[1]}}}")
        return (
            f"calls(groupBy: [{', '.join(name.upper() for name in self.group_by)}], "
            f"where: {{{', '.join(where)}}}) {{ {' '.join((*self.group_by, *self.metrics))} }}"
        )

    def answer(self, tenant: str) -> list[Row]:
        """The rows in the order of the groups, NULLs last."""
        facts = {
            table.name: [
                row
                for row in table.fields(tenant)
                if self.places is None or row["place"] in self.places
            ]
            for table in (CALLS, PROBES)
        }
        defining = {METRICS[name][0] for name in self.metrics}
        keys = {
            tuple(row[name] for name in self.group_by) for source in defining
            for row in facts[source]
        } if self.group_by else {()}  # fmt: skip
        found = []
        for key in sorted(keys, key=lambda key: [(part is None, part or "") for part in key]):
            groups = {
                source: [row for row in rows if self._key(row) == key]
                for source, rows in facts.items()
            }
            figures = {name: compute(groups[source])
                       for name, (source, compute) in METRICS.items()}  # fmt: skip
            if self.at_least is not None:
                value = figures[self.at_least[0]]
                if value is None or value < self.at_least[1]:
                    continue
            shown = {name: figures[name] for name in self.metrics}
            found.append(dict(zip(self.group_by, key, strict=True)) | shown)
        return found

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(row.get(name) for name in self.group_by)


@st.composite
def questions(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Question, ...]:
    """Some questions over the same rows, which are answered by one statement."""
    by_kind = draw(st.booleans())
    known = [name for name, (source, _) in METRICS.items() if not by_kind or source == "calls"]
    group_by = draw(
        st.sampled_from([("place", "kind"), ("kind",)] if by_kind else [("place",), ()])
    )
    places = draw(
        st.none() | st.lists(st.sampled_from(PLACES[1:]), max_size=3, unique=True).map(tuple)
    )
    bounds = st.tuples(
        st.sampled_from([name for name in ("p95", "median", "probed") if name in known]),
        st.sampled_from([0, 1, 250, 1000, 10**6]),
    )
    return tuple(
        Question(group_by, tuple(metrics), places, draw(st.none() | bounds))
        for metrics in draw(
            st.lists(
                st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True),
                min_size=1,
                max_size=2,
            )
        )
    )


@dataclass(frozen=True)
class World:
    """The rows on one engine, to be asked on the loop that the service was opened in."""

    engine: GraphQLEngine
    loop: asyncio.AbstractEventLoop

    def ask(self, text: str, caller: Caller) -> Any:
        response = self.loop.run_until_complete(self.engine.execute(text, caller))
        return json.loads(orjson.dumps(response))


@pytest.fixture(scope="module")
def calls_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return write_model(tmp_path_factory.mktemp("percentiles"), MODEL)


@pytest.fixture(scope="module")
async def calls_urls(
    tmp_path_factory: pytest.TempPathFactory, make_database: MakeDatabase
) -> dict[str, str]:
    path: Path = tmp_path_factory.mktemp("calls") / "calls.duckdb"
    write_duckdb(path, (CALLS, PROBES))
    url = await make_database()
    await write_postgres(url, (CALLS, PROBES))
    return {"duckdb": f"duckdb://{path}", "postgres": url}


@pytest.fixture(scope="module", params=ENGINES)
async def world(
    request: pytest.FixtureRequest,
    calls_model: Model,
    calls_urls: dict[str, str],
    session_loop: asyncio.AbstractEventLoop,
) -> Any:
    options = Settings(warehouse=calls_urls[request.param])
    async with open_service(options, calls_model.catalog) as service:
        yield World(engine_of(calls_model, service, options), session_loop)


@given(asked=questions(), tenant=st.sampled_from([*TENANTS, "nobody"]))
@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_random_percentiles_are_what_plain_python_computes(
    world: World, asked: tuple[Question, ...], tenant: str
) -> None:
    text = "{ " + " ".join(f"q{n}: {one.text}" for n, one in enumerate(asked)) + " }"
    note(text)
    response = world.ask(text, Caller(tenant, (), tier=3))
    note(response)
    assert response == {"data": {f"q{n}": one.answer(tenant) for n, one in enumerate(asked)}}


def test_an_order_by_a_percentile_is_total(world: World) -> None:
    text = (
        "{ calls(groupBy: [PLACE], orderBy: [{by: P95, direction: DESC}], limit: 4) { place p95 } }"
    )
    rows = Question(("place",), ("p95",), None, None).answer("north")
    known = sorted(
        (row for row in rows if row["p95"] is not None), key=lambda row: row["p95"], reverse=True
    )
    assert world.ask(text, Caller("north", (), tier=3)) == {"data": {"calls": known[:4]}}
