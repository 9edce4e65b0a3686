"""Registered documents over HTTP: every form of asking, every fault."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.documents import load_registry
from analytics_gql.compose.model import Model
from analytics_gql.doors.documents import Question
from analytics_gql.persisted.registry import identifier_of, sha_256
from analytics_gql.settings import Settings
from tests.doors.in_process import refused, serving
from tests.doors.registered import (
    ANSWER,
    DAY,
    FILES,
    FORMS,
    TYPED,
    extension,
    in_url,
    said,
    settings,
)
from tests.persisted.folders import CUSTOMER, QUERY, fill

KEPT = "private, max-age=300, stale-while-revalidate=3600"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("documents"), FILES)


@pytest.fixture(scope="module")
async def client(demo_path: Path, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Open to all documents, on this machine."""
    async with serving(settings(demo_path, folder)) as client:
        yield client


# --- the forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("accept", ["application/json", TYPED])
async def test_a_document_is_asked_by_its_identifier(
    client: httpx.AsyncClient, form: dict[str, Any], accept: str
) -> None:
    headers = {"accept": accept}
    asked = form | {"variables": DAY}
    for response in (
        await client.get("/graphql", params=in_url(**asked), headers=headers),
        await client.post("/graphql", json=asked, headers=headers),
    ):
        assert response.status_code == 200
        assert said(response) == ANSWER
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        kept = response.request.method == "GET"
        assert response.headers["cache-control"] == (KEPT if kept else "no-store")
    head = await client.head("/graphql", params=in_url(**asked), headers=headers)
    assert head.status_code == 200


async def test_identifiers_of_frontends_are_found_as_they_give_them(
    client: httpx.AsyncClient,
) -> None:
    for identifier in (sha_256(CUSTOMER), hashlib.md5(CUSTOMER.encode()).hexdigest()):
        for form in ({"documentId": identifier}, {"extensions": extension(identifier)}):
            asked: dict[str, Any] = {**form, "variables": {"id": "98"}}
            response = await client.get("/graphql", params=in_url(**asked))
            assert response.json()["data"] == {"customer": {"name": "Kowal Consulting"}}
    # A client whose hash is its own sends it with the document: blanks do not make another.
    asked = {
        "extensions": extension(hashlib.md5(CUSTOMER.encode()).hexdigest()),
        "query": CUSTOMER.replace("{", "{\n"),
        "variables": {"id": "98"},
    }
    assert "data" in (await client.post("/graphql", json=asked)).json()


async def test_the_shipped_documents_are_served_without_a_word(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no model here: the packaged one comes with its documents
    async with serving(Settings(warehouse=f"duckdb://{demo_path}")) as client:
        response = await client.get("/graphql/p/finance_metrics?start=2026-06-30&end=2026-06-30")
        assert len(response.json()["data"]["orderMetrics"]) > 10


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["application/json", TYPED])
@pytest.mark.parametrize(
    "identifier", ["0" * 64, "sha256:" + "0" * 64, "sha256:0", "md5:0", "x-own:0", "day", "ä" * 99]
)
async def test_an_unknown_identifier_is_told_as_clients_expect(
    client: httpx.AsyncClient, identifier: str, accept: str
) -> None:
    headers = {"accept": accept}
    for form in ({"documentId": identifier}, {"extensions": extension(identifier)}):
        for response in (
            await client.get("/graphql", params=in_url(**form), headers=headers),
            await client.post("/graphql", json=form, headers=headers),
        ):
            error = refused(response, 404, "PERSISTED_QUERY_NOT_FOUND", accept)
            assert error["message"] == "PersistedQueryNotFound"
            assert len(response.json()["errors"]) == 1
            assert "data" not in response.json()


async def test_a_hash_with_another_query_is_refused(client: httpx.AsyncClient) -> None:
    other = QUERY.replace("orderCount", "revenue")
    for identifier, query in (
        (sha_256(QUERY), other),  # of a registered document
        (sha_256(QUERY), QUERY + " "),  # a hash is to the letter
        (sha_256(CUSTOMER), QUERY),
        (sha_256(other), QUERY),  # of one that nobody knows
        ("0" * 64, "{ __typename }"),
        (hashlib.md5(CUSTOMER.encode()).hexdigest(), QUERY),
        (hashlib.md5(CUSTOMER.encode()).hexdigest(), "{"),
    ):
        form = {"extensions": extension(identifier), "query": query, "variables": DAY}
        for response in (
            await client.get("/graphql", params=in_url(**form)),
            await client.post("/graphql", json=form),
        ):
            refused(response, 400, "PERSISTED_QUERY_MISMATCH")


