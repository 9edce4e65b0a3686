"""Who is let in, and that everybody reads their own rows alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import httpx
import pytest
from starlette.applications import Starlette

from analytics_gql.app import create_app
from analytics_gql.cli.parser import run
from analytics_gql.compose.access import admission_of
from analytics_gql.doors.admission import Admission
from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase
from tests.doors.in_process import (
    ask,
    client_of,
    logging_as_it_was,
    refused,
    serving,
    started,
)

SCHEMA = Path(__file__).parent.parent.parent / "schema.graphql"
QUERY = """{
    orderMetrics(dateRange: { start: "2024-07-01", end: "2026-06-30" }) { orderCount }
}"""
ORDERS = {"acme": 300_000, "birch": 105_000, "cobalt": 65_000, "dune": 30_000}
UNICODE_KEY = "schlüssel-ключ-🔑"


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def keys_file(folder: Path, entries: dict[str, dict[str, Any]]) -> Path:
    path = folder / "keys.json"
    path.write_text(json.dumps({digest(key): entry for key, entry in entries.items()}))
    return path


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def demo_url(request: pytest.FixtureRequest) -> str:
    """The demo on each engine in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("demo_postgres_url"))
    return f"duckdb://{request.getfixturevalue('demo_path')}"


@pytest.fixture(scope="module")
async def client(
    demo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """The demo with a key for each tenant, and one for none."""
    entries: dict[str, dict[str, Any]] = {f"key of {name}": {"tenant": name} for name in ORDERS}
    entries |= {"key of nobody": {"tier": 2}, UNICODE_KEY: {"tenant": "dune"}}
    entries |= {"key of a stranger": {"tenant": "evil' OR 'a' = 'a"}}
    keys = keys_file(tmp_path_factory.mktemp("keys"), entries)
    async with serving(Settings(schema_path=SCHEMA, warehouse=demo_url, keys=keys)) as client:
        yield client


# --- with keys -----------------------------------------------------------------------------------


async def test_each_key_reads_the_rows_of_its_tenant(client: httpx.AsyncClient) -> None:
    for _ in range(2):  # the second time from the cache of statements
        for tenant, count in ORDERS.items():
            response = await ask(client, QUERY, headers={"x-api-key": f"key of {tenant}"})
            assert response.json()["data"] == {"orderMetrics": [{"orderCount": count}]}


async def test_a_tenant_is_a_value_never_sql(client: httpx.AsyncClient) -> None:
    response = await ask(client, QUERY, headers={"x-api-key": "key of a stranger"})
    assert response.json()["data"] == {"orderMetrics": [{"orderCount": 0}]}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer key of dune"},
        {"authorization": "bearer   key of dune  "},
        {"x-api-key": "key of dune"},
        {"authorization": "Basic a2V5IG9mIGFjbWU=", "x-api-key": "key of dune"},
        {"authorization": "Bearer key of dune", "x-api-key": "key of dune"},
    ],
)
async def test_a_key_comes_as_bearer_or_by_its_own_header(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await ask(client, QUERY, headers=headers)
    assert response.json()["data"] == {"orderMetrics": [{"orderCount": ORDERS["dune"]}]}


async def test_a_key_may_be_of_any_letters(client: httpx.AsyncClient) -> None:
    for name, before in ((b"x-api-key", b""), (b"authorization", b"Bearer ")):
        response = await client.post(
            "/graphql",
            json={"query": QUERY},
            headers=[(name, before + UNICODE_KEY.encode())],
        )
        assert response.json()["data"] == {"orderMetrics": [{"orderCount": ORDERS["dune"]}]}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer  ")],
        [(b"authorization", b"Basic a2V5IG9mIGFjbWU=")],
        [(b"authorization", b"key of acme")],
        [(b"x-api-key", b"")],
        [(b"x-api-key", b"wrong")],
        [(b"x-api-key", b"KEY OF ACME")],
        [(b"x-api-key", digest("key of acme").encode())],
        [(b"x-api-key", b"\xff\xfe")],
        [(b"cookie", b"x-api-key=key of acme")],
    ],
)
async def test_without_a_key_that_is_known_nothing_is_answered(
    client: httpx.AsyncClient, headers: list[tuple[bytes, bytes]]
) -> None:
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    error = refused(response, 401, "UNAUTHENTICATED")
    challenge = 'Bearer realm="analytics-gql"'
    if "known" in error["message"]:
        challenge += ', error="invalid_token"'
    assert response.headers["www-authenticate"] == challenge
    assert "X-API-Key: KEY" in error["extensions"]["hint"]
    assert "wrong" not in response.text
    in_the_address = await client.post("/graphql?api_key=key+of+acme", json={"query": QUERY})
    refused(in_the_address, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer wrong"), (b"x-api-key", b"key of acme")],
        [(b"authorization", b"Bearer key of dune"), (b"x-api-key", b"key of acme")],
        [(b"authorization", b"Bearer key of dune"), (b"authorization", b"Bearer key of acme")],
        [(b"x-api-key", b"key of dune"), (b"x-api-key", b"key of acme")],
    ],
)
async def test_two_credentials_that_differ_are_refused(
    client: httpx.AsyncClient, headers: list[tuple[bytes, bytes]]
) -> None:
    response = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    refused(response, 400, "CREDENTIALS_CONFLICT")


