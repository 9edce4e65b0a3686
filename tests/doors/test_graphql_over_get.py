"""GET /graphql, and statuses by media type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from analytics_gql.app import create_app
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import logging_as_it_was, refused, started

TYPED = "application/graphql-response+json"


@pytest.fixture
async def client(demo_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}")
    with logging_as_it_was():
        async with started(create_app(settings)) as client:
            yield client


async def test_a_query_can_stand_in_a_url(client: httpx.AsyncClient) -> None:
    response = await client.get(
        "/graphql",
        params={
            "query": "query A($id: ID!) { customer(id: $id) { id } } query B { __typename }",
            "variables": '{"id": "7"}',
            "operationName": "A",
            "extensions": "",
            "unknown": "é",
        },
    )
    assert response.status_code == 200
    assert response.json()["data"] == {"customer": {"id": "7"}}
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "url",
    [
        "/graphql",
        "/graphql?query=",
        "/graphql?variables={}",
        "/graphql?query={__typename}&variables=[1]",
        "/graphql?query={__typename}&variables={",
        "/graphql?query={__typename}&extensions=1",
        "/graphql?query={__typename}&query={a}",
        "/graphql?query=%FF",
        "/graphql?" + "&".join(f"a{number}=1" for number in range(101)),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", TYPED])
async def test_a_url_that_is_no_request_is_refused(
    client: httpx.AsyncClient, url: str, accept: str
) -> None:
    response = await client.get(url, headers={"accept": accept})
    error = refused(response, 400, "BAD_REQUEST", accept)
    assert error["extensions"]["hint"]


async def test_a_mutation_cannot_be_sent_by_get(client: httpx.AsyncClient) -> None:
    for name in ("", "&operationName=M"):
        response = await client.get(f"/graphql?query=mutation M{{drop}}{name}")
        refused(response, 405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { customer(id: $id) { id } }", "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", "OPERATION_NOT_DETERMINED"),
    ],
)
async def test_a_document_that_cannot_run_is_400_in_the_type_of_its_own(
    client: httpx.AsyncClient, document: str, code: str
) -> None:
    for accept, status in ((TYPED, 400), ("application/json", 200), ("*/*", 200)):
        for response in (
            await client.get("/graphql", params={"query": document}, headers={"accept": accept}),
            await client.post("/graphql", json={"query": document}, headers={"accept": accept}),
        ):
            refused(response, status, code, TYPED if accept == TYPED else "application/json")
            assert "data" not in response.json()


async def test_an_error_while_executing_is_200_with_data(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": '{ customer(id: "x") { id } }'}, headers={"accept": TYPED}
    )
    refused(response, 200, "INVALID_KEY", TYPED)
    assert response.json()["data"] == {"customer": None}


async def test_a_type_that_is_not_to_be_had_is_406(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/html"}
    )
    refused(response, 406, "NOT_ACCEPTABLE")


async def test_head_is_get_without_a_body(client: httpx.AsyncClient) -> None:
    response = await client.head("/graphql?query={__typename}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
