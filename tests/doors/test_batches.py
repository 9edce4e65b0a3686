"""Arrays of operations: off by default, bounded, and each answered as if it had come alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.persisted.registry import identifier_of
from tests.doors.in_process import refused, serving
from tests.doors.registered import ANSWER, DAY, settings
from tests.persisted.folders import QUERY, fill

TYPED = "application/graphql-response+json"
NAMED = {"query": "{ __typename }"}


@pytest.fixture
async def client(demo_path: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    fill(tmp_path, {"day.graphql": QUERY})
    async with serving(settings(demo_path, tmp_path, max_batch=3)) as client:
        yield client


async def post(client: httpx.AsyncClient, items: Any, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json=items, headers=headers)


@pytest.mark.parametrize("accept", ["application/json", TYPED])
async def test_each_has_its_answer_in_its_place(client: httpx.AsyncClient, accept: str) -> None:
    by_identifier = {"documentId": identifier_of(QUERY), "variables": DAY}
    response = await post(client, [by_identifier, {"query": "{ nothing }"}, NAMED], accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    first, second, third = response.json()
    assert first == ANSWER
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "data" not in second
    assert third == {"data": {"__typename": "Query"}}


async def test_an_error_of_one_is_told_in_its_place(client: httpx.AsyncClient) -> None:
    unknown = {"documentId": "sha256:" + "0" * 64}
    response = await post(client, [unknown, NAMED])
    assert [item.get("data") for item in response.json()] == [None, {"__typename": "Query"}]
    code = response.json()[0]["errors"][0]["extensions"]["code"]
    assert code == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([], "has 0 operations"),
        ([NAMED] * 4, "has 4 operations"),
        ([NAMED, 1], "item 1 of the array is not a JSON object"),
        ([NAMED, [NAMED]], "item 1 of the array is not a JSON object"),
        ([{"query": 1}], "`query` is of the wrong type"),
    ],
)
async def test_an_array_that_cannot_be_read_is_refused_whole(
    client: httpx.AsyncClient, items: Any, told: str
) -> None:
    error = refused(await post(client, items), 400, "BAD_REQUEST")
    assert told in error["message"]


async def test_a_file_is_of_one_operation(client: httpx.AsyncClient) -> None:
    response = await post(client, [NAMED], accept="text/csv")
    refused(response, 400, "BAD_REQUEST", TYPED)


async def test_arrays_are_refused_by_default(demo_path: Path, tmp_path: Path) -> None:
    fill(tmp_path, {"day.graphql": QUERY})
    async with serving(settings(demo_path, tmp_path)) as client:
        error = refused(await post(client, [NAMED]), 400, "BAD_REQUEST")
        assert "is not a JSON object" in error["message"]
