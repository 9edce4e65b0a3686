"""Registered documents over HTTP: every form of asking, every fault, each mode."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.app import Model, load_registry
from analytics_gql.doors.documents import Question
from analytics_gql.persisted.registry import identifier_of, sha_256
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import captured_log, refused, serving
from tests.persisted.folders import CUSTOMER, QUERY, apollo, fill

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
ANSWER = {"data": {"orderMetrics": [{"orderCount": 543}]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("documents"), FILES)


@pytest.fixture(scope="module")
async def client(demo_path: Path, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Open to all documents, on this machine."""
    async with serving(settings(demo_path, folder)) as client:
        yield client


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


# --- the forms -----------------------------------------------------------------------------------

FORMS: list[dict[str, Any]] = [
    {"documentId": identifier_of(QUERY)},
    {"documentId": sha_256(QUERY)},
    {"extensions": extension(sha_256(QUERY))},
    {"extensions": extension(identifier_of(QUERY))},
    {"extensions": extension(sha_256(QUERY)), "query": QUERY},
    {"extensions": extension(sha_256(QUERY)), "documentId": sha_256(QUERY)},
    {"documentId": identifier_of(QUERY), "operationName": "Day"},
    {"documentId": identifier_of(QUERY), "extensions": {"else": 1}, "else": 1},
]


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
        assert response.json() == ANSWER
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
    head = await client.head("/graphql", params=in_url(**asked), headers=headers)
    assert head.status_code == 200


async def test_identifiers_of_frontends_are_found_as_they_give_them(
    client: httpx.AsyncClient,
) -> None:
    for identifier in (sha_256(CUSTOMER), hashlib.md5(CUSTOMER.encode()).hexdigest()):
        for form in ({"documentId": identifier}, {"extensions": extension(identifier)}):
            asked: dict[str, Any] = {**form, "variables": {"id": "98"}}
            response = await client.get("/graphql", params=in_url(**asked))
            assert response.json() == {"data": {"customer": {"name": "Kowal Consulting"}}}
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


# --- by name, with parameters --------------------------------------------------------------------


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
    assert by_name.json() == posted.json()
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


# --- automatic persisted queries -----------------------------------------------------------------


async def test_a_client_registers_by_hash_and_query_where_it_may(
    demo_path: Path, folder: Path
) -> None:
    query = "query New { __typename }"
    form = {"extensions": extension(sha_256(query))}
    async with serving(settings(demo_path, folder, automatic_persisted_queries=True)) as client:
        unknown = await client.get("/graphql", params=in_url(**form))
        refused(unknown, 404, "PERSISTED_QUERY_NOT_FOUND")
        # A document that does not fit is not kept, nor one under another's hash.
        for wrong in ("{ nothing }", "{"):
            bad = {"extensions": extension(sha_256(wrong)), "query": wrong}
            assert "errors" in (await client.post("/graphql", json=bad)).json()
            del bad["query"]
            refused(await client.post("/graphql", json=bad), 404, "PERSISTED_QUERY_NOT_FOUND")
        other = await client.post("/graphql", json=form | {"query": "{ __typename }"})
        refused(other, 400, "PERSISTED_QUERY_MISMATCH")
        refused(await client.post("/graphql", json=form), 404, "PERSISTED_QUERY_NOT_FOUND")
        answer = {"data": {"__typename": "Query"}}
        assert (await client.post("/graphql", json=form | {"query": query})).json() == answer
        assert (await client.get("/graphql", params=in_url(**form))).json() == answer
        assert (await client.post("/graphql", json=form)).json() == answer


# --- modes ---------------------------------------------------------------------------------------


