"""Metrics over all data, against hand-written SQL on each engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.errors import TenantRequiredError
from analytics_gql.service.service import Service
from analytics_gql.service.totals import totals


async def test_totals_are_those_of_all_days_and_of_the_caller_s_tenant(
    demo_service: Service, demo_path: Path, acme: Caller
) -> None:
    metrics = ("revenue", "orderCount", "sessions", "conversionRate")
    found = await totals(demo_service, "OrderMetrics", metrics, acme)
    with duckdb.connect(str(demo_path), read_only=True) as connection:
        expected = connection.execute(
            "SELECT (SELECT sum(net_amount) FROM gold.orders WHERE org_id = 'acme'), "
            "(SELECT count(*) FROM gold.orders WHERE org_id = 'acme'), "
            "(SELECT sum(sessions) FROM gold.traffic WHERE org_id = 'acme')"
        ).fetchone()
    assert expected is not None
    revenue, orders, sessions = expected
    assert isinstance(found["revenue"], Decimal)
    assert list(found.items())[:3] == [
        ("revenue", revenue),
        ("orderCount", orders),
        ("sessions", sessions),
    ]
    assert isinstance(found["conversionRate"], Decimal)
    assert float(found["conversionRate"]) == pytest.approx(orders / sessions)


async def test_totals_of_tenanted_data_need_a_tenant(demo_service: Service) -> None:
    with pytest.raises(TenantRequiredError):
        await totals(demo_service, "OrderMetrics", ("revenue",), Caller(None))
