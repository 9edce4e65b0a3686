"""GraphQL over HTTP: what comes back, and that nothing which can be sent does harm."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql import app as composition
from analytics_gql.access.caller import Caller
from analytics_gql.app import create_app
from analytics_gql.cache.reuse import Answer, Reuse
from analytics_gql.compose.access import admission_of
from analytics_gql.compose.documents import live_registry
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.live import desk_of, live_queries_of
from analytics_gql.compose.model import Model
from analytics_gql.doors.graphql_http import GraphQLDoor
from analytics_gql.doors.hits import Hits
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.service.statements import StatementRequest
from analytics_gql.settings import Settings
from tests.doors.in_process import (
    ask,
    captured_log,
    logging_as_it_was,
    refused,
    serving,
    started,
)

SCHEMA = Path(__file__).parent.parent.parent / "schema.graphql"
DAY = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
KEYS = {"tier one": 1, "tier two": 2, "tier three": 3}


@pytest.fixture(scope="module")
async def client(demo_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The demo on DuckDB, without keys."""
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as client:
        yield client


@pytest.fixture(scope="module")
async def postgres_client(demo_postgres_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The demo on PostgreSQL, without keys."""
    settings = Settings(schema_path=SCHEMA, warehouse=demo_postgres_url)
    async with serving(settings) as client:
        yield client


@pytest.fixture(params=["client", "postgres_client"])
def any_client(request: pytest.FixtureRequest) -> httpx.AsyncClient:
    """The demo on each engine in turn."""
    client: httpx.AsyncClient = request.getfixturevalue(request.param)
    return client


async def post(client: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    """POST bytes as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(
        "/graphql", content=body, headers={"content-type": "application/json"} | named
    )


# --- what is right -------------------------------------------------------------------------------


async def test_a_question_is_answered(any_client: httpx.AsyncClient) -> None:
    query = f"""query Sales($by: [OrderMetricsDimension!]) {{
        orderMetrics(
            {DAY}, groupBy: $by, orderBy: [{{ by: REVENUE, direction: DESC }}], limit: 2
        ) {{
            deviceType
            revenue
        }}
    }}"""
    response = await ask(any_client, query, {"by": ["DEVICE_TYPE"]}, operationName="Sales")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.text.startswith(
        '{"data":{"orderMetrics":[{"deviceType":"mobile","revenue":56510.43},'
        '{"deviceType":"desktop","revenue":33567.32}]},'
        '"extensions":{"cost":{"requested":3,"charged":1,"remaining":'
    )


async def test_one_of_several_operations_is_chosen_by_its_name(client: httpx.AsyncClient) -> None:
    response = await ask(
        client, "query A { a: __typename } query B { b: __typename }", operationName="B"
    )
    assert response.json() == {"data": {"b": "Query"}}


async def test_null_members_and_unknown_ones_count_as_absent(client: httpx.AsyncClient) -> None:
    response = await ask(
        client, "{ __typename }", variables=None, operationName=None, extensions=None, sent=1
    )
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_variable_nobody_declared_is_ignored(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ __typename }", {"unknown": [1, {}]})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_clients_see_the_public_schema_and_nothing_physical(
    client: httpx.AsyncClient,
) -> None:
    query = """{ __schema { directives { name } types { name fields { name description }
        inputFields { name } enumValues { name } } } }"""
    response = await ask(client, query)
    directives = [item["name"] for item in response.json()["data"]["__schema"]["directives"]]
    assert not {"dataset", "metric", "dimension", "join", "source"} & set(directives)
    assert "averageOrderValue" in response.text
    assert re.search(r"gold|org_id|net_amount", response.text) is None


async def test_a_refused_tile_leaves_its_neighbours(any_client: httpx.AsyncClient) -> None:
    response = await ask(
        any_client,
        f"""{{
            good: orderMetrics({DAY}) {{ orderCount }}
            bad: orderMetrics({DAY}, limit: 0) {{ orderCount }}
            alsoGood: orderMetrics({DAY}) {{ customers }}
        }}""",
    )
    error = refused(response, 200, "INVALID_LIMIT")
    assert error["path"] == ["bad"]
    assert error["locations"] == [{"line": 3, "column": 13}]
    assert response.json()["data"] == {
        "good": [{"orderCount": 543}],
        "bad": None,
        "alsoGood": [{"customers": 533}],
    }


