"""Files on their way over a socket: clients that leave, stall or are cut off, and row limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import Answer, Outcome, Reading, Reuse
from analytics_gql.errors import TooManyRowsError
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.service.exports import Export, ExportFormat, Exports
from analytics_gql.service.service import Service
from analytics_gql.service.statements import StatementRequest
from tests.conftest import ENGINES, MakeDatabase
from tests.doors.in_process import captured_log, refused
from tests.doors.many_rows import ROWS, TIER_THREE, Listening, Place, listening, make_place
from tests.warehouses.patience import until


@pytest.fixture(scope="module", params=ENGINES)
async def place(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> Place:
    return await make_place(request.param, tmp_path_factory.mktemp("streams"), make_database)


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


@pytest.mark.parametrize("format", ["csv", "ndjson", "arrow", "parquet"])
async def test_lines_come_in_the_encoding_that_their_client_likes(
    server: Listening, format: str
) -> None:
    query = {"query": "{ rows(first: 20000) { nodes { id word } } }", "format": format}
    async with httpx.AsyncClient() as client:
        answers = {
            encoding: await client.get(
                server.url, params=query, headers=TIER_THREE | {"accept-encoding": encoding}
            )
            for encoding in ("identity", "zstd", "br", "gzip")
        }
    plain = answers.pop("identity")
    assert "content-encoding" not in plain.headers
    for encoding, answer in answers.items():
        assert answer.content == plain.content
        if format in ("csv", "ndjson"):
            assert answer.headers["content-encoding"] == encoding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.num_bytes_downloaded < len(answer.content) / 10
        else:
            assert "content-encoding" not in answer.headers


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
            async for chunk in response.aiter_bytes():
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