async def test_safelist_answers_registered_documents_alone(demo_path: Path, folder: Path) -> None:
    only = settings(demo_path, folder, persisted_mode="safelist", automatic_persisted_queries=True)
    async with serving(only) as client:
        for form in FORMS:
            asked = form | {"variables": DAY}
            assert (await client.post("/graphql", json=asked)).json() == ANSWER
            assert (await client.get("/graphql", params=in_url(**asked))).json() == ANSWER
        assert (await client.get("/graphql/p/day?day=2026-06-30")).json() == ANSWER
        # The text of a registered document is as good as its identifier.
        asked = {"query": f"# as printed elsewhere\n{QUERY}", "variables": DAY}
        assert (await client.post("/graphql", json=asked)).json() == ANSWER
        new = "query New { __typename }"
        for query in ("{ __typename }", "{ nothing }", "{", new, "{ __schema { types { name } } }"):
            for form in (
                {"query": query},
                {"query": query, "extensions": extension(sha_256(query))},
            ):
                for response in (
                    await client.post("/graphql", json=form),
                    await client.get("/graphql", params=in_url(**form)),
                ):
                    refused(response, 403, "DOCUMENT_NOT_REGISTERED")
        # Registering by hash is no way around the list.
        form = {"extensions": extension(sha_256(new))}
        refused(await client.post("/graphql", json=form), 404, "PERSISTED_QUERY_NOT_FOUND")


async def test_safelist_log_answers_and_logs_what_is_not_registered(
    demo_path: Path, folder: Path
) -> None:
    async with serving(settings(demo_path, folder, persisted_mode="safelist-log")) as client:
        with captured_log() as log:
            for asked in ({"query": QUERY, "variables": DAY}, {**FORMS[0], "variables": DAY}):
                assert (await client.post("/graphql", json=asked)).json() == ANSWER
        assert log.getvalue() == ""
        for query, names in (
            ("query New { __typename }", "New"),
            ("{ a: __typename }", "without names"),
            ("{", "without names"),
        ):
            with captured_log() as log:
                response = await client.post("/graphql", json={"query": query})
            assert response.status_code == 200
            line = f"WARNING not registered: sha256:{sha_256(query)} of tenant acme, operations"
            assert f"[{response.headers['x-request-id']}] {line} {names}" in log.getvalue()


async def test_a_key_has_its_own_mode_and_rights(
    demo_path: Path, folder: Path, tmp_path: Path
) -> None:
    entries = {
        "own mode": {"tenant": "acme", "documents": "open"},
        "registers": {"tenant": "acme", "documents": "open", "register": True},
        "as the server": {"tenant": "acme", "register": True},
    }
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({sha_256(key): entry for key, entry in entries.items()}))
    query = "query New { __typename }"
    form = {"extensions": extension(sha_256(query))}

    async with serving(settings(demo_path, folder, persisted_mode="safelist", keys=keys)) as client:

        async def post(key: str, body: dict[str, Any]) -> httpx.Response:
            return await client.post("/graphql", json=body, headers={"x-api-key": key})

        # Who asks is looked at first: nobody learns what is registered.
        refused(await client.get("/graphql/p/day?day=2026-06-30"), 401, "UNAUTHENTICATED")
        for key in entries:
            assert (await post(key, {**FORMS[0], "variables": DAY})).json() == ANSWER
        refused(await post("as the server", {"query": query}), 403, "DOCUMENT_NOT_REGISTERED")
        assert "data" in (await post("own mode", form | {"query": query})).json()
        refused(await post("own mode", form), 404, "PERSISTED_QUERY_NOT_FOUND")
        assert "data" in (await post("registers", form | {"query": query})).json()
        assert "data" in (await post("registers", form)).json()
        for key in ("own mode", "as the server"):
            refused(await post(key, form), 404, "PERSISTED_QUERY_NOT_FOUND")


# --- variables in one spelling -------------------------------------------------------------------


def test_equal_variables_are_the_same_bytes(folder: Path, demo_model: Model) -> None:
    registry = load_registry(Settings(persisted_queries=folder), demo_model)
    registered = registry.named("all")
    assert registered is not None

    def canonical(variables: dict[str, Any] | None) -> bytes | None:
        question = Question(registered.document, registered, variables, None, Caller("acme"))
        return question.canonical_variables(demo_model.schema)

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
