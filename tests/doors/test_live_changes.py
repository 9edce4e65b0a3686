"""Changes in PostgreSQL reach those who listen: by the version, by NOTIFY, by Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key, revoke_key
from analytics_gql.app import create_app
from analytics_gql.errors import SettingsError
from tests.conftest import MakeDatabase
from tests.doors.in_process import captured_log, logging_as_it_was
from tests.doors.live_server import LiveServer, Socket, live_server, live_settings, until
from tests.doors.test_graphql_sse import NOW, events
from tests.gql.changing_sales import COUNT, STOCK, Shop, open_shop, write_model
from tests.stores.throwaway_redis import ThrowAwayRedis

SELDOM = {"live_period_s": 600, "live_unversioned_period_s": 600}
"""So seldom that only a hint can be the reason."""


@pytest.fixture(scope="module")
async def only_shop(make_database: MakeDatabase) -> AsyncIterator[Shop]:
    shop = await open_shop(await make_database())
    yield shop
    await shop.connection.close()


@pytest.fixture
async def shop(only_shop: Shop) -> Shop:
    await only_shop.reset()
    return only_shop


@asynccontextmanager
async def serving(shop: Shop, folder: Path, **settings: Any) -> AsyncIterator[LiveServer]:
    model = {"schema_path": write_model(folder), "result_cache_bytes": 0}
    async with live_server(live_settings(shop.url, **{**model, **settings})) as server:
        yield server


async def rows(socket: Socket) -> Any:
    message = await socket.receive()
    assert message["type"] == "next", message
    (found,) = message["payload"]["data"].values()
    return found


async def test_rows_that_are_inserted_reach_all_doors(shop: Shop, tmp_path: Path) -> None:
    async with (
        serving(shop, tmp_path) as server,
        server.initialised() as socket,
        server.initialised() as other,
        server.client() as client,
        events(client, json={"query": COUNT}) as stream,
    ):
        await socket.subscribe("1", COUNT)
        await other.subscribe("a", COUNT)
        await socket.subscribe("2", STOCK)
        first = [await rows(socket), await rows(socket)]  # whichever is answered first
        assert sorted(first, key=str) == [[{"items": 5}], [{"saleCount": 1}]]
        assert await rows(other) == [{"saleCount": 1}]
        event = await stream.next()
        assert event is not None
        assert event[1]["data"] == {"sales": [{"saleCount": 1}]}
        before = server.live.executions
        await shop.sell(3)
        assert await rows(socket) == await rows(other) == [{"saleCount": 2}]
        event = await stream.next()
        assert event is not None
        assert event[1]["data"] == {"sales": [{"saleCount": 2}]}
        assert server.live.executions - before == 1, "three listen, one asks"


async def test_a_client_that_does_not_read_is_sent_the_newest_state(
    shop: Shop, tmp_path: Path
) -> None:
    """Its socket's buffers fill up with answers of 700 kB; what is in between is not kept."""
    wide = "subscription { saleRows(first: 9000) { nodes { id region amount } } }"
    await shop.execute(
        """INSERT INTO shop.sales (org, day, region, amount)
           SELECT 'acme', '2026-06-30', repeat('x', 50), n FROM generate_series(1, 8000) n"""
    )
    changes = 60
    async with (
        serving(shop, tmp_path, live_notify_channel="shop_changed") as server,
        server.initialised(max_queue=1) as slow,
        server.initialised() as quick,
    ):
        await slow.subscribe("1", wide)
        await quick.subscribe("1", wide)
        assert len((await rows(quick))["nodes"]) == 8_001
        for number in range(1, changes + 1):
            await shop.sell(number)
            await shop.execute("NOTIFY shop_changed")
            assert len((await rows(quick))["nodes"]) == 8_001 + number
        taken = [len((await rows(slow))["nodes"])]
        while taken[-1] != 8_001 + changes:
            taken.append(len((await rows(slow))["nodes"]))
        assert taken == sorted(set(taken))
        assert len(taken) < changes * 0.8


