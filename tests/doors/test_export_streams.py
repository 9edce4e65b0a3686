"""Files on their way over a socket: clients that leave, stall or are cut off, and row limits."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import asyncpg
import duckdb
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from analytics_gql.access.caller import Caller
from analytics_gql.app import create_app
from analytics_gql.cache.reuse import Answer, Outcome, Reading, Reuse
from analytics_gql.errors import TooManyRowsError
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.service.exports import Export, ExportFormat, Exports
from analytics_gql.service.service import Service
from analytics_gql.service.statements import StatementRequest
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase
from tests.doors.in_process import captured_log, logging_as_it_was, refused
from tests.warehouses.patience import until

MODEL = """
type Row @records(table: "many", key: ["id"]) { id: BigInt! word: String n: Int }
type Slow @dataset(table: "pairs") { late: Decimal @metric(sql: "sum(p)") }
type Query { rows: RowConnection slow: [Slow!] }
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
    """The same rows on one engine, and whether a statement is under way or stands still there."""

    settings: Settings
    is_busy: Callable[[Starlette], Awaitable[bool]]


@pytest.fixture(scope="module", params=ENGINES)
async def place(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> Place:
    folder = tmp_path_factory.mktemp("streams")
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
    if request.param == "duckdb":
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

    async def is_busy(app: Starlette) -> bool:
        if request.param == "duckdb":
            warehouse: Any = app.state.graphql._engine.service.warehouse
            return bool(warehouse._running) or warehouse._current._database._lent > 0
        watcher = await asyncpg.connect(url)
        try:
            found = await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            return bool(found)
        finally:
            await watcher.close()

    return Place(Settings(schema_path=schema, keys=keys, warehouse=url), is_busy)


@dataclass(frozen=True)
class Listening:
    """The app behind a real server."""

    app: Starlette
    port: int
    place: Place

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def is_busy(self) -> bool:
        return await self.place.is_busy(self.app)

    async def is_idle(self) -> bool:
        return not await self.is_busy()

    async def connect(self, document: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Ask for a CSV over a socket that buffers little; nothing is read yet."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=client, limit=4_096)
        writer.write(
            f"GET /graphql?format=csv&query={quote(document)} HTTP/1.1\r\nhost: localhost\r\n"
            "x-api-key: tier 3\r\n\r\n".encode()
        )
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def listening(place: Place, **options: Any) -> AsyncIterator[Listening]:
    with logging_as_it_was():
        app = create_app(place.settings.model_copy(update=options))
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=2)
        )
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:  # noqa: ASYNC110  no event tells of it
                await asyncio.sleep(0.01)
            yield Listening(app, listener.getsockname()[1], place)
        finally:
            server.should_exit = True
            await serving
            listener.close()


@pytest.fixture
async def server(place: Place) -> AsyncIterator[Listening]:
    async with listening(place) as server:
        yield server


WORDS = "{ rows { nodes { id word } } }"


async def test_a_whole_file_ends_as_a_whole(server: Listening) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(
            server.url, params={"query": WORDS, "format": "csv"}, headers=TIER_THREE
        )
    assert response.headers["transfer-encoding"] == "chunked"
    lines = response.content.split(b"\r\n")
    assert lines[0] == b"id,word"
    assert lines[-1] == b""
    assert lines[1:-1] == [b'%d,"%s"' % (n, b"x" * 500) for n in range(1, ROWS + 1)]
    await until(server.is_idle)


# --- clients that leave --------------------------------------------------------------------------


async def test_a_client_that_leaves_halfway_cancels_the_statement(server: Listening) -> None:
    reader, writer = await server.connect(WORDS)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert await server.is_busy()
    writer.close()
    async with asyncio.timeout(1):
        await until(server.is_idle)


async def test_a_client_that_leaves_before_the_first_byte_cancels_the_statement(
    server: Listening,
) -> None:
    _, writer = await server.connect("{ slow { late } }")
    await until(server.is_busy)
    await asyncio.sleep(0.2)
    writer.close()
    async with asyncio.timeout(1):
        await until(server.is_idle)


async def test_a_client_that_is_half_gone_cancels_the_statement(server: Listening) -> None:
    """It says that it sends no more. To uvicorn it is gone, once it has what is on its way."""
    reader, writer = await server.connect(WORDS)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert await server.is_busy()
    writer.write_eof()
    received = bytearray()
    while part := await reader.read(65_536):
        received += part
    assert len(received) < 50_000_000
    assert not received.endswith(b"0\r\n\r\n")
    async with asyncio.timeout(1):
        await until(server.is_idle)
    writer.close()


