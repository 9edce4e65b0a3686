"""Durations of one request: what is counted, and what is not."""

from __future__ import annotations

import asyncio
import re
from time import perf_counter

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.results import Results, result_key
from analytics_gql.cache.reuse import BY_VERSION, Outcome, Reuse
from analytics_gql.observe.timings import Part, Timings, begin_timings, timed, untimed

KEY = result_key("model", "statement", (), Caller("acme", (), tier=1))


def spent(timings: Timings) -> dict[str, float]:
    """Milliseconds by name, as they go out."""
    header = timings.end().get("server-timing", "")
    return {name: float(dur) for name, dur in re.findall(r"(\w+);dur=(\d+\.\d\d)", header)}


def test_durations_are_told_in_milliseconds_and_in_one_order() -> None:
    timings = Timings()
    timings.add(Part.ENCODE, 0.25)
    timings.add(Part.PARSE, 0.0004)
    timings.add(Part.ENCODE, 0.001)
    assert timings.end() == {"server-timing": "parse;dur=0.40, encode;dur=251.00"}


def test_nothing_spent_is_no_header() -> None:
    assert Timings().end() == {}


def test_nothing_is_counted_where_it_is_not_wanted() -> None:
    timings = begin_timings(is_wanted=False)
    with timed(Part.PLAN):
        assert untimed() is None
    assert timings.end() == {}


async def test_what_runs_at_the_same_time_adds_up() -> None:
    timings = begin_timings(is_wanted=True)

    async def wait() -> None:
        with timed(Part.WAREHOUSE):
            await asyncio.sleep(0.02)

    began = perf_counter()
    await asyncio.gather(*(wait() for _ in range(5)))
    took_ms = (perf_counter() - began) * 1_000
    assert 100 <= spent(timings)["warehouse"] <= 5 * took_ms


async def test_a_span_that_fails_is_counted_too() -> None:
    timings = begin_timings(is_wanted=True)
    with pytest.raises(ValueError, match="broken"), timed(Part.PLAN):
        raise ValueError("broken")
    assert "plan" in spent(timings)


async def test_what_ends_after_the_request_is_not_counted() -> None:
    timings = begin_timings(is_wanted=True)

    async def late() -> None:
        with timed(Part.WAREHOUSE):
            await asyncio.sleep(0.01)

    task = asyncio.create_task(late())
    await asyncio.sleep(0)
    assert timings.end() == {}
    await task
    assert timings.end() == {}


async def test_who_joins_a_statement_counts_its_own_waiting() -> None:
    results, begun, go_on = Results(1_000_000), asyncio.Event(), asyncio.Event()

    async def look() -> str:
        return "1"

    async def read() -> list[str]:
        begun.set()
        await go_on.wait()
        with timed(Part.PLAN):  # belongs to none of those who wait
            return ["{}"]

    async def request() -> dict[str, float]:
        timings = begin_timings(is_wanted=True)
        await results.answer(KEY, look, read, BY_VERSION)
        return spent(timings)

    first = asyncio.create_task(request())
    await begun.wait()
    await asyncio.sleep(0.05)
    second = asyncio.create_task(request())
    await asyncio.sleep(0.02)
    go_on.set()
    of_first, of_second = await first, await second
    assert of_first.keys() == of_second.keys() == {"cache", "warehouse"}
    assert of_first["warehouse"] >= 60
    assert 10 <= of_second["warehouse"] < of_first["warehouse"] - 30


async def test_reading_anew_in_the_background_is_nobodys_time() -> None:
    results, version, is_new = Results(1_000_000), "1", asyncio.Event()

    async def look() -> str:
        return version

    async def read() -> list[str]:
        with timed(Part.WAREHOUSE):
            if version == "2":
                is_new.set()
            return [version]

    reuse = Reuse(0, 60)
    await results.answer(KEY, look, read, reuse)
    version = "2"
    timings = begin_timings(is_wanted=True)
    stale = await results.answer(KEY, look, read, reuse)
    assert stale.reading.outcome is Outcome.STALE
    async with asyncio.timeout(5):
        await is_new.wait()
    assert spent(timings).keys() == {"cache"}
    await results.close()