async def test_who_asks_is_known_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b"x" * 2_000_000)
    refused(response, 401, "UNAUTHENTICATED")


async def test_a_caller_without_a_tenant_reads_no_tenant_s_rows(client: httpx.AsyncClient) -> None:
    for query in (
        QUERY,
        QUERY.replace("orderCount", "country"),
        QUERY.replace("orderCount", "sessions"),
    ):
        response = await ask(client, query, headers={"x-api-key": "key of nobody"})
        error = refused(response, 200, "TENANT_REQUIRED")
        assert error["path"] == ["orderMetrics"]
        assert response.json()["data"] == {"orderMetrics": None}
    # Nor from a statement that was planned for somebody else.
    await ask(client, QUERY, headers={"x-api-key": "key of acme"})
    response = await ask(client, QUERY, headers={"x-api-key": "key of nobody"})
    refused(response, 200, "TENANT_REQUIRED")


async def test_with_keys_it_does_not_matter_where_callers_are(
    demo_path: Path, tmp_path: Path
) -> None:
    keys = keys_file(tmp_path, {"key": {"tenant": "dune"}})
    settings = Settings(
        schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}", keys=keys, host="0.0.0.0"
    )
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app), client_of(app, ("203.0.113.7", 4_000)) as stranger:
            headers = {"x-api-key": "key", "host": "analytics.example.com"}
            response = await ask(stranger, QUERY, headers=headers)
            assert response.json()["data"] == {"orderMetrics": [{"orderCount": 30_000}]}
            response = await ask(stranger, QUERY, headers={"host": "localhost"})
            refused(response, 401, "UNAUTHENTICATED")


# --- without keys --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def local_app(demo_path: Path) -> AsyncIterator[Starlette]:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}", local_tenant="birch")
    with logging_as_it_was():
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            yield app


async def test_this_machine_s_user_is_the_configured_tenant(local_app: Starlette) -> None:
    for address in ("127.0.0.1", "127.8.9.10", "::1"):
        async with client_of(local_app, (address, 4_000)) as client:
            for host in ("localhost", "localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000",
                         "127.0.0.1", "[::1]:8000", "[::1]"):  # fmt: skip
                response = await ask(client, QUERY, headers={"host": host})
                assert response.json()["data"] == {"orderMetrics": [{"orderCount": 105_000}]}


async def test_another_page_s_host_name_is_refused(local_app: Starlette) -> None:
    """A page that has its name point to this machine (DNS rebinding) comes with that name."""
    async with client_of(local_app) as client:
        for host in (
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "localhost@evil.example",
            "evil.example:localhost",
            "",
            "0.0.0.0:8000",
            "8.8.8.8",
            "[::1",
            "[2001:db8::1]:80",
            "localhost:80:80",
        ):
            response = await ask(client, QUERY, headers={"host": host})
            error = refused(response, 401, "UNAUTHENTICATED")
            assert "its own machine alone" in error["message"]


