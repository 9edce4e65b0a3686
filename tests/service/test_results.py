"""What the service asks the warehouse when it has been asked before."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.results import Results
from analytics_gql.cache.reuse import Outcome, Reuse
from analytics_gql.cache.shared import SharedResults
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import TenantRequiredError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.service.service import Service, fused
from analytics_gql.settings import Settings
from analytics_gql.stores.redis import open_redis
from tests.conftest import ROOT, MakeDatabase
from tests.properties.paged_rows import write_model
from tests.service.counting import CountingWarehouse
from tests.warehouses.patience import until

DAY = 'dateRange: {start: "2026-05-01", end: "2026-05-01"}'
TOTALS = f"{{ orderMetrics({DAY}) {{ country revenue }} }}"


class HeldWarehouse(CountingWarehouse):
    """Counts, and holds statements up until it is told to run them."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.warehouse)
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = self.cancelled = 0

    async def asked(self, statements: int) -> None:
        """Return when so many have arrived, and all who ask at that time had their turn."""
        while self.arrived < statements:  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        self.arrived += 1
        try:
            await self.gate.wait()
            return await super().rows(sql, parameters)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


@pytest.fixture
def held(demo_service: Service) -> HeldWarehouse:
    return HeldWarehouse(demo_service)


@pytest.fixture
async def service(held: HeldWarehouse, demo_service: Service) -> AsyncIterator[Service]:
    results = Results(10_000_000)
    service = Service(demo_service.catalog, held, results=results)
    # PostgreSQL tells no version of its tables.
    service.versions.of = versioned  # type: ignore[method-assign]
    yield service
    await results.close()


async def versioned(_tables: object, **_options: object) -> str:
    return "v"


@pytest.fixture
def keeping(service: Service, demo_model: Model) -> GraphQLEngine:
    return engine_of(demo_model, service, Settings())


async def ask(engine: GraphQLEngine, text: str, caller: Caller) -> Any:
    response = orjson.loads(orjson.dumps(await engine.execute(text, caller)))
    assert "errors" not in response, response
    return response["data"]


async def test_two_hundred_equal_cold_requests_run_the_sql_once(
    keeping: GraphQLEngine, held: HeldWarehouse, acme: Caller
) -> None:
    held.gate.clear()
    asked = [asyncio.create_task(ask(keeping, TOTALS, acme)) for _ in range(200)]
    await held.asked(1)
    held.gate.set()
    answers = await asyncio.gather(*asked)
    assert len(held.statements) == 1
    assert answers[0]["orderMetrics"]
    assert all(answer == answers[0] for answer in answers)
    assert await ask(keeping, TOTALS, acme) == answers[0]
    assert len(held.statements) == 1


async def test_each_tenant_role_and_tier_has_answers_of_its_own(
    keeping: GraphQLEngine, held: HeldWarehouse
) -> None:
    callers = [
        Caller("acme", (), tier=3),
        Caller("dune", (), tier=3),
        Caller("acme", ("analyst",), tier=3),
        Caller("acme", (), tier=2),
    ]
    first = [await ask(keeping, TOTALS, caller) for caller in callers]
    assert len(held.statements) == len(callers)
    assert [await ask(keeping, TOTALS, caller) for caller in callers] == first
    assert len(held.statements) == len(callers)
    assert first[0] != first[1]
    assert first[0] == first[2]


async def test_who_has_no_tenant_is_refused_whatever_is_kept(
    keeping: GraphQLEngine, acme: Caller
) -> None:
    await ask(keeping, TOTALS, acme)
    response = await keeping.execute(TOTALS, Caller(None, (), tier=3))
    (error,) = response["errors"]
    assert error["extensions"]["code"] == TenantRequiredError.code


