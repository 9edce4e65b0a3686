"""`http`: a remembered GET and a 304 against a bare ASGI application under the same uvicorn, and
an answer that has to be made against a Starlette route that runs the same statement."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics_gql.app import create_app
from benchmarks.answers import FINANCE, FIVE_WEEKS
from benchmarks.rounds import compare
from benchmarks.server import ROOT, UNHINDERED, Server, receiving
from benchmarks.table import Line

PATH = "/graphql/p/executive_overview?" + urlencode({"start": "2026-06-01", "end": "2026-06-30"})
CONNECTIONS = 16
REQUESTS = 4_000

OF_A_HIT = 1 / 0.7
"""0.7 × the requests/s of the floor, as time for each."""
OF_A_MISS = 1.1


async def http(server: Server) -> list[Line]:
    """The time that the serving process works for each request: a client that is too slow to
    keep it busy would make both alike."""
    lines = await _remembered(server) if server.label == "DuckDB" else []
    return [*lines, await _made(server)]


async def _remembered(server: Server) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        async with ours(server, metrics="false") as (our_port, our_pid):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{our_port}") as client:
                answer = await client.get(PATH, headers={"accept-encoding": "identity"})
            assert answer.status_code == 200, answer.text
            body = Path(folder, "body")
            await asyncio.to_thread(body.write_bytes, answer.content)
            async with bare_served(body) as (bare_port, bare):

                def worked_s() -> float:
                    return (on_cpu_ns(our_pid) + on_cpu_ns(bare)) / REQUESTS / 1e9

                async def floor(_round: int) -> None:
                    await ask(bare_port, b"")

                async def hit(_round: int) -> None:
                    await ask(our_port, b"")

                tag = answer.headers["etag"].encode()

                async def not_modified(_round: int) -> None:
                    await ask(our_port, b"if-none-match: " + tag + b"\r\n")

                size = len(answer.content)
                return [
                    Line(
                        f"http: {what}, {size:,} bytes",
                        "–",
                        await compare(floor, side, rounds=20, seconds=12, clock=worked_s),
                        OF_A_HIT,
                    )
                    for what, side in (("a remembered GET", hit), ("a 304", not_modified))
                ]


def on_cpu_ns(pid: int) -> int:
    """How long the main thread of a process has been on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


async def _made(server: Server) -> Line:
    """An answer of which nothing is kept, in this process, through the whole application."""
    settings = server.settings.model_copy(
        update={
            "kept_replies_bytes": 0,
            "result_cache_bytes": 0,
            "persisted_queries": ROOT / "persisted_queries",
        }
    )
    statement = await server.statement(FINANCE, FIVE_WEEKS)
    warehouse = server.engine.service.warehouse

    async def bare_route(_request: Request) -> Response:
        rows = await warehouse.rows(statement.sql, statement.parameters)
        body = ('{"data":{"orderMetrics":[' + ",".join(rows) + "]}}").encode()
        return Response(body, media_type="application/json; charset=utf-8")

    bare = Starlette(routes=[Route("/graphql/p/finance_metrics", bare_route)])
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        query = urlencode(FIVE_WEEKS)

        async def floor(_round: int) -> bytes:
            return await _asgi(bare, query)

        async def made(_round: int) -> bytes:
            return await _asgi(app, query)

        expected, found = orjson.loads(await floor(0)), orjson.loads(await made(0))
        assert found["data"] == expected["data"]
        ratio = await compare(floor, made, rounds=60, seconds=6)
    return Line("http: an answer that is made", server.label, ratio, OF_A_MISS)


async def _asgi(app: Any, query: str) -> bytes:
    parts: list[bytes] = []

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200, message
        parts.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/graphql/p/finance_metrics",
        "raw_path": b"/graphql/p/finance_metrics", "query_string": query.encode(),
        "root_path": "", "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8_000), "state": {},
    }  # fmt: skip
    await app(scope, receiving(b""), send)
    return b"".join(parts)


# --- servers of their own ------------------------------------------------------------------------


@asynccontextmanager
async def ours(server: Server, **variables: str) -> AsyncIterator[tuple[int, int]]:
    """The port and the process of our server, as the command starts it; variables are settings."""
    port = free_port()
    assert server.settings.warehouse is not None
    command = ["-m", "analytics_gql", "serve", "--port", str(port)]
    where = ["--schema", str(ROOT / "schema.graphql"), "--warehouse", server.settings.warehouse]
    variables = {"tiers": UNHINDERED} | variables
    variables = {f"ANALYTICS_GQL_{name.upper()}": value for name, value in variables.items()}
    async with process(*command, *where, **variables) as pid:
        await until_it_listens(port)
        yield port, pid


@asynccontextmanager
async def bare_served(body: Path) -> AsyncIterator[tuple[int, int]]:
    """The port and the process of the floor, which sends the bytes of a file."""
    port = free_port()
    command = ["-m", "uvicorn", "benchmarks.bare_asgi:app", "--port", str(port)]
    quiet = ["--log-level", "warning", "--no-access-log", "--no-server-header"]
    async with process(*command, *quiet, BARE_ASGI_BODY=str(body)) as pid:
        await until_it_listens(port)
        yield port, pid


@asynccontextmanager
async def process(*arguments: str, **variables: str) -> AsyncIterator[int]:
    """A Python of its own with these arguments; its identifier."""
    # Where a line is logged for each request it goes to a file, as where servers run.
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until_it_listens(port: int) -> None:
    """Return when somebody listens at the port."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


# --- a client that costs little ------------------------------------------------------------------


class _Connection(asyncio.Protocol):
    """Sends the next request when an answer is whole. All answers have bodies of one length."""

    def __init__(self, request: bytes, requests: int) -> None:
        self._request = request
        self._left = requests
        self._body: int | None = None
        self._size = 0
        self._received = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._body is None:
            head, _, _ = data.partition(b"\r\n\r\n")
            fields = dict(
                line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
            )
            self._body = 0 if b" 304 " in head[:20] else int(fields[b"content-length"])
        if not self._received:  # once a second an answer is made, and says how long that took
            self._size = data.index(b"\r\n\r\n") + 4 + self._body
        self._received += len(data)
        if self._received < self._size:
            return
        self._received, self._left = 0, self._left - 1
        if not self._left:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._transport.write(self._request)


async def ask(port: int, header: bytes) -> None:
    """Send `REQUESTS` requests over some connections at once."""
    request = (
        b"GET " + PATH.encode() + b" HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
        b"accept-encoding: identity\r\n" + header + b"\r\n"
    )
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: _Connection(request, REQUESTS // CONNECTIONS), "127.0.0.1", port
        )
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
