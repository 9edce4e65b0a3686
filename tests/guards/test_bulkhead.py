"""Places for statements: how many, whose turn it is, and what becomes of those who leave."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from analytics_gql.errors import QueueTimeoutError, TooManyWaitingError
from analytics_gql.guards.bulkhead import Bulkhead


def bulkhead(
    places: int = 4, of_tenant: int = 3, *, max_waiting: int = 500, max_wait_s: float = 10
) -> Bulkhead:
    return Bulkhead(
        places, places_of_tenant=of_tenant, max_waiting=max_waiting, max_wait_s=max_wait_s
    )


class Statement:
    """Takes a place, and leaves it when told."""

    def __init__(self, of: Bulkhead, tenant: str, order: list[str] | None = None) -> None:
        self._of = of
        self._tenant = tenant
        self._order = order if order is not None else []
        self._end = asyncio.Event()
        self.began = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with self._of.place(self._tenant):
            self._order.append(self._tenant)
            self.began.set()
            await self._end.wait()

    async def end(self) -> None:
        self._end.set()
        await self.task


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_tenant_has_never_all_of_the_places() -> None:
    places = bulkhead()
    noisy = [Statement(places, "noisy") for _ in range(500)]
    await settled()
    assert (places.running, places.waiting) == (3, 497)
    async with asyncio.timeout(1), places.place("quiet"):
        assert places.running == 4
    for statement in noisy:
        statement.task.cancel()
    await asyncio.gather(*(statement.task for statement in noisy), return_exceptions=True)
    assert (places.running, places.waiting) == (0, 0)


async def test_who_has_fewest_is_next_and_within_a_tenant_who_came_first() -> None:
    places, order = bulkhead(2, 2), list[str]()
    first = [Statement(places, "a", order) for _ in range(2)]
    await settled()
    waiting = [Statement(places, name, order) for name in ("a", "a", "b", "c", "b")]
    await settled()
    assert order == ["a", "a"]
    await first[0].end()
    await settled()
    assert order[2:] == ["b"]
    await first[1].end()
    await settled()
    assert order[3:] == ["c"]
    await waiting[2].end()
    await settled()
    assert order[4:] == ["a"], "a and b have nothing, and b has just had something"
    await waiting[3].end()
    await settled()
    assert order[5:] == ["b"]
    await waiting[0].end()
    await settled()
    assert order[6:] == ["a"]
    for statement in (waiting[1], waiting[4]):
        await statement.end()
    assert (places.running, places.waiting) == (0, 0)


async def test_who_is_cancelled_while_it_waits_leaves_the_line() -> None:
    places = bulkhead(1, 1)
    running, leaving, staying = (Statement(places, "a") for _ in range(3))
    await settled()
    leaving.task.cancel()
    await settled()
    assert places.waiting == 1
    await running.end()
    await settled()
    assert staying.began.is_set()
    assert not leaving.began.is_set()
    await staying.end()
    assert (places.running, places.waiting) == (0, 0)


@pytest.mark.parametrize("is_cancelled_first", [True, False])
async def test_a_place_that_is_given_to_one_who_leaves_at_that_moment_is_not_lost(
    is_cancelled_first: bool,
) -> None:
    places = bulkhead(1, 1)
    running, leaving, staying = (Statement(places, "a") for _ in range(3))
    await settled()
    running._end.set()
    if is_cancelled_first:
        leaving.task.cancel()
        await running.task
    else:
        await running.task  # its place is the other's, who does not know it yet
        leaving.task.cancel()
    await settled()
    assert leaving.task.cancelled()
    assert staying.began.is_set()
    await staying.end()
    assert (places.running, places.waiting) == (0, 0)


async def test_who_waits_for_too_long_is_told_when_to_come_back() -> None:
    places = bulkhead(1, 1, max_wait_s=0.05)
    async with places.place("a"):
        with pytest.raises(QueueTimeoutError, match=r"busy for 0\.05 s") as told:
            async with places.place("b"):
                raise AssertionError("there is no place")
        assert places.waiting == 0
    assert told.value.retry_after_ms is not None
    assert 1_000 <= told.value.retry_after_ms <= 60_000
    assert told.value.hint


async def test_a_line_that_is_full_is_full_for_its_tenant_alone() -> None:
    places = bulkhead(1, 1, max_waiting=2)
    statements = [Statement(places, "a") for _ in range(3)]
    await settled()
    with pytest.raises(TooManyWaitingError, match="2 statements of yours") as told:
        async with places.place("a"):
            raise AssertionError("there is no place")
    assert told.value.retry_after_ms is not None
    other = Statement(places, "b")
    await settled()
    assert places.waiting == 3
    for statement in (statements[0], other, *statements[1:]):
        await statement.end()
    assert (places.running, places.waiting) == (0, 0)
    assert not places._lines, "nothing is kept of those who have left"


async def test_an_error_inside_gives_the_place_back() -> None:
    places = bulkhead(1, 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with places.place("a"):
                raise ValueError("inside")
    assert places.running == 0


async def test_a_place_may_be_left_by_another_task() -> None:
    places, held = bulkhead(1, 1), AsyncExitStack()
    await asyncio.create_task(held.enter_async_context(places.place("a")))
    assert places.running == 1
    await asyncio.create_task(held.aclose())
    assert places.running == 0
