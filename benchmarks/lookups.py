"""`lookups`: a page of orders with two look-ups, against its statements on the bare engine."""

from __future__ import annotations

from typing import Any

import orjson

from benchmarks.rounds import compare
from benchmarks.server import Server
from benchmarks.table import Line

PAGE = """
query Page($after: String) {
  orders(first: 1000, after: $after, orderBy: [{ by: ORDERED_AT, direction: DESC }]) {
    nodes { id orderedAt netAmount customer { name segment } product { name category } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

TARGET = 1.5


async def lookups(server: Server) -> list[Line]:
    """A thousand orders, their customers and their products; three statements."""
    statements = await server.statements(PAGE, {})
    assert len(statements) == 3, [arrival.sql for arrival in statements]

    async def floor(_round: int) -> None:
        for arrival in statements:
            rows = await server.bare.fetch(arrival.sql, arrival.parameters)
            assert rows

    async def in_process(_round: int) -> bytes:
        return await server.ask(PAGE, {})

    answer: Any = orjson.loads(await in_process(0))
    orders = answer["data"]["orders"]["nodes"]
    assert len(orders) == 1_000
    assert all(order["customer"]["name"] and order["product"]["category"] for order in orders)
    return [
        Line(
            "lookups: 1,000 orders with customer and product",
            server.label,
            await compare(floor, in_process, rounds=60, seconds=4),
            TARGET,
        )
    ]