async def test_a_proxy_s_request_id_is_kept_if_it_is_harmless(client: httpx.AsyncClient) -> None:
    kept = await post(client, b"{}", x_request_id="edge-7.trace_0001")
    assert refused(kept, 400, "BAD_REQUEST")["extensions"]["requestId"] == "edge-7.trace_0001"
    for harmful in (
        "short",
        "x" * 101,
        "id with spaces",
        "<script>alert(1)</script>",
        "line\tfeed",
    ):
        replaced = await post(client, b"{}", x_request_id=harmful)
        assert re.fullmatch(r"[0-9a-f]{32}", replaced.headers["x-request-id"])
        refused(replaced, 400, "BAD_REQUEST")


# --- bodies --------------------------------------------------------------------------------------

DEEP = 100_000
BODIES = {
    "empty": b"",
    "cut off": b'{"query": "{ __typename }"',
    "two values": b'{"query": "{ __typename }"} {}',
    "single quotes": b"{'query': '{ __typename }'}",
    "deep arrays": b'{"query":"{__typename}","variables":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"variables":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "a lone surrogate": b'{"query": "{ __typename }", "operationName": "\\ud800"}',
    "a surrogate's bytes": b'{"query": "{ __typename } # \xed\xa0\x80"}',
    "Latin-1": '{"query": "{ __typename } # é"}'.encode("latin-1"),
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "Infinity": b'{"query": "{ __typename }", "variables": {"a": -Infinity}}',
    "a number beyond doubles": b'{"query": "{ __typename }", "variables": {"a": '
    + b"9" * 400
    + b"}}",
    "a list": b'[{"query": "{ __typename }"}]',
    "a string": b'"{ __typename }"',
    "null": b"null",
    "no query": b'{"variables": {}}',
    "query null": b'{"query": null}',
    "query a number": b'{"query": 7}',
    "query an object": b'{"query": {}}',
    "variables a list": b'{"query": "{ __typename }", "variables": []}',
    "variables a string": b'{"query": "{ __typename }", "variables": "{}"}',
    "operationName a number": b'{"query": "{ __typename }", "operationName": 7}',
    "extensions a string": b'{"query": "{ __typename }", "extensions": "{}"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_is_no_request_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    error = refused(await post(client, body), 400, "BAD_REQUEST")
    assert "query" in error["extensions"]["hint"]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/graphql", "application/json5", "application/json; charset=utf-16", "x" * 5_000],
)  # fmt: skip
async def test_another_content_type_is_refused(
    client: httpx.AsyncClient, content_type: str
) -> None:
    response = await post(client, b'{"query": "{ __typename }"}', content_type=content_type)
    error = refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert len(error["message"]) < 200
    assert error["extensions"]["hint"] == "send application/json in UTF-8"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
async def test_spellings_of_the_content_type_are_taken(
    client: httpx.AsyncClient, content_type: str
) -> None:
    response = await post(client, b'{"query": "{ __typename }"}', content_type=content_type)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_large_body_is_refused_whatever_its_framing(client: httpx.AsyncClient) -> None:
    body = b'{"query": "#' + b"x" * 1_000_000 + b'"}'
    error = refused(await post(client, body), 413, "REQUEST_TOO_LARGE")
    assert "1,000,000" in error["message"]
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 100_000
            yield b" " * 100_000

    response = await client.post(
        "/graphql", content=chunks(), headers={"content-type": "application/json"}
    )
    refused(response, 413, "REQUEST_TOO_LARGE")
    assert sent <= 1_200_000, "the rest is not read"


async def test_other_methods_and_paths_are_told_what_there_is(client: httpx.AsyncClient) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        response = await client.request(method, "/graphql", params={"query": "{ __typename }"})
        error = refused(response, 405, "BAD_REQUEST")
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
        assert error["extensions"]["hint"].startswith("send ")
    response = await client.post("/healthz")
    refused(response, 405, "BAD_REQUEST")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    for path in ("/graphq", "/graphql/x", "/../etc/passwd", "/%00"):
        refused(await client.get(path), 404, "BAD_REQUEST")


