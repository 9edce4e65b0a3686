"""What every store promises; and what Redis does when it is gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic

import pytest

from analytics_gql.errors import SettingsError, StoreUnavailableError
from analytics_gql.stores.memory import MemoryStore
from analytics_gql.stores.redis import (
    CALL_TIMEOUT_S,
    RETRY_EVERY_S,
    RedisStore,
    label_of,
    open_redis,
)
from analytics_gql.stores.store import Store
from tests.stores.throwaway_redis import ThrowAwayRedis, restarted, throwaway_redis

Told = Callable[[], list[str]]


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    made: Store
    if request.param == "memory":
        made = MemoryStore(1_000_000)
    else:
        made = open_redis(request.getfixturevalue("redis_url"))
    yield made
    await made.close()


async def test_what_is_put_is_there_until_another_takes_its_place(store: Store) -> None:
    assert await store.get("a") is None
    await store.put("a", b"\x00\xff one", ttl_s=60)
    await store.put("b", b"", ttl_s=None)
    assert await store.get("a") == b"\x00\xff one"
    assert await store.get("b") == b""
    await store.put("a", b"two", ttl_s=None)
    assert await store.get("a") == b"two"


async def test_what_has_had_its_time_is_gone(store: Store) -> None:
    await store.put("a", b"one", ttl_s=0.05)
    await asyncio.sleep(0.1)
    assert await store.get("a") is None
    assert await store.add("a", b"two", ttl_s=60)


async def test_of_many_who_add_at_once_one_is_told_so(store: Store) -> None:
    told = await asyncio.gather(
        *(store.add("lock", str(number).encode(), ttl_s=60) for number in range(50))
    )
    assert told.count(True) == 1
    assert await store.get("lock") == str(told.index(True)).encode()


async def test_only_who_knows_the_value_removes_it(store: Store) -> None:
    await store.add("lock", b"mine", ttl_s=60)
    await store.remove("lock", b"theirs")
    assert await store.get("lock") == b"mine"
    await store.remove("lock", b"mine")
    await store.remove("lock", b"mine")
    assert await store.get("lock") is None


async def test_a_prefix_is_cleared_to_the_letter(store: Store) -> None:
    for number in range(2_500):
        await store.put(f"a*[1]:{number}", b"x", ttl_s=60)
    await store.put("a-1:0", b"other", ttl_s=60)
    await store.put("a*[1]", b"other", ttl_s=60)
    assert await store.clear("a*[1]:") == 2_500
    assert await store.clear("a*[1]:") == 0
    assert await store.get("a*[1]:7") is None
    assert await store.get("a-1:0") == await store.get("a*[1]") == b"other"


async def test_who_leaves_in_the_middle_of_a_call_spoils_no_other(store: Store) -> None:
    for number in range(20):
        await store.put(f"k{number}", str(number).encode(), ttl_s=60)
    for turn in range(20):
        calls = [asyncio.create_task(store.get(f"k{number}")) for number in range(20)]
        for _ in range(turn):
            await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()
        left = await asyncio.gather(*calls[1::2])
        assert left == [str(number).encode() for number in range(1, 20, 2)]
        assert await store.get("k7") == b"7"
        await asyncio.gather(*calls, return_exceptions=True)


# --- in the process ------------------------------------------------------------------------------


async def test_memory_is_bounded_and_keeps_what_is_used() -> None:
    store = MemoryStore(10_000)
    for number in range(100):
        await store.put(f"k{number}", bytes(500), ttl_s=60)
        assert await store.get("k0") is not None
    there = [number for number in range(100) if await store.get(f"k{number}") is not None]
    assert there[0] == 0
    assert there[1:] == list(range(101 - len(there), 100))
    assert 10 <= len(there) <= 20
    await store.put("k0", bytes(5_000), ttl_s=60)
    assert await store.get("k0") is None, "what takes half of the room is not kept, nor what it was"


# --- Redis gone ----------------------------------------------------------------------------------


@pytest.fixture
def own_redis() -> Iterator[ThrowAwayRedis]:
    with throwaway_redis() as server:
        server.start()
        yield server


@pytest.fixture
async def lone(own_redis: ThrowAwayRedis) -> AsyncIterator[RedisStore]:
    store = open_redis(own_redis.url)
    yield store
    await store.close()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Told:
    """What has been logged from INFO on."""
    monkeypatch.setattr(logging.getLogger("analytics_gql"), "propagate", True)
    caplog.set_level("INFO", "analytics_gql")
    return lambda: [record.getMessage() for record in caplog.records]


async def refused(store: RedisStore) -> float:
    """How long a call takes to fail."""
    began = monotonic()
    with pytest.raises(StoreUnavailableError) as raised:
        await store.get("a")
    assert raised.value.hint
    return monotonic() - began


async def back(store: RedisStore) -> float:
    began = monotonic()
    while store.is_down:  # noqa: ASYNC110  no event tells of it
        await asyncio.sleep(0.01)
    return monotonic() - began


async def test_a_redis_that_is_killed_costs_one_warning_and_comes_back_by_itself(
    own_redis: ThrowAwayRedis, lone: RedisStore, told: Told
) -> None:
    await lone.put("a", b"one", ttl_s=60)
    await asyncio.to_thread(own_redis.kill)
    await asyncio.gather(*(refused(lone) for _ in range(50)))
    for _ in range(50):
        await refused(lone)
    assert lone.failures == 100
    (warning,) = told()
    assert "cannot be reached" in warning
    await asyncio.to_thread(own_redis.start)
    async with asyncio.timeout(5):
        await back(lone)
    await lone.put("a", b"two", ttl_s=60)
    assert await lone.get("a") == b"two"
    assert told()[-1].endswith("is back")
    assert len(told()) == 2


async def test_a_redis_that_answers_nothing_is_waited_for_once(
    own_redis: ThrowAwayRedis, lone: RedisStore, told: Told
) -> None:
    await lone.put("a", b"one", ttl_s=60)
    own_redis.hold()
    waited = await asyncio.gather(*(refused(lone) for _ in range(20)))
    assert max(waited) < CALL_TIMEOUT_S + 2
    assert lone.is_down
    for _ in range(100):
        assert await refused(lone) < CALL_TIMEOUT_S / 2
    await asyncio.sleep(RETRY_EVERY_S + 2 * CALL_TIMEOUT_S)
    assert lone.is_down
    own_redis.release()
    async with asyncio.timeout(5):
        await back(lone)
    assert await lone.get("a") == b"one"
    assert len(told()) == 2


async def test_a_redis_that_was_started_anew_between_two_calls_is_not_missed(
    own_redis: ThrowAwayRedis, lone: RedisStore
) -> None:
    for number in range(20):
        await asyncio.gather(*(lone.put(f"k{n}", b"x", ttl_s=60) for n in range(number)))
    await restarted(own_redis)
    assert await asyncio.gather(*(lone.get(f"k{n}") for n in range(20))) == [None] * 20
    assert lone.failures == 0


async def test_a_redis_without_room_is_told_once_and_still_read(
    own_redis: ThrowAwayRedis, told: Told
) -> None:
    await asyncio.to_thread(own_redis.kill)
    await asyncio.to_thread(own_redis.start, "--maxmemory", "1mb")
    store = open_redis(own_redis.url)
    for _ in range(20):
        with pytest.raises(StoreUnavailableError):
            await store.put("a", bytes(1_000_000), ttl_s=60)
        assert await store.get("a") is None
    assert not store.is_down
    assert store.failures == 20
    (warning,) = told()
    assert "refuses" in warning
    await store.close()


async def test_a_password_that_is_wrong_is_told_without_it(
    own_redis: ThrowAwayRedis, told: Told
) -> None:
    await asyncio.to_thread(own_redis.kill)
    await asyncio.to_thread(own_redis.start, "--requirepass", "right")
    store = open_redis(own_redis.url.replace("unix://", "unix://:wr0ng@"))
    await refused(store)
    await refused(store)
    (warning,) = told()
    assert "wr0ng" not in warning
    await store.close()
    right = open_redis(own_redis.url.replace("unix://", "unix://:right@"))
    await right.put("a", b"one", ttl_s=60)
    assert await right.get("a") == b"one"
    await right.close()


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://u:s3cret@h/0", "redis://h:port/0"])
def test_what_is_no_url_of_redis_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_redis(url)
    assert "s3cret" not in refused.value.message
    assert refused.value.hint is not None
    assert "redis://host:6379/0" in refused.value.hint


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("redis://user:s3cret@cache.example:6380/2", "Redis, cache.example:6380/2"),
        ("rediss://cache.example", "Redis, cache.example"),
        ("redis://", "Redis, localhost"),
        ("unix://:s3cret@/run/redis.sock?db=1", "Redis, /run/redis.sock"),
    ],
)
def test_a_label_says_where_and_no_password(url: str, label: str) -> None:
    assert label_of(url) == label