async def test_a_key_that_is_taken_away_is_told_nothing_more(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    create_key(file, "stayer", Caller("birch", (), tier=3), NOW, None)
    key = create_key(file, "leaver", Caller("acme", (), tier=3), NOW, None).key
    headers = {"x-api-key": key}
    async with (
        serving(shop, tmp_path, keys=file) as server,
        server.initialised(headers) as socket,
        server.client() as client,
        events(client, json={"query": COUNT}, headers=headers) as stream,
    ):
        await socket.subscribe("1", COUNT)
        assert await rows(socket) == [{"saleCount": 1}]
        await stream.next()
        admission = server.app.state.socket.admission
        before = admission.generation
        revoke_key(file, "leaver")
        await until(lambda: admission.generation != before)
        await shop.sell(1)
        assert await socket.closed() == (4403, "Forbidden")
        event = await stream.next()
        assert event is not None
        assert event[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await stream.next() == ("complete", None)
    assert server.live.watched == 0


# --- PostgreSQL's NOTIFY -------------------------------------------------------------------------


async def test_a_notice_has_it_looked_at_at_once(shop: Shop, tmp_path: Path) -> None:
    async with (
        serving(shop, tmp_path, live_notify_channel="Shop changed", **SELDOM) as server,
        server.initialised() as socket,
    ):
        await socket.subscribe("1", COUNT)
        assert await rows(socket) == [{"saleCount": 1}]
        await shop.sell(1)
        assert await socket.is_silent(1.2)
        await shop.execute("NOTIFY \"Shop changed\", 'shop.stock'")
        assert await socket.is_silent(0.5), "a table that is not read"
        await shop.execute("NOTIFY \"Shop changed\", 'shop.sales'")
        assert await rows(socket) == [{"saleCount": 2}]
        await shop.sell(1)
        await shop.execute('NOTIFY "Shop changed"')
        assert await rows(socket) == [{"saleCount": 3}]


async def test_a_listening_connection_that_is_lost_is_made_again(
    shop: Shop, tmp_path: Path
) -> None:
    listening = """SELECT pid FROM pg_stat_activity
                   WHERE application_name = 'analytics-gql' AND query LIKE 'LISTEN%'"""

    async def listener() -> int | None:
        found: int | None = await shop.connection.fetchval(listening)
        return found

    async with (
        serving(shop, tmp_path, live_notify_channel="shop_changed", **SELDOM) as server,
        server.initialised() as socket,
    ):
        await socket.subscribe("1", COUNT)
        assert await rows(socket) == [{"saleCount": 1}]
        lost = await listener()
        assert lost is not None
        await shop.execute("SELECT pg_terminate_backend($1)", lost)
        await shop.sell(1)
        # Told by nobody: what may have been missed is looked at when the connection is there.
        assert await rows(socket) == [{"saleCount": 2}]
        assert await listener() not in (lost, None)
        await shop.sell(1)
        await shop.execute("NOTIFY shop_changed")
        assert await rows(socket) == [{"saleCount": 3}]
    assert await listener() is None


# --- Redis ---------------------------------------------------------------------------------------


async def test_a_message_in_redis_has_it_looked_at_at_once(
    shop: Shop, tmp_path: Path, redis_url: str
) -> None:
    settings = {"redis": redis_url, "live_redis_channel": "shop", **SELDOM}
    async with (
        serving(shop, tmp_path, **settings) as server,
        server.initialised() as socket,
    ):
        with Redis.from_url(redis_url) as redis:
            await until(lambda: redis.pubsub_numsub("shop")[0][1] == 1)
            await socket.subscribe("1", STOCK)
            assert await rows(socket) == [{"items": 5}]
            await shop.execute("UPDATE shop.stock SET items = 6")
            assert await socket.is_silent(0.7)
            redis.publish("shop", "shop.stock")
            assert await rows(socket) == [{"items": 6}]
            await shop.execute("UPDATE shop.stock SET items = 7")
            redis.publish("shop", b"\xff")
            assert await rows(socket) == [{"items": 7}]


async def test_a_redis_that_comes_back_is_listened_to_again(shop: Shop, tmp_path: Path) -> None:
    own = ThrowAwayRedis(tmp_path)
    own.start()
    settings = {"redis": own.url, "live_redis_channel": "shop", **SELDOM}
    try:
        async with (
            serving(shop, tmp_path, **settings) as server,
            server.initialised() as socket,
        ):
            await socket.subscribe("1", STOCK)
            assert await rows(socket) == [{"items": 5}]
            with captured_log() as log:
                own.kill()
                await shop.execute("UPDATE shop.stock SET items = 6")
                await until(lambda: "channel shop cannot be listened to" in log.getvalue())
                await asyncio.sleep(1.5)
                own.start()
                assert await rows(socket) == [{"items": 6}]
                assert log.getvalue().count("channel shop cannot be listened to") == 1
            with Redis.from_url(own.url) as redis:
                await shop.execute("UPDATE shop.stock SET items = 7")
                redis.publish("shop", "")
                assert await rows(socket) == [{"items": 7}]
    finally:
        own.kill()


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"live_notify_channel": "a"}, "the warehouse is no PostgreSQL"),
        ({"live_redis_channel": "a"}, "there is no Redis"),
    ],
)
def test_a_channel_of_what_is_not_there_stops_the_start(
    demo_path: Path, settings: dict[str, str], message: str
) -> None:
    with logging_as_it_was(), pytest.raises(SettingsError, match=message):
        create_app(live_settings(demo_path, **settings))
