"""Two warehouses on each engine: the demo's, and a small one of awkward rows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import BY_VERSION, Answer, Outcome, Reading, Reuse
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.demo.postgres import load_into_postgres
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.model.catalog import Catalog
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import RowShape
from analytics_gql.service.service import Question, Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import ENGINES, MakeDatabase
from tests.properties.odd_rows import TENANTS, build_odd
from tests.properties.oracle import Facts, load_facts
from tests.properties.questions import DEMO, Request

T = TypeVar("T")


RICH = Settings(tiers='{"1": {"budget": 10000000}, "3": {"budget": 10000000}}')
"""Answers are compared here, not prices: callers of every tier may ask whatever they like."""


class World:
    """A warehouse that is served, and the rows of each of its tenants."""

    def __init__(
        self, engine: GraphQLEngine, facts: dict[str, Facts], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.engine = engine
        self.facts = facts
        self.loop = loop

    @property
    def service(self) -> Service:
        """What answers below GraphQL."""
        return self.engine.service

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine on the loop that the service was opened in.

        Hypothesis calls its test as a function; between tests the session's loop stands still, so
        a function may run it.
        """
        return self.loop.run_until_complete(coroutine)

    def ask(self, request: Request, caller: Caller) -> Any:
        """The response as a client reads it, numbers with a fraction as Decimals."""
        response = self.run(
            self.engine.execute(
                request.text,
                caller,
                variables=request.variables,
                operation_name=request.operation_name,
            )
        )
        return json.loads(orjson.dumps(response), parse_float=Decimal)

    def read(self, request: Request) -> list[tuple[MetricQuery, RowShape]]:
        """The queries that the root fields of a request become."""
        reader = _Reader(self.service.catalog, self.service.warehouse)
        self.run(
            self.engine.over(reader).execute(
                request.text,
                Caller("reader", tier=3),
                variables=request.variables,
                operation_name=request.operation_name,
            )
        )
        return reader.asked


class _Reader(Service):
    """Takes queries and has no rows."""

    def __init__(self, catalog: Catalog, warehouse: Warehouse) -> None:
        super().__init__(catalog, warehouse)
        self.asked: list[tuple[MetricQuery, RowShape]] = []

    async def metrics(
        self, questions: Sequence[Question], caller: Caller, reuse: Reuse = BY_VERSION
    ) -> list[Answer | Exception]:
        self.asked += questions
        return [Answer([], Reading(None, 0, Outcome.READ)) for _ in questions]


@pytest.fixture(scope="session")
async def session_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.fixture(scope="session")
def odd_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("odd") / "odd.duckdb"
    build_odd(path)
    return path


@pytest.fixture(scope="session")
async def duckdb_odd(odd_path: Path, demo_model: Model) -> AsyncIterator[Service]:
    settings = Settings(warehouse=f"duckdb://{odd_path}")
    async with open_service(settings, demo_model.catalog) as service:
        yield service


@pytest.fixture(scope="session")
async def postgres_odd(
    odd_path: Path, make_database: MakeDatabase, demo_model: Model
) -> AsyncIterator[Service]:
    url = await make_database()
    await load_into_postgres(odd_path, url)
    async with open_service(Settings(warehouse=url), demo_model.catalog) as service:
        yield service


@pytest.fixture(scope="session")
def odd_facts(odd_path: Path) -> dict[str, Facts]:
    return {tenant: load_facts(odd_path, tenant) for tenant in TENANTS}


@pytest.fixture(scope="session")
def demo_facts(demo_path: Path) -> dict[str, Facts]:
    """Some weeks of the two smaller organisations, with a margin for time zones."""
    days = (DEMO.days[0] - timedelta(days=2), DEMO.days[-1] + timedelta(days=2))
    return {tenant: load_facts(demo_path, tenant, days) for tenant in ("dune", "cobalt")}


@pytest.fixture(scope="session", params=ENGINES)
def odd(
    request: pytest.FixtureRequest,
    odd_facts: dict[str, Facts],
    demo_model: Model,
    session_loop: asyncio.AbstractEventLoop,
) -> World:
    """The awkward rows on each engine in turn."""
    service: Service = request.getfixturevalue(f"{request.param}_odd")
    return World(engine_of(demo_model, service, RICH), odd_facts, session_loop)


@pytest.fixture(scope="session", params=ENGINES)
def demo(
    request: pytest.FixtureRequest,
    demo_facts: dict[str, Facts],
    demo_model: Model,
    session_loop: asyncio.AbstractEventLoop,
) -> World:
    """The demo on each engine in turn."""
    service: Service = request.getfixturevalue(f"{request.param}_demo")
    return World(engine_of(demo_model, service, RICH), demo_facts, session_loop)
