"""The app behind a real uvicorn, in this loop, and sockets to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from analytics_gql.app import create_app
from analytics_gql.cli.protocols import StoppingHttp, StoppingWebSocket
from analytics_gql.doors.ws_messages import SUBPROTOCOL
from analytics_gql.gql.live import LiveQueries
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import logging_as_it_was

SCHEMA = ROOT / "schema.graphql"
DAY = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
ORDERS = f"subscription {{ orderMetrics({DAY}) {{ orderCount }} }}"
PATIENCE_S = 20.0


def live_settings(warehouse: Path | str, **settings: Any) -> Settings:
    """The demo, looked at often."""
    url = warehouse if isinstance(warehouse, str) else f"duckdb://{warehouse}"
    return Settings(**{"schema_path": SCHEMA, "warehouse": url, "live_period_s": 0.1, **settings})


def said(answer: Any) -> Any:
    """A query's answer without what its client was charged, and has left."""
    told = dict(answer["extensions"]["cost"])
    assert told.pop("charged") == 1
    assert 0 <= told.pop("remaining") < 10_000
    return answer | {"extensions": {"cost": told}}


@dataclass(frozen=True)
class LiveServer:
    """A server that is up."""

    app: Starlette
    server: uvicorn.Server
    port: int

    @property
    def live(self) -> LiveQueries:
        found: LiveQueries = self.app.state.live
        return found

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def socket(
        self, subprotocol: str = SUBPROTOCOL, url: str | None = None, **options: Any
    ) -> AsyncIterator[Socket]:
        """A socket that is open, and not initialised; of a URL only the names count."""
        offered = [Subprotocol(subprotocol)]
        async with connect(
            url or f"ws://127.0.0.1:{self.port}/graphql",
            host="127.0.0.1",
            port=self.port,
            subprotocols=offered,
            compression=None,
            proxy=None,
            **options,
        ) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def initialised(
        self, payload: dict[str, Any] | None = None, **options: Any
    ) -> AsyncIterator[Socket]:
        """A socket whose client was let in."""
        async with self.socket(**options) as socket:
            await socket.send({"type": "connection_init", "payload": payload or {}})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE_S) as client:
            yield client


@dataclass(frozen=True)
class Socket:
    """What is sent and received over a socket."""

    connection: ClientConnection

    async def send(self, message: object) -> None:
        """Send JSON, or text or bytes as they are."""
        is_raw = isinstance(message, str | bytes)
        await self.connection.send(message if is_raw else json.dumps(message))  # type: ignore[arg-type]

    async def subscribe(self, id: str, query: str, **members: Any) -> None:
        payload = {"query": query, **members}
        await self.send({"type": "subscribe", "id": id, "payload": payload})

    async def receive(self) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return json.loads(await self.connection.recv())

    async def closed(self) -> tuple[int | None, str | None]:
        """Code and reason of the close that comes next."""
        try:
            message = await self.receive()
        except ConnectionClosed:
            return self.connection.close_code, self.connection.close_reason
        raise AssertionError(f"it is open: {message}")

    async def is_silent(self, for_s: float = 0.4) -> bool:
        """Whether nothing comes, and the socket stays open."""
        try:
            async with asyncio.timeout(for_s):
                await self.connection.recv()
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def live_server(settings: Settings) -> AsyncIterator[LiveServer]:
    """A server with these settings, which is stopped as `serve` stops it."""
    with logging_as_it_was():
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            log_level="error",
            http=StoppingHttp,
            ws=StoppingWebSocket,
            timeout_graceful_shutdown=10,
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done(), task.exception()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield LiveServer(app, server, port)
        finally:
            server.should_exit = True
            await task


async def until(is_so: Any) -> None:
    """Return when something that is looked at again and again is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 – what is looked at has no events
            await asyncio.sleep(0.01)