async def test_another_machine_is_refused(local_app: Starlette) -> None:
    for address in ("203.0.113.7", "10.0.0.5", "2001:db8::1", "::ffff:203.0.113.7", "testclient"):
        async with client_of(local_app, (address, 4_000)) as client:
            response = await ask(client, QUERY, headers={"x-forwarded-for": "127.0.0.1"})
            refused(response, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", "", "127.0.0.1.x"])
def test_without_keys_the_server_does_not_listen_to_the_network(host: str) -> None:
    with pytest.raises(SettingsError) as refused:
        admission_of(Settings(host=host))
    assert "without keys the server would answer anybody" in refused.value.message
    assert "--keys" in (refused.value.hint or "")
    with pytest.raises(SettingsError):
        create_app(Settings(host=host, schema_path=SCHEMA))


def test_serve_says_so_and_stops(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "0.0.0.0"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("analytics-gql: without keys the server would answer anybody who reaches")


async def test_anybody_is_answered_where_that_was_said(demo_path: Path) -> None:
    settings = Settings(
        schema_path=SCHEMA,
        warehouse=f"duckdb://{demo_path}",
        host="0.0.0.0",
        allow_anonymous=True,
        local_tenant="dune",
    )
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app), client_of(app, ("203.0.113.7", 4_000)) as stranger:
            response = await ask(stranger, QUERY, headers={"host": "analytics.example.com"})
            assert response.json()["data"] == {"orderMetrics": [{"orderCount": 30_000}]}


def test_keys_and_anonymous_callers_contradict_each_other(tmp_path: Path) -> None:
    keys = keys_file(tmp_path, {"key": {"tenant": "dune"}})
    with pytest.raises(SettingsError, match="nobody is anonymous"):
        admission_of(Settings(keys=keys, allow_anonymous=True))


def test_loopback_addresses_need_no_keys() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.53"):
        assert isinstance(admission_of(Settings(host=host)), Admission)


# --- tenants that are numbers --------------------------------------------------------------------

BY_NUMBER = """
type T @dataset(table: "facts", tenant: "org") {
  total: BigInt @metric(sql: "sum(amount)")
}

type Query {
  t: [T!]
}
"""
FACTS = "CREATE TABLE facts (org BIGINT, amount BIGINT)"
ROWS = "INSERT INTO facts VALUES (1, 10), (2, 200), (2, 22), (-3, 3)"


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
async def by_number(
    request: pytest.FixtureRequest,
    make_database: MakeDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[httpx.AsyncClient]:
    """A table whose tenants are numbers, with keys whose tenants may not be."""
    folder = tmp_path_factory.mktemp("by_number")
    if request.param == "postgres":
        url = await make_database()
        connection = await asyncpg.connect(url)
        await connection.execute(FACTS)
        await connection.execute(ROWS)
        await connection.close()
    else:
        url = f"duckdb://{folder / 'facts.duckdb'}"
        with duckdb.connect(str(folder / "facts.duckdb")) as duck:
            duck.execute(FACTS)
            duck.execute(ROWS)
    schema = folder / "schema.graphql"
    schema.write_text(BY_NUMBER)
    run(["schema", "sync", "--schema", str(schema)])
    tenants = ["1", "2", "-3", "9", "acme", "2; DROP", "1.5", "0x2", ""]
    keys = keys_file(folder, {f"key {name}": {"tenant": name} for name in tenants if name})
    async with serving(Settings(schema_path=schema, warehouse=url, keys=keys)) as client:
        yield client


async def test_a_number_reads_its_own_rows(by_number: httpx.AsyncClient) -> None:
    for tenant, total in (("1", 10), ("2", 222), ("-3", 3), ("9", None)):
        response = await ask(by_number, "{ t { total } }", headers={"x-api-key": f"key {tenant}"})
        assert response.json()["data"] == {"t": [{"total": total}]}


@pytest.mark.parametrize("tenant", ["acme", "2; DROP", "1.5", "0x2"])
async def test_a_tenant_that_is_no_number_is_refused(
    by_number: httpx.AsyncClient, tenant: str
) -> None:
    response = await ask(by_number, "{ t { total } }", headers={"x-api-key": f"key {tenant}"})
    error = refused(response, 200, "TENANT_INVALID")
    assert tenant not in error["message"]
    assert "operator" in error["extensions"]["hint"]