@pytest.mark.parametrize(
    "form",
    [
        {"documentId": identifier_of(QUERY), "query": QUERY},
        {"documentId": identifier_of(QUERY), "extensions": extension("0" * 64)},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": sha_256(QUERY)}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 7}}},
        {"extensions": {"persistedQuery": []}},
        {"extensions": {"persistedQuery": None}},
        {"extensions": {}},
        {"variables": DAY},
    ],
)
async def test_a_request_that_names_no_document_or_two_is_refused(
    client: httpx.AsyncClient, form: dict[str, Any]
) -> None:
    for response in (
        await client.get("/graphql", params=in_url(**form)),
        await client.post("/graphql", json=form),
    ):
        refused(response, 400, "BAD_REQUEST")


async def test_an_identifier_is_text(client: httpx.AsyncClient) -> None:
    refused(await client.post("/graphql", json={"documentId": 7}), 400, "BAD_REQUEST")
    refused(await client.get("/graphql?documentId="), 400, "BAD_REQUEST")


async def test_variables_and_operations_that_do_not_fit_are_errors_of_the_document(
    client: httpx.AsyncClient,
) -> None:
    for members, code in (
        ({"variables": {"day": "today"}}, "BAD_USER_INPUT"),
        ({}, "BAD_USER_INPUT"),
        ({"variables": DAY, "operationName": "Night"}, "OPERATION_NOT_DETERMINED"),
    ):
        form = {"documentId": identifier_of(QUERY)} | members
        for accept, status in (("application/json", 200), (TYPED, 400)):
            response = await client.get(
                "/graphql", params=in_url(**form), headers={"accept": accept}
            )
            refused(response, status, code, accept)


async def test_a_new_query_is_not_registered_by_its_hash(client: httpx.AsyncClient) -> None:
    query = "query New { __typename }"
    form = {"extensions": extension(sha_256(query))}
    response = await client.post("/graphql", json=form | {"query": query})
    assert response.json() == {"data": {"__typename": "Query"}}
    refused(await client.post("/graphql", json=form), 404, "PERSISTED_QUERY_NOT_FOUND")


async def test_a_mutation_cannot_be_registered_by_get(client: httpx.AsyncClient) -> None:
    query = "mutation M { drop }"
    form = in_url(extensions=extension(sha_256(query)), query=query)
    response = await client.get("/graphql", params=form)
    refused(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


# --- variables in one spelling -------------------------------------------------------------------


def test_equal_variables_are_the_same_bytes(folder: Path, demo_model: Model) -> None:
    registry = load_registry(Settings(persisted_queries=folder), demo_model)
    registered = registry.named("all")
    assert registered is not None

    def canonical(variables: dict[str, Any] | None) -> bytes | None:
        question = Question(registered.document, registered, variables, None, Caller("acme"))
        return question.canonical_variables()

    known = canonical({"day": "2026-06-30", "limit": 3, "revenue": 10, "countries": ["DE"]})
    assert known == (
        b'{"by":[],"countries":["DE"],"day":"2026-06-30","granularity":"DAY","limit":3,'
        b'"order":[],"revenue":"10"}'
    )
    for same in (
        {"limit": 3, "countries": ["DE"], "revenue": "10.0", "day": "2026-06-30"},
        {"limit": 3.0, "countries": "DE", "revenue": 10, "day": "2026-06-30", "unknown": [1]},
        {
            "limit": 3,
            "countries": ["DE"],
            "revenue": 10,
            "day": "2026-06-30",
            "granularity": "DAY",
            "by": [],
        },
    ):
        assert canonical(same) == known
    assert canonical({"day": "2026-06-30"}) != canonical({"day": "2026-06-29"})
    # Left out is not the same as null.
    assert canonical({"day": "2026-06-30", "limit": None}) != canonical({"day": "2026-06-30"})
    assert canonical({"day": "today"}) is None
    assert canonical(None) is None
