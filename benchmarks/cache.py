"""`cache`: what a kept result saves, and what many who ask the same at once cost."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.cache.results import Results
from analytics_gql.cache.reuse import Answer, Reuse
from analytics_gql.compose.service import open_results, open_store
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.service.session import Session
from analytics_gql.service.statements import EntityRows, StatementRequest
from benchmarks.answers import FINANCE, FIVE_WEEKS, LARGE, TWO_YEARS
from benchmarks.lookups import PAGE
from benchmarks.rounds import compare
from benchmarks.server import Server, StatementRecorder, Variables
from benchmarks.table import Line

STAMPEDE = 200
ROOM_BYTES = 256_000_000


class _Keeping(GraphQLEngine):
    """Answers may be an hour old: PostgreSQL tells no version of the demo's tables."""

    def session(self, caller: Caller) -> Session:
        return Session(self.service, self.pages, caller, Reuse(max_age_s=3_600))


class _ReadingLookUps(Service):
    """Keeps what it answers, but for look-ups."""

    async def run(
        self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
    ) -> Answer:
        return await super().run(request, caller, None if _is_look_up(request) else reuse)


def _is_look_up(request: StatementRequest) -> bool:
    return isinstance(request, EntityRows)


class _Side:
    """The server's model and warehouse behind a cache, statements counted."""

    def __init__(self, server: Server, results: Results, of: type[Service] = Service) -> None:
        self._server = server
        self.recorder = StatementRecorder(server.engine.service.warehouse)
        # A name of its own: no side finds what another, or an earlier run, has kept.
        model = uuid.uuid4().hex
        service = of(server.engine.service.catalog, self.recorder, results=results, model=model)
        engine = server.engine
        pages = engine.pages.over(service)
        self.engine = _Keeping(engine.views, service, pages)

    async def ask(self, text: str, variables: Variables) -> bytes:
        """The response's bytes."""
        response = await self.engine.execute(text, self._server.caller, variables=dict(variables))
        return orjson.dumps(response)


@asynccontextmanager
async def _keeping(
    server: Server, room: int = ROOM_BYTES, redis: str | None = None
) -> AsyncIterator[Results]:
    settings = server.settings.model_copy(update={"result_cache_bytes": room, "redis": redis})
    async with open_store(settings) as store, open_results(settings, store) as results:
        yield results


async def cache(server: Server) -> list[Line]:
    """Warm answers, a stampede, and whether it pays to keep look-ups."""
    lines = await _warm(server)
    async with _keeping(server) as results:
        lines += [await _stampede(server, _Side(server, results))]
        lines += [await _look_ups(server, results)]
    return lines


async def _warm(server: Server) -> list[Line]:
    lines: list[Line] = []
    ways: list[tuple[str, int, str | None]] = [("in process", ROOM_BYTES, None)]
    if server.redis is not None:
        ways.append(("in Redis alone", 0, server.redis))
    for name, text, variables in (
        ("2,000 rows", FINANCE, FIVE_WEEKS),
        ("48,000", LARGE, TWO_YEARS),
    ):
        for way, room, redis in ways:
            async with _keeping(server, room, redis) as results:
                side = _Side(server, results)

                async def cold(_round: int, text: str = text, of: Variables = variables) -> bytes:
                    return await server.ask(text, of)

                async def warm(
                    _round: int, side: _Side = side, text: str = text, of: Variables = variables
                ) -> bytes:
                    return await side.ask(text, of)

                assert await warm(0) == await cold(0)
                ratio = await compare(cold, warm, rounds=60, seconds=3)
                assert len(side.recorder.arrived) == 1
            line = f"cache: {name}, kept {way}, floor read"
            lines.append(Line(line, server.label, ratio, None))
    return lines


async def _stampede(server: Server, side: _Side) -> Line:
    """Many who ask the same at once, against one after the other: of both, one reads."""

    def text(number: int, half: int) -> str:
        # A question that nobody has asked yet.
        return FINANCE.replace("groupBy", f"limit: {900_000 + 2 * number + half}, groupBy")

    async def one_by_one(number: int) -> None:
        for _ in range(STAMPEDE):
            await side.ask(text(number, 0), FIVE_WEEKS)

    async def at_once(number: int) -> None:
        before = len(side.recorder.arrived)
        question = text(number, 1)
        answers = await asyncio.gather(*(side.ask(question, FIVE_WEEKS) for _ in range(STAMPEDE)))
        assert len(side.recorder.arrived) == before + 1, "the SQL runs once"
        assert answers.count(answers[0]) == STAMPEDE

    return Line(
        f"cache: {STAMPEDE} cold at once, 1 statement, floor in turn",
        server.label,
        await compare(one_by_one, at_once, rounds=10, seconds=8),
        None,
    )


async def _look_ups(server: Server, results: Results) -> Line:
    kept = _Side(server, results)
    read = _Side(server, results, _ReadingLookUps)

    async def reading(_round: int) -> bytes:
        return await read.ask(PAGE, {})

    async def keeping(_round: int) -> bytes:
        return await kept.ask(PAGE, {})

    assert orjson.loads(await keeping(0))["data"] is not None
    return Line(
        "cache: 1,000 orders, look-ups kept, floor look-ups read",
        server.label,
        await compare(reading, keeping, rounds=60, seconds=3),
        None,
    )