async def test_a_slow_reader_gets_everything_and_a_stalled_one_is_given_up(place: Place) -> None:
    async with listening(place, export_stall_timeout_s=1.0) as server:
        reader, writer = await server.connect(WORDS)
        read = 0
        for _ in range(20):
            read += len(await reader.readexactly(1_000_000))
            await asyncio.sleep(0.1)
        assert await server.is_busy()
        with captured_log() as log:
            async with asyncio.timeout(5):
                await until(server.is_idle)
        assert "READER_STALLED" in log.getvalue()
        writer.close()


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["csv", "ndjson", "arrow", "parquet"])
async def test_an_error_after_the_first_byte_breaks_the_file_off(
    server: Listening, format: str
) -> None:
    received = bytearray()

    async def read_on() -> None:
        query = {"query": "{ rows { nodes { id word n } } }", "format": format}
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", server.url, params=query, headers=TIER_THREE) as response,
        ):
            assert response.status_code == 200
            async for chunk in response.aiter_raw():
                received.extend(chunk)

    with captured_log() as log, pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        await read_on()
    assert len(received) > 10_000_000 or format == "parquet"
    assert "VALUE_OUT_OF_RANGE" in log.getvalue()
    if format == "ndjson":
        *rows, last = bytes(received).splitlines()
        assert json.loads(rows[-1]).keys() == {"id", "word", "n"}
        (error,) = json.loads(last)["errors"]
        assert error["extensions"]["code"] == "VALUE_OUT_OF_RANGE"
        assert error["extensions"]["hint"]
    await until(server.is_idle)


@pytest.mark.parametrize("format", ["csv", "ndjson", "arrow", "parquet"])
async def test_an_error_before_the_first_byte_is_an_ordinary_one(place: Place, format: str) -> None:
    async with listening(place, statement_timeout_s=0.3) as server, httpx.AsyncClient() as client:
        response = await client.get(
            server.url,
            params={"query": "{ slow { late } }", "format": format},
            headers=TIER_THREE,
        )
    refused(response, 504, "STATEMENT_TIMEOUT", "application/graphql-response+json")
    assert "content-disposition" not in response.headers


# --- row limits ----------------------------------------------------------------------------------


async def test_a_file_never_has_fewer_rows_than_the_answer(server: Listening) -> None:
    async with httpx.AsyncClient() as client:

        async def ask(tier: int, arguments: str) -> httpx.Response:
            query = f"{{ rows{arguments} {{ nodes {{ id }} }} }}"
            return await client.get(
                server.url,
                params={"query": query, "format": "csv"},
                headers={"x-api-key": f"tier {tier}"},
            )

        for tier, rows in ((1, 100), (2, 10_000)):
            for whole in (f"(first: {rows})", f"(where: {{id: {{lte: {rows}}}}})"):
                response = await ask(tier, whole)
                assert response.text.count("\r\n") == rows + 1, response.text[:200]
            # What is counted is what there is, not what was asked for.
            response = await ask(tier, f"(first: {rows * 2}, where: {{id: {{lte: {rows}}}}})")
            assert response.text.count("\r\n") == rows + 1
            for much in ("", f"(first: {rows + 1})", f"(where: {{id: {{lte: {rows + 1}}}}})"):
                error = refused(
                    await ask(tier, much), 422, "TOO_MANY_ROWS", "application/graphql-response+json"
                )
                assert f"may read {rows:,} at once" in error["message"]
        for first in (9_999, 10_001, ROWS, ROWS + 1):
            response = await ask(3, f"(first: {first})")
            assert response.text.count("\r\n") == min(first, ROWS) + 1


async def test_rows_that_come_after_the_count_break_the_file_off(server: Listening) -> None:
    class CountsTooFew(Service):
        async def run(
            self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
        ) -> Answer:
            return Answer(["1"], Reading(None, 0, Outcome.READ))

    service: Service = server.app.state.graphql._engine.service
    exports = Exports(CountsTooFew(service.catalog, service.warehouse))
    export = Export(RecordQuery("Row"), (FieldMember("id", "id"),), None)

    async def read_on() -> int:
        chunks = exports.chunks(export, ExportFormat.CSV, Caller(None, (), tier=2))
        return sum([chunk.count(b"\r\n") async for chunk in chunks])

    with pytest.raises(TooManyRowsError):
        await read_on()
    await until(server.is_idle)