async def test_every_verb_is_answered_again_without_a_statement(
    keeping: GraphQLEngine, held: HeldWarehouse, acme: Caller
) -> None:
    text = f"""{{
      orderMetrics({DAY}) {{ country countryInfo {{ name }} revenue }}
      pages: orderMetricsConnection(first: 2, {DAY}) {{ nodes {{ country revenue }} totalCount }}
      orders(first: 3) {{ nodes {{ id customer {{ name countryInfo {{ name }} }} }} totalCount }}
      customers(ids: ["1", "2"]) {{ name segment }}
    }}"""
    first = await ask(keeping, text, acme)
    assert len(held.statements) > 5
    held.statements.clear()
    assert await ask(keeping, text, acme) == first
    assert held.statements == []


async def test_pages_that_follow_are_read_and_not_kept(
    keeping: GraphQLEngine, held: HeldWarehouse, acme: Caller
) -> None:
    page = "orders(first: 3 @@) { nodes { id } pageInfo { endCursor } }"
    first = await ask(keeping, f"{{ {page.replace('@@', '')} }}", acme)
    cursor = first["orders"]["pageInfo"]["endCursor"]
    following = f"{{ {page.replace('@@', f', after: {chr(34)}{cursor}{chr(34)}')} }}"
    held.statements.clear()
    assert await ask(keeping, following, acme) == await ask(keeping, following, acme)
    assert len(held.statements) == 2


async def test_a_statement_is_cancelled_when_the_last_one_leaves_who_waits(
    service: Service, held: HeldWarehouse, acme: Caller
) -> None:
    query = MetricQuery("OrderMetrics", ("orderCount",))
    request = fused(((query, (FieldMember("n", "orderCount"),)),), acme)
    held.gate.clear()
    asked = [asyncio.create_task(service.run(request, acme)) for _ in range(3)]
    await held.asked(1)
    for cancelled, task in enumerate(asked, start=1):
        assert held.cancelled == 0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert held.cancelled == (cancelled == len(asked))
    assert held.statements == []
    held.gate.set()
    assert (await service.run(request, acme)).rows == ['{"n":300000}']


async def test_a_session_tells_what_its_answers_have_read(
    service: Service, keeping: GraphQLEngine, acme: Caller
) -> None:
    text = f"""{{
      orderMetrics({DAY}) {{ country countryInfo {{ name }} }}
      orders(first: 1) {{ nodes {{ id }} totalCount }}
    }}"""

    async def readings() -> list[tuple[str | None, Outcome]]:
        executed = await keeping.executed(keeping.prepare(text, acme), acme)
        assert "errors" not in executed.response
        return [(reading.version, reading.outcome) for reading in executed.readings]

    assert await readings() == [("v", Outcome.READ)] * 4
    assert await readings() == [("v", Outcome.REUSED)] * 4


async def test_a_session_s_reuse_holds_where_tables_have_no_version(
    keeping: GraphQLEngine, held: HeldWarehouse, service: Service, acme: Caller
) -> None:
    async def unversioned(_tables: object, **_options: object) -> None:
        return None

    service.versions.of = unversioned  # type: ignore[method-assign]

    async def lasting(text: str) -> Any:
        document = keeping.prepare(text, acme)
        executed = await keeping.executed(document, acme, reuse=Reuse(max_age_s=60))
        return orjson.loads(orjson.dumps(executed.response))

    text = "{ customers(ids: [1]) { name } orders(first: 1) { nodes { id } } }"
    text = text.replace("[1]", '["1"]').replace("{ customers", f"{{ m: {TOTALS[2:-2]} customers")
    first = await lasting(text)
    assert len(held.statements) == 3
    assert await lasting(text) == first
    assert len(held.statements) == 4, "pages go by versions alone"
    await ask(keeping, text, acme)
    assert len(held.statements) == 7


# --- versions of tables in PostgreSQL ------------------------------------------------------------

LOADED = """
type Sales @dataset(table: "sales", version: "max(loaded)") {
  total: BigInt @metric(sql: "sum(amount)")
}
type Query { sales: [Sales!] }
"""