# --- documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        ("", "GRAPHQL_PARSE_FAILED", "Unexpected <EOF>"),
        (" \n\t ", "GRAPHQL_PARSE_FAILED", "Unexpected <EOF>"),
        ("# nothing but a comment", "GRAPHQL_PARSE_FAILED", "Unexpected <EOF>"),
        ("{", "GRAPHQL_PARSE_FAILED", "Expected Name"),
        ("{ a(b: ) }", "GRAPHQL_PARSE_FAILED", "Unexpected ')'"),
        ('{ a(b: "\\uD800") }', "GRAPHQL_PARSE_FAILED", "Invalid Unicode escape"),
        ("\0", "GRAPHQL_PARSE_FAILED", "Unexpected character"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED", "'F' is never used"),
        ("type T { a: Int }", "GRAPHQL_VALIDATION_FAILED", "not executable"),
        ("{ __typename } type T { a: Int }", "GRAPHQL_VALIDATION_FAILED", "not executable"),
        ("mutation { drop }", "GRAPHQL_VALIDATION_FAILED", "mutation operation is not supported"),
        ("subscription { rows }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'rows'"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nothing'"),
        ("query A { __typename } query A { __typename }", "GRAPHQL_VALIDATION_FAILED", "'A'"),
        (f"{{ orderMetrics({DAY}) }}", "GRAPHQL_VALIDATION_FAILED", "must have a selection"),
        (f"{{ orderMetrics({DAY}) {{ }} }}", "GRAPHQL_VALIDATION_FAILED", "at least one field"),
        ("{ orderMetrics { revenue } }", "GRAPHQL_VALIDATION_FAILED", "'DateRange!' is required"),
        (f"{{ orderMetrics({DAY}, a: 1) {{ revenue }} }}", "GRAPHQL_VALIDATION_FAILED", "'a'"),
        ("{ ...F }", "GRAPHQL_VALIDATION_FAILED", "Unknown fragment 'F'"),
        ("{ __typename @live }", "GRAPHQL_VALIDATION_FAILED", "Unknown directive '@live'"),
        ("{ ... @defer { __typename } }", "GRAPHQL_VALIDATION_FAILED", "Unknown directive"),
        ("{ ...A } fragment A on Query { ...A }", "GRAPHQL_VALIDATION_FAILED", "within itself"),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            "GRAPHQL_VALIDATION_FAILED",
            "Cannot spread fragment 'A' within itself via 'B'",
        ),
        (
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } "
            "} } } } } } } } }",
            "GRAPHQL_VALIDATION_FAILED",
            "introspection depth",
        ),
    ],
)  # fmt: skip
async def test_a_document_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, document: str, code: str, message: str
) -> None:
    response = await ask(client, document)
    assert message in refused(response, 200, code)["message"]
    assert "data" not in response.json()


async def test_nothing_is_changed_and_the_hint_says_so(
    client: httpx.AsyncClient,
) -> None:
    response = await ask(client, "mutation { orderMetrics }")
    error = refused(response, 200, "GRAPHQL_VALIDATION_FAILED")
    assert error["extensions"]["hint"].startswith("there is no such operation here")


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        (f"{{ orderMetrics({DAY}) {{ revenu }} }}", "write 'revenue'"),
        (f"{{ orderMetric({DAY}) {{ revenue }} }}", "write 'orderMetrics'"),
        (
            f"{{ orderMetrics({DAY}, groupBy: [COUNTY]) {{ revenue }} }}",
            "write the enum value 'COUNTRY'",
        ),
        (
            f"{{ orderMetrics({DAY}, where: {{ cuntry: {{ eq: 1 }} }}) {{ revenue }} }}",
            "write 'country'",
        ),
        (
            f"{{ orderMetrics({DAY}, groupBy: [DATE]) {{ revenue }} }}",
            "select `date` to group by it; `granularity` says how",
        ),
        (
            f"{{ orderMetrics({DAY}, groupBy: [REVENUE]) {{ revenue }} }}",
            "that is a metric; group by dimensions",
        ),
    ],
)
async def test_a_near_miss_is_told_what_was_meant(
    client: httpx.AsyncClient, document: str, hint: str
) -> None:
    error = refused(await ask(client, document), 200, "GRAPHQL_VALIDATION_FAILED")
    assert error["extensions"]["hint"] == hint


async def test_the_hint_is_the_same_when_the_value_is_a_variable(client: httpx.AsyncClient) -> None:
    response = await ask(
        client,
        f"query ($by: [OrderMetricsDimension!]) {{ orderMetrics({DAY}, groupBy: $by) {{ cost }} }}",
        {"by": ["DATE"]},
    )
    error = refused(response, 200, "BAD_USER_INPUT")
    assert error["extensions"]["hint"] == "select `date` to group by it; `granularity` says how"


