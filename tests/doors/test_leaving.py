"""Clients that leave before they have their answer: nothing goes on for them in the warehouse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import ENGINES, MakeDatabase
from tests.doors.many_rows import Listening, Place, listening, make_place
from tests.warehouses.patience import until

SLOW = "{ slow { late } }"


@pytest.fixture(scope="module", params=ENGINES)
async def place(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> Place:
    folder = tmp_path_factory.mktemp("leaving")
    place = await make_place(request.param, folder, make_database)
    documents = _documents(folder)
    settings = place.settings.model_copy(update={"persisted_queries": documents, "max_batch": 5})
    return replace(place, settings=settings)


def _documents(folder: Path) -> Path:
    documents = folder / "documents"
    documents.mkdir()
    (documents / "slow.graphql").write_text("query Slow { slow { late } }")
    return documents


@pytest.fixture(scope="module")
async def server(place: Place) -> AsyncIterator[Listening]:
    async with listening(place) as server:
        yield server


def posted(body: object, tier: int = 1) -> str:
    content = json.dumps(body)
    return (
        f"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: tier {tier}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n{content}"
    )


def got(path: str, tier: int = 1) -> str:
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: tier {tier}\r\n\r\n"


async def send(server: Listening, request: str) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.encode())
    await writer.drain()
    return writer


@pytest.mark.parametrize(
    "request_",
    [
        posted({"query": SLOW}),
        posted({"query": SLOW}, tier=3),
        got(f"/graphql?query={quote(SLOW)}"),
        got("/graphql/p/slow"),
        posted([{"query": SLOW}, {"query": "{ totals(limit: 1) { sum } }"}]),
    ],
    ids=["post", "post of tier 3", "get", "registered", "array"],
)
async def test_who_leaves_takes_its_statement_along(server: Listening, request_: str) -> None:
    writer = await send(server, request_)
    await until(server.is_busy)
    await asyncio.sleep(0.1)
    assert await server.is_busy()
    writer.close()
    bulkhead = server.app.state.graphql._engine.service.isolation.statements

    async def is_free() -> bool:
        return await server.is_idle() and (bulkhead.running, bulkhead.waiting) == (0, 0)

    async with asyncio.timeout(1):
        await until(is_free)


async def test_a_statement_that_others_wait_for_goes_on_until_the_last_has_left(
    server: Listening,
) -> None:
    writers = [await send(server, posted({"query": SLOW})) for _ in range(3)]
    await until(server.is_busy)
    await asyncio.sleep(0.2)
    isolation = server.app.state.graphql._engine.service.isolation
    assert isolation.statements.running == 1
    for writer in writers[:-1]:
        writer.close()
    await asyncio.sleep(0.3)
    assert await server.is_busy()
    writers[-1].close()
    async with asyncio.timeout(1):
        await until(server.is_idle)


async def test_who_leaves_while_it_waits_is_never_asked_for(place: Place) -> None:
    async with listening(place, warehouse_connections=1) as server:
        running = await send(server, posted({"query": SLOW}))
        await until(server.is_busy)
        bulkhead = server.app.state.graphql._engine.service.isolation.statements
        waiting = await send(server, posted({"query": "{ totals(limit: 1) { sum } }"}))

        async def is_waiting() -> bool:
            return bool(bulkhead.waiting)

        async def is_empty() -> bool:
            return not bulkhead.waiting

        await until(is_waiting)
        waiting.close()
        await until(is_empty)
        assert await server.is_busy()
        running.close()
        async with asyncio.timeout(1):
            await until(server.is_idle)
