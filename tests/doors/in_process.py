"""The app in this process: requests reach it through ASGI, without a socket."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from analytics_gql.app import create_app
from analytics_gql.observe.request_id import RequestIdFilter
from analytics_gql.settings import Settings

LOOPBACK = ("127.0.0.1", 50_000)


@asynccontextmanager
async def started(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """The app between its start and its stop, and a client on this machine."""
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def client_of(app: Starlette, address: tuple[str, int] = LOOPBACK) -> httpx.AsyncClient:
    """A client that comes from an address."""
    transport = httpx.ASGITransport(app=app, client=address)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app with these settings."""
    with logging_as_it_was():
        async with started(create_app(settings)) as client:
            yield client


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    """Undo what `create_app` does to the package's logger."""
    logger = logging.getLogger("analytics_gql")
    before = (logger.handlers[:], logger.level, logger.propagate)
    try:
        yield
    finally:
        logger.handlers[:], logger.level, logger.propagate = before


@contextmanager
def captured_log() -> Iterator[io.StringIO]:
    """What is logged, `[request id] message`, with stacks."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(logging.Formatter("[%(request_id)s] %(levelname)s %(message)s"))
    logger = logging.getLogger("analytics_gql")
    logger.addHandler(handler)
    try:
        yield written
    finally:
        logger.removeHandler(handler)


INTERNALS = re.compile(
    r"Traceback|File \"|\.py\b|line \d+, in |\bSELECT\b|\bFROM\b|\bWITH\b|\bgold\b|org_id"
    r"|net_amount|ordered_at|(?i:duckdb|asyncpg|postgres|sqlglot)|/(work|tmp|home|root)\b"
)
"""What no client may read: stacks, SQL, physical names, drivers, paths."""


def refused(
    response: httpx.Response, status: int, code: str, media_type: str = "application/json"
) -> dict[str, Any]:
    """The first error of a reply, after a look at everything that each error must have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    errors = response.json()["errors"]
    assert errors
    for error in errors:
        assert error["message"]
        extensions = error["extensions"]
        assert re.fullmatch(r"[A-Z][A-Z_]+[A-Z]", extensions["code"])
        assert extensions["requestId"] == response.headers["x-request-id"]
        assert extensions["code"] == "INTERNAL" or extensions["hint"]
    first: dict[str, Any] = errors[0]
    assert first["extensions"]["code"] == code, response.text
    assert INTERNALS.search(response.text) is None, response.text
    return first


async def ask(
    client: httpx.AsyncClient,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> httpx.Response:
    """POST a GraphQL request."""
    body = {"query": query, **({} if variables is None else {"variables": variables}), **members}
    return await client.post("/graphql", json=body, headers=headers)
