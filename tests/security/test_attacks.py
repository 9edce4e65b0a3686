"""The attacks of the OWASP GraphQL Cheat Sheet: each has its answer at once, and nothing stays.

Time is what the server works for it, which is when nobody else is answered.
"""

from __future__ import annotations

import gc
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    get_introspection_query,
    get_named_type,
    is_composite_type,
)

from analytics_gql.compose.model import Model
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import INTERNALS, ask, serving

JSON = {"content-type": "application/json"}
DAY = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
COUNT = f"{{ orderMetrics({DAY}) {{ orderCount }} }}"
ORDERS = 543


@pytest.fixture(scope="module", autouse=True)
def only_what_comes_is_collected() -> Iterator[None]:
    """What tests before these have left lying about is not looked through in the time of these."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
async def client(demo_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        max_batch=10,
        automatic_persisted_queries=True,
    )
    async with serving(settings) as client:
        yield client


@asynccontextmanager
async def attacked(client: httpx.AsyncClient) -> AsyncIterator[None]:
    """What happens inside takes less than a second, and the server answers as ever after it."""
    started = time.thread_time()
    yield
    assert time.thread_time() - started < 1
    assert (await ask(client, COUNT)).json()["data"]["orderMetrics"] == [{"orderCount": ORDERS}]


def repelled(response: httpx.Response) -> None:
    """The answer to an attack: 4xx or GraphQL errors, and nothing of what is inside."""
    assert response.status_code < 500, response.text
    assert INTERNALS.search(response.text) is None, response.text
    if response.status_code < 400:
        assert response.json()["errors"], response.text


# --- injection -----------------------------------------------------------------------------------

PAYLOADS = (
    "' OR '1'='1",
    "'; DROP TABLE gold.orders; --",
    '" UNION SELECT * FROM gold.customers --',
    "$1",
    "%",
    "\\'; SELECT pg_sleep(10); --",
    "*/ SELECT 1 /*",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "a\x00b",
    "\ud800",
    "é" * 200_000,
)


def places(schema: GraphQLSchema) -> Iterator[tuple[str, str, tuple[str | int, ...], str]]:
    """Every place of the schema that takes text: its query, variable, path into it, and type."""
    query = schema.query_type
    assert query is not None
    for name, field in query.fields.items():
        selected = _selected(field.type)
        for argument, definition in field.args.items():
            declared = ", ".join(f"${key}: {value.type}" for key, value in field.args.items())
            passed = ", ".join(f"{key}: ${key}" for key in field.args)
            text = f"query A({declared}) {{ {name}({passed}) {selected} }}"
            for path, of in _texts(definition.type, 2):
                yield text, argument, path, of


def _selected(of: Any) -> str:
    fields = getattr(get_named_type(of), "fields", {})
    plain = [
        name
        for name, field in fields.items()
        if not is_composite_type(get_named_type(field.type)) and not field.args
    ]
    if plain:
        return f"{{ {plain[0]} }}"
    return "{ nodes { __typename } }" if "nodes" in fields else "{ __typename }"


def _texts(of: GraphQLInputType, depth: int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Paths to what is read from text, below a type."""
    if isinstance(of, GraphQLNonNull):
        yield from _texts(of.of_type, depth)
    elif isinstance(of, GraphQLList):
        yield from (((0, *path), name) for path, name in _texts(of.of_type, depth))
    elif isinstance(of, GraphQLScalarType | GraphQLEnumType):
        if of.name not in ("Boolean", "Int", "Float"):
            yield (), of.name
    elif isinstance(of, GraphQLInputObjectType) and depth:
        for name, member in of.fields.items():
            yield from (((name, *path), found) for path, found in _texts(member.type, depth - 1))


