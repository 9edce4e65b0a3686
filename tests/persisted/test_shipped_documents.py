"""The documents that ship: in order, written down, and their figures those of SQL by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.documents import load_registry
from analytics_gql.compose.model import Model
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.persisted.manifest import written_manifest
from analytics_gql.persisted.planning import plan_documents
from analytics_gql.persisted.registry import Registry
from analytics_gql.settings import Settings
from tests.conftest import ROOT

FOLDER = ROOT / "persisted_queries"


@pytest.fixture(scope="module")
def registry(demo_model: Model) -> Registry:
    return load_registry(Settings(persisted_queries=FOLDER), demo_model)


@pytest.fixture
def demo(demo_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo, to be asked in SQL."""
    with duckdb.connect() as connection:
        # Attached rather than opened: in this process the file is open with settings of its own.
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        connection.execute("USE demo")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def by_hand(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The rows of a statement as a response has them; numbers may differ in the last digit."""
    cursor = connection.execute(sql)
    keys = [column[0] for column in cursor.description or ()]
    return [dict(zip(keys, map(_shown, row), strict=True)) for row in cursor.fetchall()]


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return pytest.approx(float(value))
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return value


async def answer(
    engine: GraphQLEngine, registry: Registry, name: str, caller: Caller, **variables: Any
) -> Any:
    """The data of a document."""
    document = registry.named(name)
    assert document is not None
    response = await engine.execute_document(document.document, caller, variables=variables)
    read = orjson.loads(orjson.dumps(response))
    assert "errors" not in read
    return read["data"]


def test_those_that_ship_are_known_and_the_manifest_is_up_to_date(registry: Registry) -> None:
    assert [document.name for document in registry.documents] == [
        "channel_totals",
        "customer_page",
        "executive_overview",
        "finance_metrics",
        "marketing_metrics",
        "order_totals",
        "order_trend",
        "orders_by_category",
        "orders_by_channel",
        "orders_by_country",
        "orders_by_payment",
        "top_products",
        "usage_cost_alert",
        "usage_overview",
    ]
    assert (FOLDER / "manifest.json").read_bytes() == written_manifest(registry.documents)


async def test_each_is_planned_with_its_example(
    registry: Registry, demo_engine: GraphQLEngine, acme: Caller
) -> None:
    planned = await plan_documents(registry, demo_engine, acme)
    by_name = {document.name: planned[document.identifier] for document in registry.documents}
    assert {name: found and found.statements for name, found in by_name.items()} == {
        "channel_totals": 1,
        "customer_page": 5,  # the customer, the orders, and a look-up for each entity and level
        "executive_overview": 2,
        "finance_metrics": 1,
        "marketing_metrics": 1,
        "order_totals": 1,
        "order_trend": 1,
        "orders_by_category": 1,
        "orders_by_channel": 2,
        "orders_by_country": 2,  # the countries, and a look-up of their names
        "orders_by_payment": 2,
        "top_products": 2,
        "usage_cost_alert": 2,
        # One a field, whose grains differ, and a look-up each of models and workspaces.
        "usage_overview": 6,
    }
    # Callers of any tier could ask the same ad hoc.
    assert all(found and found.points < 500 for found in by_name.values())


FIGURES = """
    sum(net_amount) AS revenue,
    (sum(net_amount) - sum(cost))::DOUBLE / sum(net_amount)::DOUBLE AS "grossMargin",
    count(*) AS "orderCount","""


async def test_the_executive_overview_is_what_sql_says(
    registry: Registry,
    demo_engine: GraphQLEngine,
    acme: Caller,
    demo: duckdb.DuckDBPyConnection,
) -> None:
    data = await answer(
        demo_engine, registry, "executive_overview", acme, start="2026-04-01", end="2026-06-30"
    )
    sessions = "(SELECT sum(sessions) FROM gold.traffic WHERE org_id = 'acme' AND {})"
    quarter = sessions.format("day BETWEEN '2026-04-01' AND '2026-06-30'")
    assert data["total"] == by_hand(
        demo,
        f"""SELECT {FIGURES}
              sum(cost) AS cost,
              avg(net_amount) AS "averageOrderValue",
              count(DISTINCT customer_id) AS customers,
              count(*) FILTER (WHERE is_first_order) AS "newCustomerCount",
              {quarter} AS sessions,
              count(*)::DOUBLE / {quarter} AS "conversionRate"
            FROM gold.orders
            WHERE org_id = 'acme' AND ordered_at >= '2026-04-01' AND ordered_at < '2026-07-01'""",
    )
    month = sessions.format("date_trunc('month', day) = date_trunc('month', max(ordered_at)::DATE)")
    assert data["months"] == by_hand(
        demo,
        f"""SELECT {FIGURES}
              date_trunc('month', ordered_at)::DATE AS date,
              count(*) FILTER (WHERE is_first_order) AS "newCustomerCount",
              count(*)::DOUBLE / {month} AS "conversionRate"
            FROM gold.orders
            WHERE org_id = 'acme' AND ordered_at >= '2026-04-01' AND ordered_at < '2026-07-01'
            GROUP BY date ORDER BY date""",
    )
    assert len(data["months"]) == 3


@pytest.mark.parametrize("environment", [None, "development"])
async def test_the_usage_overview_is_what_sql_says(
    registry: Registry,
    demo_engine: GraphQLEngine,
    acme: Caller,
    demo: duckdb.DuckDBPyConnection,
    environment: str | None,
) -> None:
    given = {"environment": environment} if environment else {}
    data = await answer(
        demo_engine,
        registry,
        "usage_overview",
        acme,
        start="2026-05-11",
        end="2026-05-17",
        **given,
    )
    tokens = """sum(input_tokens)::BIGINT AS "inputTokens",
                sum(output_tokens)::BIGINT AS "outputTokens","""
    rate = """(count(*) FILTER (WHERE status_code >= 400 AND status_code <> 499) / count(*))
                AS "errorRate","""
    p50 = 'quantile_cont(latency_ms::DOUBLE, 0.5) AS "latencyP50",'
    p95 = 'quantile_cont(latency_ms::DOUBLE, 0.95) AS "latencyP95"'
    rows = f"""FROM gold.usage_requests AS requests
               JOIN gold.workspaces AS workspace
                 ON workspace.org_id = requests.org_id AND workspace.id = workspace_id
               JOIN gold.ai_models AS ai_model ON ai_model.id = model
               WHERE requests.org_id = 'acme'
                 AND requested_at >= '2026-05-11' AND requested_at < '2026-05-18'
                 AND ({f"environment = '{environment}'" if environment else "true"})"""
    counted, cost = "count(*) AS requests,", "sum(cost_usd) AS cost,"
    assert data["total"] == by_hand(
        demo, f"SELECT {counted} {tokens} {cost} {rate} {p50} {p95} {rows}"
    )
    assert data["models"] == by_hand(
        demo,
        f"""SELECT model, {{'name': any_value(ai_model.name), 'family': any_value(family)}}
              AS "modelInfo", {counted} {tokens} {cost} {rate} {p50} {p95}
            {rows} GROUP BY model ORDER BY cost DESC, model""",
    )
    assert data["workspaces"] == by_hand(
        demo,
        f"""SELECT workspace_id::TEXT AS "workspaceId",
              {{'name': any_value(workspace.name), 'environment': any_value(environment)}}
                AS workspace, {counted} {cost} {rate} {p95}
            {rows} GROUP BY workspace_id ORDER BY cost DESC, "workspaceId" """,
    )
    assert data["days"] == by_hand(
        demo,
        f"""SELECT strftime(requested_at, '%Y-%m-%dT00:00:00Z') AS time,
              {counted} {cost} {rate} {p50} {p95}
            {rows} GROUP BY time ORDER BY time""",
    )
    assert len(data["days"]) == 7


@pytest.mark.parametrize("countries", [None, ["DE", "FR"]])
async def test_the_top_products_are_what_sql_says(
    registry: Registry,
    demo_engine: GraphQLEngine,
    acme: Caller,
    demo: duckdb.DuckDBPyConnection,
    countries: list[str] | None,
) -> None:
    given = {"countries": countries} if countries else {}
    data = await answer(
        demo_engine,
        registry,
        "top_products",
        acme,
        start="2026-04-01",
        end="2026-06-30",
        limit=7,
        **given,
    )
    where = "AND country IN ('DE', 'FR')" if countries else ""
    assert data["orderMetrics"] == by_hand(
        demo,
        f"""SELECT {FIGURES}
              product_id::TEXT AS "productId",
              {{'name': any_value(product.name), 'category': any_value(product.category),
                'unitPrice': any_value(product.unit_price)}} AS product
            FROM gold.orders JOIN gold.products AS product
              ON product.id = product_id AND product.org_id = 'acme'
            WHERE orders.org_id = 'acme'
              AND ordered_at >= '2026-04-01' AND ordered_at < '2026-07-01' {where}
            GROUP BY product_id ORDER BY revenue DESC, "productId" LIMIT 7""",
    )
    assert len(data["orderMetrics"]) == 7


async def test_the_customer_page_is_what_sql_says(
    registry: Registry,
    demo_engine: GraphQLEngine,
    acme: Caller,
    demo: duckdb.DuckDBPyConnection,
) -> None:
    (customer,) = by_hand(
        demo,
        "SELECT customer_id FROM gold.orders WHERE org_id = 'acme' GROUP BY ALL "
        "ORDER BY count(*) DESC, customer_id LIMIT 1",
    )
    number = customer["customer_id"]
    expected = by_hand(
        demo,
        f"""SELECT id::TEXT AS id, ordered_at AS "orderedAt", quantity, net_amount AS "netAmount",
              (SELECT {{'name': name, 'category': category}} FROM gold.products
               WHERE products.id = product_id AND products.org_id = 'acme') AS product
            FROM gold.orders WHERE org_id = 'acme' AND customer_id = {number}
            ORDER BY ordered_at DESC, orders.id DESC""",
    )
    orders: list[Any] = []
    after: str | None = None
    while True:
        data = await answer(
            demo_engine, registry, "customer_page", acme, id=str(number), orders=3, after=after
        )
        orders += data["orders"]["nodes"]
        after = data["orders"]["pageInfo"]["endCursor"]
        if not data["orders"]["pageInfo"]["hasNextPage"]:
            break
    for order in orders:
        order["orderedAt"] = order["orderedAt"].replace("Z", "")
    for order in expected:
        order["orderedAt"] = order["orderedAt"].replace("Z", "")
    assert len(orders) > 3
    assert orders == expected
    (described,) = by_hand(
        demo,
        f"""SELECT customer.id::TEXT AS id, customer.name, customer.segment,
              signed_up_at AS "signedUpAt",
              {{'name': country.name, 'region': country.region}} AS "countryInfo"
            FROM gold.customers AS customer
            LEFT JOIN gold.countries AS country ON country.code = customer.country
            WHERE customer.org_id = 'acme' AND customer.id = {number}""",
    )
    (history,) = by_hand(
        demo,
        f"""SELECT segment, valid_from AS "validFrom" FROM gold.customer_segments
            WHERE org_id = 'acme' AND customer_id = {number}
            ORDER BY valid_from DESC LIMIT 1""",
    )
    shown = data["customer"]
    assert {**shown, "signedUpAt": shown["signedUpAt"].removesuffix("Z")} == {
        **described,
        "signedUpAt": described["signedUpAt"].removesuffix("Z"),
        "segmentHistory": shown["segmentHistory"],
    }
    assert shown["segmentHistory"]["segment"] == history["segment"]
    assert shown["segmentHistory"]["validFrom"].rstrip("Z") == history["validFrom"].rstrip("Z")
