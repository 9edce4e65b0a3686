"""What every reply of every route tells browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics_gql.doors.front_end import STRICT_POLICY
from analytics_gql.doors.hits import HitsFirst
from analytics_gql.doors.security_headers import SECURITY_HEADERS
from tests.doors.in_process import LOOPBACK, ask, serving
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import fill

URL = "/graphql/p/day"
HEADERS = {name.decode(): value.decode() for name, value in SECURITY_HEADERS}


def check(response: httpx.Response) -> None:
    """Each header is there, once."""
    for name, value in HEADERS.items():
        assert response.headers.get_list(name) == [value], (response.status_code, name)


@pytest.fixture
async def client(demo_path: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(
        settings(demo_path, fill(tmp_path, FILES), max_header_bytes=4_000)
    ) as client:
        yield client


async def test_every_route_and_every_status_has_them(client: httpx.AsyncClient) -> None:
    found = set()
    for response in (
        await ask(client, "{ __typename }"),
        await ask(client, "{", headers={"accept": "application/graphql-response+json"}),
        await client.get("/healthz"),
        await client.get("/readyz"),
        await client.get("/nowhere"),
        await client.put("/graphql"),
        await client.get("/healthz", headers={"x-long": "x" * 4_000}),
        await client.get("/graphql", params={"query": "{ countries { code } }", "format": "csv"}),
    ):
        check(response)
        found.add(response.status_code)
    assert found >= {200, 400, 404, 405, 431}


async def test_a_reply_that_is_sent_again_has_them_as_well(client: httpx.AsyncClient) -> None:
    made = await client.get(URL, params=DAY)
    again = await client.get(URL, params=DAY)
    assert "server-timing" not in again.headers  # it was remembered
    for response in (
        made,
        again,
        await client.head(URL, params=DAY),
        await client.get(URL, params=DAY, headers={"if-none-match": made.headers["etag"]}),
    ):
        check(response)


async def test_a_page_has_a_policy_of_its_own(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home.html").write_text("<!--boot-->")
    monkeypatch.setattr("analytics_gql.compose.pages.built_front_end", lambda: tmp_path)
    async with serving(settings(demo_path, fill(tmp_path / "documents", FILES))) as client:
        page = await client.get("/")
    assert page.headers.get_list("content-security-policy") == [STRICT_POLICY]
    for name in HEADERS.keys() - {"content-security-policy"}:
        assert page.headers.get_list(name) == [HEADERS[name]]


async def test_a_bug_outside_of_the_doors_has_them() -> None:
    async def broken(_request: Request) -> Response:
        raise RuntimeError("a bug")

    app = HitsFirst(routes=[Route("/", broken)])
    transport = httpx.ASGITransport(app=app, client=LOOPBACK, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        response = await client.get("/")
    assert response.status_code == 500
    check(response)
