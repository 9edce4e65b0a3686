"""Clients that vanish: what they asked for is gone from the warehouse within a second."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.faults.running import serving
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import ThrowAwayServer

LOCK = "LOCK TABLE facts IN ACCESS EXCLUSIVE MODE"


@pytest.mark.parametrize("asked", ["facts", "slows"], ids=["versioned", "unversioned"])
async def test_many_clients_that_vanish_leave_nothing_behind(
    postgres: ThrowAwayServer, tmp_path: Path, asked: str
) -> None:
    """A table with a version is looked up first; that look-up is nobody's, and ends as well."""
    owner = await asyncpg.connect(postgres.url())
    watcher = await asyncpg.connect(postgres.url())  # a transaction sees its first look for ever
    async with serving(postgres.url(), tmp_path) as server:
        place = urlsplit(server.url)

        async def waits() -> int:
            found: int = await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE application_name = 'analytics-gql' AND state = 'active'"
            )
            return found

        async def connect(number: int) -> asyncio.StreamWriter:
            _, writer = await asyncio.open_connection(place.hostname, place.port)
            body = json.dumps({"query": f"{{ a{number}: {asked} {{ t{number}: total }} }}"})
            writer.write(
                "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: acme\r\n"
                "content-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
            return writer

        async def is_busy() -> bool:
            return await waits() >= 1

        async def is_idle() -> bool:
            return await waits() == 0

        await server.ready()
        async with owner.transaction():
            await owner.execute(LOCK)
            writers = [await connect(number) for number in range(40)]
            await until(is_busy)
            await asyncio.sleep(0.3)
            # Some say goodbye, others are cut off.
            for number, writer in enumerate(writers):
                if number % 2:
                    writer.transport.abort()
                else:
                    writer.close()
            async with asyncio.timeout(1):
                await until(is_idle)
        assert await server.ready() == 200
    await watcher.close()
    await owner.close()
