"""Documents that tests of the doors register, and the ways to ask them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx

from analytics_gql.persisted.registry import identifier_of, sha_256
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.persisted.folders import CUSTOMER, QUERY, apollo

TYPED = "application/graphql-response+json"
ALL = """# example: {"day": "2026-06-30", "by": ["COUNTRY"]}
query All(
  $day: Date!, $zone: String, $granularity: Granularity! = DAY, $countries: [String!],
  $by: [OrderMetricsDimension!] = [], $limit: Int, $margin: Float, $revenue: Decimal,
  $orders: BigInt, $isNull: Boolean,
  $order: [OrderMetricsOrder!] = []
) {
  orderMetrics(
    dateRange: { start: $day, end: $day }, timezone: $zone, granularity: $granularity, groupBy: $by,
    where: { and: [{ country: { in: $countries, isNull: $isNull }, grossMargin: { lt: $margin },
                     revenue: { gt: $revenue }, orderCount: { gt: $orders } }] },
    orderBy: $order, limit: $limit
  ) { country orderCount }
}"""
FILES: dict[str, object] = {
    "day.graphql": QUERY,
    "all.graphql": ALL,
    "filtered.graphql": """query Filtered($where: OrderMetricsFilter!) {
  orderMetrics(dateRange: { start: "2026-06-30", end: "2026-06-30" }, groupBy: [CHANNEL],
               where: $where) { channel }
}""",
    "apollo.json": apollo((sha_256(CUSTOMER), "Customer", CUSTOMER)),
    "relay.json": {hashlib.md5(CUSTOMER.encode()).hexdigest(): CUSTOMER + "\n"},
}
DAY = {"day": "2026-06-30"}
ANSWER = {
    "data": {"orderMetrics": [{"orderCount": 543}]},
    "extensions": {"cost": {"requested": 3}},
}


def said(response: httpx.Response) -> Any:
    """The body without what the client was charged, which differs from one request to the next."""
    body = response.json()
    cost = body["extensions"]["cost"]
    body["extensions"]["cost"] = {"requested": cost["requested"]}
    return body


def settings(demo_path: Path, folder: Path, **others: Any) -> Settings:
    return Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        persisted_queries=folder,
        **others,
    )


def extension(identifier: str) -> dict[str, Any]:
    """What Apollo's and urql's clients send."""
    return {"persistedQuery": {"version": 1, "sha256Hash": identifier}}


def in_url(**members: Any) -> dict[str, str]:
    """URL parameters: all but text is JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in members.items()
    }


FORMS: list[dict[str, Any]] = [
    {"documentId": identifier_of(QUERY)},
    {"documentId": sha_256(QUERY)},
    {"extensions": extension(sha_256(QUERY))},
    {"extensions": extension(identifier_of(QUERY))},
    {"extensions": extension(sha_256(QUERY)), "query": QUERY},
    {"extensions": extension(sha_256(QUERY)), "documentId": sha_256(QUERY)},
    {"extensions": extension(sha_256(QUERY)), "documentId": identifier_of(QUERY)},
    {"documentId": identifier_of(QUERY), "operationName": "Day"},
    {"documentId": identifier_of(QUERY), "extensions": {"else": 1}, "else": 1},
]
