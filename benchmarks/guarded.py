"""`guarded`: a remembered GET of a client with a key, whose rate is counted, in the process and in
Redis, against a bare ASGI application under the same uvicorn; and the script against an empty one.

It prints besides how often Redis was asked for each request of a busy client.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from redis.asyncio import Redis

from analytics_gql.guards.shared_limiter import SCRIPT
from benchmarks.http import (
    PATH,
    REQUESTS,
    ask,
    bare_served,
    free_port,
    on_cpu_ns,
    process,
    until_it_listens,
)
from benchmarks.rounds import compare
from benchmarks.server import COUNTED, ROOT, Server
from benchmarks.table import Line

KEY = "a key that only benchmarks use"
OF_A_HIT = 1 / 0.4
"""0.4 × the requests/s of the floor, as time for each."""
OF_A_HIT_WITH_REDIS = 1 / 0.3
ROUND_TRIPS = 1 / 20
CHECKS = 1_000
AT_ONCE = 16


async def guarded(server: Server) -> list[Line]:
    """The time that the serving process works for each request, as `http` has it."""
    if server.label != "DuckDB":
        return []
    lines = [await _remembered(server, None)]
    if server.redis is not None:
        lines.append(await _remembered(server, server.redis))
        lines.append(await _script(server.redis))
    return lines


async def _remembered(server: Server, redis_url: str | None) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        async with _ours(server, Path(folder), redis_url) as (our_port, ours):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{our_port}") as client:
                headers = {"accept-encoding": "identity", "x-api-key": KEY}
                answer = await client.get(PATH, headers=headers)
            assert answer.status_code == 200, answer.text
            assert "ratelimit" in answer.headers
            body = Path(folder, "body")
            await asyncio.to_thread(body.write_bytes, answer.content)
            async with bare_served(body) as (bare_port, bare):

                def worked_s() -> float:
                    return (on_cpu_ns(ours) + on_cpu_ns(bare)) / REQUESTS / 1e9

                async def floor(_round: int) -> None:
                    await ask(bare_port, b"")

                asked = 0

                async def hit(_round: int) -> None:
                    nonlocal asked
                    asked += REQUESTS
                    await ask(our_port, b"x-api-key: " + KEY.encode() + b"\r\n")

                before = await _scripts_run(redis_url)
                ratio = await compare(floor, hit, rounds=20, seconds=12, clock=worked_s)
                if redis_url is not None:
                    trips = (await _scripts_run(redis_url) - before) / asked
                    verdict = "met" if trips <= ROUND_TRIPS else "NOT met"
                    print(
                        f"guarded: {trips:.5f} round trips to Redis for each of {asked:,} requests "
                        f"of one client (target ≤ {ROUND_TRIPS:g}: {verdict})"
                    )
    where = "in the process" if redis_url is None else "in Redis"
    target = OF_A_HIT if redis_url is None else OF_A_HIT_WITH_REDIS
    return Line(f"guarded: a remembered GET, rates {where}", "–", ratio, target)


async def _scripts_run(redis_url: str | None) -> int:
    """How many scripts Redis has run so far."""
    if redis_url is None:
        return 0
    async with Redis.from_url(redis_url) as redis:
        stats = await redis.info("commandstats")
    commands = ("cmdstat_evalsha", "cmdstat_eval")
    return sum(stats[command]["calls"] for command in commands if command in stats)


async def _script(redis_url: str) -> Line:
    """The script against one that does nothing, both as often as a client can ask at once."""
    async with Redis.from_url(redis_url) as redis:
        empty = await redis.script_load("return {1, 2, 3, 4, 5}")
        check = await redis.script_load(SCRIPT)
        arguments = (10_000_000, 10_000_000, 10_000_000, 1, 0, 0)

        async def run(script: str, number: int) -> None:
            for _ in range(CHECKS // AT_ONCE):
                pipeline = redis.pipeline(transaction=False)
                for client in range(AT_ONCE):
                    key = f"analytics-gql:bench:{{{number % 7}:{client}}}"
                    pipeline.evalsha(script, 1, key, *arguments)
                await pipeline.execute()

        async def floor(number: int) -> None:
            await run(empty, number)

        async def checked(number: int) -> None:
            await run(check, number)

        ratio = await compare(floor, checked, rounds=40, seconds=8)
        keys = [key async for key in redis.scan_iter("analytics-gql:bench:*")]
        await redis.unlink(*keys)
    done = CHECKS // AT_ONCE * AT_ONCE
    print(
        f"guarded: {done / ratio.subject_ms * 1_000:,.0f} checks/s in Redis, "
        f"{done / ratio.floor_ms * 1_000:,.0f} of an empty script, {AT_ONCE} at once"
    )
    return Line("guarded: bucket and day in one script", "–", ratio, None)


@asynccontextmanager
async def _ours(
    server: Server, folder: Path, redis_url: str | None
) -> AsyncIterator[tuple[int, int]]:
    """The port and the process of our server, which asks for a key."""
    assert server.settings.warehouse is not None
    caller = {"tenant": server.settings.local_tenant, "roles": ["*"], "tier": 3}
    keys = folder / "keys.json"
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    await asyncio.to_thread(keys.write_text, json.dumps({digest: caller}))
    port = free_port()
    command = ["-m", "analytics_gql", "serve", "--port", str(port), "--keys", str(keys)]
    where = ["--schema", str(ROOT / "schema.graphql"), "--warehouse", server.settings.warehouse]
    shared = [] if redis_url is None else ["--redis", redis_url]
    async with process(*command, *where, *shared, ANALYTICS_GQL_TIERS=COUNTED) as pid:
        await until_it_listens(port)
        print(f"guarded: serving at {port}", file=sys.stderr)
        yield port, pid
