"""A warehouse that fails is left alone, and tried again with few calls."""

from __future__ import annotations

import asyncio

import pytest

from analytics_gql.errors import (
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseSuspendedError,
    WarehouseUnavailableError,
)
from analytics_gql.guards.breaker import FEWEST_CALLS, PROBES, SUSPENDED_S, WINDOW_S, Breaker
from tests.doors.in_process import captured_log


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("the warehouse", clock)


async def succeed(breaker: Breaker, times: int = 1) -> None:
    async def work() -> str:
        return "rows"

    for _ in range(times):
        assert await breaker.call(work) == "rows"


async def fail(
    breaker: Breaker, times: int = 1, error: type[Exception] = WarehouseUnavailableError
) -> None:
    async def work() -> str:
        raise error("it went wrong")

    for _ in range(times):
        with pytest.raises(error, match="it went wrong"):
            await breaker.call(work)


async def is_refused(breaker: Breaker) -> int:
    async def work() -> str:
        raise AssertionError("the warehouse was asked")

    with pytest.raises(WarehouseSuspendedError) as told:
        await breaker.call(work)
    assert told.value.hint
    assert told.value.retry_after_ms is not None
    return told.value.retry_after_ms


async def test_it_opens_at_a_fifth_of_the_calls_and_not_before(breaker: Breaker) -> None:
    await succeed(breaker, 16)
    await fail(breaker, 3)
    await succeed(breaker)  # 3 of 20
    await fail(breaker)  # 4 of 21
    assert breaker.state == "closed"
    await fail(breaker)  # 5 of 22
    assert breaker.state == "open"
    assert await is_refused(breaker) == SUSPENDED_S * 1_000


async def test_few_failures_say_nothing(breaker: Breaker) -> None:
    await fail(breaker, FEWEST_CALLS - 1)
    assert breaker.state == "closed"
    await fail(breaker)
    assert breaker.state == "open"


async def test_what_is_long_ago_does_not_count(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, FEWEST_CALLS - 1)
    clock.now += WINDOW_S + 1
    await fail(breaker, FEWEST_CALLS - 1)
    assert breaker.state == "closed"


@pytest.mark.parametrize("error", [StatementTimeoutError, WarehouseError, ValueOutOfRangeError])
async def test_a_tenant_s_own_errors_never_open_it(
    breaker: Breaker, error: type[Exception]
) -> None:
    await fail(breaker, 100, error)
    assert breaker.state == "closed"
    await succeed(breaker)


async def test_calls_that_are_cancelled_say_nothing(breaker: Breaker) -> None:
    for _ in range(100):
        call = asyncio.create_task(breaker.call(asyncio.Event().wait))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert breaker.state == "closed"
    await fail(breaker, FEWEST_CALLS - 1)
    assert breaker.state == "closed"


async def test_it_closes_after_some_probes_that_succeed(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, FEWEST_CALLS)
    clock.now += SUSPENDED_S / 2
    assert await is_refused(breaker) == SUSPENDED_S * 1_000 / 2
    clock.now += SUSPENDED_S / 2
    await succeed(breaker, PROBES)
    assert breaker.state == "closed"
    await fail(breaker, FEWEST_CALLS - 1)
    assert breaker.state == "closed", "it has forgotten what was before"


async def test_a_probe_that_fails_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, FEWEST_CALLS)
    clock.now += SUSPENDED_S
    await succeed(breaker, PROBES - 1)
    await fail(breaker)
    assert await is_refused(breaker) == SUSPENDED_S * 1_000


async def test_probes_are_few_at_a_time_and_a_cancelled_one_makes_room(
    breaker: Breaker, clock: Clock
) -> None:
    await fail(breaker, FEWEST_CALLS)
    clock.now += SUSPENDED_S
    probes = [asyncio.create_task(breaker.call(asyncio.Event().wait)) for _ in range(PROBES)]
    await asyncio.sleep(0)
    assert await is_refused(breaker) == 1_000
    for probe in probes:
        probe.cancel()
    await asyncio.gather(*probes, return_exceptions=True)
    await succeed(breaker, PROBES)
    assert breaker.state == "closed"


async def test_a_probe_that_runs_out_of_time_shows_nothing(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, FEWEST_CALLS)
    clock.now += SUSPENDED_S
    await fail(breaker, 1, StatementTimeoutError)
    assert breaker.state == "half_open"
    await succeed(breaker, PROBES)
    assert breaker.state == "closed"


async def test_the_log_says_when_a_warehouse_is_left_alone(breaker: Breaker) -> None:
    with captured_log() as log:
        await fail(breaker, FEWEST_CALLS)
    assert "WARNING calls of the warehouse: open after closed" in log.getvalue()
