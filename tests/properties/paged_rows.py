"""A model of pages, and a small warehouse of rows that are awkward to page through.

Every kind of column, with NULLs and ties in all of them; text that languages sort unlike code
points; numbers that are none; instants at the ends of the calendar. Rows are held as Python has
them, so that the same ones go into either engine and into the oracle.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import duckdb

from analytics_gql.compose.model import Model, load_model
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings

TENANTS = ("north", "North")

MODEL = """
type Thing @records(table: "things", key: ["id"], time: "happened_at", tenant: "org") {
  id: ID!
  word: String
  label: String @column(sql: "coalesce(word, 'none')")
  flag: Boolean
  either: Boolean @column(sql: "flag or small > 0")
  small: Int
  big: BigInt
  amount: Decimal
  wide: Decimal
  ratio: Float
  single: Float
  day: Date
  happenedAt: DateTime
  seenAt: DateTime
  token: ID
}
type Part
  @records(
    table: "parts"
    key: ["code", "number"]
    tenant: "org"
    where: "amount is null or amount <> 7 or number = 0"
  ) {
  code: String!
  number: Int!
  amount: Decimal
  madeAt: DateTime
}
type Loose @records(table: "loose", key: ["code"], shared: true) {
  code: ID!
  number: Int
}
type Sums
  @dataset(table: "things", time: "happened_at", tenant: "org", version: "count(*)")
  @source(name: "parts", table: "parts", time: "made_at", tenant: "org", version: "count(*)") {
  at: DateTime @time
  word: String @dimension(sources: [{ name: "parts", sql: "code" }])
  flag: Boolean @dimension
  small: Int @dimension
  day: Date @dimension
  total: Decimal @metric(sql: "sum(amount)")
  weight: Float @metric(sql: "sum(weight)")
  mean: Float @metric(sql: "avg(weight)")
  top: Float @metric(sql: "max(ratio)")
  rows: BigInt @metric(sql: "count(*)")
  firstWord: String @metric(sql: "min(word)")
  lastSeen: DateTime @metric(sql: "max(seen_at)")
  firstDay: Date @metric(sql: "min(day)")
  parts: BigInt @metric(sql: "count(parts.*)")
}
type Query {
  things: ThingConnection
  parts: PartConnection
  looses: LooseConnection
  sums: [Sums!]
  sumPages: SumsConnection
}
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its rows, each a value a column."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def create(self) -> str:
        """CREATE TABLE, which both engines read alike."""
        parts = [f"{name} {kind}" for name, kind in self.columns]
        if self.key:
            parts.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {self.name} ({', '.join(parts)})"

    def fields(self, tenant: str | None) -> list[dict[str, Any]]:
        """A tenant's rows by column, or all rows of what is shared."""
        names = [name for name, _ in self.columns]
        rows = [dict(zip(names, row, strict=True)) for row in self.rows]
        return [row for row in rows if "org" not in row or row["org"] == tenant]


def write_model(folder: Path, text: str) -> Model:
    """A model as it is served, completed as `schema sync` does."""
    path = folder / "schema.graphql"
    path.write_text(text)
    path.write_text(apply_sync(plan_sync(load_schema(path)))[path])
    return load_model(Settings(schema_path=path))


def write_duckdb(path: Path, tables: Sequence[Table]) -> None:
    """Write a database file."""
    with duckdb.connect(str(path)) as connection:
        for table in tables:
            connection.execute(table.create)
            one = f"({', '.join('?' * len(table.columns))})"
            if table.rows:
                connection.execute(
                    f"INSERT INTO {table.name} VALUES {', '.join([one] * len(table.rows))}",
                    [_stored(value) for row in table.rows for value in row],
                )


def _stored(value: Any) -> Any:
    """DuckDB's decimals are all numbers."""
    return None if isinstance(value, Decimal) and value.is_nan() else value


async def write_postgres(url: str, tables: Sequence[Table]) -> None:
    """Fill an empty database; text is in a collation of people, where the server has one."""
    connection = await asyncpg.connect(url)
    names = "SELECT collname FROM pg_collation WHERE collname = 'en-x-icu'"
    collation = await connection.fetchval(names)
    for table in tables:
        create = table.create
        if collation is not None:
            create = create.replace(" TEXT", f' TEXT COLLATE "{collation}"')
        await connection.execute(create)
        await insert(connection, table, table.rows)
    await connection.close()


