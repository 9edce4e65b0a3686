"""`Server-Timing` on answers that are made."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.doors.in_process import ask, serving
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import QUERY, fill

HEADER = "server-timing"
ROWS = """{ orderMetrics(dateRange: { start: "2026-06-01", end: "2026-06-30" }, groupBy: [COUNTRY]
) { date country revenue } }"""
PAGE = """{ orders(dateRange: { start: "2026-06-01", end: "2026-06-30" }, first: 2) {
  nodes { id } } }"""
URL = "/graphql/p/day"


def names(response: httpx.Response) -> list[str]:
    """The names in order, after a look at the syntax."""
    metrics = response.headers[HEADER].split(", ")
    assert all(re.fullmatch(r"[a-z]+;dur=\d+\.\d\d", metric) for metric in metrics)
    return [metric.partition(";")[0] for metric in metrics]


@pytest.fixture
async def client(demo_path: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings(demo_path, fill(tmp_path, FILES))) as client:
        yield client


async def test_a_post_says_where_its_time_went(client: httpx.AsyncClient) -> None:
    for query in (ROWS, PAGE):
        response = await ask(client, query)
        assert "errors" not in response.json()
        assert names(response) == ["parse", "plan", "cache", "warehouse", "encode"]


async def test_an_answer_from_the_result_cache_has_waited_for_no_rows(
    client: httpx.AsyncClient,
) -> None:
    await ask(client, ROWS)
    assert names(await ask(client, ROWS)) == ["parse", "plan", "cache", "encode"]


async def test_a_get_says_so_when_it_is_made_and_not_when_it_is_remembered(
    client: httpx.AsyncClient,
) -> None:
    made = await client.get(URL, params=DAY)
    assert names(made) == ["parse", "plan", "cache", "warehouse", "encode"]
    remembered = await client.get(URL, params=DAY)
    assert HEADER not in remembered.headers
    kept = await client.get(URL, params=DAY, headers={"accept": "application/json"})
    assert kept.content == made.content
    not_modified = await client.get(
        URL, params=DAY, headers={"if-none-match": made.headers["etag"]}
    )
    assert not_modified.status_code == 304
    assert HEADER not in not_modified.headers


async def test_an_ad_hoc_get_says_so_too(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": ROWS})
    assert names(response) == ["parse", "plan", "cache", "warehouse", "encode"]


async def test_errors_say_what_was_spent_until_then(client: httpx.AsyncClient) -> None:
    assert names(await ask(client, "{ nothing }")) == ["parse", "encode"]
    assert names(await client.get("/graphql/p/nothing")) == ["encode"]


async def test_each_request_has_its_own(client: httpx.AsyncClient) -> None:
    await ask(client, ROWS)
    assert names(await ask(client, "{ __typename }")) == ["parse", "plan", "encode"]


async def test_nothing_is_said_where_it_is_switched_off(demo_path: Path, tmp_path: Path) -> None:
    off = settings(demo_path, fill(tmp_path, FILES), server_timing=False)
    async with serving(off) as client:
        for response in (
            await ask(client, QUERY, DAY),
            await client.get(URL, params=DAY),
            await ask(client, "{"),
        ):
            assert HEADER not in response.headers
