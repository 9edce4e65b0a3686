"""A small warehouse in the demo's tables with everything that is awkward.

NULLs in every column that may have them, amounts that cancel out, orders whose product or customer
is missing or belongs to somebody else, instants around midnights and clock changes, text of all
planes and with every quote; tenants whose names differ by case or look like SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from analytics_gql.demo.tables import CUSTOMERS, ORDERS, PRODUCTS, TABLES, TRAFFIC, Table

TENANTS = ("acme", "ACME", "o'hara\" OR 1=1 --", "visited")
"""The last has traffic and no orders."""

TEXTS = (
    "",
    " ",
    "a",
    "A",
    "b",
    "Z",
    "z",
    "é",
    "e\u0301",
    "É",
    "ß",
    "null",
    "true",
    "1",
    "10",
    "9",
    "a_b",
    "a%b",
    "axb",
    "paid_search",
    "paid-search",
    "O'Brien",
    'say "so"',
    "back\\slash",
    "line\nbreak\ttab",
    "\x01\x1f\x7f",
    "</script>",
    "{$1}",
    "\u2028",
    "\ue000",  # after the surrogates of UTF-16, and before the next two by code point
    "\uffee",
    "😀",
    "👩‍👩‍👧",
)
"""Values of dimensions, as stored."""

DAYS = tuple(
    date.fromisoformat(first) + timedelta(days=number)
    for first, count in (
        ("2024-12-28", 6),  # a week, a month, a quarter and a year end
        ("2025-03-08", 3),  # clocks change in America,
        ("2025-03-29", 4),  # in Europe,
        ("2025-04-05", 2),  # in Chile and in the Pacific
        ("2025-04-24", 3),  # in Egypt, at midnight
        ("2025-09-06", 3),  # in Chile, at midnight
        ("2025-09-27", 3),
        ("2025-10-25", 3),
        ("2025-11-01", 3),
    )
    for number in range(count)
)
"""The days on which things happen."""

_CLOCK = (
    *("00:00:00", "00:00:00.000001", "23:59:59.999999", "23:00:00", "22:59:59.999999"),
    *("01:00:00", "03:00:00", "03:59:59.999999", "04:00:00", "05:30:00", "12:00:00"),
    *("10:15:00", "11:15:00", "13:30:00", "14:00:00", "18:14:59.5", "18:15:00"),
)

_AMOUNTS = tuple(
    Decimal(text)
    for text in (
        *("0", "0.01", "-0.01", "10.50", "-10.50", "10.5", "7", "33.33", "99.99", "-99.99"),
        *("1234567.89", "9999999999.99", "-9999999999.99"),
    )
)


def build_odd(path: Path) -> None:
    """Write the warehouse to a DuckDB file; the same on every call."""
    random = Random(20250101)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA gold")
        for table in TABLES:
            connection.execute(table.create)
            for statement in table.create_keys:
                connection.execute(statement)
        for tenant, orders, visits in zip(
            TENANTS, (300, 200, 60, 0), (160, 120, 40, 30), strict=True
        ):
            _insert(connection, PRODUCTS, _products(random, tenant))
            _insert(connection, CUSTOMERS, _customers(random, tenant))
            _insert(connection, ORDERS, _orders(random, tenant, orders))
            _insert(connection, TRAFFIC, _visits(random, tenant, visits))
        connection.execute("CHECKPOINT")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: Iterable[dict[str, Any]]
) -> None:
    values = [row.get(name) for row in rows for name in table.column_names]
    width = len(table.column_names)
    one = f"({', '.join('?' * width)})"
    if values:
        connection.execute(
            f"INSERT INTO gold.{table.name} VALUES {', '.join([one] * (len(values) // width))}",
            values,
        )


def _text(random: Random, few: int) -> str | None:
    """A value; one of few more often than not, so that groups have several rows."""
    if random.random() < 0.15:
        return None
    return random.choice(TEXTS[2 : 2 + few] if random.random() < 0.6 else TEXTS)


def _products(random: Random, tenant: str) -> Iterable[dict[str, Any]]:
    # A tenth are missing: their orders have no category, whatever other tenants call that number.
    for number in range(30):
        if random.random() < 0.9:
            yield {"org_id": tenant, "id": number, "category": _text(random, 4)}


def _customers(random: Random, tenant: str) -> Iterable[dict[str, Any]]:
    for number in range(40):
        if random.random() < 0.9:
            yield {"org_id": tenant, "id": number, "segment": _text(random, 3)}


def _orders(random: Random, tenant: str, count: int) -> Iterable[dict[str, Any]]:
    for number in range(count):
        yield {
            "org_id": tenant,
            "id": number,
            "customer_id": None if random.random() < 0.05 else random.randrange(42),
            "product_id": None if random.random() < 0.05 else random.randrange(32),
            "ordered_at": None
            if random.random() < 0.02
            else datetime.combine(random.choice(DAYS), time.fromisoformat(random.choice(_CLOCK))),
            "country": _text(random, 3),
            "payment_method": _text(random, 3),
            "channel": _text(random, 3),
            "device_type": _text(random, 2),
            "net_amount": None if random.random() < 0.1 else random.choice(_AMOUNTS),
            "cost": None if random.random() < 0.1 else random.choice(_AMOUNTS),
            "is_first_order": random.choice((True, False, False, None)),
        }


def _visits(random: Random, tenant: str, count: int) -> Iterable[dict[str, Any]]:
    def number() -> int | None:
        return random.choice((None, 0, 0, 1, 2, 3, 7, 100, 12_345, 2**40 + 1))

    for _ in range(count):
        yield {
            "org_id": tenant,
            "day": None if random.random() < 0.02 else random.choice(DAYS),
            "country": _text(random, 3),
            "channel": _text(random, 3),
            "device": _text(random, 2),
            "sessions": number(),
            "impressions": number(),
            "clicks": number(),
        }
