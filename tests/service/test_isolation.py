"""Callers do not get in each other's way, and are told what became of their questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.results import Results
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import isolation_of
from analytics_gql.errors import (
    QueueTimeoutError,
    StatementTimeoutError,
    TooManyWaitingError,
    WarehouseSuspendedError,
    WarehouseUnavailableError,
)
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.guards.breaker import FEWEST_CALLS
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse
from tests.warehouses.patience import until

QUESTION = (
    '{{ orderMetrics(dateRange: {{start: "2026-06-{day}", end: "2026-06-30"}}) {{ {what} }} }}'
)
DUNE = Caller("dune", (), tier=2)


class HurtWarehouse:
    """The real warehouse, which can be held up, or be gone."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.open = asyncio.Event()
        self.open.set()
        self.is_gone = False
        self.asked = 0
        self.running = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        self.asked += 1
        self.running += 1
        try:
            await self.open.wait()
            if self.is_gone:
                raise WarehouseUnavailableError("the warehouse cannot be reached", hint="wait")
            return await self._warehouse.rows(sql, parameters)
        finally:
            self.running -= 1


@pytest.fixture
def hurt(demo_service: Service) -> HurtWarehouse:
    return HurtWarehouse(demo_service.warehouse)


@pytest.fixture
def engine_with(
    hurt: HurtWarehouse, demo_service: Service, demo_model: Model
) -> Callable[..., GraphQLEngine]:
    def made(results: Results | None = None, **options: Any) -> GraphQLEngine:
        settings = Settings(**options)
        isolation = isolation_of(settings, "the demo")
        service = Service(demo_service.catalog, hurt, results=results, isolation=isolation)
        return engine_of(demo_model, service, settings)

    return made


def question(number: int) -> str:
    return QUESTION.format(day=f"{number % 28 + 1:02}", what=f"a{number}: revenue")


async def ask(engine: GraphQLEngine, number: int, caller: Caller) -> Any:
    return orjson.loads(orjson.dumps(await engine.execute(question(number), caller)))


@asynccontextmanager
async def asking(work: list[Awaitable[Any]]) -> AsyncIterator[list[asyncio.Future[Any]]]:
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        await asyncio.sleep(0.05)
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_another_tenant_finds_a_place_beside_five_hundred(
    engine_with: Callable[..., GraphQLEngine], hurt: HurtWarehouse, acme: Caller
) -> None:
    engine = engine_with(warehouse_connections=3, max_waiting=498)
    hurt.open.clear()
    assert engine.service.isolation is not None
    places = engine.service.isolation.statements

    async def is_full() -> bool:
        return places.waiting == 498

    async with asking([ask(engine, number, acme) for number in range(500)]) as noisy:
        await until(is_full)
        assert hurt.running == 2
        with pytest.raises(TooManyWaitingError):
            await ask(engine, 500, acme)
        async with asking([ask(engine, 1, DUNE)]) as quiet:
            assert hurt.running == 3
            hurt.open.set()
            async with asyncio.timeout(5):
                (answer,) = await asyncio.gather(*quiet)
        assert "errors" not in answer
        assert sum(task.done() for task in noisy) < 100
    assert hurt.running == 0


async def test_who_gets_no_place_in_time_is_told_so_as_a_whole(
    engine_with: Callable[..., GraphQLEngine], hurt: HurtWarehouse, acme: Caller
) -> None:
    engine = engine_with(warehouse_connections=1, queue_timeout_s=0.1)
    hurt.open.clear()
    async with asking([ask(engine, 1, acme)]):
        with pytest.raises(QueueTimeoutError) as told:
            await ask(engine, 2, acme)
        assert told.value.retry_after_ms
        # With something to show the rest is an error in its place, as any other.
        both = question(3).replace("orderMetrics", "kind: __typename orderMetrics", 1)
        response = await engine.execute(both, acme)
        assert response["data"] == {"kind": "Query", "orderMetrics": None}
        (error,) = response["errors"]
        assert error["extensions"]["code"] == "QUEUE_TIMEOUT"
        hurt.open.set()
    assert hurt.asked == 1


async def test_a_warehouse_that_is_gone_is_not_asked_and_nothing_of_it_is_kept(
    engine_with: Callable[..., GraphQLEngine], hurt: HurtWarehouse, acme: Caller
) -> None:
    results = Results(10_000_000)
    engine = engine_with(results)
    hurt.is_gone = True
    assert engine.service.isolation is not None
    breaker = engine.service.isolation.breaker
    while breaker.state == "closed":
        (error,) = (await ask(engine, hurt.asked, acme))["errors"]
        assert error["extensions"]["code"] == WarehouseUnavailableError.code
    asked = hurt.asked
    assert asked <= FEWEST_CALLS  # look-ups of versions are calls as well
    for number in range(30):
        with pytest.raises(WarehouseSuspendedError) as told:
            await ask(engine, number, acme)
        assert told.value.retry_after_ms
    assert hurt.asked == asked
    hurt.is_gone = False
    await engine.service.ready()  # whether it is there is asked all the same

    async def is_back() -> bool:
        with suppress(WarehouseSuspendedError):
            return "errors" not in await ask(engine, 1, acme)
        return False

    async with asyncio.timeout(5):
        await until(is_back)
    answer = await ask(engine, 1, acme)
    assert answer["data"]["orderMetrics"][0]["a1"] > 0
    await results.close()


@pytest.mark.parametrize("tier", [1, 2, 3])
async def test_a_statement_runs_for_its_tier_s_time(
    engine_with: Callable[..., GraphQLEngine], hurt: HurtWarehouse, tier: int
) -> None:
    engine = engine_with(tiers='{"2": {"timeout_s": 0.1}}')
    hurt.open.clear()
    async with asking([ask(engine, 1, Caller("acme", (), tier=tier))]) as asked:
        await asyncio.sleep(0.3)
        assert asked[0].done() == (tier == 2)
        assert hurt.running == (0 if tier == 2 else 1)
        if tier == 2:
            (error,) = (await asked[0])["errors"]
            assert error["extensions"]["code"] == StatementTimeoutError.code
            assert error["message"] == "the statement ran for 0.1 s and was cancelled"
        assert engine.service.isolation is not None
        assert engine.service.isolation.breaker.state == "closed"


async def test_a_look_up_has_turns_too(
    engine_with: Callable[..., GraphQLEngine], hurt: HurtWarehouse, acme: Caller
) -> None:
    engine = engine_with(warehouse_connections=2)
    hurt.open.clear()
    text = "{ orders(first: 3) { totalCount nodes { customer { name } product { name } } } }"
    async with asking([engine.execute(text, acme)]) as asked:
        assert hurt.running == 1
        hurt.open.set()
        response = await asked[0]
    assert "errors" not in response
    isolation = engine.service.isolation
    assert isolation is not None
    assert (isolation.statements.running, isolation.streams.running) == (0, 0)
