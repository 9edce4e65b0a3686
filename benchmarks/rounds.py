"""Measures a floor and its subject in turns, so that noise hits both alike."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

Side = Callable[[int], Awaitable[object]]
"""What is timed. The argument is unique within a comparison, so a side can ask what is new.

A side that goes on beyond what is measured returns the clock's reading when it was done.
"""

Clock = Callable[[], float]

FEWEST_ROUNDS = 10
WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Ratio:
    """A subject against its floor: medians, and the middle four fifths of the rounds' ratios."""

    floor_ms: float
    subject_ms: float
    median: float
    p10: float
    p90: float
    rounds: int


async def compare(
    floor: Side, subject: Side, *, rounds: int, seconds: float, clock: Clock = perf_counter
) -> Ratio:
    """The subject's ratio, from up to `rounds` rounds or as many as `seconds` allow.

    The two alternate, floor first, so each starts with what the other left in the processor's
    caches. A ratio is taken within a round, so that drift of the machine's speed cancels. `clock`
    may count the processor's time instead where all the work is computing on this thread.
    """
    for warm_up in range(WARM_UPS):
        await floor(-1 - warm_up)
        await subject(-1 - warm_up)
    floor_s: list[float] = []
    subject_s: list[float] = []
    gc.collect()
    gc.disable()
    try:
        ends_at = perf_counter() + seconds
        for number in range(rounds):
            if number >= FEWEST_ROUNDS and perf_counter() > ends_at:
                break
            floor_s.append(await _timed(floor, number, clock))
            subject_s.append(await _timed(subject, number, clock))
    finally:
        gc.enable()
    ratios = [ours / bare for bare, ours in zip(floor_s, subject_s, strict=True)]
    tenths = quantiles(ratios, n=10, method="inclusive")
    return Ratio(
        median(floor_s) * 1_000,
        median(subject_s) * 1_000,
        median(ratios),
        tenths[0],
        tenths[-1],
        len(ratios),
    )


async def _timed(side: Side, number: int, clock: Clock) -> float:
    started = clock()
    done = await side(number)
    ended = clock()
    return (done if isinstance(done, float) else ended) - started
