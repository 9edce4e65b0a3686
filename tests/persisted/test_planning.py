"""Documents are planned before they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.errors import PersistedDocumentsError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.persisted.planning import plan_documents, sample_variables
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from tests.persisted.folders import CUSTOMER, QUERY, apollo, fill, loaded

RANGE = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
CONTRADICTION = f"""query Wrong {{
  orderMetrics({RANGE}, groupBy: [PAYMENT_METHOD]) {{
    conversionRate
  }}
}}"""


async def test_what_no_value_mends_is_a_fault(
    tmp_path: Path, demo_model: Model, demo_engine: GraphQLEngine, acme: Caller
) -> None:
    """It fits the schema, and every request for it would fail."""
    files = {"wrong.graphql": CONTRADICTION, "list.json": apollo(("7", "Wrong", CONTRADICTION))}
    registry = loaded(fill(tmp_path, files), demo_model)
    with pytest.raises(PersistedDocumentsError) as stopped:
        await plan_documents(registry, demo_engine, acme)
    told = [str(fault) for fault in stopped.value.faults]
    assert len(told) == 2
    assert told[0].startswith(
        f"{tmp_path}/list.json: 'Wrong' (7): the metric 'conversionRate' comes from 'traffic'"
    )
    assert told[1].startswith(f"{tmp_path}/wrong.graphql:2: the metric 'conversionRate'")


async def test_a_sample_of_ours_that_is_no_value_is_no_fault(
    tmp_path: Path, demo_model: Model, demo_engine: GraphQLEngine, acme: Caller
) -> None:
    zone = f"""query Zone($zone: String!) {{
        orderMetrics({RANGE}, timezone: $zone) {{ orderCount }} }}"""
    folder = fill(tmp_path, {"zone.graphql": zone, "day.graphql": QUERY, "c.graphql": CUSTOMER})
    registry = loaded(folder, demo_model)
    planned = await plan_documents(registry, demo_engine, acme)
    found = [planned[item.identifier] for item in registry.documents]
    assert [item and item.statements for item in found] == [1, 1, None]
    # The author says what it may be asked with; what is wrong then is wrong.
    fill(folder, {"zone.graphql": '# example: {"zone": "Europe/Berlin"}\n' + zone})
    registry = loaded(folder, demo_model)
    planned = await plan_documents(registry, demo_engine, acme)
    assert [item and item.statements for item in planned.values()] == [1, 1, 1]
    fill(folder, {"zone.graphql": '# example: {"zone": "Europe/Berlinn"}\n' + zone})
    with pytest.raises(PersistedDocumentsError, match=r"zone.graphql:3: .*Europe/Berlinn"):
        await plan_documents(loaded(folder, demo_model), demo_engine, acme)


async def test_a_choice_that_clients_make_is_not_judged_by_a_sample(
    tmp_path: Path, demo_model: Model, demo_engine: GraphQLEngine, acme: Caller
) -> None:
    text = f"""query By($by: [OrderMetricsDimension!]!) {{
        orderMetrics({RANGE}, groupBy: $by) {{ paymentMethod }} }}"""
    registry = loaded(fill(tmp_path, {"by.graphql": text}), demo_model)
    assert list((await plan_documents(registry, demo_engine, acme)).values()) == [None]
    fill(tmp_path, {"by.graphql": '# example: {"by": ["CHANNEL"]}\n' + text})
    with pytest.raises(PersistedDocumentsError, match=r"by\.graphql:3: .*paymentMethod"):
        await plan_documents(loaded(tmp_path, demo_model), demo_engine, acme)


async def test_the_first_request_finds_its_statement_made(
    tmp_path: Path, demo_model: Model, demo_service: Service, acme: Caller
) -> None:
    service = Service(demo_service.catalog, demo_service.warehouse)
    engine = engine_of(demo_model, service, Settings())
    registry = loaded(fill(tmp_path, {"day.graphql": QUERY}), demo_model)
    await plan_documents(registry, engine, acme)
    planned = list(service._statements)
    assert len(planned) == 1
    document = registry.documents[0].document
    response = await engine.execute_document(document, acme, variables={"day": "2026-06-30"})
    assert orjson.loads(orjson.dumps(response)) == {"data": {"orderMetrics": [{"orderCount": 543}]}}
    assert list(service._statements) == planned


def test_samples_are_of_every_type(tmp_path: Path, demo_model: Model) -> None:
    text = """query All(
      $range: DateRange!, $by: [OrderMetricsDimension!]!, $where: OrderMetricsFilter!,
      $order: [OrderMetricsOrder!]!, $limit: Int!, $zone: String, $g: Granularity! = DAY
    ) {
      orderMetrics(dateRange: $range, groupBy: $by, where: $where, orderBy: $order, limit: $limit,
        timezone: $zone, granularity: $g) { revenue }
    }"""
    registry = loaded(fill(tmp_path, {"all.graphql": text}), demo_model)
    expected: dict[str, Any] = {
        "range": {"start": "2026-01-01", "end": "2026-01-01"},
        "by": ["COUNTRY"],
        "where": {},
        "order": [{"by": "DATE"}],
        "limit": 1,
    }
    assert sample_variables(registry.documents[0], demo_model.schema) == expected
