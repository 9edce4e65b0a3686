"""What limiters promise, in this process and in Redis; and what Redis is asked, and when."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from analytics_gql.guards.limiter import Limiter, LocalLimiter, monotonic_us
from analytics_gql.guards.rates import DayQuota, Rate, TokenBucket
from analytics_gql.guards.shared_limiter import LEASE_S, SharedLimiter, key_of
from analytics_gql.stores.redis import RETRY_EVERY_S, open_redis
from tests.stores.throwaway_redis import ThrowAwayRedis, restarted, throwaway_redis

SLOW = Rate(TokenBucket(1, 100))
"""Of which a test sees no refill."""

SLOW_AND_LITTLE = Rate(TokenBucket(1, 100), DayQuota(30))


@asynccontextmanager
async def shared(url: str, ahead_us: int = 0) -> AsyncIterator[SharedLimiter]:
    """A limiter of a process whose clock is ahead."""
    store = open_redis(url)
    limiter = SharedLimiter(store, clock=lambda: monotonic_us() + ahead_us)
    try:
        yield limiter
    finally:
        await limiter.close()
        await store.close()


@pytest.fixture(params=["local", "shared"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    if request.param == "local":
        yield LocalLimiter()
        return
    async with shared(request.getfixturevalue("redis_url")) as limiter:
        yield limiter


async def let_in(limiter: Limiter, rate: Rate, asked: int, client: str = "a") -> int:
    """How many of so many requests are let in."""
    count = 0
    for _ in range(asked):
        count += (await taken(limiter, rate, 1, client)) is True
    return count


async def taken(limiter: Limiter, rate: Rate, tokens: int, client: str = "a") -> bool:
    standing = limiter.take_at_once(client, rate, tokens)
    standing = standing or await limiter.take(client, rate, tokens)
    return standing.refused_by is None


async def test_as_many_are_let_in_as_there_are_tokens(limiter: Limiter) -> None:
    assert await let_in(limiter, SLOW, 130) == 100
    assert await let_in(limiter, SLOW, 130, client="b") == 100


async def test_the_day_s_quota_ends_before_the_bucket_does(limiter: Limiter) -> None:
    assert await let_in(limiter, SLOW_AND_LITTLE, 50) == 30
    standing = await limiter.take("a", SLOW_AND_LITTLE, 1)
    assert (standing.refused_by, standing.day_remaining) == ("day", 0)
    assert 23.5 * 3_600_000 <= standing.retry_after_ms <= 24.5 * 3_600_000
    assert standing.remaining == 70


async def test_all_that_is_asked_for_is_taken_or_nothing(limiter: Limiter) -> None:
    assert await taken(limiter, SLOW, 60)
    assert not await taken(limiter, SLOW, 60)
    assert await taken(limiter, SLOW, 40)
    assert not await taken(limiter, SLOW, 1)


async def test_what_is_given_back_can_be_taken_again(limiter: Limiter) -> None:
    assert await taken(limiter, SLOW, 100)
    limiter.give_back("a", SLOW, 30)
    assert await let_in(limiter, SLOW, 50) == 30


async def test_remaining_counts_down_and_waiting_helps(limiter: Limiter) -> None:
    quick = Rate(TokenBucket(600, 20))
    seen = [(await limiter.take("a", quick, 1)).remaining for _ in range(20)]
    assert seen[0] == 19
    assert all(later <= earlier + 1 for earlier, later in pairwise(seen))
    refused = await limiter.take("a", quick, 20)
    assert refused.refused_by == "minute"
    assert refused.reset_s == -(-refused.retry_after_ms // 1_000)
    await asyncio.sleep(refused.retry_after_ms / 1_000 + 0.05)
    assert await taken(limiter, quick, 20)


async def test_clients_that_have_not_asked_for_longest_are_forgotten() -> None:
    limiter = LocalLimiter(kept_clients=2)
    for client in ("a", "b", "a", "c"):
        limiter.take_at_once(client, SLOW, 50)
    assert limiter.take_at_once("a", SLOW, 1).refused_by == "minute"
    assert limiter.take_at_once("b", SLOW, 100).refused_by is None


# --- Redis ---------------------------------------------------------------------------------------


async def test_a_busy_client_makes_a_round_trip_in_one_of_twenty_requests(redis_url: str) -> None:
    async with shared(redis_url) as limiter:
        rate = Rate(TokenBucket(10_000, 10_000))
        assert await let_in(limiter, rate, 2_000) == 2_000
        assert limiter.round_trips <= 2_000 / 20


async def test_who_has_used_all_up_is_refused_without_a_round_trip(redis_url: str) -> None:
    async with shared(redis_url) as limiter:
        await let_in(limiter, SLOW, 101)
        before = limiter.round_trips
        assert await let_in(limiter, SLOW, 100) == 0
        assert limiter.round_trips == before


async def test_what_a_lease_has_left_goes_back(redis_url: str) -> None:
    async with shared(redis_url) as one, shared(redis_url) as other:
        assert await let_in(one, SLOW, 5) == 5
        await asyncio.sleep(LEASE_S + 0.3)
        assert await taken(other, SLOW, 95)
        assert not await taken(one, SLOW, 1)


async def test_a_lease_goes_back_when_the_server_stops(redis_url: str) -> None:
    async with shared(redis_url) as one:
        assert await taken(one, SLOW_AND_LITTLE, 1)
    async with shared(redis_url) as other:
        assert await taken(other, SLOW_AND_LITTLE, 29)


async def test_requests_at_the_same_time_share_round_trips(redis_url: str) -> None:
    async with shared(redis_url) as limiter:
        found = await asyncio.gather(*(limiter.take("a", SLOW, 1) for _ in range(150)))
        assert sum(standing.refused_by is None for standing in found) == 100
        assert limiter.round_trips < 15


async def test_keys_tell_nothing_and_end(redis_url: str) -> None:
    async with shared(redis_url) as limiter, Redis.from_url(redis_url) as client:
        await limiter.take("key of acme", Rate(TokenBucket(600, 10)), 10)
        await limiter.take("key of dune", SLOW_AND_LITTLE, 1)
        keys = {key.decode() for key in await client.keys()}
        assert keys == {key_of("key of acme"), key_of("key of dune")}
        assert not any("acme" in key or "dune" in key for key in keys)
        assert 0 < await client.pttl(key_of("key of acme")) <= 2_100
        assert 24 * 3_600_000 < await client.pttl(key_of("key of dune")) <= 25 * 3_600_000


async def test_a_script_that_redis_has_forgotten_is_sent_again(redis_url: str) -> None:
    async with shared(redis_url) as limiter, Redis.from_url(redis_url) as client:
        await taken(limiter, SLOW, 50)
        await client.script_flush()
        assert not await taken(limiter, SLOW, 100)


def ask_much(url: str, ahead_us: int, clients: int, count: multiprocessing.Queue[int]) -> None:
    """One process: some clients of the same key, each as fast as it can."""

    async def ask() -> int:
        async with shared(url, ahead_us) as limiter:
            rate = Rate(TokenBucket(60, 500), DayQuota(10_000))
            ends = time.monotonic() + 2.0

            async def one() -> int:
                let = 0
                while time.monotonic() < ends:
                    let += await taken(limiter, rate, 1)
                    await asyncio.sleep(0.001)
                return let

            return sum(await asyncio.gather(*(one() for _ in range(clients))))

    count.put(asyncio.run(ask()))


async def test_64_clients_in_several_processes_are_never_let_in_too_often(redis_url: str) -> None:
    """Their clocks differ by hours: nobody looks at them."""
    context = multiprocessing.get_context("spawn")
    count: multiprocessing.Queue[int] = context.Queue()
    started = time.monotonic()
    hour_us = 3_600_000_000
    processes = [
        context.Process(target=ask_much, args=(redis_url, ahead_us, 16, count))
        for ahead_us in (0, hour_us, -hour_us // 4, 24 * hour_us)
    ]
    for process in processes:
        process.start()
    let = [await asyncio.to_thread(count.get, True, 60) for _ in processes]
    for process in processes:
        await asyncio.to_thread(process.join)
    most = 500 + (time.monotonic() - started) * 60 / 60
    assert 480 <= sum(let) <= most, let


# --- Redis that is gone --------------------------------------------------------------------------


@pytest.fixture
def own_redis() -> Iterator[ThrowAwayRedis]:
    with throwaway_redis() as server:
        server.start()
        yield server


async def test_without_redis_each_process_goes_on_by_itself_and_comes_back(
    own_redis: ThrowAwayRedis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with shared(own_redis.url) as limiter:
        assert await taken(limiter, SLOW, 40)
        await asyncio.sleep(LEASE_S + 0.2)
        await asyncio.to_thread(own_redis.kill)
        # Not open: what was seen before counts.
        assert await let_in(limiter, SLOW, 100) == 60
        assert await let_in(limiter, SLOW, 100, client="b") == 100
        said = [record.message for record in caplog.records if "rates" in record.message]
        assert said == ["rates cannot be shared: each process limits clients by itself"]
        await restarted(own_redis)
        await asyncio.sleep(RETRY_EVERY_S + 0.5)
        before = limiter.round_trips
        assert await taken(limiter, SLOW, 100)  # a new Redis has seen nobody
        assert limiter.round_trips == before + 1
        assert not await taken(limiter, SLOW, 100)


async def test_a_redis_that_hangs_holds_nobody_up_for_long(own_redis: ThrowAwayRedis) -> None:
    async with shared(own_redis.url) as limiter:
        assert await taken(limiter, SLOW, 1)
        own_redis.hold()
        started = time.monotonic()
        found = await asyncio.gather(*(limiter.take("a", SLOW, 20) for _ in range(10)))
        assert time.monotonic() - started < 4
        assert 4 <= sum(standing.refused_by is None for standing in found) <= 5
        own_redis.release()
