"""python -m benchmarks.live --postgres URL: a change, and a thousand who are told of it.

1,000 sockets listen to five queries, 200 to each. A row is written to PostgreSQL with a NOTIFY in
its transaction; each socket's time is that from the commit to the answer's arrival. The floor is a
plain Starlette server that runs the same five statements and sends their rows, in turns with ours.
Then the same with ours alone and no NOTIFY: what is seen by the version, looked at each second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from analytics_gql.demo.warehouse import DEMO_TENANT, ensure_demo
from analytics_gql.doors.ws_messages import SUBPROTOCOL
from analytics_gql.settings import Settings
from benchmarks.live_apps import DIMENSIONS, FLOOR_CHANNEL, question
from benchmarks.run import load_demo
from benchmarks.server import ROOT

SUBSCRIBERS = 1_000
CHANNEL = "benchmark_ours"
PATIENCE_S = 60.0

_SALE = """
INSERT INTO gold.orders
SELECT (jsonb_populate_record(o, jsonb_build_object(
    'id', (SELECT max(id) + 1 FROM gold.orders), 'loaded_at', clock_timestamp()))).*
FROM gold.orders AS o WHERE org_id = $1 AND ordered_at >= '2026-06-30' ORDER BY id LIMIT 1
"""


@dataclass(eq=False)
class Audience:
    """Those who listen to one server, and when each was told of the newest change."""

    connections: list[ClientConnection] = field(default_factory=list)
    told: int = 0
    times: list[float] = field(default_factory=list)
    began: float = 0.0
    all_told: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, connection: ClientConnection) -> None:
        """Note when messages come; those before a change is begun are its greeting."""
        async for _ in connection:
            self.times.append(perf_counter() - self.began)
            self.told += 1
            if self.told == SUBSCRIBERS:
                self.all_told.set()

    def begin(self) -> None:
        """A change is about to be committed."""
        self.told, self.times = 0, []
        self.all_told.clear()
        self.began = perf_counter()

    async def end(self) -> list[float]:
        """The seconds that it took to reach each."""
        async with asyncio.timeout(PATIENCE_S):
            await self.all_told.wait()
        return self.times


@asynccontextmanager
async def running(app: str, url: str, **settings: str) -> AsyncIterator[int]:
    """A server in a process of its own, by its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "ANALYTICS_GQL_SCHEMA": str(ROOT / "schema.graphql"),
        "ANALYTICS_GQL_WAREHOUSE": url,
        "ANALYTICS_GQL_LOCAL_TENANT": DEMO_TENANT,
        "ANALYTICS_GQL_RESULT_CACHE_BYTES": "0",
        "ANALYTICS_GQL_LIVE_CONNECTIONS": str(SUBSCRIBERS),
        "ANALYTICS_GQL_LIVE_SUBSCRIPTIONS": str(SUBSCRIBERS),
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", f"benchmarks.live_apps:{app}", "--factory",
        "--port", str(port), "--log-level", "error",
        cwd=ROOT, env=environment,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    assert process.returncode is None, "the server has ended"
                    await asyncio.sleep(0.1)
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def audience(port: int, *, is_ours: bool) -> AsyncIterator[Audience]:
    """A thousand sockets, each of which has its first answer."""
    found = Audience()
    async with AsyncExitStack() as stack:
        for number in range(SUBSCRIBERS):
            query = number % len(DIMENSIONS)
            connection = await stack.enter_async_context(
                connect(
                    f"ws://127.0.0.1:{port}/graphql",
                    subprotocols=[Subprotocol(SUBPROTOCOL)] if is_ours else None,
                    compression=None,
                    proxy=None,
                )
            )
            if is_ours:
                await connection.send('{"type": "connection_init"}')
                await connection.recv()
                payload = {"query": f"subscription {question(DIMENSIONS[query])}"}
                subscribe = {"type": "subscribe", "id": "1", "payload": payload}
                await connection.send(json.dumps(subscribe))
            else:
                await connection.send(str(query))
            await connection.recv()
            found.connections.append(connection)
        listening = [asyncio.create_task(found.listen(each)) for each in found.connections]
        yield found
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def told_of_a_change(writer: Any, found: Audience, channel: str | None) -> list[float]:
    """Write a row; how long each took to be told."""
    async with writer.transaction():
        await writer.execute(_SALE, DEMO_TENANT)
        if channel is not None:
            await writer.execute(f"NOTIFY {channel}")
        found.begin()
    return await found.end()


