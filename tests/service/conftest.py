"""GraphQL over the demo on each engine in turn, statements counted."""

from __future__ import annotations

import pytest

from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import MAX_KEYS, Service
from analytics_gql.settings import Settings
from tests.service.counting import CountingWarehouse


@pytest.fixture
def counting(demo_service: Service) -> CountingWarehouse:
    return CountingWarehouse(demo_service.warehouse)


@pytest.fixture
def engine(counting: CountingWarehouse, demo_service: Service, demo_model: Model) -> GraphQLEngine:
    service = Service(demo_service.catalog, counting)
    return engine_of(demo_model, service, Settings(max_list_items=2 * MAX_KEYS))
