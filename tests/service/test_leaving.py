"""Nothing goes on in the warehouse for an operation that has ended."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.errors import WarehouseError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse


class GatedWarehouse:
    """The real warehouse behind a gate: statements that hold a word stay before it, or fail."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.held = ""
        self.failing = ""
        self.waiting = 0
        self.arrived = asyncio.Event()
        self.cancelled: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        if self.failing and self.failing in sql:
            await self.arrived.wait()
            raise WarehouseError("the warehouse refused the statement")
        if self.held and self.held in sql:
            self.waiting += 1
            self.arrived.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(sql)
                raise
        return await self._warehouse.rows(sql, parameters)


@pytest.fixture
def gate(demo_service: Service) -> GatedWarehouse:
    return GatedWarehouse(demo_service.warehouse)


@pytest.fixture
def engine(gate: GatedWarehouse, demo_service: Service, demo_model: Model) -> GraphQLEngine:
    return engine_of(demo_model, Service(demo_service.catalog, gate), Settings())


METRICS = '{ orderMetrics(dateRange: {start: "2026-01-01", end: "2026-01-31"}) { revenue } }'
LOOK_UP = "{ orders(first: 3) { nodes { customer { name } } } }"
PAGE = "{ orders(first: 3) { nodes { id } } }"


@pytest.mark.parametrize(
    ("held", "text"), [("orders", METRICS), ("customers", LOOK_UP), ("orders", PAGE)]
)
async def test_a_caller_who_leaves_ends_the_statement(
    engine: GraphQLEngine, gate: GatedWarehouse, acme: Caller, held: str, text: str
) -> None:
    gate.held = f'"gold"."{held}"'
    running = asyncio.ensure_future(engine.execute(text, acme))
    await gate.arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(gate.cancelled) == gate.waiting > 0


async def test_a_page_that_fails_does_not_leave_its_count_running(
    engine: GraphQLEngine, gate: GatedWarehouse, acme: Caller
) -> None:
    gate.held, gate.failing = "COUNT(*)", "ORDER BY"
    response = await engine.execute("{ orders(first: 3) { nodes { id } totalCount } }", acme)
    (error,) = orjson.loads(orjson.dumps(response))["errors"]
    assert error["extensions"]["code"] == "WAREHOUSE_ERROR"
    assert len(gate.cancelled) == gate.waiting == 1
