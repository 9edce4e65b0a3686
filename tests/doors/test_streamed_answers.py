"""Long lists in JSON answers: the same bytes as ever, sent as they come."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import Outcome
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.service.long_lists import HELD_ROWS, LongList, LongLists, Rest
from analytics_gql.service.service import Service
from analytics_gql.service.statements import StatementRequest
from analytics_gql.warehouses.warehouse import Batch
from tests.conftest import ENGINES, MakeDatabase
from tests.doors.in_process import captured_log
from tests.doors.many_rows import ROWS, TIER_THREE, Listening, Place, listening, make_place
from tests.warehouses.patience import until


@pytest.fixture(scope="module", params=ENGINES)
async def place(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> Place:
    return await make_place(request.param, tmp_path_factory.mktemp("answers"), make_database)


@pytest.fixture
async def server(place: Place) -> AsyncIterator[Listening]:
    async with listening(place) as server:
        yield server


def engine_of(server: Listening) -> GraphQLEngine:
    engine: GraphQLEngine = server.app.state.graphql._engine
    return engine


async def asked(
    server: Listening, document: str, accept: str = "application/json", key: str = "tier 3"
) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.post(
            server.url,
            json={"query": document},
            headers={"x-api-key": key, "accept": accept},
        )


async def held(server: Listening, document: str) -> bytes:
    """The answer as it is when nothing is streamed."""
    engine, caller = engine_of(server), Caller(None, (), tier=3)
    executed = await engine.executed(engine.prepare(document, caller), caller)
    assert executed.rest is None
    return orjson.dumps(executed.told)


def uncharged(answer: bytes) -> bytes:
    """An answer without what its client was charged and has left."""
    return re.sub(rb',"charged":\d+,"remaining":\d+', b"", answer)


def is_chunked(response: httpx.Response) -> bool:
    assert ("content-length" in response.headers) != ("transfer-encoding" in response.headers)
    return "transfer-encoding" in response.headers


PART = f"where: {{id: {{lte: {HELD_ROWS + 5_000}}}}}"
LONG = {
    "records": f"{{ rows(first: 20000, {PART}) {{ nodes {{ id word }} }} }}",
    "records, in an order, cut": "query Found { __typename found: rows(first: 12345, "
    "where: {id: {gt: 9, lt: 20000}}, orderBy: [{by: N, direction: DESC}]) { a: __typename "
    "b: nodes { n __typename id: n } "
    "c: __typename } }",
    "metrics": f"{{ totals({PART}) {{ id sum third }} }}",
    "metrics, by two": f"{{ totals({PART}, orderBy: [{{by: THIRD, direction: DESC}}]) "
    "{ id word third sum } }",
    "metrics, limited": "{ totals(limit: 11000, orderBy: [{by: SUM, direction: DESC}]) "
    "{ id sum } }",
    "pages of metrics": f"{{ totalPages(first: 11000, {PART}, orderBy: [{{by: THIRD}}]) "
    "{ nodes { id third } __typename } }",
}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("document", LONG.values(), ids=LONG)
async def test_a_long_list_leaves_in_chunks_and_is_byte_for_byte_what_it_was(
    server: Listening, document: str, accept: str
) -> None:
    response = await asked(server, document, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert is_chunked(response)
    assert uncharged(response.content) == await held(server, document)
    assert response.json()["extensions"]["cost"]["requested"] > 0
    await until(server.is_idle)


async def test_an_ad_hoc_get_leaves_in_chunks_as_well(server: Listening) -> None:
    document = LONG["records"]
    async with httpx.AsyncClient() as client:
        for method in ("GET", "HEAD"):
            response = await client.request(
                method, server.url, params={"query": document}, headers=TIER_THREE
            )
            assert response.status_code == 200
            assert is_chunked(response) == (method == "GET")
            if method == "GET":
                assert uncharged(response.content) == await held(server, document)


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip", "identity"])
async def test_a_long_list_comes_in_the_encoding_that_its_client_likes(
    server: Listening, encoding: str
) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(
            server.url,
            json={"query": LONG["records"]},
            headers=TIER_THREE | {"accept-encoding": encoding},
        )
    assert is_chunked(response)
    assert uncharged(response.content) == await held(server, LONG["records"])
    if encoding == "identity":
        assert "content-encoding" not in response.headers
    else:
        assert response.headers["content-encoding"] == encoding
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.num_bytes_downloaded < len(response.content) / 10


SHORT = {
    "as many as are held": f"{{ rows(first: {HELD_ROWS + 1}, where: {{id: {{lte: {HELD_ROWS}}}}}) "
    "{ nodes { id } } }",
    "none": f"{{ rows(first: {HELD_ROWS + 1}, where: {{id: {{lt: 0}}}}) {{ nodes {{ id }} }} }}",
    "a short page": f"{{ rows(first: {HELD_ROWS}) {{ nodes {{ id }} }} }}",
    "few groups": f"{{ totals(where: {{id: {{lte: {HELD_ROWS}}}}}) {{ id sum }} }}",
    "few groups of what may have many": f"{{ totals(where: {{id: {{lte: {HELD_ROWS}}}}}) "
    "{ id word sum } }",
    "few groups of a page that may have many": "{ totalPages(first: 20000, "
    f"where: {{id: {{lte: {HELD_ROWS}}}}}) {{ nodes {{ id sum }} }} }}",
    "a limit": f"{{ totals(limit: {HELD_ROWS}) {{ id sum }} }}",
}


@pytest.mark.parametrize("document", SHORT.values(), ids=SHORT)
async def test_a_short_list_is_an_answer_like_any_other(server: Listening, document: str) -> None:
    response = await asked(server, document)
    assert not is_chunked(response)
    assert uncharged(response.content) == await held(server, document)
    if len(response.content) > 1_000:
        assert response.headers["content-encoding"]


@pytest.mark.parametrize(
    "document",
    [
        "{ rows(first: 11000) { edges { cursor } } }",
        "{ rows(first: 11000) { nodes { id } pageInfo { endCursor } } }",
        "{ rows(first: 11000) { nodes { id } totalCount } }",
        "{ rows(last: 11000) { nodes { id } } }",
        "{ rows(first: 11000) { a: nodes { id } b: nodes { n } } }",
        "{ a: rows(first: 11000) { nodes { id } } b: rows(first: 1) { nodes { id } } }",
    ],
)
async def test_what_needs_its_rows_together_is_held(server: Listening, document: str) -> None:
    response = await asked(server, document)
    assert not is_chunked(response)
    assert uncharged(response.content) == await held(server, document)


@pytest.mark.parametrize("document", [SHORT["few groups"], SHORT["as many as are held"]])
async def test_equal_short_lists_at_the_same_time_are_read_once(
    server: Listening, document: str
) -> None:
    results: Any = engine_of(server).service._results
    answers = await asyncio.gather(*(asked(server, document) for _ in range(5)))
    assert len({uncharged(answer.content) for answer in answers}) == 1
    assert results.joined + results.counts[Outcome.REUSED] == 4


async def test_equal_long_lists_at_the_same_time_all_come(server: Listening) -> None:
    document = LONG["records"]
    answers = await asyncio.gather(*(asked(server, document) for _ in range(4)))
    expected = await held(server, document)
    assert all(is_chunked(answer) and uncharged(answer.content) == expected for answer in answers)
    await until(server.is_idle)


# --- memory --------------------------------------------------------------------------------------


class CountsBatches(Service):
    """Counts what is made of a stream."""

    made = 0

    async def stream(
        self, request: StatementRequest, caller: Caller
    ) -> AsyncGenerator[Batch, None]:
        async for batch in super().stream(request, caller):
            self.made += 1
            yield batch


async def test_few_batches_are_in_memory_however_long_the_list_is(server: Listening) -> None:
    service = engine_of(server).service
    counting = CountsBatches(service.catalog, service.warehouse)
    asked = LongList(RecordQuery("Row"), (FieldMember("id", "id"),), None, True, True)
    rest = await LongLists(counting).begin(asked, Caller(None, (), tier=3))
    assert isinstance(rest, Rest)
    ahead = counting.made
    assert 1 <= ahead <= HELD_ROWS
    taken = rows = 0
    async for chunk in rest.chunks():
        taken += 1
        rows += chunk.count(b"{")
        assert counting.made <= max(ahead, taken)
    assert rows == ROWS
    assert taken > ahead
    await until(server.is_idle)


# --- errors --------------------------------------------------------------------------------------


async def test_an_error_after_the_first_byte_breaks_the_answer_off(server: Listening) -> None:
    document = f"{{ rows(first: {ROWS}) {{ nodes {{ id word n }} }} }}"
    received = bytearray()

    async def read_on() -> None:
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream(
                "POST", server.url, json={"query": document}, headers=TIER_THREE
            ) as response,
        ):
            assert response.status_code == 200
            async for chunk in response.aiter_bytes():
                received.extend(chunk)

    with captured_log() as log, pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        await read_on()
    assert len(received) > 1_000_000
    assert "VALUE_OUT_OF_RANGE" in log.getvalue()
    await until(server.is_idle)


async def test_an_error_before_the_first_byte_is_an_ordinary_one(place: Place) -> None:
    async with listening(place, statement_timeout_s=0.3) as server:
        response = await asked(server, "{ slow { p late } }")
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "STATEMENT_TIMEOUT"
    assert error["path"] == ["slow"]
    assert response.json()["data"] == {"slow": None}


async def test_a_list_of_more_rows_than_the_tier_may_read_is_broken_off(place: Place) -> None:
    async with listening(place, tiers=f'{{"3": {{"rows": {ROWS - 1}}}}}') as server:
        await broken_off(server)


async def broken_off(server: Listening) -> None:
    for document in ("{ totals { id } }", f"{{ totals(limit: {ROWS + 5}) {{ id }} }}"):
        with captured_log() as log, pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            await asked(server, document)
        assert "TOO_MANY_ROWS" in log.getvalue()
    response = await asked(server, f"{{ totals(limit: {ROWS - 1}) {{ id }} }}")
    assert len(response.json()["data"]["totals"]) == ROWS - 1
    response = await asked(server, f"{{ rows(first: {ROWS}) {{ nodes {{ id }} }} }}")
    assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_ROWS"
    await until(server.is_idle)


async def test_smaller_tiers_are_answered_as_ever(server: Listening) -> None:
    response = await asked(server, "{ totals { id } }", key="tier 2")
    assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_ROWS"
    assert not is_chunked(response)


async def test_what_costs_more_than_the_budget_is_refused(place: Place) -> None:
    async with listening(place, tiers='{"3": {"budget": 1}}') as server:
        response = await asked(server, LONG["records"])
    assert response.status_code == 429
    assert response.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


# --- clients that leave --------------------------------------------------------------------------


async def test_a_client_that_leaves_halfway_cancels_the_statement(server: Listening) -> None:
    reader, writer = await server.connect(
        f"{{ rows(first: {ROWS}) {{ nodes {{ id word }} }} }}", "json"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert await server.is_busy()
    writer.close()
    async with asyncio.timeout(1):
        await until(server.is_idle)


@pytest.mark.parametrize("document", ["{ slow { p late } }", "{ slow { late } }"])
async def test_a_client_that_leaves_before_the_first_byte_cancels_the_statement(
    server: Listening, document: str
) -> None:
    _, writer = await server.connect(document, "json")
    await until(server.is_busy)
    await asyncio.sleep(0.2)
    writer.close()
    async with asyncio.timeout(1):
        await until(server.is_idle)


async def test_a_stalled_reader_is_given_up(place: Place) -> None:
    async with listening(place, export_stall_timeout_s=0.5) as server:
        document = f"{{ rows(first: {ROWS}) {{ nodes {{ id word }} }} }}"
        with captured_log() as log:
            reader, writer = await server.connect(document, "json")
            await reader.readexactly(1_000_000)
            assert await server.is_busy()
            async with asyncio.timeout(5):
                await until(server.is_idle)
        assert "READER_STALLED" in log.getvalue()
        writer.close()
