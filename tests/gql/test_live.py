"""Live queries: one execution for all who listen, and what is told of changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import (
    NotAcceptableError,
    QueryTooComplexError,
    WarehouseSuspendedError,
    WarehouseUnavailableError,
)
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.live import LiveQueries, LiveQuestion
from analytics_gql.guards.budget import Budgets
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import MakeDatabase
from tests.gql.changing_sales import COUNT, DAY, STOCK, Shop, open_shop, write_model

ACME = Caller("acme", (), tier=3)
BIRCH = Caller("birch", (), tier=3)
PATIENCE_S = 20.0
QUIET_S = 0.5


class Counting:
    """A warehouse that counts the statements that it passes on."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.dialect = warehouse.dialect
        self.label = warehouse.label
        self.statements = 0

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        self.statements += 1
        return await self._warehouse.rows(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)


@pytest.fixture(scope="module")
async def only_shop(make_database: MakeDatabase) -> AsyncIterator[Shop]:
    shop = await open_shop(await make_database())
    yield shop
    await shop.connection.close()


@pytest.fixture
async def shop(only_shop: Shop) -> Shop:
    await only_shop.reset()
    return only_shop


@pytest.fixture(scope="module")
async def engine(
    only_shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[GraphQLEngine]:
    path = write_model(tmp_path_factory.mktemp("shop"))
    settings = Settings(schema_path=path, warehouse=only_shop.url, result_cache_bytes=0)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        service.warehouse = Counting(service.warehouse)
        yield engine_of(model, service, settings)


@pytest.fixture
async def live(engine: GraphQLEngine, shop: Shop) -> AsyncIterator[LiveQueries]:
    """Looked at every 50 ms."""
    engine.service.versions.forget()
    live = LiveQueries(engine, period_s=0.05, unversioned_period_s=0.3, at_once=2)
    async with live.running():
        yield live
    assert live.watched == 0


@dataclass
class Listener:
    """Somebody who listens, and takes states when they are asked to."""

    states: Any
    next: asyncio.Task[Any] | None = None

    async def take(self) -> Any:
        """The next state's response."""
        task, self.next = self.next or asyncio.ensure_future(anext(self.states)), None
        async with asyncio.timeout(PATIENCE_S):
            state = await task
        return json.loads(state.response)

    async def rows(self) -> Any:
        (rows,) = (await self.take())["data"].values()
        return rows

    async def is_silent(self, for_s: float = QUIET_S) -> bool:
        self.next = self.next or asyncio.ensure_future(anext(self.states))
        done, _ = await asyncio.wait((self.next,), timeout=for_s)
        return not done

    async def leave(self) -> None:
        if self.next is not None:
            self.next.cancel()
            await asyncio.gather(self.next, return_exceptions=True)
        await self.states.aclose()


@asynccontextmanager
async def listening(
    live: LiveQueries, text: str, caller: Caller = ACME, **variables: Any
) -> AsyncIterator[Listener]:
    engine = live._engine
    document = engine.prepare(text, caller)
    listener = Listener(live.states(LiveQuestion(document, caller, variables, None, False)))
    try:
        yield listener
    finally:
        await listener.leave()


# --- one for all ---------------------------------------------------------------------------------


async def test_equal_subscriptions_are_one_statement_however_many_listen(
    live: LiveQueries, engine: GraphQLEngine, shop: Shop
) -> None:
    counting = engine.service.warehouse
    assert isinstance(counting, Counting)
    before = counting.statements
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(listening(live, COUNT)) for _ in range(100)]
        assert [await each.rows() for each in listeners] == [[{"saleCount": 1}]] * 100
        assert (live.watched, live.executions, counting.statements - before) == (1, 1, 1)
        await shop.sell(5)
        assert [await each.rows() for each in listeners] == [[{"saleCount": 2}]] * 100
        assert (live.watched, live.executions, counting.statements - before) == (1, 2, 2)
        late = await stack.enter_async_context(listening(live, COUNT))
        assert await late.rows() == [{"saleCount": 2}]
        assert counting.statements - before == 2, "who comes later is told what is known"


async def test_what_differs_in_meaning_is_asked_alone(live: LiveQueries) -> None:
    text = f"""subscription($at_least: BigInt = 1) {{
        sales({DAY}, where: {{ saleCount: {{ gte: $at_least }} }}) {{ saleCount }} }}"""
    async with AsyncExitStack() as stack:

        async def rows(caller: Caller = ACME, **variables: Any) -> Any:
            listener = await stack.enter_async_context(listening(live, text, caller, **variables))
            return await listener.rows()

        for same in ({}, {"at_least": 1}, {"at_least": "1"}, {"at_least": 1, "other": 2}):
            assert await rows(**same) == [{"saleCount": 1}]
        assert live.watched == 1
        assert await rows(BIRCH) == [{"saleCount": 2}]
        assert live.watched == 2, "another tenant"
        assert await rows(BIRCH, at_least=2) == [{"saleCount": 2}]
        assert live.watched == 3, "other variables"
        await rows(Caller("acme", (), tier=2))
        await rows(Caller("acme", ("finance",), tier=2))
        assert live.watched == 5, "another tier, other roles"


