"""Work that is wanted at the same time is done once, and belongs to nobody."""

from __future__ import annotations

import asyncio

import pytest

from analytics_gql.cache.single_flight import SingleFlight


class Work:
    """Ends when it is told to."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # as a warehouse that waits for its statement to stop
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return number


async def begun(work: Work, times: int = 1) -> None:
    while work.begun < times:  # noqa: ASYNC110  no event tells of it
        await asyncio.sleep(0)


async def test_equal_work_is_done_once_and_other_work_beside_it() -> None:
    flights: SingleFlight[int] = SingleFlight()
    work, other = Work(), Work()
    waiting = [asyncio.create_task(flights.run("a", work)) for _ in range(200)]
    beside = asyncio.create_task(flights.run("b", other))
    await begun(work)
    await begun(other)
    work.end.set()
    other.end.set()
    assert await asyncio.gather(*waiting) == [1] * 200
    assert await beside == 1
    assert flights.joined == 199
    assert await flights.run("a", work) == 2, "nothing is kept"


async def test_the_work_goes_on_when_the_one_who_began_it_leaves() -> None:
    flights: SingleFlight[int] = SingleFlight()
    work = Work()
    first = asyncio.create_task(flights.run("a", work))
    await begun(work)
    second = asyncio.create_task(flights.run("a", work))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    work.end.set()
    assert await second == 1
    assert work.cancelled == 0


async def test_the_work_is_cancelled_when_the_last_one_leaves_who_waits_until_it_has_ended() -> (
    None
):
    flights: SingleFlight[int] = SingleFlight()
    work = Work()
    waiting = [asyncio.create_task(flights.run("a", work)) for _ in range(3)]
    await begun(work)
    for number, task in enumerate(waiting):
        assert work.cancelled == 0, number
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert work.cancelled == 1
    work.end.set()
    assert await flights.run("a", work) == 2


async def test_who_comes_while_the_work_is_being_cancelled_begins_anew() -> None:
    flights: SingleFlight[int] = SingleFlight()
    work = Work()
    first = asyncio.create_task(flights.run("a", work))
    await begun(work)
    first.cancel()
    second = asyncio.create_task(flights.run("a", work))
    await begun(work, 2)
    work.end.set()
    assert await second == 2
    await asyncio.gather(first, return_exceptions=True)
    assert work.cancelled == 1


async def test_an_error_goes_to_all_who_wait_and_to_no_one_after_them() -> None:
    flights: SingleFlight[int] = SingleFlight()
    work = Work()
    work.error = ValueError("broken")
    waiting = [asyncio.create_task(flights.run("a", work)) for _ in range(3)]
    await begun(work)
    work.end.set()
    assert all(
        isinstance(error, ValueError)
        for error in await asyncio.gather(*waiting, return_exceptions=True)
    )
    work.error = None
    assert await flights.run("a", work) == 2


async def test_an_error_that_nobody_waits_for_any_more_is_no_complaint_of_the_loop() -> None:
    flights: SingleFlight[int] = SingleFlight()

    async def stubborn() -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ValueError("while it was stopped") from None
        return 0

    task = asyncio.create_task(flights.run("a", stubborn))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
