"""Many rows behind a real server, on each engine: what is on its way for a while."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import duckdb
import uvicorn
from starlette.applications import Starlette

from analytics_gql.app import create_app
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase
from tests.doors.in_process import logging_as_it_was

MODEL = """
type Row @records(table: "many", key: ["id"]) { id: BigInt! word: String n: Int }
type Slow @dataset(table: "pairs") {
  p: BigInt @dimension
  late: Decimal @metric(sql: "sum(p)")
}
type Total @dataset(table: "many") {
  id: BigInt @dimension
  word: String @dimension
  third: Float @metric(sql: "avg(id) / 3")
  sum: BigInt @metric(sql: "sum(id)")
  small: Int @metric(sql: "max(n)")
}
type Query {
  rows: RowConnection
  slow: [Slow!]
  totals: [Total!]
  totalPages: TotalConnection
}
"""
ROWS = 200_000
# Every text has 500 characters: a hundred megabytes, more than sockets and engines buffer. One
# number, near the end, is too large for an Int.
MANY = f"""
CREATE TABLE many AS SELECT i AS id, repeat('x', 500) AS word,
    CASE i WHEN {ROWS - 10} THEN 3000000000 ELSE i END AS n
FROM generate_series(CAST(1 AS BIGINT), {ROWS}) AS numbers(i)
"""
# Forty thousand million of them.
PAIRS = "CREATE VIEW pairs AS SELECT a.id + b.id AS p FROM many AS a, many AS b"
KEYS = {f"tier {tier}": tier for tier in (1, 2, 3)}
TIER_THREE = {"x-api-key": "tier 3"}


@dataclass(frozen=True)
class Place:
    """The same rows on one engine."""

    settings: Settings


async def make_place(engine: str, folder: Path, make_database: MakeDatabase) -> Place:
    """The rows on an engine, and the settings of a server of them."""
    schema, keys = folder / "schema.graphql", folder / "keys.json"
    schema.write_text(MODEL)
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    keys.write_text(
        json.dumps(
            {hashlib.sha256(key.encode()).hexdigest(): {"tier": tier} for key, tier in KEYS.items()}
        )
    )
    statements = (MANY, "ALTER TABLE many ADD PRIMARY KEY (id)", PAIRS)
    if engine == "duckdb":
        url = f"duckdb://{folder / 'w.duckdb'}"
        with duckdb.connect(str(folder / "w.duckdb")) as file:
            for statement in statements:
                file.execute(statement)
    else:
        url = await make_database()
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    return Place(Settings(schema_path=schema, keys=keys, warehouse=url))


@dataclass(frozen=True)
class Listening:
    """The app behind a real server. `watcher` looks at its PostgreSQL from outside."""

    app: Starlette
    port: int
    watcher: asyncpg.Connection | None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def is_busy(self) -> bool:
        """Whether a statement is under way in the warehouse, or stands still there."""
        if self.watcher is None:
            warehouse: Any = self.app.state.graphql._engine.service.warehouse
            return bool(warehouse._running) or warehouse._current._database._lent > 0
        found = await self.watcher.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
        )
        return bool(found)

    async def is_idle(self) -> bool:
        return not await self.is_busy()

    async def connect(
        self, document: str, format: str = "csv"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Ask over a socket that buffers little; nothing is read yet."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=client, limit=4_096)
        writer.write(
            f"GET /graphql?format={format}&query={quote(document)} HTTP/1.1\r\nhost: localhost\r\n"
            "x-api-key: tier 3\r\n\r\n".encode()
        )
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def listening(place: Place, **options: Any) -> AsyncIterator[Listening]:
    """A server of the rows, with these settings besides."""
    with logging_as_it_was():
        app = create_app(place.settings.model_copy(update=options))
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=2)
        )
        url = place.settings.warehouse or ""
        # One for all looks: to connect takes longer than what is looked for may.
        watcher = await asyncpg.connect(url) if url.startswith("postgresql://") else None
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:  # noqa: ASYNC110  no event tells of it
                await asyncio.sleep(0.01)
            yield Listening(app, listener.getsockname()[1], watcher)
        finally:
            server.should_exit = True
            await serving
            listener.close()
            if watcher is not None:
                await watcher.close()