async def test_the_last_one_to_leave_ends_it_down_to_the_warehouse(
    live: LiveQueries, shop: Shop
) -> None:
    running = """SELECT count(*) FROM pg_stat_activity
                 WHERE application_name = 'analytics-gql' AND wait_event_type = 'Lock'"""
    async with shop.connection.transaction():
        await shop.execute("LOCK TABLE shop.stock IN ACCESS EXCLUSIVE MODE")
        async with listening(live, STOCK) as one:
            async with listening(live, STOCK) as other:
                assert await one.is_silent(0.3)
                assert await other.is_silent(0.1)
                assert await shop.connection.fetchval(running) == 1
            assert live.watched == 1
            assert await shop.connection.fetchval(running) == 1
        assert live.watched == 0
        assert await shop.connection.fetchval(running) == 0


# --- what is told --------------------------------------------------------------------------------


async def test_an_answer_of_the_same_bytes_is_not_told(live: LiveQueries, shop: Shop) -> None:
    async with listening(live, COUNT) as listener:
        assert await listener.rows() == [{"saleCount": 1}]
        await shop.sell(5, org="birch")  # moves the version of the table
        assert await listener.is_silent(1.5)
        assert live.executions == 2
        await shop.sell(5)
        assert await listener.rows() == [{"saleCount": 2}]


async def test_nothing_is_asked_while_the_version_stands(
    live: LiveQueries, engine: GraphQLEngine
) -> None:
    counting = engine.service.warehouse
    assert isinstance(counting, Counting)
    async with listening(live, COUNT) as listener:
        await listener.rows()
        before = counting.statements
        assert await listener.is_silent(1.0)
        assert counting.statements == before


async def test_who_is_slow_is_told_the_newest_state_alone(live: LiveQueries, shop: Shop) -> None:
    async with listening(live, COUNT) as slow, listening(live, COUNT) as quick:
        assert await slow.rows() == await quick.rows() == [{"saleCount": 1}]
        for count in (2, 3, 4):
            await shop.sell(1)
            assert await quick.rows() == [{"saleCount": count}]
        assert await slow.rows() == [{"saleCount": 4}]
        assert await slow.is_silent()


async def test_pages_of_records_are_live_as_well(live: LiveQueries, shop: Shop) -> None:
    text = "subscription { saleRows(last: 1) { totalCount nodes { amount } } }"
    async with listening(live, text) as listener:
        assert await listener.rows() == {"totalCount": 1, "nodes": [{"amount": 10}]}
        await shop.sell(7.5)
        assert await listener.rows() == {"totalCount": 2, "nodes": [{"amount": 7.5}]}


async def test_without_a_version_it_is_asked_again_after_a_longer_while(
    live: LiveQueries, shop: Shop
) -> None:
    async with listening(live, STOCK) as listener:
        assert await listener.rows() == [{"items": 5}]
        before = live.executions
        assert await listener.is_silent(1.0)
        assert 2 <= live.executions - before <= 4
        await shop.execute("UPDATE shop.stock SET items = 6")
        assert await listener.rows() == [{"items": 6}]


# --- alerts --------------------------------------------------------------------------------------

ALERT = f"""subscription($most: Decimal!) {{
    sales({DAY}, groupBy: [REGION], where: {{ revenue: {{ gt: $most }} }}) {{ region SELECTED }}
}}"""


async def test_an_alert_is_silent_until_there_are_rows_and_tells_their_end(
    live: LiveQueries, shop: Shop
) -> None:
    text = ALERT.replace("SELECTED", "revenue")
    async with listening(live, text, most=100) as listener:
        assert await listener.is_silent()
        await shop.sell(50)
        assert await listener.is_silent(1.3)
        await shop.sell(50)
        assert await listener.rows() == [{"region": "north", "revenue": 110}]
        async with listening(live, text, most=100) as late:
            assert await late.rows() == [{"region": "north", "revenue": 110}]
        await shop.sell(1)
        assert await listener.rows() == [{"region": "north", "revenue": 111}]
        await shop.execute("DELETE FROM shop.sales WHERE org = 'acme' AND amount = 50")
        await shop.sell(1, org="birch")  # what is gone moves no `max(loaded_at)`
        assert await listener.rows() == []
        async with listening(live, text, most=100) as late:
            assert await late.is_silent(), "an alert that is over"
        await shop.sell(500, region="south")
        assert await listener.rows() == [{"region": "south", "revenue": 500}]