NESTED = {
    "selections": "{" + "a{" * 1_200 + "b" + "}" * 1_200 + "}",
    "inline fragments": "{" + "...{" * 1_200 + "__typename" + "}" * 1_200 + "}",
    "fragments": "{...F0}"
    + "".join(f"fragment F{n} on Query{{...F{n + 1}}}" for n in range(600))
    + "fragment F600 on Query{__typename}",
    "fragments that double": "{...F0}"
    + "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(400))
    + "fragment F400 on Query{__typename}",
    "conditions": f"{{orderMetrics({DAY}, where: {'{not:' * 1_200}{{}}{'}' * 1_200}) {{cost}}}}",
    "lists": f"{{orderMetrics({DAY}, groupBy: {'[' * 2_000}{']' * 2_000}) {{cost}}}}",
    "types": f"query($a: {'[' * 2_000}Int{']' * 2_000}) {{__typename}}",
    "one field too often": "{" + "__typename " * 4_900 + "}",
    "tokens": "{" + "a " * 100_000 + "}",
    "operations": "query A{a}" * 2_000,
}


@pytest.mark.parametrize("document", NESTED.values(), ids=NESTED.keys())
async def test_a_document_of_any_size_is_refused_and_the_next_one_answered(
    client: httpx.AsyncClient, document: str
) -> None:
    refused(await ask(client, document), 400, "DOCUMENT_TOO_LARGE")
    assert (await ask(client, "{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_fragments_that_double_cost_nothing_where_they_are_few(
    client: httpx.AsyncClient,
) -> None:
    document = (
        f"{{orderMetrics({DAY}){{...F0}}}}"
        + "".join(
            f"fragment F{n} on OrderMetrics{{...F{n + 1} ...F{n + 1} a: revenue}}"
            for n in range(30)
        )
        + "fragment F30 on OrderMetrics{revenue}"
    )
    response = await ask(client, document)
    assert response.json()["data"] == {"orderMetrics": [{"revenue": 93131.71, "a": 93131.71}]}


async def test_many_errors_are_cut_off(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{" + " ".join(f"nope{n}" for n in range(2_000)) + "}")
    refused(response, 200, "GRAPHQL_VALIDATION_FAILED")
    errors = response.json()["errors"]
    assert len(errors) == 101
    assert "error limit" in errors[-1]["message"]


async def test_a_value_of_any_length_is_not_sent_back_whole(client: httpx.AsyncClient) -> None:
    where = f"{{ orderCount: {{ gt: {'9' * 20_000} }} }}"
    response = await ask(client, f"{{ orderMetrics({DAY}, where: {where}) {{ cost }} }}")
    assert len(refused(response, 200, "GRAPHQL_VALIDATION_FAILED")["message"]) < 1_100


# --- operations ----------------------------------------------------------------------------------


async def test_an_operation_must_be_determined(client: httpx.AsyncClient) -> None:
    two = "query First { __typename } query Second { __typename }"
    error = refused(await ask(client, two), 200, "OPERATION_NOT_DETERMINED")
    assert error["extensions"]["hint"] == "send operationName, one of First, Second"
    error = refused(await ask(client, two, operationName="Frist"), 200, "OPERATION_NOT_DETERMINED")
    assert error["message"] == "the document has no operation 'Frist'"
    assert error["extensions"]["hint"] == "did you mean 'First'?"
    response = await ask(client, "{ __typename }", operationName="x" * 100_000)
    error = refused(response, 200, "OPERATION_NOT_DETERMINED")
    assert len(error["message"]) < 200
    assert error["extensions"]["hint"] == "it has an unnamed one"


# --- variables -----------------------------------------------------------------------------------

RANGE = """query ($start: Date!, $end: Date!) {
    orderMetrics(dateRange: { start: $start, end: $end }) { cost }
}"""
WHERE = f"query ($where: OrderMetricsFilter) {{ orderMetrics({DAY}, where: $where) {{ cost }} }}"


@pytest.mark.parametrize(
    ("document", "variables", "message"),
    [
        (RANGE, {"start": "2026-06-30"}, "'$end' has invalid value"),
        (RANGE, {"start": "2026-06-30", "end": None}, "'$end' has invalid value"),
        (RANGE, {"start": "2026-06-30", "end": "2026-06-31"}, "found: '2026-06-31'"),
        (RANGE, {"start": "2026-06-30", "end": 20260630}, "found: 20260630"),
        (RANGE, {"start": "2026-06-30", "end": {}}, "found: {}"),
        (WHERE, {"where": []}, "to be an object"),
        (WHERE, {"where": {"cuntry": {}}}, "unknown field 'cuntry'"),
        (WHERE, {"where": {"country": {"like": "x"}}}, "unknown field 'like'"),
        (WHERE, {"where": {"country": {"eq": 3}}}, "cannot represent a non string value"),
        (WHERE, {"where": {"country": {"in": [None]}}}, "not to be null"),
        (WHERE, {"where": {"orderCount": {"eq": 2**63}}}, "whole number of up to 64 bits"),
        (WHERE, {"where": {"orderCount": {"eq": 1.5}}}, "whole number of up to 64 bits"),
        (WHERE, {"where": {"orderCount": {"eq": True}}}, "whole number of up to 64 bits"),
        (WHERE, {"where": {"orderCount": {"eq": "1e3"}}}, "whole number of up to 64 bits"),
        (WHERE, {"where": {"revenue": {"eq": "NaN"}}}, "20 digits before the point"),
        (WHERE, {"where": {"revenue": {"in": ["1e20"]}}}, "20 digits before the point"),
        (WHERE, {"where": {"revenue": {"eq": "0.1234567890123456789"}}}, "18 after it"),
        (WHERE, {"where": {"grossMargin": {"eq": "x"}}}, "Float cannot represent"),
        (
            f"query ($n: Int) {{ orderMetrics({DAY}, limit: $n) {{ cost }} }}",
            {"n": 2**31},
            "32-bit",
        ),
        (WHERE, {"where": json.loads('{"not":' * 450 + "{}" + "}" * 450)}, "nested too deeply"),
    ],
)
async def test_a_variable_that_cannot_be_read_is_named(
    client: httpx.AsyncClient, document: str, variables: dict[str, Any], message: str
) -> None:
    response = await ask(client, document, variables)
    assert message in refused(response, 200, "BAD_USER_INPUT")["message"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("query ($a: Nothing) { __typename }", "Unknown type 'Nothing'"),
        ("query ($a: Int) { __typename }", "'$a' is never used"),
        ("query ($a: Query) { __typename }", "cannot be non-input type"),
        (f"{{ orderMetrics({DAY}, limit: $n) {{ cost }} }}", "'$n' is not defined"),
        (
            f"query ($n: String) {{ orderMetrics({DAY}, limit: $n) {{ cost }} }}",
            "used in position expecting type 'Int'",
        ),
    ],
)
async def test_a_variable_that_is_declared_wrongly_is_named(
    client: httpx.AsyncClient, document: str, message: str
) -> None:
    response = await ask(client, document, {"a": 1, "n": 1})
    errors = response.json()["errors"]
    refused(response, 200, "GRAPHQL_VALIDATION_FAILED")
    assert any(message in error["message"] for error in errors)


async def test_numbers_at_the_edge_are_taken_on_both_engines(
    any_client: httpx.AsyncClient,
) -> None:
    edge = "9" * 20 + "." + "9" * 18
    conditions = [
        {"orderCount": {"between": [-(2**63), 2**63 - 1]}},
        {"orderCount": {"lte": str(2**63 - 1)}},
        {"orderCount": {"lt": 1e15}},
        {"revenue": {"lt": edge}},
        {"revenue": {"gt": "-" + edge}},
        {"revenue": {"gt": "1e-18"}},
        {"revenue": {"lt": "1e19"}},
        {"revenue": {"between": [0.30000000000000004, 1e15]}},
        {"revenue": {"in": ["93131.71", 1e19, "0.000000001"]}},
        {"grossMargin": {"lt": 1e308}},
        {"grossMargin": {"gt": 5e-324}},
    ]
    for where in conditions:
        response = await ask(
            any_client,
            f"query ($w: OrderMetricsFilter) {{ orderMetrics({DAY}, where: $w) {{ orderCount }} }}",
            {"w": where},
        )
        assert response.json()["data"] == {"orderMetrics": [{"orderCount": 543}]}, where


# --- questions that make no sense ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "fields", "code", "message", "hint"),
    [
        (
            f"{DAY}, groupBy: [COUNTRY]",
            "country channel deviceType revenue",
            "DIMENSION_NOT_GROUPED",
            "the dimension 'channel' is selected but not grouped by",
            "add CHANNEL, DEVICE_TYPE to groupBy",
        ),
        (
            f"{DAY}, groupBy: []",
            "country",
            "DIMENSION_NOT_GROUPED",
            "the dimension 'country' is selected but not grouped by",
            "add COUNTRY to groupBy",
        ),
        (
            'dateRange: { start: "2026-06-30", end: "2026-06-29" }',
            "revenue",
            "INVALID_DATE_RANGE",
            "the dateRange ends (2026-06-29) before it starts (2026-06-30)",
            "swap start and end",
        ),
        (
            'dateRange: { start: "2026-06-30", end: "9999-12-31" }',
            "revenue",
            "INVALID_DATE_RANGE",
            "beyond the calendar at 9999-12-31",
            "use days between",
        ),
        (
            'dateRange: { start: "0001-01-01", end: "2026-06-29" }, timezone: "Asia/Tokyo"',
            "revenue",
            "INVALID_DATE_RANGE",
            "beyond the calendar at 0001-01-01",
            "use days between",
        ),
        (
            f'{DAY}, timezone: "Europe/Berln"',
            "revenue",
            "UNKNOWN_TIME_ZONE",
            "there is no time zone 'Europe/Berln'",
            "did you mean 'Europe/Berlin'",
        ),
        (
            f'{DAY}, timezone: "../../etc/passwd"',
            "revenue",
            "UNKNOWN_TIME_ZONE",
            "there is no time zone '../../etc/passwd'",
            "IANA",
        ),
        (
            f'{DAY}, timezone: "UTC\' OR 1=1 --"',
            "revenue",
            "UNKNOWN_TIME_ZONE",
            "there is no time zone",
            "IANA",
        ),
        (
            f'{DAY}, timezone: "{"x" * 9_000}"',
            "revenue",
            "UNKNOWN_TIME_ZONE",
            "there is no time zone 'xxx",
            "IANA",
        ),
        (
            f'{DAY}, timezone: "Europe/Berlin"',
            "revenue sessions",
            "TIME_NOT_AVAILABLE",
            "the metric 'sessions' comes from 'traffic', whose days are days of UTC",
            'ask with timezone: "UTC"',
        ),
        (
            f"{DAY}, granularity: HOUR",
            "date revenue",
            "TIME_NOT_AVAILABLE",
            "'date' is a Date, which has no hours",
            "ask for DAY or coarser",
        ),
        (
            f"{DAY}, groupBy: [PAYMENT_METHOD]",
            "paymentMethod conversionRate",
            "DIMENSION_NOT_IN_SOURCE",
            "the metric 'conversionRate' comes from 'traffic', which has no dimension "
            "'paymentMethod'",
            "country, channel, deviceType; or leave the metric out",
        ),
        (
            f'{DAY}, where: {{ category: {{ eq: "toys" }} }}',
            "sessions",
            "DIMENSION_NOT_IN_SOURCE",
            "the metric 'sessions' comes from 'traffic', which has no dimension 'category'",
            "leave the metric out",
        ),
        (f"{DAY}, limit: 0", "revenue", "INVALID_LIMIT", "limit is 0", "at least 1 row"),
        (f"{DAY}, limit: -5", "revenue", "INVALID_LIMIT", "limit is -5", "at least 1 row"),
        (
            f"{DAY}, where: {{ country: {{ eq: null }} }}",
            "revenue",
            "INVALID_FILTER",
            "`country: { eq: null }` compares with nothing",
            "isNull: true",
        ),
        (
            f"{DAY}, where: {{ country: {{ isNull: null }} }}",
            "revenue",
            "INVALID_FILTER",
            "`country: { isNull: null }` compares with nothing",
            "isNull: true",
        ),
        (
            f'{DAY}, where: {{ country: {{ between: ["DE"] }} }}',
            "revenue",
            "INVALID_FILTER",
            "`between` of 'country' has 1 values",
            "give two",
        ),
        (
            f"{DAY}, where: {{ revenue: {{ between: [1, 2, 3] }} }}",
            "revenue",
            "INVALID_FILTER",
            "`between` of 'revenue' has 3 values",
            "give two",
        ),
        (
            f'{DAY}, where: {{ country: {{ in: ["DE", "\\u0000"] }} }}',
            "revenue",
            "INVALID_FILTER",
            "the value for 'country' has the character U+0000",
            "take it out",
        ),
        (
            f'{DAY}, where: {{ or: [{{ country: {{ eq: "DE" }} }}, {{ cost: {{ gt: 1 }} }}] }}',
            "channel",
            "INVALID_FILTER",
            "one condition mixes the metric 'cost' with the dimension 'country'",
            "add COUNTRY to groupBy",
        ),
        (
            f"{DAY}, orderBy: [{{ by: DATE }}]",
            "revenue",
            "INVALID_ORDER",
            "the order names 'date', which is not selected",
            "select date",
        ),
        (
            f"{DAY}, orderBy: [{{ by: COUNTRY }}]",
            "revenue",
            "INVALID_ORDER",
            "the order names the dimension 'country', which is not grouped by",
            "add COUNTRY to groupBy",
        ),
    ],
)
async def test_a_question_that_makes_no_sense_is_told_what_to_mend(
    any_client: httpx.AsyncClient, arguments: str, fields: str, code: str, message: str, hint: str
) -> None:
    response = await ask(any_client, f"{{ orderMetrics({arguments}) {{ {fields} }} }}")
    error = refused(response, 200, code)
    assert message in error["message"]
    assert len(error["message"]) < 300
    assert hint in error["extensions"]["hint"]
    assert error["path"] == ["orderMetrics"]
    assert response.json()["data"] == {"orderMetrics": None}


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "2026-6-1", "20260601", "2026-06-01T00:00:00Z", "", "0000-01-01", "10000-01-01",
     "today", "٢٠٢٦-06-01", "2026-06-01 ", "-2026-06-01"],
)  # fmt: skip
async def test_a_day_that_is_none_is_refused_as_literal_and_as_variable(
    client: httpx.AsyncClient, day: str
) -> None:
    literal = f'{{ orderMetrics(dateRange: {{ start: "{day}", end: "2026-06-30" }}) {{ cost }} }}'
    error = refused(await ask(client, literal), 200, "GRAPHQL_VALIDATION_FAILED")
    assert "a Date is a day of the calendar" in error["message"]
    response = await ask(client, RANGE, {"start": day, "end": "2026-06-30"})
    error = refused(response, 200, "BAD_USER_INPUT")
    assert "a Date is a day of the calendar" in error["message"]


