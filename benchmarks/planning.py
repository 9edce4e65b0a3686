"""`plan`: everything before the warehouse, against graphql-core's parse and validate."""

from __future__ import annotations

from datetime import date, timedelta
from time import thread_time

from graphql import parse, validate

from benchmarks.answers import FINANCE
from benchmarks.rounds import compare
from benchmarks.server import ROOT, Server
from benchmarks.table import Line

MARKETING = (ROOT / "persisted_queries" / "marketing_metrics.graphql").read_text()

# The field that is renamed, so that neither the document nor the shape of its rows was seen.
DOCUMENTS = {"finance": (FINANCE, "revenue"), "marketing": (MARKETING, "conversionRate")}

# Nobody is waited for. What other processes take of the processor would count for the longer side
# more often than for the shorter one, and flatter us.
CLOCK = thread_time

NEW_TARGET = 3.0
SEEN_TARGET = 0.15


async def plan(server: Server) -> list[Line]:
    """A document never seen, and one whose shape was seen with values that were not."""
    lines: list[Line] = []
    for name, (text, field) in DOCUMENTS.items():
        lines += await _planned(name, server, text, field)
    return lines


async def _planned(name: str, server: Server, text: str, field: str) -> list[Line]:
    engine, stop = server.without_warehouse(CLOCK)
    schema = engine.schema
    last_day = date(2026, 6, 30)
    assert text.count(f"    {field}\n") == 1

    def renamed(number: int) -> str:
        return text.replace(f"    {field}\n", f"    as{number + 1_000}: {field}\n")

    async def floor(number: int) -> None:
        assert not validate(schema, parse(renamed(number)))

    async def new(number: int) -> float:
        return await arrival(renamed(number), number)

    async def seen(number: int) -> float:
        return await arrival(text, number)

    async def arrival(document: str, number: int) -> float:
        start = last_day - timedelta(days=number + 100)
        response = await engine.execute(
            document, server.caller, variables={"start": str(start), "end": str(last_day)}
        )
        assert stop.arrived is not None
        assert "errors" not in response, response
        return stop.arrived.at

    return [
        Line(
            f"plan: {name}, {which}",
            server.label,
            await compare(floor, side, rounds=250, seconds=1.5, clock=CLOCK),
            target,
        )
        for which, side, target in (
            ("never seen", new, NEW_TARGET),
            ("shape seen", seen, SEEN_TARGET),
        )
    ]
