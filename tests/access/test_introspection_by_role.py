"""Who may ask for the schema, by their roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query
from pydantic import ValidationError

from analytics_gql.settings import Settings
from tests.access.test_access_over_http import keys_file
from tests.conftest import ROOT
from tests.doors.in_process import ask, refused, serving
from tests.persisted.folders import fill

KEYS: dict[str, dict[str, Any]] = {
    "plain": {"tenant": "acme", "tier": 3},
    "other": {"tenant": "acme", "tier": 3, "roles": ["analyst"]},
    "developer": {"tenant": "acme", "tier": 3, "roles": ["analyst", "developer"]},
    "boss": {"tenant": "acme", "tier": 3, "roles": ["*"]},
}
WHOLE = get_introspection_query()
ONE = '{ __type(name: "OrderMetrics") { name } }'
MISSPELT = '{ orderMetrics(dateRange: {start: "2026-06-30", end: "2026-06-30"}) { revenu } }'


@pytest.fixture(scope="module")
async def client(
    demo_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("introspection")
    settings = Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        keys=keys_file(folder, KEYS),
        persisted_queries=fill(folder / "documents", {"types.graphql": "query Types " + ONE}),
        introspection_roles="developer, support",
    )
    async with serving(settings) as served:
        yield served


async def as_caller(client: httpx.AsyncClient, key: str, query: str) -> httpx.Response:
    return await ask(client, query, headers={"x-api-key": key})


@pytest.mark.parametrize("key", ["developer", "boss"])
async def test_those_who_may_are_told_the_schema_and_suggested_names(
    client: httpx.AsyncClient, key: str
) -> None:
    told = (await as_caller(client, key, WHOLE)).json()
    assert any(item["name"] == "OrderMetrics" for item in told["data"]["__schema"]["types"])
    assert "did you mean" in (await as_caller(client, key, MISSPELT)).text.lower()


@pytest.mark.parametrize("key", ["plain", "other"])
@pytest.mark.parametrize("query", [WHOLE, ONE])
async def test_others_are_told_nothing_and_suggested_nothing(
    client: httpx.AsyncClient, key: str, query: str
) -> None:
    for _ in range(2):  # whoever asked the same before
        await as_caller(client, "developer", query)
        refused(await as_caller(client, key, query), 200, "GRAPHQL_VALIDATION_FAILED")
    error = refused(await as_caller(client, key, MISSPELT), 200, "GRAPHQL_VALIDATION_FAILED")
    assert "revenue" not in str(error)
    assert (await as_caller(client, key, "{ __typename }")).json() == {
        "data": {"__typename": "Query"}
    }


async def test_a_registered_document_may_ask_for_it(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql/p/types", headers={"x-api-key": "plain"})
    assert response.json()["data"] == {"__type": {"name": "OrderMetrics"}}


def test_a_list_of_no_roles_is_refused() -> None:
    with pytest.raises(ValidationError, match="it names no role"):
        Settings(introspection_roles=" , ")
