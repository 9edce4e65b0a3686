"""graphql-sse, single connection: several operations, whose answers come over one stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key, revoke_key
from analytics_gql.doors.shared_streams import SharedStreams
from tests.doors.live_server import (
    ORDERS,
    PATIENCE_S,
    LiveServer,
    live_server,
    live_settings,
    said,
    until,
)
from tests.doors.test_graphql_sse import ACCEPT, ANSWER, NOW, QUERY, Events, events

PATH = "/graphql/stream"
OTHER_ORDERS = ORDERS.replace("orderCount", "orderCount channel").replace(
    "})", "}, groupBy: [CHANNEL])"
)


@pytest.fixture(scope="module")
async def server(demo_path: Path) -> AsyncIterator[LiveServer]:
    settings = live_settings(
        demo_path, live_connections=3, live_subscriptions=4, max_batch=5, metrics=True
    )
    async with live_server(settings) as server:
        yield server


@pytest.fixture
async def client(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client() as client:
        yield client
    await until(lambda: not server.app.state.socket.desk._connections._held)
    assert not server.app.state.socket.desk._operations._held


async def reserved(client: httpx.AsyncClient, **headers: str) -> dict[str, str]:
    """The headers that bear the token of a stream that is reserved."""
    response = await client.put(PATH, headers=headers)
    assert response.status_code == 201, response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert len(response.text) > 40
    return {"x-graphql-event-stream-token": response.text, **headers}


@asynccontextmanager
async def connected(client: httpx.AsyncClient, token: dict[str, str]) -> AsyncIterator[Events]:
    async with events(client, "GET", PATH, headers=token) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield stream


async def begin(
    client: httpx.AsyncClient, token: dict[str, str], id: Any, query: str, **members: Any
) -> httpx.Response:
    body = {"query": query, "extensions": {"operationId": id}, **members}
    return await client.post(PATH, headers=token, json=body)


async def complete(client: httpx.AsyncClient, token: dict[str, str], id: str) -> int:
    response = await client.delete(PATH, headers=token, params={"operationId": id})
    return response.status_code


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == code
    assert error["extensions"]["hint"]
    found: dict[str, Any] = error
    return found


def payload(event: tuple[str, Any] | None, id: str) -> Any:
    assert event is not None
    assert event[0] == "next"
    assert event[1]["id"] == id
    return event[1]["payload"]


# --- as it is meant ------------------------------------------------------------------------------


async def test_answers_to_several_operations_come_over_one_stream(
    client: httpx.AsyncClient, server: LiveServer
) -> None:
    token = await reserved(client)
    async with connected(client, token) as stream:
        response = await begin(client, token, "once", QUERY)
        assert (response.status_code, response.text) == (202, "")
        assert payload(await stream.next(), "once")["data"] == ANSWER["data"]
        assert await stream.next() == ("complete", {"id": "once"})
        for id, query in (("live", ORDERS), ("other", OTHER_ORDERS)):
            assert (await begin(client, token, id, query)).status_code == 202
            assert "data" in payload(await stream.next(), id)
        assert server.live.watched == 2
        assert await complete(client, token, "live") == 200
        await until(lambda: server.live.watched == 1)
        # Its identifier is free again.
        assert (await begin(client, token, "live", QUERY)).status_code == 202
        assert payload(await stream.next(), "live")["data"] == ANSWER["data"]
        assert await stream.next() == ("complete", {"id": "live"})
    await until(lambda: server.live.watched == 0)


async def test_what_is_begun_before_the_connection_is_sent_when_it_is_there(
    client: httpx.AsyncClient, server: LiveServer
) -> None:
    token = await reserved(client)
    assert (await begin(client, token, "early", ORDERS)).status_code == 202
    assert server.live.watched == 0, "nobody is there who reads it"
    async with connected(client, token) as stream:
        assert payload(await stream.next(), "early") == ANSWER


async def test_a_query_by_get_and_a_token_in_the_url(client: httpx.AsyncClient) -> None:
    token = await reserved(client)
    (value,) = token.values()
    async with events(client, "GET", PATH, params={"token": value}) as stream:
        response = await client.get(
            PATH,
            params={"token": value, "query": QUERY, "extensions": '{"operationId": "got"}'},
        )
        assert response.status_code == 202
        assert payload(await stream.next(), "got")["data"] == ANSWER["data"]


async def test_what_goes_wrong_while_it_is_answered_comes_as_an_event(
    client: httpx.AsyncClient,
) -> None:
    query = "query ($n: Int!) { orders(first: $n) { nodes { id } } }"
    token = await reserved(client)
    async with connected(client, token) as stream:
        assert (await begin(client, token, "wrong", query)).status_code == 202
        (error,) = payload(await stream.next(), "wrong")["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert await stream.next() == ("complete", {"id": "wrong"})


async def test_a_server_that_stops_ends_the_stream_and_what_is_reserved(demo_path: Path) -> None:
    async with live_server(live_settings(demo_path)) as server, server.client() as client:
        await reserved(client)
        token = await reserved(client)
        async with connected(client, token) as stream:
            await begin(client, token, "live", ORDERS)
            assert payload(await stream.next(), "live") == ANSWER
            server.server.should_exit = True
            assert await stream.next() is None
        assert not server.app.state.socket.desk._operations._held
        await until(lambda: not server.app.state.streams.streams._keepers)


# --- as it is not --------------------------------------------------------------------------------


async def test_a_token_that_nobody_was_given_is_not_found(client: httpx.AsyncClient) -> None:
    unknown = {"x-graphql-event-stream-token": "guessed"}
    code = "EVENT_STREAM_NOT_FOUND"
    refused(await client.get(PATH, headers=ACCEPT | unknown), 404, code)
    refused(await begin(client, unknown, "one", QUERY), 404, code)
    refused(await client.delete(f"{PATH}?operationId=x", headers=unknown), 404, code)


async def test_a_token_is_asked_for(client: httpx.AsyncClient) -> None:
    for response in (
        await client.get(PATH, headers=ACCEPT),
        await client.post(PATH, json={"query": QUERY}),
        await client.delete(PATH),
    ):
        assert "PUT" in refused(response, 400, "BAD_REQUEST")["extensions"]["hint"]


async def test_a_token_is_good_for_one_connection(client: httpx.AsyncClient) -> None:
    token = await reserved(client)
    async with connected(client, token) as stream:
        response = await client.get(PATH, headers=ACCEPT | token)
        refused(response, 409, "EVENT_STREAM_CONFLICT")
        await begin(client, token, "still", QUERY)
        assert payload(await stream.next(), "still")["data"] == ANSWER["data"]

    async def is_over() -> bool:
        return (await client.get(PATH, headers=ACCEPT | token)).status_code == 404

    async with asyncio.timeout(PATIENCE_S):
        while not await is_over():  # noqa: ASYNC110 – what is looked at has no events
            await asyncio.sleep(0.01)


async def test_an_operation_has_an_identifier_of_its_own(client: httpx.AsyncClient) -> None:
    token = await reserved(client)
    for body in (
        {"query": QUERY},
        {"query": QUERY, "extensions": {}},
        {"query": QUERY, "extensions": {"operationId": ""}},
        {"query": QUERY, "extensions": {"operationId": 7}},
    ):
        refused(await client.post(PATH, headers=token, json=body), 400, "BAD_REQUEST")
    refused(await client.delete(PATH, headers=token), 400, "BAD_REQUEST")
    assert (await begin(client, token, "one", ORDERS)).status_code == 202
    refused(await begin(client, token, "one", ORDERS), 409, "EVENT_STREAM_CONFLICT")
    # As the protocol's own server has it: the end of an operation may cross its completion.
    assert await complete(client, token, "nobody's") == 200
    async with connected(client, token) as stream:
        assert payload(await stream.next(), "one") == ANSWER


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {"query": "{"}}, 400, "GRAPHQL_PARSE_FAILED"),
        ({"json": {"query": "{ nothing }"}}, 400, "GRAPHQL_VALIDATION_FAILED"),
        ({"json": {"query": "query A { a: __typename } query B { __typename }"}}, 400, None),
        ({"json": [{"query": QUERY}]}, 400, "BAD_REQUEST"),
        ({"json": {"documentId": "sha256:" + "0" * 64}}, 404, "PERSISTED_QUERY_NOT_FOUND"),
        ({"content": "{", "headers": {"content-type": "application/json"}}, 400, "BAD_REQUEST"),
        ({"content": "{}", "headers": {"content-type": "text/plain"}}, 415, None),
    ],
)
async def test_what_is_wrong_with_a_request_is_told_by_its_reply(
    client: httpx.AsyncClient, sent: dict[str, Any], status: int, code: str | None
) -> None:
    token = await reserved(client)
    if isinstance(sent.get("json"), dict):
        sent = {"json": {**sent["json"], "extensions": {"operationId": "it"}}}
    headers = token | sent.get("headers", {})
    response = await client.post(PATH, **(sent | {"headers": headers}))
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert code is None or error["extensions"]["code"] == code
    async with connected(client, token) as stream:
        assert (await begin(client, token, "it", QUERY)).status_code == 202, "it is free"
        assert payload(await stream.next(), "it")["data"] == ANSWER["data"]


async def test_other_methods_are_told_what_there_is(client: httpx.AsyncClient) -> None:
    assert (await client.head(PATH)).status_code == 405
    response = await client.patch(PATH)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) >= {"GET", "POST", "PUT", "DELETE"}


async def test_reserved_streams_are_connections_of_their_client(
    client: httpx.AsyncClient, server: LiveServer
) -> None:
    tokens = [await reserved(client) for _ in range(3)]
    refused(await client.put(PATH), 429, "TOO_MANY_CONNECTIONS")
    response = await client.post("/graphql", headers=ACCEPT, json={"query": ORDERS})
    assert response.status_code == 429
    for token in tokens:
        async with connected(client, token):
            pass


async def test_a_client_has_its_share_of_operations(client: httpx.AsyncClient) -> None:
    token = await reserved(client)
    for number in range(4):
        assert (await begin(client, token, str(number), ORDERS)).status_code == 202
    refused(await begin(client, token, "more", ORDERS), 429, "TOO_MANY_SUBSCRIPTIONS")
    async with connected(client, token) as stream:
        told = [await stream.next() for _ in range(4)]
        assert {event[1]["id"] for event in told if event} == set("0123")
        assert await complete(client, token, "0") == 200
        assert (await begin(client, token, "more", ORDERS)).status_code == 202
        assert payload(await stream.next(), "more") == ANSWER


async def test_a_stream_that_nobody_connects_to_ends(demo_path: Path) -> None:
    async with live_server(live_settings(demo_path)) as server, server.client() as client:
        streams: SharedStreams = server.app.state.streams.streams
        streams._reserved_for_s = 0.05
        token = await reserved(client)
        await until(lambda: not streams._streams)
        assert not server.app.state.socket.desk._connections._held
        refused(await begin(client, token, "one", QUERY), 404, "EVENT_STREAM_NOT_FOUND")


async def test_a_stream_is_its_callers_alone(demo_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    own, other = (
        {"x-api-key": create_key(file, name, Caller("acme", (), tier=3), NOW, None).key}
        for name in ("own", "other")
    )
    settings = live_settings(demo_path, keys=file, live_unversioned_period_s=0.1)
    async with live_server(settings) as server, server.client() as client:
        assert (await client.put(PATH)).status_code == 401
        token = await reserved(client, **own)
        ticket = {"x-graphql-event-stream-token": token["x-graphql-event-stream-token"]}
        for theirs in (other, {"authorization": f"Bearer {other['x-api-key']}"}):
            headers = ticket | theirs
            refused(await client.get(PATH, headers=ACCEPT | headers), 403, "FORBIDDEN")
            refused(await begin(client, headers, "one", QUERY), 403, "FORBIDDEN")
            assert await complete(client, headers, "one") == 403
        wrong = await client.get(PATH, headers=ACCEPT | ticket | {"x-api-key": "nobody's"})
        assert wrong.status_code == 401
        # A browser's EventSource sends no key: the token is the ticket for that, and no more.
        assert (await begin(client, ticket, "one", QUERY)).status_code == 401
        assert await complete(client, ticket, "one") == 401
        admission = server.app.state.socket.admission
        async with connected(client, ticket) as stream:
            assert (await begin(client, token, "one", ORDERS)).status_code == 202
            assert payload(await stream.next(), "one") == ANSWER
            before = admission.generation
            revoke_key(file, "own")
            await until(lambda: admission.generation != before)
            assert (await begin(client, token, "two", ORDERS)).status_code == 401


async def test_several_processes_refuse_what_only_one_of_them_would_know(demo_path: Path) -> None:
    async with live_server(live_settings(demo_path)) as server, server.client() as client:
        server.app.state.streams._processes = 2
        error = refused(await client.put(PATH), 501, "EVENT_STREAM_UNAVAILABLE")
        assert "/graphql" in error["extensions"]["hint"]


# --- who is told of it ---------------------------------------------------------------------------


async def test_each_operation_is_audited_counted_and_paid_for(
    demo_path: Path, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    settings = live_settings(demo_path, audit_log=str(log))
    async with live_server(settings) as server, server.client() as client:
        await begin(client, {"x-graphql-event-stream-token": "guessed"}, "once", QUERY)
        token = await reserved(client)
        async with connected(client, token) as stream:
            response = await begin(client, token, "once", QUERY)
            assert int(response.headers["x-ratelimit-remaining"]) < 10_000
            request_id = response.headers["x-request-id"]
            assert said(payload(await stream.next(), "once")) == ANSWER
            assert await stream.next() == ("complete", {"id": "once"})
            await begin(client, token, "live", ORDERS)
            await stream.next()
        await until(lambda: server.live.watched == 0)
        metrics = (await client.get("/metrics")).text
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["door"], line["code"]) for line in lines] == [
        ("events", "EVENT_STREAM_NOT_FOUND"),
        ("events", "OK"),
        ("events", "OK"),
    ]
    assert lines[1]["requestId"] == request_id
    assert [line["cost"] for line in lines[1:]] == [3, 3]
    assert 'door="events"' in metrics
