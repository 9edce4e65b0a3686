"""`fairness`: what one tenant's questions take while another one has 500 of them waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from analytics_gql.access.caller import Caller
from analytics_gql.compose.service import isolation_of
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from benchmarks.rounds import Ratio
from benchmarks.server import Server
from benchmarks.table import Line

NOISY, QUIET = Caller("acme", (), 3), Caller("dune", (), 3)
WAITING = 500
TEXT = """query Days($start: Date!, $limit: Int) {
  orderMetrics(dateRange: {start: $start, end: "2026-06-30"}, limit: $limit) { date revenue }
}"""


async def fairness(server: Server) -> list[Line]:
    """The quiet tenant's p99 beside the noisy one against its p99 alone, with turns and without."""
    lines: list[Line] = []
    for name, is_isolated, rounds, asks in (
        ("fair turns", True, 5, 40),
        # Each of them waits for all that came before: few are enough to see it.
        ("first come, first served", False, 3, 4),
    ):
        warehouse = server.engine.service.warehouse
        # Its places are those of the server, which has no more connections than that.
        isolation = isolation_of(server.settings, server.label) if is_isolated else None
        service = Service(server.engine.service.catalog, warehouse, isolation=isolation)
        ratio = await _compared(server.engine.over(service), rounds, asks)
        line = f"fairness: p99 beside {WAITING} of another, {name}, floor alone"
        lines.append(Line(line, server.label, ratio, None))
    return lines


async def _compared(engine: GraphQLEngine, rounds: int, asks: int) -> Ratio:
    numbers = count()
    alone_s: list[float] = []
    beside_s: list[float] = []
    await _p99_s(engine, asks, numbers)
    for _ in range(rounds):
        alone_s.append(await _p99_s(engine, asks, numbers))
        async with _noise(engine, numbers):
            beside_s.append(await _p99_s(engine, asks, numbers))
    ratios = [beside / alone for alone, beside in zip(alone_s, beside_s, strict=True)]
    tenths = quantiles(ratios, n=10, method="inclusive")
    return Ratio(
        median(alone_s) * 1_000,
        median(beside_s) * 1_000,
        median(ratios),
        tenths[0],
        tenths[-1],
        rounds,
    )


async def _p99_s(engine: GraphQLEngine, asks: int, numbers: Iterator[int]) -> float:
    """What the slowest in a hundred of the quiet tenant's questions takes."""
    took_s: list[float] = []
    for _ in range(asks):
        began = perf_counter()
        response = await _asked(engine, QUIET, "2026-06-30", numbers)
        took_s.append(perf_counter() - began)
        assert "errors" not in response, response
        await asyncio.sleep(0.005)
    return quantiles(took_s, n=100, method="inclusive")[-1]


async def _asked(
    engine: GraphQLEngine, caller: Caller, start: str, numbers: Iterator[int]
) -> dict[str, Any]:
    """The response to a question that nobody has asked yet."""
    variables = {"start": start, "limit": 1_000 + next(numbers)}
    return await engine.execute(TEXT, caller, variables=variables)


@asynccontextmanager
async def _noise(engine: GraphQLEngine, numbers: Iterator[int]) -> AsyncIterator[None]:
    """The other tenant has as many statements under way or waiting, until the block ends."""
    answered = 0

    async def ask_on() -> None:
        nonlocal answered
        while True:
            response = await _asked(engine, NOISY, "2026-06-01", numbers)
            answered += "errors" not in response

    asking = [asyncio.create_task(ask_on()) for _ in range(WAITING)]
    await asyncio.sleep(0.5)
    try:
        yield
        assert answered, "the noisy tenant is served as well"
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
