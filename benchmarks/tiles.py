"""`tiles`: a dashboard of eight tiles in one operation, against eight operations."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from benchmarks.rounds import compare
from benchmarks.server import Server
from benchmarks.table import Line

GROUND = 'dateRange: { start: "2026-01-01", end: "2026-06-30" }'
TILES = (
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country revenue }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country grossMargin }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country orderCount newCustomerCount }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country averageOrderValue }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country sessions conversionRate }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country clickThroughRate }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY], limit: 3,"
    " orderBy: [{ by: REVENUE, direction: DESC }]) { country revenue }",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY], where: {{ orderCount: {{ gte: 100 }} }})"
    " { country cost }",
)
TOGETHER = "{" + " ".join(f"tile{number}: {tile}" for number, tile in enumerate(TILES)) + "}"


async def tiles(server: Server) -> list[Line]:
    """One after the other, and all eight at once as a browser would; for the record."""
    assert len(await server.statements(TOGETHER, {})) == 1
    alone = [f"{{ tile{number}: {tile} }}" for number, tile in enumerate(TILES)]

    async def one_operation(_round: int) -> bytes:
        return await server.ask(TOGETHER, {})

    async def one_by_one(_round: int) -> list[bytes]:
        return [await server.ask(text, {}) for text in alone]

    async def at_once(_round: int) -> list[bytes]:
        return list(await asyncio.gather(*(server.ask(text, {}) for text in alone)))

    together: Any = orjson.loads(await one_operation(0))["data"]
    for number, answer in enumerate(await one_by_one(0)):
        (rows,) = orjson.loads(answer)["data"].values()
        assert len(rows) == len(together[f"tile{number}"]) > 0
    return [
        Line(
            f"tiles: 8 in one operation, floor {name}",
            server.label,
            await compare(floor, one_operation, rounds=40, seconds=4),
            None,
        )
        for name, floor in (("8 in turn", one_by_one), ("8 at once", at_once))
    ]
