"""`pages`: a page deep in five million rows, against the first one, and against OFFSET."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from json import loads
from pathlib import Path
from typing import Any

import orjson

from analytics_gql.query.cursor import CursorSigner
from benchmarks.events import SECRET, build_events, events_settings, load_events
from benchmarks.rounds import compare
from benchmarks.server import Server, serve
from benchmarks.table import Line

SIZE = 100
DEEP = 40_000
ROWS_BEFORE = (DEEP - 1) * SIZE

TARGET = 1.3


@dataclass(frozen=True, slots=True)
class Order:
    """The same order in GraphQL and in SQL."""

    label: str
    by: str
    columns: str

    @property
    def page(self) -> str:
        """The document that asks for a page."""
        return (
            "query Page($after: String) {"
            f" events(first: {SIZE}, after: $after, orderBy: [{{ by: {self.by} }}])"
            " { nodes { id createdAt kind amount } pageInfo { hasNextPage endCursor } } }"
        )

    @property
    def one(self) -> str:
        """The document that asks for an event's cursor, in a connection of its own."""
        return (
            "query One($id: BigInt!) {"
            f" events(first: 1, where: {{ id: {{ eq: $id }} }}, orderBy: [{{ by: {self.by} }}])"
            " { pageInfo { endCursor } } }"
        )

    def offset(self, rows: int, limit: int = SIZE) -> str:
        """What is written by hand for a page after so many rows."""
        return (
            "SELECT id, created_at, kind, amount FROM paging.events "
            f"ORDER BY {self.columns} LIMIT {limit} OFFSET {rows}"
        )


ORDERS = (Order("id", "ID", "id"), Order("createdAt", "CREATED_AT", "created_at, id"))


async def pages(server: Server) -> list[Line]:
    """Page 40,000, by the key and by a time that rows share; on the engine of `server`."""
    lines: list[Line] = []
    async with _events(server) as events:
        for order in ORDERS:
            lines += await _paged(events, order)
    return lines


@asynccontextmanager
async def _events(server: Server) -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        file = Path(folder) / "events.duckdb"
        url = server.settings.warehouse
        assert url is not None
        if url.startswith("duckdb://"):
            await asyncio.to_thread(build_events, file)
            url = f"duckdb://{file}"
        else:
            await load_events(url)
        async with serve(server.label, events_settings(url), file) as events:
            yield events


async def _paged(events: Server, order: Order) -> list[Line]:
    cursor = await _cursor_of(events, order, ROWS_BEFORE)

    async def first(_round: int) -> bytes:
        return await events.ask(order.page, {})

    async def deep(_round: int) -> bytes:
        return await events.ask(order.page, {"after": cursor})

    async def by_offset(_round: int) -> list[Any]:
        return await events.bare.fetch(order.offset(ROWS_BEFORE), [])

    # The same rows, or the ratios would mean nothing; and the cursor is the one that whoever comes
    # from the page before holds.
    assert _rows(await first(0)) == await events.bare.fetch(order.offset(0), [])
    assert _rows(await deep(0)) == await by_offset(0)
    before = await _cursor_of(events, order, ROWS_BEFORE - SIZE)
    assert _end(await events.ask(order.page, {"after": before})) == cursor

    deep_name = f"page {DEEP:,}"
    return [
        Line(
            f"pages: by {order.label}, {deep_name}, floor page 1",
            events.label,
            await compare(first, deep, rounds=200, seconds=4),
            TARGET,
        ),
        Line(
            f"pages: by {order.label}, OFFSET {ROWS_BEFORE:,}, floor {deep_name}",
            events.label,
            await compare(deep, by_offset, rounds=20, seconds=4),
            None,
        ),
    ]


async def _cursor_of(events: Server, order: Order, number: int) -> str:
    """The cursor of the row of that number, counted from 1, without reading the pages before it.

    The row has another one where it is asked for alone. What stands in that about the row is
    written into a cursor of the whole connection.
    """
    ((event, *_),) = await events.bare.fetch(order.offset(number - 1, limit=1), [])
    signer = CursorSigner(SECRET.encode())
    alone = signer.decode(_end(await events.ask(order.one, {"id": event})), events.caller)
    whole = signer.decode(_end(await events.ask(order.page, {})), events.caller)
    head = signer.head(whole.question, whole.order, whole.version)
    return signer.encode(head, orjson.dumps(alone.position).decode(), events.caller)


def _end(answer: bytes) -> str:
    cursor: str = loads(answer)["data"]["events"]["pageInfo"]["endCursor"]
    return cursor


def _rows(answer: bytes) -> list[Any]:
    """The nodes as a driver gives them."""
    return [
        (
            node["id"],
            datetime.fromisoformat(node["createdAt"]).astimezone(UTC).replace(tzinfo=None),
            node["kind"],
            Decimal(node["amount"]),
        )
        for node in loads(answer, parse_float=Decimal)["data"]["events"]["nodes"]
    ]