@pytest.mark.parametrize(
    ("where", "orders"),
    [
        ("null", 543),
        ("{}", 543),
        ("{ country: null }", 543),
        ("{ country: {} }", 543),
        ("{ and: [] }", 543),
        ("{ and: null, or: null, not: null }", 543),
        ("{ or: [] }", 0),
        ("{ not: {} }", 0),
        ("{ or: [{}] }", 543),
        ("{ country: { in: [] } }", 0),
        ("{ country: { notIn: [] } }", 543),
        ('{ country: { between: ["Z", "A"] } }', 0),
    ],
)
async def test_a_filter_that_says_nothing_has_one_meaning(
    any_client: httpx.AsyncClient, where: str, orders: int
) -> None:
    response = await ask(any_client, f"{{ orderMetrics({DAY}, where: {where}) {{ orderCount }} }}")
    assert response.json()["data"] == {"orderMetrics": [{"orderCount": orders}]}


async def test_wide_filters_are_answered(any_client: httpx.AsyncClient) -> None:
    for where in (
        {"or": [{"country": {"eq": f"X{number}"}} for number in range(200)]},
        {"and": [{"country": {"ne": f"X{number}"}} for number in range(200)]},
        {"country": {"in": [f"X{number}" for number in range(10_000)]}},
    ):
        response = await ask(
            any_client,
            f"query ($w: OrderMetricsFilter) {{ orderMetrics({DAY}, where: $w) {{ orderCount }} }}",
            {"w": where},
        )
        (row,) = response.json()["data"]["orderMetrics"]
        assert row["orderCount"] in (0, 543)


