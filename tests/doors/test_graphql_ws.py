"""graphql-transport-ws, by a client of others and to the letter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key, revoke_key
from tests.conftest import ROOT
from tests.doors.live_server import (
    DAY,
    ORDERS,
    LiveServer,
    live_server,
    live_settings,
    said,
    until,
)

QUERY = f"{{ orderMetrics({DAY}) {{ orderCount }} }}"
ANSWER = {"data": {"orderMetrics": [{"orderCount": 543}]}, "extensions": {"cost": {"requested": 3}}}
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def server(demo_path: Path) -> AsyncIterator[LiveServer]:
    """A server without keys."""
    async with live_server(live_settings(demo_path)) as server:
        yield server


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="module")
def keys(keys_file: Path) -> dict[str, str]:
    callers = {
        "acme": Caller("acme", (), tier=3),
        "birch": Caller("birch", (), tier=3),
        "small": Caller("acme", (), tier=1),
        "leaver": Caller("acme", (), tier=3),
    }
    return {
        name: create_key(keys_file, name, caller, NOW, None).key for name, caller in callers.items()
    }


@pytest.fixture(scope="module")
async def keyed(
    demo_path: Path, keys_file: Path, keys: dict[str, str]
) -> AsyncIterator[LiveServer]:
    """A server that asks for keys, with small shares for each client."""
    settings = live_settings(demo_path, keys=keys_file, live_connections=2, live_subscriptions=2)
    async with live_server(settings) as server:
        yield server


# --- what is malformed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("no JSON", id="no JSON"),
        pytest.param("", id="nothing"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="an array"),
        pytest.param('"connection_init"', id="a text"),
        pytest.param(b"{}", id="binary"),
        pytest.param(b'{"type":"ping"}', id="a binary ping"),
        pytest.param({}, id="no type"),
        pytest.param({"type": None}, id="type null"),
        pytest.param({"type": 1}, id="type a number"),
        pytest.param({"type": "start", "id": "1", "payload": {"query": QUERY}}, id="old protocol"),
        pytest.param({"type": "connection_ack"}, id="a server's ack"),
        pytest.param({"type": "next", "id": "1", "payload": {}}, id="a server's next"),
        pytest.param({"type": "error", "id": "1", "payload": []}, id="a server's error"),
        pytest.param({"type": "connection_init", "payload": "key"}, id="init with text"),
        pytest.param({"type": "connection_init", "payload": []}, id="init with array"),
        pytest.param({"type": "connection_init", "payload": 0}, id="init with number"),
        pytest.param(
            {"type": "connection_init", "payload": {"X-API-Key": 1}}, id="a key that is no text"
        ),
        pytest.param({"type": "ping", "payload": 1}, id="ping with number"),
        pytest.param({"type": "pong", "payload": "x"}, id="pong with text"),
        pytest.param({"type": "complete"}, id="complete without id"),
        pytest.param({"type": "complete", "id": 1}, id="complete with a number"),
    ],
)
async def test_what_is_malformed_closes_with_4400(server: LiveServer, message: Any) -> None:
    async with server.socket() as socket:
        await socket.send(message)
        code, reason = await socket.closed()
    assert code == 4400
    assert reason


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"payload": {"query": QUERY}}, id="no id"),
        pytest.param({"id": "", "payload": {"query": QUERY}}, id="an empty id"),
        pytest.param({"id": 1, "payload": {"query": QUERY}}, id="id a number"),
        pytest.param({"id": "1"}, id="no payload"),
        pytest.param({"id": "1", "payload": None}, id="payload null"),
        pytest.param({"id": "1", "payload": QUERY}, id="payload text"),
        pytest.param({"id": "1", "payload": {}}, id="no query"),
        pytest.param({"id": "1", "payload": {"query": None}}, id="query null"),
        pytest.param({"id": "1", "payload": {"query": {"a": 1}}}, id="query an object"),
        pytest.param({"id": "1", "payload": {"query": QUERY, "variables": []}}, id="variables"),
        pytest.param({"id": "1", "payload": {"query": QUERY, "variables": "{}"}}, id="text"),
        pytest.param({"id": "1", "payload": {"query": QUERY, "operationName": 1}}, id="name"),
        pytest.param({"id": "1", "payload": {"query": QUERY, "extensions": 1}}, id="extensions"),
    ],
)
async def test_a_malformed_subscribe_closes_with_4400(server: LiveServer, message: Any) -> None:
    async with server.initialised() as socket:
        await socket.send({"type": "subscribe", **message})
        code, reason = await socket.closed()
    assert code == 4400
    assert reason


async def test_members_may_be_null(server: LiveServer) -> None:
    async with server.socket() as socket:
        await socket.send({"type": "connection_init", "payload": None})
        assert await socket.receive() == {"type": "connection_ack"}
        nothing = {"variables": None, "operationName": None, "extensions": None}
        await socket.subscribe("1", QUERY, **nothing)
        assert said((await socket.receive())["payload"]) == ANSWER


async def test_a_message_that_is_too_large_closes_with_1009(server: LiveServer) -> None:
    async with server.initialised() as socket:
        await socket.subscribe("1", QUERY + " " * 1_000_000)
        assert (await socket.closed())[0] == 1009
    async with server.initialised() as socket:  # of a million characters, two bytes each
        await socket.subscribe("1", QUERY + f"#{'é' * 600_000}")
        assert (await socket.closed())[0] == 1009
    async with server.initialised() as socket:
        await socket.subscribe("1", QUERY + " " * 900_000)
        assert said((await socket.receive())["payload"]) == ANSWER


# --- the order of things -------------------------------------------------------------------------


async def test_subscribing_before_the_acknowledgement_closes_with_4401(server: LiveServer) -> None:
    async with server.socket() as socket:
        await socket.subscribe("1", QUERY)
        assert await socket.closed() == (4401, "Unauthorized")


async def test_a_second_initialisation_closes_with_4429(server: LiveServer) -> None:
    async with server.initialised() as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.closed() == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("subprotocol", ["graphql-ws", "mqtt"])
async def test_another_subprotocol_closes_with_4406(server: LiveServer, subprotocol: str) -> None:
    async with server.socket(subprotocol) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")
        assert socket.connection.subprotocol is None


async def test_without_initialisation_it_closes_with_4408(demo_path: Path) -> None:
    settings = live_settings(demo_path, live_init_timeout_s=0.3)
    assert live_settings(demo_path).live_init_timeout_s == 15
    async with live_server(settings) as server:
        async with server.socket() as socket:
            await socket.send({"type": "ping"})
            assert await socket.receive() == {"type": "pong"}
            assert await socket.closed() == (4408, "Connection initialisation timeout")
        async with server.initialised() as socket:
            assert await socket.is_silent(0.6)


async def test_an_id_that_is_in_use_closes_with_4409(server: LiveServer) -> None:
    async with server.initialised() as socket:
        await socket.subscribe("some-id", ORDERS)
        assert (await socket.receive())["id"] == "some-id"
        await socket.subscribe("some-id", QUERY)
        assert await socket.closed() == (4409, "Subscriber for some-id already exists")


async def test_an_id_is_free_again_when_its_operation_is_over(server: LiveServer) -> None:
    async with server.initialised() as socket:
        for _ in range(2):  # ended by the server
            await socket.subscribe("a", QUERY)
            message = await socket.receive()
            assert message | {"payload": None} == {"id": "a", "type": "next", "payload": None}
            assert said(message["payload"]) == ANSWER
            assert await socket.receive() == {"id": "a", "type": "complete"}
        for _ in range(3):  # ended by the client
            await socket.subscribe("a", ORDERS)
            assert await socket.receive() == {"id": "a", "type": "next", "payload": ANSWER}
            await socket.send({"type": "complete", "id": "a"})
        for _ in range(2):  # ended by what is wrong with it
            await socket.subscribe("a", "{")
            assert (await socket.receive())["type"] == "error"


async def test_pings_are_answered_at_once(server: LiveServer) -> None:
    async with server.socket() as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await socket.send({"type": "ping", "payload": {"a": 1}})
        assert await socket.receive() == {"type": "pong", "payload": {"a": 1}}
        await socket.send({"type": "pong"})
        await socket.send({"type": "complete", "id": "nobody's"})
        assert await socket.is_silent()
        await socket.send({"type": "connection_init"})
        assert await socket.receive() == {"type": "connection_ack"}


async def test_nothing_is_sent_after_the_client_has_completed(server: LiveServer) -> None:
    async with server.initialised() as socket:
        for number in range(20):
            id = str(number)
            await socket.subscribe(id, ORDERS)
            await socket.send({"type": "complete", "id": id})
        await socket.send({"type": "ping"})
        sent = []
        while (message := await socket.receive()) != {"type": "pong"}:
            sent.append(message)
        assert await socket.is_silent()
        assert all(message["type"] == "next" for message in sent), "the server completes nothing"
    await until(lambda: server.live.watched == 0)


# --- what is wrong with an operation -------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { orders { nodes { no } } }"}, "GRAPHQL_VALIDATION_FAILED"),
        (
            {"query": f"subscription {{ a: orderMetrics({DAY}) {{ cost }} "
             f"b: orderMetrics({DAY}) {{ cost }} }}"},
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_NOT_DETERMINED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_NOT_DETERMINED"),
        ({"query": "query A { __typename }", "documentId": "sha256:1"}, "BAD_REQUEST"),
        (
            {"query": "subscription($n: Int!) { orders(first: $n) { nodes { id } } }"},
            "BAD_USER_INPUT",
        ),
        (
            {"query": "subscription { orders { nodes { " + "id " * 6_000 + "} } }"},
            "DOCUMENT_TOO_LARGE",
        ),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_operation_is_one_error_and_the_socket_stays(
    server: LiveServer, payload: dict[str, Any], code: str
) -> None:
    async with server.initialised() as socket:
        await socket.send({"type": "subscribe", "id": "1", "payload": payload})
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
        assert all(error["extensions"]["requestId"] != "-" for error in message["payload"])
        assert await socket.is_silent(0.3)
        await socket.subscribe("1", QUERY)
        assert said((await socket.receive())["payload"]) == ANSWER


async def test_errors_of_fields_are_a_part_of_the_answer(server: LiveServer) -> None:
    later = 'orderMetrics(dateRange: { start: "2026-07-01", end: "2026-06-30" }) { orderCount }'
    async with server.initialised() as socket:
        for id, query in (("1", f"{{ {later} }}"), ("2", f"subscription {{ {later} }}")):
            await socket.subscribe(id, query)
            message = await socket.receive()
            assert message["type"] == "next"
            assert message["payload"]["data"] == {"orderMetrics": None}
            (error,) = message["payload"]["errors"]
            assert error["extensions"]["code"] == "INVALID_DATE_RANGE"
            if id == "1":
                assert await socket.receive() == {"id": "1", "type": "complete"}
        assert await socket.is_silent(), "the same errors are told once"


# --- who asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(None, id="no payload"),
        pytest.param({}, id="no key"),
        pytest.param({"X-API-Key": "wrong"}, id="a wrong key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="a wrong token"),
        pytest.param({"Authorization": "Basic eDp5"}, id="another scheme"),
        pytest.param({"authToken": "secret"}, id="under another name"),
        pytest.param({"X-API-Key": "one", "Authorization": "Bearer two"}, id="two that differ"),
    ],
)
async def test_who_is_not_known_is_closed_with_4403(keyed: LiveServer, payload: Any) -> None:
    async with keyed.socket() as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        assert await socket.closed() == (4403, "Forbidden")


@pytest.mark.parametrize("name", ["X-API-Key", "x-api-key", "Authorization", "authorization"])
async def test_a_key_comes_in_the_payload_under_its_headers_name(
    keyed: LiveServer, keys: dict[str, str], name: str
) -> None:
    is_bearer = name.lower() == "authorization"
    for tenant, count in (("acme", 543), ("birch", 222)):
        value = f"Bearer {keys[tenant]}" if is_bearer else keys[tenant]
        async with keyed.initialised({name: value}) as socket:
            await socket.subscribe("1", QUERY)
            payload = (await socket.receive())["payload"]
            assert payload["data"] == {"orderMetrics": [{"orderCount": count}]}


async def test_a_key_comes_in_the_handshakes_headers(
    keyed: LiveServer, keys: dict[str, str]
) -> None:
    headers = {"x-api-key": keys["birch"]}
    async with keyed.initialised(additional_headers=headers) as socket:
        await socket.subscribe("1", ORDERS)
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"orderMetrics": [{"orderCount": 222}]}
    async with keyed.socket(additional_headers=headers) as socket:
        await socket.send({"type": "connection_init", "payload": {"X-API-Key": keys["acme"]}})
        assert await socket.closed() == (4403, "Forbidden"), "two credentials that differ"


async def test_an_operation_over_budget_is_an_error(
    keyed: LiveServer, keys: dict[str, str]
) -> None:
    dear = """{ orderMetrics(dateRange: { start: "2024-01-01", end: "2026-06-30" },
        groupBy: [COUNTRY, PRODUCT_ID, CHANNEL]) { date customers revenue conversionRate } }"""
    async with keyed.initialised({"x-api-key": keys["small"]}) as socket:
        for id, query in (("1", dear), ("2", f"subscription {dear}")):
            await socket.subscribe(id, query)
            message = await socket.receive()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_where_only_registered_documents_are_answered_their_text_is_enough(
    demo_path: Path,
) -> None:
    text = (ROOT / "persisted_queries" / "usage_cost_alert.graphql").read_text()
    variables = {"start": "2026-06-01", "end": "2026-06-30", "dollars": 130}
    async with (
        live_server(live_settings(demo_path, persisted_mode="safelist")) as server,
        server.initialised() as socket,
    ):
        await socket.subscribe("1", ORDERS)
        message = await socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_REGISTERED"
        await socket.subscribe("1", text, variables=variables)
        (row,) = (await socket.receive())["payload"]["data"]["usageMetrics"]
        assert row["cost"] == 140.300367


async def test_a_client_has_its_share_of_sockets_and_operations(
    keyed: LiveServer, keys: dict[str, str]
) -> None:
    payload = {"x-api-key": keys["acme"]}
    async with keyed.initialised(payload) as one, keyed.initialised(payload) as other:
        async with keyed.socket() as third:
            await third.send({"type": "connection_init", "payload": payload})
            code, reason = await third.closed()
            assert code == 1013
            assert reason == "2 sockets and event streams open, and a client may have 2"
        async with keyed.initialised({"x-api-key": keys["birch"]}):
            pass  # another client has a share of its own
        await one.subscribe("1", ORDERS)
        await other.subscribe("1", ORDERS)
        assert (await one.receive())["type"] == (await other.receive())["type"] == "next"
        await one.subscribe("2", QUERY)
        message = await one.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await other.send({"type": "complete", "id": "1"})
        await until(lambda: sum(keyed.app.state.socket.desk._operations._held.values()) == 1)
        await one.subscribe("2", QUERY)
        assert (await one.receive())["type"] == "next"
    await until(lambda: not keyed.app.state.socket.desk._connections._held)
    assert not keyed.app.state.socket.desk._operations._held


async def test_a_key_that_is_taken_away_ends_its_sockets(demo_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    create_key(file, "stayer", Caller("birch", (), tier=3), NOW, None)
    key = create_key(file, "leaver", Caller("acme", (), tier=3), NOW, None).key
    async with (
        live_server(live_settings(demo_path, keys=file)) as server,
        server.initialised({"x-api-key": key}) as socket,
    ):
        await socket.subscribe("1", QUERY)
        assert (await socket.receive())["type"] == "next"
        assert (await socket.receive())["type"] == "complete"
        before = server.app.state.socket.admission.generation
        revoke_key(file, "leaver")
        await until(lambda: server.app.state.socket.admission.generation != before)
        await socket.subscribe("1", QUERY)
        assert await socket.closed() == (4403, "Forbidden")


async def test_a_key_whose_time_is_over_ends_its_sockets(demo_path: Path, tmp_path: Path) -> None:
    file, now = tmp_path / "keys.json", datetime.now(UTC)
    caller, end = Caller("acme", (), tier=3), now + timedelta(seconds=6)
    key = create_key(file, "short", caller, now, end).key
    async with (
        live_server(live_settings(demo_path, keys=file)) as server,
        server.initialised({"x-api-key": key}) as socket,
    ):
        await until(lambda: datetime.now(UTC) > end)
        await socket.subscribe("1", QUERY)
        assert await socket.closed() == (4403, "Forbidden")


async def test_pages_of_other_origins_open_no_socket(demo_path: Path) -> None:
    settings = live_settings(demo_path, cors_origins="https://app.example.com")
    async with live_server(settings) as server:
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{server.port}1"):
            async with server.socket(origin=origin) as socket:
                code, reason = await socket.closed()
                assert code == 4403
                assert reason == "this page's origin is not in ANALYTICS_GQL_CORS_ORIGINS"
        for origin in ("https://app.example.com", f"http://127.0.0.1:{server.port}"):
            async with server.initialised(origin=origin):
                pass


async def test_without_keys_a_foreign_host_name_is_refused(server: LiveServer) -> None:
    """A page whose name leads to this machine (DNS rebinding) is of the host that it asks."""
    foreign = f"evil.example:{server.port}"
    async with server.socket(url=f"ws://{foreign}/graphql", origin=f"http://{foreign}") as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.closed() == (4403, "Forbidden")


# --- the end -------------------------------------------------------------------------------------


async def test_everything_is_freed_when_clients_leave(server: LiveServer) -> None:
    desk = server.app.state.socket.desk
    tasks_before = len(asyncio.all_tasks())
    async with server.initialised() as polite, server.initialised() as rude:
        for number in range(5):
            for socket in (polite, rude):
                await socket.subscribe(str(number), ORDERS)
                await socket.receive()
        assert server.live.watched == 1
        assert sum(desk._operations._held.values()) == 10
        rude.connection.transport.abort()
    await until(lambda: server.live.watched == 0)
    await until(lambda: not desk._connections._held and not desk._operations._held)
    await until(lambda: len(asyncio.all_tasks()) <= tasks_before)


async def test_a_server_that_stops_closes_sockets_with_1001(demo_path: Path) -> None:
    async with (
        live_server(live_settings(demo_path)) as server,
        server.initialised() as listening,
        server.socket() as silent,
    ):
        await listening.subscribe("1", ORDERS)
        assert (await listening.receive())["type"] == "next"
        began = asyncio.get_running_loop().time()
        server.server.should_exit = True
        assert (await listening.closed())[0] == 1001
        assert (await silent.closed())[0] == 1001
        assert asyncio.get_running_loop().time() - began < 5


async def test_an_operation_over_a_socket_costs_what_it_costs_over_http(demo_path: Path) -> None:
    tiers = '{"3": {"per_minute": 1, "burst": 3}}'
    live = f"subscription {{ orderMetrics({DAY}) {{ orderCount }} }}"
    async with (
        live_server(live_settings(demo_path, tiers=tiers)) as server,
        server.initialised() as socket,
        server.client() as client,
    ):
        await socket.subscribe("1", QUERY)
        assert (await socket.receive())["type"] == "next"
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("2", live)
        assert (await socket.receive())["type"] == "next"
        answer = await client.post("/graphql", json={"query": QUERY})
        assert answer.headers["x-ratelimit-remaining"] == "0"
        await socket.subscribe("3", live)
        message = await socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