async def test_what_is_loaded_is_seen_within_a_second(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    model = write_model(tmp_path, LOADED)
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE sales (amount bigint, loaded bigint)")
    await connection.execute("INSERT INTO sales VALUES (1, 1)")
    nobody = Caller(None, (), tier=3)
    async with open_service(Settings(warehouse=url), model.catalog) as service:
        counting = CountingWarehouse(service.warehouse)
        service.warehouse = counting
        engine = engine_of(model, service, Settings())
        for _ in range(3):
            assert await ask(engine, "{ sales { total } }", nobody) == {"sales": [{"total": 1}]}
        assert len(counting.statements) == 1
        await connection.execute("INSERT INTO sales VALUES (2, 2)")

        async def is_seen() -> bool:
            answer = await ask(engine, "{ sales { total } }", nobody)
            return bool(answer == {"sales": [{"total": 3}]})

        async with asyncio.timeout(1.5):
            await until(is_seen)
        assert len(counting.statements) == 2
    await connection.close()


async def test_a_version_that_cannot_be_looked_up_is_told_to_the_log(
    make_database: MakeDatabase,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("analytics_gql"), "propagate", True)
    model = write_model(tmp_path, LOADED)
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE sales (amount bigint, loaded bigint)")
    async with open_service(Settings(warehouse=url), model.catalog) as service:
        await connection.execute("ALTER TABLE sales DROP loaded")
        engine = engine_of(model, service, Settings())
        response = await engine.execute("{ sales { total } }", Caller(None, (), tier=3))
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "WAREHOUSE_ERROR"
    await connection.close()
    words = "WAREHOUSE_ERROR: looking up a version: "
    told = [record.getMessage() for record in caplog.records]
    assert [text for text in told if text.startswith(words)]
    assert 'column "loaded" does not exist' in "".join(told)


# --- processes -----------------------------------------------------------------------------------

PROCESS = """
import asyncio, sys, orjson
from pathlib import Path
from analytics_gql.compose.access import local_caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.settings import Settings

async def main():
    settings = Settings()
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        for query in sys.argv[1:]:
            response = await engine.execute(query, local_caller(settings))
            assert "errors" not in response, response
        counts = {outcome.name: count for outcome, count in service._results.counts.items()}
        print(orjson.dumps(counts).decode())

asyncio.run(main())
"""


def outcomes(seed: str, url: str, demo_path: Path, *queries: str) -> dict[str, int]:
    """What a process of its own did with the queries."""
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, *queries],
        env=os.environ
        | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(ROOT),
            "ANALYTICS_GQL_SCHEMA": str(ROOT / "schema.graphql"),
            "ANALYTICS_GQL_WAREHOUSE": f"duckdb://{demo_path}",
            "ANALYTICS_GQL_REDIS": url,
        },
        check=True,
        capture_output=True,
        text=True,
    )
    counts: dict[str, int] = orjson.loads(done.stdout)
    return counts


def test_another_process_finds_what_one_has_kept(redis_url: str, demo_path: Path) -> None:
    queries = (
        TOTALS,
        f'{{ a: orderMetrics({DAY}, where: {{country: {{in: ["DE", "FR"]}}, revenue: {{gt: 1}}}}) '
        f"{{ channel conversionRate }} b: orderMetrics({DAY}) {{ customers }} }}",
        "{ orders(first: 5) { nodes { id customer { name } } } }",
    )
    first = outcomes("1", redis_url, demo_path, *queries)
    assert first == {"READ": 5, "REUSED": 0, "STALE": 0}
    assert outcomes("2", redis_url, demo_path, *queries) == {"READ": 0, "REUSED": 5, "STALE": 0}


async def test_equal_questions_of_two_models_are_two(
    redis_url: str, demo_service: Service, acme: Caller, demo_model: Model
) -> None:
    store = open_redis(redis_url)
    counting = CountingWarehouse(demo_service.warehouse)
    for model in ("one", "other"):
        results = Results(1_000_000, SharedResults(store, "here", longest_turn_s=1))
        service = Service(demo_service.catalog, counting, results=results, model=model)
        service.versions.of = versioned  # type: ignore[method-assign]
        await ask(engine_of(demo_model, service, Settings()), TOTALS, acme)
    assert len(counting.statements) == 2
    await store.close()