async def insert(
    connection: asyncpg.Connection, table: Table, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows; times go as text, since the driver takes the calendar's ends for infinities."""
    values = [
        f"CAST(CAST(${number} AS TEXT) AS {kind})" if kind in _TIMES else f"${number}"
        for number, kind in enumerate((kind.split()[0] for _, kind in table.columns), start=1)
    ]
    await connection.executemany(
        f"INSERT INTO {table.name} VALUES ({', '.join(values)})",
        [
            [value.isoformat() if isinstance(value, date) else value for value in row]
            for row in rows
        ],
    )


_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")


# --- values --------------------------------------------------------------------------------------

WORDS = (
    *("", " ", "a", "A", "B", "b", "Z", "ä", "é", "e\u0301", "ß", "z", "10", "9", "null"),
    *("O'Brien", 'say "so"', "back\\slash", "line\nbreak\t", "\x01\x1e\x1f\x7f", "a_b", "a%b"),
    *("\u2028", "\ue000", "\uffee", "😀", "👩‍👩‍👧"),
)
SMALL = (0, 1, -1, 2, 7, 2**31 - 1, -(2**31))
BIG = (0, 1, -1, 2**53 + 1, 2**53, 2**63 - 1, -(2**63))
AMOUNTS = tuple(
    Decimal(text)
    for text in (
        *("0", "0.0001", "-0.0001", "10.5", "10.50", "-10.5", "7", "33.3333"),
        *("99999999999999.9999", "-99999999999999.9999"),
    )
)
WIDE = tuple(
    Decimal(text)
    for text in (
        *("0", "NaN", "0.0000000001", "-0.0000000001", "7", "12345678901234567890.0123456789"),
        *("9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999"),
    )
)
"""One is no number, where the engine has such decimals."""
RATIOS = (
    *(0.0, -0.0, 0.1, 0.30000000000000004, 0.3, 1 / 3, -1.5, 1e308, -1e308, 5e-324, 1e-300),
    *(float("nan"), float("inf"), float("-inf"), 123456789.12345679, 2.0**53 + 2),
)
SINGLES = tuple(
    struct.unpack("f", struct.pack("f", value))[0]
    for value in (0.1, 0.2, 1 / 3, -0.0, 3.4e38, 1e-45, 16777217.0, float("nan"), float("-inf"))
)
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 1 / 3, 2 / 3, 1.5, 33.33, 1e-7, 12345.678)
"""Such as add up to the same number in another order, but for the last digit."""
DAYS = (
    *(date(1, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(2025, 3, 30)),
    *(date(2025, 10, 26), date(2026, 1, 1), date(9999, 12, 31)),
)
INSTANTS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        *("0001-01-02", "1969-12-31T23:59:59.999999", "2024-02-29", "2025-03-30T00:59:59.999999"),
        *("2025-03-30T01:00", "2025-10-26", "2025-10-26T00:30", "2025-10-26T01:30"),
        *(
            "2025-10-26T23:30",
            "2025-10-26T01:30:00.000001",
            "2025-12-31T23:59:59.120",
            "2026-01-01",
        ),
        "9999-12-30",
    )
)
ENDS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""The first and the last instant, which no filter can name."""
TOKENS = tuple(
    uuid.UUID(int=number) for number in (0, 1, 2**64, 2**127 - 1, 2**127, 2**128 - 1, 0xABCDEF)
)


def _rows_of_things(random: Random, count: int) -> list[tuple[Any, ...]]:
    def one(values: Sequence[Any], few: int) -> Any:
        """A value; one of few more often than not, so that there are ties."""
        if random.random() < 0.15:
            return None
        return random.choice(values[:few] if random.random() < 0.5 else values)

    rows: list[tuple[Any, ...]] = []
    for tenant in TENANTS:
        for number in random.sample(range(-5, 2 * count), count):
            happened = one(INSTANTS[3:-1], 6)
            rows.append(
                (
                    tenant,
                    number if number < count else number + 2**62,
                    one(WORDS, 5),
                    random.choice((True, False, None)),
                    one(SMALL, 3),
                    one(BIG, 3),
                    one(AMOUNTS, 4),
                    one(WIDE, 4),
                    one(RATIOS, 6),
                    one(SINGLES, 3),
                    one(DAYS, 4),
                    None if happened is None else happened.replace(tzinfo=None),
                    one((*INSTANTS, *ENDS), 4),
                    one(TOKENS, 3),
                    one(WEIGHTS, 10),
                )
            )
    return rows


def _rows_of_parts(random: Random) -> list[tuple[Any, ...]]:
    return [
        (
            tenant,
            word,
            number,
            random.choice((*AMOUNTS[:6], None)),
            None if random.random() < 0.1 else random.choice(INSTANTS[3:-1]).replace(tzinfo=None),
        )
        for tenant in TENANTS
        for word in random.sample(WORDS, 12)
        for number in random.sample(SMALL, 3)
    ]


def build_tables() -> tuple[Table, ...]:
    """The warehouse's tables; the same on every call."""
    random = Random(20260401)
    things = (
        *(("org", "TEXT NOT NULL"), ("id", "BIGINT NOT NULL"), ("word", "TEXT")),
        *(("flag", "BOOLEAN"), ("small", "INTEGER"), ("big", "BIGINT")),
        *(("amount", "DECIMAL(18, 4)"), ("wide", "DECIMAL(38, 10)")),
        *(("ratio", "DOUBLE PRECISION"), ("single", "REAL"), ("day", "DATE")),
        *(("happened_at", "TIMESTAMP"), ("seen_at", "TIMESTAMPTZ")),
        *(("token", "UUID"), ("weight", "DOUBLE PRECISION")),
    )
    parts = (
        *(("org", "TEXT NOT NULL"), ("code", "TEXT NOT NULL"), ("number", "INTEGER NOT NULL")),
        *(("amount", "DECIMAL(18, 4)"), ("made_at", "TIMESTAMP")),
    )
    loose = [(word, random.choice((None, 1, 2))) for word in random.sample(WORDS, len(WORDS))]
    return (
        Table("things", things, ("org", "id"), tuple(_rows_of_things(random, 45))),
        Table("parts", parts, ("org", "code", "number"), tuple(_rows_of_parts(random))),
        Table("loose", (("code", "TEXT"), ("number", "INTEGER")), (), tuple(loose)),
    )


DATE_RANGES = (
    (date(2025, 3, 30), date(2025, 10, 26)),
    (date(2025, 10, 26), date(2025, 10, 26)),
    (date(1, 1, 2), date(9999, 12, 30)),
    (date(2024, 2, 28) + timedelta(days=2), date(2024, 12, 31)),
)
