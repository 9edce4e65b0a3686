"""Redis that goes away, or hangs, under load: every request is answered, and it is used again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.faults.running import serving
from tests.stores.throwaway_redis import ThrowAwayRedis, throwaway_redis
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import ThrowAwayServer

GENEROUS = '{"2": {"per_minute": 1000000}}'
"""A rate that is counted in Redis, and never used up."""


@pytest.fixture
def redis() -> Iterator[ThrowAwayRedis]:
    with throwaway_redis() as server:
        server.start()
        yield server


async def test_redis_that_is_stopped_held_and_started_under_load_costs_no_answer(
    postgres: ThrowAwayServer, redis: ThrowAwayRedis, tmp_path: Path
) -> None:
    async def is_used() -> bool:
        async with Redis.from_url(redis.url) as client:
            return await client.dbsize() > 0

    async with (
        serving(postgres.url(), tmp_path, redis=redis.url, tiers=GENEROUS) as server,
        server.under_load() as load,
    ):
        await load.succeeds(50)
        assert await is_used()
        await asyncio.to_thread(redis.kill)
        await load.succeeds(200)
        assert await server.ready() == 200, "the warehouse is there, and so are the answers"
        await asyncio.to_thread(redis.start)
        async with asyncio.timeout(5):
            await until(is_used)
        redis.hold()
        await load.succeeds(200)
        redis.release()
        await load.succeeds(50)
    assert set(load.outcomes) == {"OK"}, load.outcomes
    assert not load.wrong
    assert load.longest_s < 5, "what waits for Redis does not wait for long"
    assert "Redis" in (tmp_path / "log").read_text()