async def statements_of(port: int) -> int:
    """How many statements our server has run since it was asked first."""
    async with httpx.AsyncClient() as client:
        response = await client.get(f"http://127.0.0.1:{port}/statements")
        count: int = response.json()
        return count


def line(name: str, times: list[list[float]]) -> str:
    """The figures of some changes: over all deliveries of all of them."""
    all_ms = [seconds * 1_000 for change in times for seconds in change]
    p99 = quantiles(all_ms, n=100)[98]
    return f"| {name:<44} | {median(all_ms):>9.1f} | {p99:>8.1f} | {max(all_ms):>8.1f} |"


async def measured(url: str, changes: int) -> None:
    """Print everything."""
    demo = await asyncio.to_thread(ensure_demo, Settings().cache_folder)
    await load_demo(demo, url)
    writer: Any = await asyncpg.connect(url)
    newest = await writer.fetchval("SELECT max(id) FROM gold.orders")
    hinted = {"ANALYTICS_GQL_LIVE_NOTIFY_CHANNEL": CHANNEL, "ANALYTICS_GQL_LIVE_PERIOD_S": "3600"}
    try:
        async with (
            running("floor", url) as floor_port,
            running("ours", url, **hinted) as port,
        ):
            await statements_of(port)
            async with (
                audience(floor_port, is_ours=False) as floor,
                audience(port, is_ours=True) as ours,
            ):
                greeted = await statements_of(port)
                floor_times, our_times, ratios, counts = [], [], [], []
                for number in range(-1, changes):  # the first warms up
                    of_floor = await told_of_a_change(writer, floor, FLOOR_CHANNEL)
                    before = await statements_of(port)
                    of_ours = await told_of_a_change(writer, ours, CHANNEL)
                    if number < 0:
                        continue
                    floor_times.append(of_floor)
                    our_times.append(of_ours)
                    counts.append(await statements_of(port) - before)
                    ratios.append(quantiles(of_ours, n=100)[98] / quantiles(of_floor, n=100)[98])
        async with running("ours", url) as port:
            await statements_of(port)
            async with audience(port, is_ours=True) as ours:
                seen_times, seen_counts = [], []
                for _ in range(changes):
                    before = await statements_of(port)
                    seen_times.append(await told_of_a_change(writer, ours, None))
                    seen_counts.append(await statements_of(port) - before)
    finally:
        await writer.execute("DELETE FROM gold.orders WHERE id > $1", newest)
        await writer.close()
    print(f"{SUBSCRIBERS:,} sockets, {len(DIMENSIONS)} queries, {changes} changes each")
    print(f"statements: {greeted} for all first answers")
    print(f"statements for a change: at most {max(counts)} (NOTIFY), {max(seen_counts)} (version)")
    print(f"| {'from commit to delivery':<44} | median ms |   p99 ms |   max ms |")
    print(f"| {'-' * 44} | --------: | -------: | -------: |")
    print(line("floor: NOTIFY, five statements, sent to all", floor_times))
    print(line("ours: NOTIFY", our_times))
    print(line("ours: the version, looked at each second", seen_times))
    tenths = quantiles(ratios, n=10, method="inclusive")
    print(f"p99, ours to floor: {median(ratios):.2f} ({tenths[0]:.2f}–{tenths[-1]:.2f})")


def main() -> None:
    """Run it. The exit status says nothing of the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--postgres", metavar="URL", required=True, help="the demo is loaded")
    parser.add_argument("--changes", type=int, default=10)
    arguments = parser.parse_args()
    uvloop.run(measured(arguments.postgres, arguments.changes))


if __name__ == "__main__":
    main()
