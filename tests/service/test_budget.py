"""An operation over its budget begins nothing: the price of all fields is known before any."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.errors import QueryTooComplexError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from tests.service.counting import CountingWarehouse

DAY = 'dateRange: {start: "2026-06-30", end: "2026-06-30"}'
METRIC = f"orderMetrics({DAY}) {{ orderCount }}"
PAGE = f"orders({DAY}, first: 1) {{ nodes {{ id product {{ name }} }} totalCount }}"
COUNT = f"orderMetricsConnection({DAY}) {{ totalCount }}"
ENTITY = 'customer(id: "98") { name countryInfo { name } }'


@pytest.fixture
def limited(counting: CountingWarehouse, demo_service: Service, demo_model: Model) -> GraphQLEngine:
    """Twenty points for tier 1."""
    service = Service(demo_service.catalog, counting)
    return engine_of(demo_model, service, Settings(tiers='{"1": {"budget": 20}}'))


async def price(engine: GraphQLEngine, text: str, caller: Caller) -> int:
    executed = await engine.executed(engine.views.whole.documents.prepare(text), caller)
    assert "errors" not in executed.response
    return executed.price.requested


async def test_fields_that_are_within_the_budget_alone_may_exceed_it_together(
    limited: GraphQLEngine, counting: CountingWarehouse
) -> None:
    caller = Caller("acme", tier=1)
    fields = (METRIC, PAGE, COUNT, ENTITY)
    for field in fields:
        assert 0 < await price(limited, f"{{ {field} }}", caller) <= 20
    assert counting.statements
    counting.statements.clear()
    for document in (
        "{" + " ".join(fields) + "}",
        "{" + " ".join(reversed(fields)) + "}",
        '{ f0: customer(id: "x") { name } ' + " ".join(fields) + "}",
    ):
        with pytest.raises(QueryTooComplexError) as stopped:
            await limited.execute(document, caller)
        assert counting.statements == []
        assert stopped.value.cost > stopped.value.budget == 20


async def test_it_is_told_what_the_points_are_for(limited: GraphQLEngine) -> None:
    year = METRIC.replace("2026-06-30", "2025-07-01", 1).replace("orderCount", "conversionRate")
    with pytest.raises(QueryTooComplexError) as stopped:
        await limited.execute(f"{{ a: {year} b: {METRIC} }}", Caller("acme", tier=1))
    error = stopped.value
    assert [name for name, _ in error.parts] == [
        "reading 365 days of OrderMetrics",
        "reading 365 days of OrderMetrics (traffic)",
        "reading 1 day of OrderMetrics",
    ]
    points = [cost for _, cost in error.parts]
    assert points == sorted(points, reverse=True)
    assert error.cost == pytest.approx(sum(points), abs=1)
    assert f"costs {error.cost} points, and your tier has 20" in error.message
    assert error.hint
    assert error.retry_after_ms is None
    assert error.details == {
        "cost": error.cost,
        "budget": 20,
        "parts": [{"part": name, "cost": cost} for name, cost in error.parts],
    }


async def test_each_tier_has_its_budget_and_a_registered_document_none(
    limited: GraphQLEngine,
) -> None:
    text = "{" + " ".join((METRIC, PAGE, COUNT, ENTITY)) + "}"
    for tier in (2, 3):
        assert await price(limited, text, Caller("acme", tier=tier)) > 20
    response = await limited.execute_document(
        limited.views.whole.documents.prepare(text), Caller("acme", tier=1), is_registered=True
    )
    assert "errors" not in response


async def test_exactly_the_budget_is_not_too_much(
    demo_model: Model, demo_service: Service, acme: Caller
) -> None:
    whole = engine_of(demo_model, demo_service, Settings())
    cost = await price(whole, f"{{ {ENTITY} }}", acme)
    for budget, is_enough in ((cost, True), (cost - 1, False)):
        engine = engine_of(
            demo_model, demo_service, Settings(tiers=f'{{"3": {{"budget": {budget}}}}}')
        )
        if is_enough:
            assert await price(engine, f"{{ {ENTITY} }}", acme) == cost
        else:
            with pytest.raises(QueryTooComplexError):
                await price(engine, f"{{ {ENTITY} }}", acme)


async def test_what_asks_nothing_costs_nothing(engine: GraphQLEngine, acme: Caller) -> None:
    document = engine.views.whole.documents.prepare(
        "{ __typename __schema { queryType { name } } }"
    )
    executed = await engine.executed(document, acme)
    assert executed.price.requested == 0
    assert executed.told is executed.response


async def test_a_field_at_fault_is_told_and_the_others_are_priced(
    engine: GraphQLEngine, acme: Caller
) -> None:
    bad = f"bad: orderMetrics({DAY}, limit: 0) {{ date }}"
    document = engine.views.whole.documents.prepare(f"{{ {bad} {METRIC} }}")
    executed = await engine.executed(document, acme)
    told: dict[str, Any] = orjson.loads(orjson.dumps(executed.told))
    assert [error["path"] for error in told["errors"]] == [["bad"]]
    assert told["data"]["orderMetrics"]
    assert told["extensions"] == {"cost": {"requested": 3}}
