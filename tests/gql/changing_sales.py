"""A small model over tables in PostgreSQL that tests change while they are watched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.sdl.models import synced

MODEL = """
type SalesMetrics
  @dataset(table: "shop.sales", time: "day", tenant: "org", version: "max(loaded_at)") {
  date: Date @time
  region: String @dimension
  revenue: Decimal @metric(sql: "sum(amount)")
  saleCount: BigInt @metric(sql: "count(*)")
}

type Sale @records(table: "shop.sales", key: ["id"], time: "day", tenant: "org",
                   version: "max(loaded_at)") {
  id: ID!
  region: String
  amount: Decimal
}

"Of its table no version is known."
type StockMetrics @dataset(table: "shop.stock", tenant: "org") {
  region: String @dimension
  items: BigInt @metric(sql: "sum(items)")
}

type Query {
  sales: [SalesMetrics!]
  saleRows: SaleConnection
  stock: [StockMetrics!]
}

type Subscription {
  sales: [SalesMetrics!]
  saleRows: SaleConnection
  stock: [StockMetrics!]
}
"""

DAY = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
COUNT = f"subscription {{ sales({DAY}) {{ saleCount }} }}"
STOCK = "subscription { stock { items } }"

_TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.sales (
  org text NOT NULL, id bigserial PRIMARY KEY, day date NOT NULL, region text NOT NULL,
  amount numeric(12, 2) NOT NULL, loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE shop.stock (org text NOT NULL, region text NOT NULL, items bigint NOT NULL);
"""


def write_model(folder: Path) -> Path:
    """The model as a file, with all that follows from it."""
    path = folder / "schema.graphql"
    path.write_text("".join(file.text for file in synced(MODEL)))
    return path


@dataclass(frozen=True)
class Shop:
    """The tables, and a connection that writes to them."""

    url: str
    connection: Any

    async def reset(self) -> None:
        """One sale of acme's, two of birch's, and stock."""
        await self.execute("TRUNCATE shop.sales, shop.stock")
        await self.sell(10)
        await self.sell(10, org="birch")
        await self.sell(10, org="birch")
        await self.execute("INSERT INTO shop.stock VALUES ('acme', 'north', 5)")

    async def sell(self, amount: float, *, org: str = "acme", region: str = "north") -> None:
        await self.execute(
            "INSERT INTO shop.sales (org, day, region, amount) VALUES ($1, '2026-06-30', $2, $3)",
            org,
            region,
            amount,
        )

    async def execute(self, sql: str, *values: object) -> None:
        await self.connection.execute(sql, *values)


async def open_shop(url: str) -> Shop:
    """Make the tables in an empty database."""
    connection = await asyncpg.connect(url)
    await connection.execute(_TABLES)
    shop = Shop(url, connection)
    await shop.reset()
    return shop
