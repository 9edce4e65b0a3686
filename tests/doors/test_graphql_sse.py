"""graphql-sse, distinct connections: events over HTTP, by GET and POST."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key, revoke_key
from analytics_gql.access.signed_urls import PARAMETER, UrlSigner
from analytics_gql.compose.engine import secret_of
from analytics_gql.doors import graphql_sse
from analytics_gql.persisted.registry import identifier_of
from tests.conftest import ROOT
from tests.doors.live_server import (
    DAY,
    ORDERS,
    PATIENCE_S,
    LiveServer,
    live_server,
    live_settings,
    said,
    until,
)

QUERY = f"{{ orderMetrics({DAY}) {{ orderCount }} }}"
ANSWER = {"data": {"orderMetrics": [{"orderCount": 543}]}, "extensions": {"cost": {"requested": 3}}}
ACCEPT = {"accept": "text/event-stream"}
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def server(demo_path: Path) -> AsyncIterator[LiveServer]:
    settings = live_settings(demo_path, live_connections=3, max_batch=5)
    async with live_server(settings) as server:
        yield server


@pytest.fixture
async def client(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client() as client:
        yield client


@dataclass
class Events:
    """The events of a stream as they come: name and data."""

    response: httpx.Response
    lines: AsyncIterator[str]

    async def next(self) -> tuple[str, Any] | None:
        """The next event; None where the stream ends."""
        name, data = "", []
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:"):
                    data.append(line.removeprefix("data:").strip())
                elif not line and data:
                    return name, json.loads(data[0]) if data[0] else None
        return None


@asynccontextmanager
async def events(
    client: httpx.AsyncClient, method: str = "POST", url: str = "/graphql", **request: Any
) -> AsyncIterator[Events]:
    headers = ACCEPT | request.pop("headers", {})
    async with client.stream(method, url, headers=headers, **request) as response:
        yield Events(response, aiter(response.aiter_lines()))


async def test_a_query_is_one_event_and_the_stream_is_complete(client: httpx.AsyncClient) -> None:
    async with events(client, json={"query": QUERY}) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["cache-control"] == "no-store"
        assert stream.response.headers["x-request-id"]
        event = await stream.next()
        assert event is not None
        assert (event[0], said(event[1])) == ("next", ANSWER)
        assert await stream.next() == ("complete", None)
        assert await stream.next() is None


@pytest.mark.parametrize("query", [QUERY, ORDERS])
async def test_answers_tell_of_their_columns_if_that_is_wanted(
    client: httpx.AsyncClient, query: str
) -> None:
    async with (
        events(client, json={"query": query}) as plain,
        events(client, json={"query": query, "extensions": {"columns": True}}) as stream,
    ):
        first, told = await plain.next(), await stream.next()
        assert first is not None
        assert told is not None
        assert "columns" not in first[1]["extensions"]
        assert [item["path"] for item in told[1]["extensions"]["columns"]] == [
            ["orderMetrics", "orderCount"]
        ]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_stays_open(
    client: httpx.AsyncClient, server: LiveServer, method: str
) -> None:
    sent: dict[str, Any] = {"json": {"query": ORDERS}}
    if method == "GET":
        sent = {"params": {"query": ORDERS}}
    async with events(client, method, **sent) as stream:
        assert await stream.next() == ("next", ANSWER)
        assert server.live.watched == 1
    await until(lambda: server.live.watched == 0)
    assert not server.app.state.socket.desk._connections._held


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_NOT_DETERMINED"),
        (
            {"query": "subscription($n: Int!) { orders(first: $n) { nodes { id } } }"},
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_what_is_wrong_with_a_document_comes_as_an_event(
    client: httpx.AsyncClient, body: Any, code: str
) -> None:
    async with events(client, json=body) as stream:
        event = await stream.next()
        assert event is not None
        assert event[0] == "next"
        assert "data" not in event[1]
        assert event[1]["errors"][0]["extensions"]["code"] == code
        assert await stream.next() == ("complete", None)


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": "{"}, 400, "BAD_REQUEST"),
        ({"json": {}}, 400, "BAD_REQUEST"),
        ({"json": [{"query": QUERY}]}, 400, "BAD_REQUEST"),
        ({"json": {"documentId": "sha256:" + "0" * 64}}, 404, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
async def test_what_is_no_request_is_refused_by_status(
    client: httpx.AsyncClient, request_: dict[str, Any], status: int, code: str
) -> None:
    headers = ACCEPT | {"content-type": "application/json"}
    response = await client.post("/graphql", headers=headers, **request_)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/graphql-response+json", "text/csv"]
)
async def test_who_takes_no_events_is_told_how_to_subscribe(
    client: httpx.AsyncClient, accept: str
) -> None:
    for sent in (
        {"method": "POST", "json": {"query": ORDERS}},
        {"method": "GET", "params": {"query": ORDERS}},
    ):
        response = await client.request(url="/graphql", headers={"accept": accept}, **sent)  # type: ignore[arg-type]
        assert response.status_code in (400, 406)
        error = response.json()["errors"][0]
        assert error["extensions"]["code"] in ("NOT_ACCEPTABLE", "NOT_EXPORTABLE")
        assert error["extensions"]["hint"]


async def test_a_client_has_its_share_of_streams(
    client: httpx.AsyncClient, server: LiveServer
) -> None:
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(events(client, json={"query": ORDERS}))
            for _ in range(3)
        ]
        assert [await stream.next() for stream in streams] == [("next", ANSWER)] * 3
        response = await client.post("/graphql", headers=ACCEPT, json={"query": ORDERS})
        assert response.status_code == 429
        assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
    await until(lambda: not server.app.state.socket.desk._connections._held)


async def test_a_silent_stream_shows_signs_of_life(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_sse, "SIGN_OF_LIFE_EVERY_S", 0.1)
    async with events(client, json={"query": ORDERS}) as stream:
        await stream.next()
        async with asyncio.timeout(PATIENCE_S):
            assert [await anext(stream.lines) for _ in range(4)] == [":", "", ":", ""]


async def test_the_usage_alert_that_ships_is_told_over_its_name(client: httpx.AsyncClient) -> None:
    url = "/graphql/p/usage_cost_alert?start=2026-06-01&end=2026-06-30&dollars="
    async with events(client, "GET", url + "130") as stream:
        event = await stream.next()
        assert event is not None
        (row,) = event[1]["data"]["usageMetrics"]
        assert (row["workspaceId"], row["cost"]) == ("3", 140.300367)
        assert row["workspace"]["name"]
    async with events(client, "GET", url + "1000") as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await stream.next()
    response = await client.get(url + "130")
    assert response.status_code == 406
    # What is asked of anything that is there is no answer to a subscription, either.
    response = await client.get(url + "130", headers={"if-none-match": "*"})
    assert response.status_code == 406


async def test_keys_are_asked_for_and_followed(demo_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    create_key(file, "stayer", Caller("birch", (), tier=3), NOW, None)
    key = create_key(file, "leaver", Caller("acme", (), tier=3), NOW, None).key
    async with (
        live_server(live_settings(demo_path, keys=file, live_unversioned_period_s=0.1)) as server,
        server.client() as client,
    ):
        response = await client.post("/graphql", headers=ACCEPT, json={"query": ORDERS})
        assert response.status_code == 401
        admission = server.app.state.socket.admission
        async with events(client, json={"query": ORDERS}, headers={"x-api-key": key}) as stream:
            assert await stream.next() == ("next", ANSWER)
            before = admission.generation
            revoke_key(file, "leaver")
            await until(lambda: admission.generation != before)
        response = await client.post(
            "/graphql", headers=ACCEPT | {"x-api-key": key}, json={"query": ORDERS}
        )
        assert response.status_code == 401


async def test_a_signed_url_is_a_stream_without_a_key(demo_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    create_key(file, "other", Caller("birch", (), tier=3), NOW, None)
    text = (ROOT / "persisted_queries" / "usage_cost_alert.graphql").read_text()
    asked = [("start", "2026-06-01"), ("end", "2026-06-30"), ("dollars", "130")]
    settings = live_settings(demo_path, keys=file)
    caller, expires = Caller("acme", (), tier=2), int(time.time()) + 60
    signature = UrlSigner(secret_of(settings)).sign(identifier_of(text), asked, caller, expires)
    url = f"/graphql/p/usage_cost_alert?{urlencode([*asked, (PARAMETER, signature)])}"
    async with (
        live_server(settings) as server,
        server.client() as client,
    ):
        async with events(client, "GET", url) as stream:
            event = await stream.next()
            assert event is not None
            assert event[1]["data"]["usageMetrics"][0]["workspaceId"] == "3"
        response = await client.get(url.replace("dollars=130", "dollars=1"), headers=ACCEPT)
        assert response.status_code == 403


async def test_a_server_that_stops_ends_its_streams(demo_path: Path) -> None:
    async with (
        live_server(live_settings(demo_path)) as server,
        server.client() as client,
        events(client, json={"query": ORDERS}) as stream,
    ):
        assert await stream.next() == ("next", ANSWER)
        began = asyncio.get_running_loop().time()
        server.server.should_exit = True
        # Without `complete`: a client connects again.
        assert await stream.next() is None
        assert asyncio.get_running_loop().time() - began < 5
