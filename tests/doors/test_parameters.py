"""`/graphql/p/NAME`: a document by its name, each parameter a variable, read by its type."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.persisted.registry import identifier_of, sha_256
from tests.doors.in_process import refused, serving
from tests.doors.registered import (
    ALL,
    ANSWER,
    DAY,
    FILES,
    TYPED,
    said,
    settings,
)
from tests.persisted.folders import QUERY, fill


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("documents"), FILES)


@pytest.fixture(scope="module")
async def client(demo_path: Path, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Open to all documents, on this machine."""
    async with serving(settings(demo_path, folder)) as client:
        yield client


@pytest.mark.parametrize("name", ["day", "Day", sha_256(QUERY), identifier_of(QUERY)])
async def test_a_document_is_asked_by_its_name(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"/graphql/p/{name}?day=2026-06-30")
    assert response.status_code == 200
    assert response.json() == ANSWER
    assert (await client.head(f"/graphql/p/{name}?day=2026-06-30")).status_code == 200
    posted = await client.post(f"/graphql/p/{name}?day=2026-06-30")
    assert posted.status_code == 405
    assert "GET" in posted.headers["allow"]


@pytest.mark.parametrize(
    ("parameters", "variables"),
    [
        ("", {}),
        ("&zone=Europe/Berlin", {"zone": "Europe/Berlin"}),
        ("&zone=&limit=", {}),
        ("&granularity=HOUR", {"granularity": "HOUR"}),
        ("&by=COUNTRY", {"by": ["COUNTRY"]}),
        ("&by=COUNTRY&countries=DE,FR", {"by": ["COUNTRY"], "countries": ["DE", "FR"]}),
        ("&by=COUNTRY&countries=DE&countries=FR", {"by": ["COUNTRY"], "countries": ["DE", "FR"]}),
        ("&by=COUNTRY&limit=3", {"by": ["COUNTRY"], "limit": 3}),
        ("&by=COUNTRY&isNull=true", {"by": ["COUNTRY"], "isNull": True}),
        ("&by=COUNTRY&isNull=false", {"by": ["COUNTRY"], "isNull": False}),
        ("&by=COUNTRY&margin=0.45", {"by": ["COUNTRY"], "margin": 0.45}),
        ("&by=COUNTRY&margin=45e-2", {"by": ["COUNTRY"], "margin": 0.45}),
        ("&by=COUNTRY&revenue=1000.50", {"by": ["COUNTRY"], "revenue": "1000.50"}),
        ("&by=COUNTRY&orders=20", {"by": ["COUNTRY"], "orders": 20}),
        (
            '&by=COUNTRY&order=[{"by":"ORDER_COUNT","direction":"DESC"},{"by":"COUNTRY"}]',
            {
                "by": ["COUNTRY"],
                "order": [{"by": "ORDER_COUNT", "direction": "DESC"}, {"by": "COUNTRY"}],
            },
        ),
        (
            '&by=COUNTRY&order={"by":"ORDER_COUNT"}&order={"by":"COUNTRY"}',
            {"by": ["COUNTRY"], "order": [{"by": "ORDER_COUNT"}, {"by": "COUNTRY"}]},
        ),
    ],
)
async def test_a_parameter_is_a_variable_of_its_type(
    client: httpx.AsyncClient, parameters: str, variables: dict[str, Any]
) -> None:
    by_name = await client.get(f"/graphql/p/all?day=2026-06-30{parameters}")
    if "by" not in variables:  # without a grouping there is no country to select
        assert by_name.json()["errors"][0]["extensions"]["code"] == "DIMENSION_NOT_GROUPED"
        variables = variables | {"by": ["COUNTRY"]}
        by_name = await client.get(f"/graphql/p/all?day=2026-06-30{parameters}&by=COUNTRY")
    posted = await client.post("/graphql", json={"query": ALL, "variables": DAY | variables})
    assert "errors" not in posted.json()
    assert posted.json()["data"]["orderMetrics"]
    assert by_name.json() == said(posted)
    assert by_name.status_code == 200


async def test_an_input_object_is_json(client: httpx.AsyncClient) -> None:
    where = json.dumps({"channel": {"in": ["email", "organic"]}})
    response = await client.get("/graphql/p/filtered", params={"where": where})
    rows = response.json()["data"]["orderMetrics"]
    assert [row["channel"] for row in rows] == ["email", "organic"]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("day?dya=2026-06-30", "UNKNOWN_NAME", "did you mean 'day'?"),
        ("day?day=2026-06-30&x=1", "UNKNOWN_NAME", "it has day"),
        ("all?day=2026-06-30&limit=many", "BAD_USER_INPUT", "it is a whole number"),
        ("all?day=2026-06-30&limit=1.5", "BAD_USER_INPUT", "it is a whole number"),
        ("all?day=2026-06-30&limit=99999999999", "BAD_USER_INPUT", "32-bit"),
        ("all?day=2026-06-30&margin=NaN", "BAD_USER_INPUT", "it is a number"),
        ("all?day=2026-06-30&margin=1e999", "BAD_USER_INPUT", "Float"),
        ("all?day=2026-06-30&isNull=yes", "BAD_USER_INPUT", "it is true or false"),
        ("all?day=2026-06-30&order={", "BAD_USER_INPUT", "it is JSON"),
        ("all?day=2026-06-30&by=NOTHING", "BAD_USER_INPUT", "NOTHING"),
        ("all?day=30.6.2026", "BAD_USER_INPUT", "a Date is a day of the calendar"),
        ("all", "BAD_USER_INPUT", "$day"),
        ("day?day=2026-06-30&day=2026-06-30", "BAD_REQUEST", "it is one value, not a list"),
        ("day?day=%FF", "BAD_REQUEST", "UTF-8"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, path: str, code: str, said: str
) -> None:
    # There is no GraphQL client of old here to whom it would have to be 200.
    for accept in ("application/json", TYPED):
        response = await client.get(f"/graphql/p/{path}", headers={"accept": accept})
        refused(response, 400, code, accept)
        assert said in response.text


async def test_a_name_that_nobody_has_is_not_found(client: httpx.AsyncClient) -> None:
    for name, hint in (("dya", "did you mean 'Day' or 'day'?"), ("nothing", "have it registered")):
        response = await client.get(f"/graphql/p/{name}?day=2026-06-30")
        error = refused(response, 404, "PERSISTED_QUERY_NOT_FOUND")
        assert error["extensions"]["hint"].startswith(hint)
    for path in ("/graphql/p", "/graphql/p/", "/graphql/p/a/b"):
        assert (await client.get(path)).status_code in (404, 307)