def placed(path: tuple[str | int, ...], value: str) -> Any:
    """A value at the end of a path."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}  # type: ignore[assignment]
    return value


NEEDED: dict[str, Any] = {
    "dateRange": {"start": "2026-06-30", "end": "2026-06-30"},
    "granularity": "DAY",
    "first": 2,
    "id": "1",
    "ids": ["1"],
    "code": "DE",
    "codes": ["DE"],
    "customerId": "1",
    "document": "top_products",
    "expiresInS": 60,
}


async def test_text_is_a_value_wherever_it_stands(
    client: httpx.AsyncClient, demo_model: Model, demo_path: Path
) -> None:
    found = list(places(demo_model.schema))
    assert len(found) > 150
    before = counted(demo_path)
    for number, (text, argument, path, of) in enumerate(found):
        payload = PAYLOADS[number % len(PAYLOADS)]
        if payload == "\ud800":
            continue  # no JSON that httpx sends; see below
        variables = NEEDED | {argument: placed(path, payload)}
        if argument == "where" and len(path) > 1:  # few rows are read for what matches nothing
            variables |= {"limit": 2}
        started = time.thread_time()
        response = await ask(client, text, variables)
        assert time.thread_time() - started < 1, (text, path)
        assert response.status_code < 500, (text, path, response.text)
        # What is sent back is the sender's own.
        said = response.text.replace(payload, "").replace(orjson.dumps(payload).decode()[1:-1], "")
        assert INTERNALS.search(said.replace(payload[:60], "")) is None, said
        if of not in ("String", "ID"):
            assert response.json()["errors"], (text, path, response.text)
    assert counted(demo_path) == before


def counted(demo_path: Path) -> list[Any]:
    with duckdb.connect(str(demo_path), read_only=True) as warehouse:
        tables = warehouse.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL"
        )
        return tables.fetchall()


@pytest.mark.parametrize("payload", PAYLOADS[:-2])
async def test_names_and_headers_are_no_code(client: httpx.AsyncClient, payload: str) -> None:
    async with attacked(client):
        for response in (
            await ask(client, COUNT, operationName=payload),
            await ask(client, f"query A($a: Int) {COUNT}", {payload: 1}, operationName="B"),
            await client.get("/graphql", params={"documentId": payload}),
            await client.get("/graphql", params={"query": COUNT, "operationName": payload}),
            await client.get("/graphql/p/top_products", params={payload: "1"}),
            await client.get(
                "/graphql/p/top_products", params={"start": payload, "end": "2026-06-30"}
            ),
            await client.get("/graphql/p/top_products", params={"__signed": payload}),
            await ask(client, "", extensions={"persistedQuery": {"sha256Hash": payload}}),
            await ask(client, COUNT, extensions={"persistedQuery": {"sha256Hash": payload}}),
        ):
            assert response.status_code < 500
            said = response.text.replace(orjson.dumps(payload).decode()[1:-1], "")
            assert INTERNALS.search(said.replace(payload, "")) is None, said
            assert response.status_code >= 400 or response.json()["errors"]


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%00", "a" * 10_000, "%ff", "..;"])
async def test_a_document_is_no_path(client: httpx.AsyncClient, name: str) -> None:
    async with attacked(client):
        repelled(await client.get(f"/graphql/p/{name}"))


async def test_a_header_ends_no_line(client: httpx.AsyncClient) -> None:
    async with attacked(client):
        response = await ask(client, COUNT, headers={"x-request-id": "a%0d%0aset-cookie: b=c"})
        assert "set-cookie" not in response.headers
        assert response.headers["x-request-id"] != "a%0d%0aset-cookie: b=c"


# --- exhaustion ----------------------------------------------------------------------------------


def nested(levels: int) -> str:
    inside = "id"
    for _ in range(levels):
        inside = f"history: customer(id: 1) {{ {inside} }}"
    return f"{{ customer(id: 1) {{ {inside} }} }}"


EXHAUSTING = {
    "deep selections": nested(200),
    "very deep selections": "{a" * 100_000,
    "deep values": f"{{ orders(where: {'{and: [' * 2_000}{']}' * 2_000}) {{ nodes {{ id }} }} }}",
    "aliases": "{"
    + " ".join(f"a{n}: orderMetrics({DAY}) {{ orderCount }}" for n in range(600))
    + "}",
    "the same field": f"{{ orderMetrics({DAY}) {{ {'orderCount ' * 4_000} }} }}",
    "overlapping fields": "{"
    + f" orderMetrics({DAY}) {{ " * 1
    + " ".join(f"orderCount ...F{n}" for n in range(300))
    + " } } "
    + " ".join(f"fragment F{n} on OrderMetrics {{ revenue a: orderCount }}" for n in range(300)),
    "a fragment that spreads itself": "{ ...A } fragment A on Query { __typename ...A }",
    "fragments in a circle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "fragments that double": "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(200))
    + " fragment F200 on Query { __typename }",
    "directives": f"{{ orderMetrics({DAY}) {{ orderCount {'@a ' * 3_000} }} }}",
    "known directives": f"{{ orderMetrics({DAY}) {{ orderCount {'@skip(if: false) ' * 500} }} }}",
    "operations": " ".join(f"query Q{n} {COUNT}" for n in range(400)),
    "variables": f"query A({', '.join(f'$v{n}: Int' for n in range(2_000))}) {COUNT}",
    "names": "{ " + "x" * 900_000 + " }",
    "a long text": f'{{ customer(id: "{"1" * 900_000}") {{ name }} }}',
    "a long number": f"{{ orders(first: {'9' * 900_000}) {{ nodes {{ id }} }} }}",
    "rows beyond counting": "{ orders(first: 2147483647) { nodes { id } } }",
    "a range beyond the calendar": COUNT.replace("2026-06-30", "9999-12-31"),
    "all of time by the hour": '{ orderMetrics(dateRange: {start: "0001-01-01", '
    'end: "9999-12-31"}, granularity: HOUR) { date orderCount } }',
    "introspection in circles": "{ __schema { types { fields { type { fields { type { fields {"
    " type { fields { type { fields { type { fields { name } } } } } } } } } } } } }",
    "comments": "#" * 900_000,
    "commas": "," * 900_000 + COUNT,
    "braces": "{" * 900_000,
    "brackets": f"query A($a: {'[' * 100_000}",
    "quotes": '"' * 900_000,
}
HARMLESS = {
    "overlapping fields",
    "comments",
    "commas",
    "a range beyond the calendar",
    "introspection in circles",
}
"""They cost little, and some are answered."""


@pytest.mark.parametrize("attack", EXHAUSTING)
async def test_a_document_exhausts_nothing(client: httpx.AsyncClient, attack: str) -> None:
    for send in (False, True):
        async with attacked(client):
            text = EXHAUSTING[attack]
            if send and len(text) < 20_000:
                response = await client.get("/graphql", params={"query": text})
            else:
                response = await ask(client, text)
            if attack not in HARMLESS:
                repelled(response)
            assert response.status_code < 500


async def test_the_usual_introspection_query_is_no_attack(client: httpx.AsyncClient) -> None:
    async with attacked(client):
        assert "errors" not in (await ask(client, get_introspection_query())).json()


@pytest.mark.parametrize(
    "variables",
    [
        {"where": {"country": {"in": ["x"] * 100_000}}},
        {"where": {"country": {"in": [["x"]] * 50_000}}},
        {"where": {"or": [{"country": {"eq": "x"}}] * 10_000}},
        {"where": {"revenue": {"eq": "9" * 500_000}}},
        {"where": {"revenue": {"eq": "1e999999999"}}},
        {"where": {"country": {"contains": "%_" * 100_000}}},
        {"where": {str(n): 1 for n in range(50_000)}},
    ],
    ids=["list", "nested list", "or", "digits", "exponent", "pattern", "members"],
)
async def test_a_variable_exhausts_nothing(
    client: httpx.AsyncClient, variables: dict[str, Any]
) -> None:
    asked = f"orderMetrics({DAY}, where: $where) {{ revenue }}"
    text = f"query A($where: OrderMetricsFilter) {{ {asked} }}"
    async with attacked(client):
        response = await ask(client, text, variables)
        assert response.status_code < 500
        assert INTERNALS.search(response.text) is None


# --- what is malformed ---------------------------------------------------------------------------

BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", JSON),
    "no JSON": (b"{", JSON),
    "deep JSON": (b"[" * 500_000, JSON),
    "deep objects": (b'{"query":' * 100_000, JSON),
    "a lone surrogate": (b'{"query": "{ customer(id: \\"\\ud800\\") { id } }"}', JSON),
    "not UTF-8": (b'{"query": "\xff\xfe"}', JSON),
    "UTF-16": ("{}".encode("utf-16"), JSON),
    "a number": (b"1", JSON),
    "text": (b'"{ __typename }"', JSON),
    "null": (b"null", JSON),
    "a query that is a number": (b'{"query": 1}', JSON),
    "variables that are a list": (b'{"query": "{ __typename }", "variables": []}', JSON),
    "extensions that are text": (b'{"query": "{ __typename }", "extensions": "a"}', JSON),
    "an array that is too long": (b"[" + b'{"query": "{ __typename }"},' * 50 + b"{}]", JSON),
    "a number beyond all": (b'{"query": "{ __typename }", "variables": {"a": 1e99999}}', JSON),
    "NaN": (b'{"query": "{ __typename }", "variables": {"a": NaN}}', JSON),
    "too much": (b'{"query": "' + b"a" * 2_000_000 + b'"}', JSON),
    "a form": (b"query=%7B__typename%7D", {"content-type": "application/x-www-form-urlencoded"}),
    "plain text": (b'{"query": "{ __typename }"}', {"content-type": "text/plain"}),
    "no type": (b'{"query": "{ __typename }"}', {"content-type": ""}),
    "several types": (
        b'{"query": "{ __typename }"}',
        {"content-type": "text/plain, application/json"},
    ),
    "files": (
        b'--a\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--a--\r\n',
        {"content-type": "multipart/form-data; boundary=a"},
    ),
    "a bomb": (gzip.compress(b" " * 50_000_000), JSON | {"content-encoding": "gzip"}),
}


@pytest.mark.parametrize("body", BODIES)
async def test_a_malformed_body_is_refused(client: httpx.AsyncClient, body: str) -> None:
    content, headers = BODIES[body]
    async with attacked(client):
        repelled(await client.post("/graphql", content=content, headers=headers))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
async def test_other_methods_do_nothing(client: httpx.AsyncClient, method: str) -> None:
    async with attacked(client):
        response = await client.request(method, "/graphql", content=b'{"query": "{ a }"}')
        assert response.status_code == 405


async def test_nothing_is_changed_by_a_query(client: httpx.AsyncClient) -> None:
    async with attacked(client):
        for text in ("mutation { orderMetrics }", "subscription { orderMetrics }"):
            repelled(await ask(client, text))
            repelled(await client.get("/graphql", params={"query": text}))