async def test_a_filter_of_any_size_is_refused_before_it_costs(client: httpx.AsyncClient) -> None:
    query = f"query ($w: OrderMetricsFilter) {{ orderMetrics({DAY}, where: $w) {{ orderCount }} }}"
    many = [{"country": {"eq": f"X{number}"}} for number in range(10_000)]
    error = refused(await ask(client, query, {"w": {"or": many}}), 200, "INVALID_FILTER")
    assert "more than 200 conditions" in error["message"]
    assert "`in`" in error["extensions"]["hint"]


# --- rows ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def demo_url(request: pytest.FixtureRequest) -> str:
    """The demo on each engine in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("demo_postgres_url"))
    return f"duckdb://{request.getfixturevalue('demo_path')}"


@pytest.fixture(scope="module")
async def keyed_client(
    demo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """The demo with a key for each tier."""
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    entries = {
        hashlib.sha256(key.encode()).hexdigest(): {"tenant": "acme", "tier": tier}
        for key, tier in KEYS.items()
    }
    keys.write_text(json.dumps(entries))
    async with serving(Settings(schema_path=SCHEMA, warehouse=demo_url, keys=keys)) as client:
        yield client


def by_days(days: int, dimensions: str, limit: str = "") -> str:
    start = {5: "2026-06-26", 4: "2026-06-27", 30: "2026-06-01", 60: "2026-05-02"}[days]
    return f"""{{ orderMetrics(
        dateRange: {{ start: "{start}", end: "2026-06-30" }}, granularity: DAY {limit}
    ) {{ date {dimensions} orderCount }} }}"""


async def test_more_rows_than_the_tier_may_read_are_an_error_never_a_shorter_list(
    keyed_client: httpx.AsyncClient,
) -> None:
    async def rows(key: str, query: str) -> httpx.Response:
        return await ask(keyed_client, query, headers={"x-api-key": key})

    many = by_days(30, "country channel")
    error = refused(await rows("tier one", many), 200, "TOO_MANY_ROWS")
    assert "more than the 100 rows" in error["message"]
    assert "dateRange" in error["extensions"]["hint"]
    assert len((await rows("tier two", many)).json()["data"]["orderMetrics"]) > 1_000

    lots = by_days(60, "country channel deviceType paymentMethod")
    error = refused(await rows("tier two", lots), 200, "TOO_MANY_ROWS")
    assert "more than the 10,000 rows" in error["message"]
    assert len((await rows("tier three", lots)).json()["data"]["orderMetrics"]) > 10_000


async def test_rows_count_as_they_are_returned(keyed_client: httpx.AsyncClient) -> None:
    async def rows(query: str) -> Any:
        response = await ask(keyed_client, query, headers={"x-api-key": "tier one"})
        return response.json()["data"]["orderMetrics"]

    assert len(await rows(by_days(30, "country", ", limit: 100"))) == 100
    assert await rows(by_days(30, "country", ", limit: 101")) is None
    assert len(await rows(by_days(5, "channel", ", limit: 1000000"))) == 30
    assert len(await rows(by_days(4, "channel deviceType"))) == 70


# --- bugs ----------------------------------------------------------------------------------------


def door_of(model: Model, engine: GraphQLEngine, settings: Settings) -> GraphQLDoor:
    """The door of an engine of the test's own."""
    registry = live_registry(model, engine, settings)
    hits = Hits(lambda: registry.current, time.monotonic)
    desk = desk_of(engine, live_queries_of(engine, settings), settings)
    return composition.door_of(engine, admission_of(settings), registry, hits, settings, desk)


