"""A server in a process of its own over a PostgreSQL that may be hurt, and load on it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from analytics_gql.cli.parser import run
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import ThrowAwayServer, free_port

MODEL = """
type Fact @dataset(table: "facts", tenant: "org", version: "max(id)") {
  id: BigInt @dimension
  total: BigInt @metric(sql: "sum(amount)")
}
type Slow @dataset(table: "slow", tenant: "org") {
  total: BigInt @metric(sql: "sum(amount)")
}
type Query { facts(where: FactFilter): [Fact!] slows: [Slow!] }
"""
TABLES = """
CREATE TABLE facts (id BIGINT PRIMARY KEY, org TEXT NOT NULL, amount BIGINT NOT NULL);
INSERT INTO facts SELECT i, CASE WHEN i % 2 = 0 THEN 'acme' ELSE 'dune' END, i
    FROM generate_series(1, 1000) AS numbers(i);
CREATE VIEW slow AS SELECT org, amount FROM facts, LATERAL (SELECT pg_sleep(0.002)) AS s
    WHERE id <= 100;
"""
TENANTS = ("acme", "dune")


@dataclass
class Load:
    """What came back of many requests: by its code, and how long the longest took."""

    outcomes: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    wrong: list[Any] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many answers were none."""
        return self.outcomes.total() - self.outcomes["OK"]

    async def succeeds(self, times: int) -> None:
        """Return after so many good answers from now on."""
        await self.meets("OK", times)

    async def meets(self, code: str, times: int = 1) -> None:
        """Return after so many answers with a code from now on."""
        before = self.outcomes[code]

        async def is_done() -> bool:
            return self.outcomes[code] >= before + times

        await until(is_done)


@dataclass
class Running:
    """A server that is asked over sockets."""

    process: asyncio.subprocess.Process
    url: str

    async def ask(
        self, client: httpx.AsyncClient, tenant: str, query: str, timeout_s: float = 30
    ) -> tuple[str, Any]:
        """`OK` and the data, else the code of the first error."""
        response = await client.post(
            f"{self.url}/graphql",
            json={"query": query},
            headers={"x-api-key": tenant},
            timeout=timeout_s,
        )
        body = response.json()
        if "errors" in body:
            return body["errors"][0]["extensions"]["code"], response
        assert response.status_code == 200
        return "OK", body["data"]

    async def ready(self) -> int:
        """The status of /readyz."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.url}/readyz", timeout=20)).status_code

    def tell(self, what: signal.Signals) -> None:
        """Send the server a signal."""
        self.process.send_signal(what)

    @asynccontextmanager
    async def under_load(self, clients: int = 8) -> AsyncIterator[Load]:
        """Clients of both tenants who ask new questions all the time, until the block ends."""
        load, ended = Load(), asyncio.Event()

        async def one(number: int) -> None:
            tenant, round_ = TENANTS[number % 2], 0
            async with httpx.AsyncClient() as client:
                while not ended.is_set():
                    # What is read of each is another part, whose sum is known.
                    until = 2 + (number * 37 + round_ * 13) % 998
                    round_ += 1
                    query = f"{{ facts(where: {{id: {{lte: {until}}}}}) {{ total }} }}"
                    began = time.monotonic()
                    try:
                        code, found = await self.ask(client, tenant, query)
                    except httpx.TransportError as error:
                        code, found = type(error).__name__, None
                    load.outcomes[code] += 1
                    load.longest_s = max(load.longest_s, time.monotonic() - began)
                    if code == "OK" and found != {"facts": [{"total": sum_of(tenant, until)}]}:
                        load.wrong.append((tenant, until, found))
                    await asyncio.sleep(0.01 if code == "OK" else 0.05)

        asking = [asyncio.create_task(one(number)) for number in range(clients)]
        try:
            yield load
        finally:
            ended.set()
            await asyncio.gather(*asking)


def sum_of(tenant: str, until: int) -> int | None:
    """What the facts of a tenant up to a number add up to."""
    own = [i for i in range(1, until + 1) if (i % 2 == 0) == (tenant == "acme")]
    return sum(own) if own else None


async def fill(server: ThrowAwayServer) -> None:
    """Put the tables in place."""
    connection = await asyncpg.connect(server.url())
    await connection.execute(TABLES)
    await connection.close()


@asynccontextmanager
async def serving(warehouse: str, folder: Path, **variables: str) -> AsyncIterator[Running]:
    """`analytics-gql serve` over a warehouse; it is ended in any case."""
    schema, keys = folder / "schema.graphql", folder / "keys.json"
    if not schema.exists():
        schema.write_text(MODEL)
        assert run(["schema", "sync", "--schema", str(schema)]) == 0
        digests = {hashlib.sha256(name.encode()).hexdigest(): name for name in TENANTS}
        keys.write_text(json.dumps({k: {"tenant": name, "tier": 2} for k, name in digests.items()}))
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if "ANALYTICS_GQL" not in name}
    options = ("--schema", str(schema), "--keys", str(keys), "--port", str(port))
    settings = {
        "ANALYTICS_GQL_SECRET": "a secret that only tests use",
        "ANALYTICS_GQL_WAREHOUSE": warehouse,
        "ANALYTICS_GQL_RESULT_CACHE_BYTES": "1000000",
        **{f"ANALYTICS_GQL_{name.upper()}": value for name, value in variables.items()},
    }
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "analytics_gql", "serve", *options,
            env=kept | settings, stdout=log, stderr=log,
        )  # fmt: skip
    running = Running(process, f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(30):
            while not await _is_up(running):
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _is_up(running: Running) -> bool:
    try:
        return await running.ready() == 200
    except httpx.TransportError:
        return False