async def test_what_an_alert_selects_says_how_often_it_is_told(
    live: LiveQueries, shop: Shop
) -> None:
    async with listening(live, ALERT.replace("SELECTED", ""), most=5) as listener:
        assert await listener.rows() == [{"region": "north"}], "at once, where it is so already"
        await shop.sell(1)
        assert await listener.is_silent(1.3)


async def test_a_condition_on_dimensions_makes_no_alert(live: LiveQueries) -> None:
    where = 'groupBy: [REGION], where: { region: { eq: "west" } }'
    async with listening(live, f"subscription {{ sales({DAY}, {where}) {{ region }} }}") as one:
        assert await one.rows() == []


# --- what goes wrong -----------------------------------------------------------------------------


async def test_an_outage_is_told_once_and_so_is_its_end(live: LiveQueries, shop: Shop) -> None:
    async with listening(live, COUNT) as listener:
        assert await listener.rows() == [{"saleCount": 1}]
        await shop.execute("ALTER TABLE shop.sales RENAME TO away")  # and back, or others fail
        response = await listener.take()
        assert response["data"] == {"sales": None}
        assert response["errors"][0]["extensions"]["code"] == "WAREHOUSE_ERROR"
        assert await listener.is_silent(1.0)
        await shop.execute("ALTER TABLE shop.away RENAME TO sales")
        assert await listener.rows() == [{"saleCount": 1}]


async def test_a_warehouse_that_is_left_alone_ends_no_subscription(
    live: LiveQueries, engine: GraphQLEngine
) -> None:
    """Versions are looked up through the breaker as well."""
    assert engine.service.isolation is not None
    breaker = engine.service.isolation.breaker

    async def unreachable() -> None:
        raise WarehouseUnavailableError("it cannot be reached", hint="wait")

    async with listening(live, COUNT) as listener:
        assert await listener.rows() == [{"saleCount": 1}]
        while breaker.state == "closed":
            with suppress(WarehouseUnavailableError, WarehouseSuspendedError):
                await breaker.call(unreachable)
        response = await listener.take()
        assert response["errors"][0]["extensions"]["code"] == "WAREHOUSE_SUSPENDED"
        assert await listener.rows() == [{"saleCount": 1}]


async def test_a_document_that_cannot_be_run_has_one_answer(live: LiveQueries) -> None:
    for text in ("{", "subscription { nothing }", "subscription($a: Int!) { __typename }"):
        async with listening(live, text) as listener:
            response = await listener.take()
            assert "data" not in response
            with pytest.raises(StopAsyncIteration):
                await listener.take()
    assert live.watched == 0


async def test_what_is_over_the_budget_is_raised_for_each_who_listens(
    live: LiveQueries, engine: GraphQLEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "budgets", Budgets(((1, 1), (2, 1), (3, 1))))
    async with listening(live, COUNT) as one, listening(live, COUNT) as other:
        for listener in (one, other):
            with pytest.raises(QueryTooComplexError):
                await listener.take()


async def test_a_subscription_has_no_single_answer(engine: GraphQLEngine) -> None:
    with pytest.raises(NotAcceptableError, match="many answers"):
        await engine.execute(COUNT, ACME)


async def test_when_it_ends_all_that_listen_are_left_alone(
    engine: GraphQLEngine, shop: Shop
) -> None:
    live = LiveQueries(engine, period_s=0.05, unversioned_period_s=1, at_once=1)
    document = engine.prepare(COUNT, ACME)
    async with aclosing(
        live.states(LiveQuestion(document, ACME, None, None, is_registered=False))
    ) as states:
        async with live.running():
            await anext(states)
        assert live.watched == 0
        await shop.sell(1)


# --- hints ---------------------------------------------------------------------------------------


async def test_a_hint_has_it_looked_at_at_once(engine: GraphQLEngine, shop: Shop) -> None:
    live = LiveQueries(engine, period_s=600, unversioned_period_s=600, at_once=2)
    async with (
        live.running(),
        listening(live, COUNT) as sales,
        listening(live, STOCK) as stock,
    ):
        await sales.rows()
        await stock.rows()
        await shop.sell(1)
        await shop.execute("UPDATE shop.stock SET items = items + 1")
        assert await sales.is_silent(1.2)
        assert await stock.is_silent(0.1)
        live.hint("shop.sales")
        assert await sales.rows() == [{"saleCount": 2}]
        assert await stock.is_silent()
        live.hint("shop.stock")
        assert await stock.rows() == [{"items": 6}]
        await shop.sell(1)
        await shop.execute("UPDATE shop.stock SET items = items + 1")
        for _ in range(1_000):  # a trigger for each row
            live.hint("")
        assert await sales.rows() == [{"saleCount": 3}]
        assert await stock.rows() == [{"items": 7}]
        assert live.executions <= 8