class BuggyService(Service):
    """Has a bug that knows a secret."""

    async def run(
        self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
    ) -> Answer:
        raise RuntimeError("secret SQL: SELECT * FROM gold.orders")


async def test_a_bug_is_shown_as_internal_and_logged_whole_under_the_request_id(
    demo_path: Path, demo_model: Model, duckdb_demo: Service
) -> None:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app) as client:
            buggy = BuggyService(duckdb_demo.catalog, duckdb_demo.warehouse)
            engine = engine_of(demo_model, buggy, settings)
            app.state.graphql = door_of(demo_model, engine, settings)
            with captured_log() as log:
                response = await ask(client, f"{{ a: __typename orderMetrics({DAY}) {{ cost }} }}")
    error = refused(response, 200, "INTERNAL")
    request_id = response.headers["x-request-id"]
    assert error["message"].endswith(f"the operator finds it as {request_id}")
    assert error["path"] == ["orderMetrics"]
    assert response.json()["data"] == {"a": "Query", "orderMetrics": None}
    assert "secret" not in response.text
    assert f"[{request_id}] ERROR" in log.getvalue()
    assert "RuntimeError: secret SQL: SELECT * FROM gold.orders" in log.getvalue()
    assert "Traceback" in log.getvalue()


async def test_a_bug_outside_of_fields_is_no_different(
    demo_path: Path, demo_model: Model, duckdb_demo: Service
) -> None:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app) as client:
            engine = engine_of(demo_model, duckdb_demo, settings)
            engine.views = None  # type: ignore[assignment]
            app.state.graphql = door_of(demo_model, engine, settings)
            with captured_log() as log:
                response = await ask(client, "{ __typename }")
    refused(response, 500, "INTERNAL")
    assert "data" not in response.json()
    assert f"[{response.headers['x-request-id']}] ERROR" in log.getvalue()
    assert "'NoneType' object has no attribute 'of'" in log.getvalue()


async def test_what_the_engine_says_goes_to_the_log_alone(
    demo_path: Path, demo_model: Model, duckdb_demo: Service
) -> None:
    class Refusing(Service):
        async def run(
            self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
        ) -> Answer:
            prepared = self.prepare(request, caller)
            broken = prepared.statement.text.replace("net_amount", "no_such_column")
            object.__setattr__(prepared.statement, "text", broken)
            return await super().run(request, caller, reuse)

    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app) as client:
            service = Refusing(duckdb_demo.catalog, duckdb_demo.warehouse)
            engine = engine_of(demo_model, service, settings)
            app.state.graphql = door_of(demo_model, engine, settings)
            with captured_log() as log:
                response = await ask(client, f"{{ orderMetrics({DAY}) {{ revenue }} }}")
    error = refused(response, 200, "WAREHOUSE_ERROR")
    assert error["message"] == "the warehouse refused the statement"
    assert f"[{response.headers['x-request-id']}] WARNING WAREHOUSE_ERROR" in log.getvalue()
    assert "no_such_column" in log.getvalue()
