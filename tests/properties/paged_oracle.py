"""What pages of records must hold, from plain rows: filters, orders, and questions at random.

Written from what filters and orders mean (a row without a value meets only `ne`, `notIn` and
`isNull: true`; NULLs last both ways; the key breaks ties in the direction of the last item), and
sharing nothing with the package.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.properties.paged_rows import (
    AMOUNTS,
    BIG,
    DATE_RANGES,
    DAYS,
    INSTANTS,
    RATIOS,
    SINGLES,
    SMALL,
    TOKENS,
    WIDE,
    WORDS,
    Table,
)

Row = dict[str, Any]
Filter = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Kind:
    """A records type: its root field, its key and the GraphQL type of each field."""

    name: str
    root: str
    table: str
    key: tuple[str, ...]
    types: Mapping[str, str] = field(repr=False)


THING = Kind(
    "Thing",
    "things",
    "things",
    ("id",),
    {
        "id": "ID",
        "word": "String",
        "label": "String",
        "flag": "Boolean",
        "either": "Boolean",
        "small": "Int",
        "big": "BigInt",
        "amount": "Decimal",
        "wide": "Decimal",
        "ratio": "Float",
        "single": "Float",
        "day": "Date",
        "happenedAt": "DateTime",
        "seenAt": "DateTime",
        "token": "ID",
    },
)
PART = Kind(
    "Part",
    "parts",
    "parts",
    ("code", "number"),
    {"code": "String", "number": "Int", "amount": "Decimal", "madeAt": "DateTime"},
)
LOOSE = Kind("Loose", "looses", "loose", ("code",), {"code": "ID", "number": "Int"})


def rows_of(kind: Kind, table: Table, tenant: str) -> list[Row]:
    """A tenant's rows as their fields mean them: what is no number is NULL, instants are UTC."""
    rows = [_fields(kind, raw) for raw in table.fields(tenant)]
    if kind is PART:  # its `where`
        return [row for row in rows if row["amount"] != 7 or row["number"] == 0]
    return rows


def _fields(kind: Kind, raw: Row) -> Row:
    snake = {"happenedAt": "happened_at", "seenAt": "seen_at", "madeAt": "made_at"}
    row = {name: _meant(raw.get(snake.get(name, name))) for name in kind.types}
    if kind is THING:
        row["label"] = "none" if raw["word"] is None else raw["word"]
        sides = {raw["flag"], None if raw["small"] is None else raw["small"] > 0}
        row["either"] = True if True in sides else (None if None in sides else False)
    return row


def _meant(value: Any) -> Any:
    match value:
        case float() | Decimal():
            return value if math.isfinite(value) else None
        case datetime():
            return value.replace(tzinfo=UTC)
        case UUID():
            return str(value)
    return value


def shown(row: Row, names: Sequence[str], kind: Kind) -> Row:
    """Some fields of a row as the JSON of an answer has them, numbers as Python's."""
    return {name: _shown(row[name], kind.types[name]) for name in names}


def _shown(value: Any, declared: str) -> Any:
    match value:
        case datetime():
            text = value.replace(tzinfo=None).isoformat()
            return (text.rstrip("0") if value.microsecond else text) + "Z"
        case date():
            return value.isoformat()
        case int() if declared == "ID":
            return str(value)
    return value


# --- filters and orders --------------------------------------------------------------------------


def meets(row: Row, where: Filter, kind: Kind) -> bool:
    """Whether a row is kept by a filter."""
    for name, item in where.items():
        match name:
            case "and":
                held = all(meets(row, part, kind) for part in item)
            case "or":
                held = any(meets(row, part, kind) for part in item)
            case "not":
                held = not meets(row, item, kind)
            case _:
                value = row[name]
                if kind.types[name] == "ID" and value is not None:
                    value = str(value)
                held = all(
                    (value is None) == operand
                    if word == "isNull"
                    else _compared(value, word, _read(operand, kind.types[name]))
                    for word, operand in item.items()
                )
        if not held:
            return False
    return True


def _compared(value: Any, word: str, operand: Any) -> bool:
    if value is None:
        return word in ("ne", "notIn")
    match word:
        case "eq":
            return bool(value == operand)
        case "ne":
            return bool(value != operand)
        case "in":
            return value in operand
        case "notIn":
            return value not in operand
        case "gt":
            return bool(value > operand)
        case "gte":
            return bool(value >= operand)
        case "lt":
            return bool(value < operand)
        case "lte":
            return bool(value <= operand)
        case "between":
            return bool(operand[0] <= value <= operand[1])
        case "contains":
            return operand in value
        case _:
            assert word == "startsWith"
            return bool(value.startswith(operand))


def _read(operand: Any, declared: str) -> Any:
    """What a filter's JSON stands for; identifiers are compared as texts."""
    if isinstance(operand, list):
        return [_read(item, declared) for item in operand]
    match declared:
        case "DateTime":
            return datetime.fromisoformat(operand)
        case "Date":
            return date.fromisoformat(operand)
        case "Decimal":
            return Decimal(str(operand))
        case "BigInt":
            return int(operand)
    return operand


def in_order(rows: Sequence[Row], order: Sequence[tuple[str, bool]], kind: Kind) -> list[Row]:
    """Rows by fields that go downwards or not, and then by the key."""
    downwards = bool(order) and order[-1][1]
    found = list(rows)
    for name, descending in reversed([*order, *((part, downwards) for part in kind.key)]):
        there = [row for row in found if row[name] is not None]
        there.sort(key=lambda row: row[name], reverse=descending)
        found = there + [row for row in found if row[name] is None]
    return found


# --- questions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a kind, whatever the page."""

    kind: Kind
    where: Filter | None = None
    order: tuple[tuple[str, bool], ...] = ()
    days: tuple[date, date] | None = None

    def answer(self, rows: Sequence[Row]) -> list[Row]:
        """All rows that it has, in their order."""
        kept = [row for row in rows if self._is_within(row) and meets(row, self.filter, self.kind)]
        return in_order(kept, self.order, self.kind)

    @property
    def filter(self) -> Filter:
        """The filter; one that holds for all where there is none."""
        return self.where or {}

    def _is_within(self, row: Row) -> bool:
        if self.days is None:
            return True
        at = row["happenedAt"]
        return at is not None and self.days[0] <= at.date() <= self.days[1]

    @property
    def variables(self) -> dict[str, Any]:
        """Its part of an operation's variables."""
        found: dict[str, Any] = {"where": self.where}
        if self.order:
            found["orderBy"] = [
                {"by": enum_value(name), "direction": "DESC" if descending else "ASC"}
                for name, descending in self.order
            ]
        if self.days is not None:
            found["dateRange"] = {"start": str(self.days[0]), "end": str(self.days[1])}
        return found


def enum_value(field: str) -> str:
    """`happenedAt` → `HAPPENED_AT`."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in field)


def _near(instant: datetime) -> list[str]:
    """An instant and the microsecond after it, in two zones."""
    later = (instant + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=5.5)))
    return [instant.isoformat().replace("+00:00", "Z"), later.isoformat()]


_VALUES: dict[str, Sequence[Any]] = {
    "Boolean": (True, False),
    "String": WORDS,
    "Int": SMALL,
    "BigInt": (*BIG, "9007199254740993"),
    "Decimal": (*(str(amount) for amount in AMOUNTS), "10.49999", 7, "1e-18"),
    "Float": (
        *(ratio for ratio in RATIOS if math.isfinite(ratio)),
        *(single for single in SINGLES if math.isfinite(single)),
    ),
    "Date": tuple(str(day) for day in (*DAYS, date(2025, 3, 29))),
    "DateTime": tuple(text for instant in INSTANTS[:-1] for text in _near(instant)),
}
_OF_FIELD: dict[str, Sequence[str]] = {
    "id": tuple(map(str, (*range(-2, 20), 2**62 + 50, 2**63 - 1))),
    "token": (*map(str, TOKENS), "00000000-0000-0000-0000-0000000000ff"),
    "code": WORDS,
    # DuckDB finds no type for more digits on either side of the point than the column has.
    "wide": tuple(str(number) for number in WIDE if number.is_finite() and number.adjusted() < 20),
}


def _comparisons(name: str, kind: Kind) -> st.SearchStrategy[Filter]:
    declared = kind.types[name]
    values = st.sampled_from(_OF_FIELD.get(name) or _VALUES[declared])
    words: dict[str, st.SearchStrategy[Any]] = {"eq": values, "ne": values, "isNull": st.booleans()}
    if declared != "Boolean":
        words |= {"in": st.lists(values, max_size=4), "notIn": st.lists(values, max_size=4)}
    if declared not in ("Boolean", "ID"):
        words |= {"gt": values, "gte": values, "lt": values, "lte": values}
        words["between"] = st.lists(values, min_size=2, max_size=2)
    if declared == "String":
        pieces = values.map(lambda word: word[:2])
        words |= {"contains": pieces, "startsWith": pieces}
    one = st.one_of([st.fixed_dictionaries({word: operand}) for word, operand in words.items()])
    return one.map(lambda operand: {name: operand})


@cache
def filters(kind: Kind) -> st.SearchStrategy[Filter]:
    """Filters over the fields of a kind, nested in every way."""
    leaves = st.one_of([_comparisons(name, kind) for name in kind.types])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"and": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
            st.builds(lambda one, other: {**one, **other}, inner, leaves),
        ),
        max_leaves=4,
    )


@cache
def orders(kind: Kind) -> st.SearchStrategy[tuple[tuple[str, bool], ...]]:
    """Up to three fields, each upwards or downwards; one may stand twice."""
    item = st.tuples(st.sampled_from([*kind.types]), st.booleans())
    return st.lists(item, max_size=3).map(tuple)


@st.composite
def record_questions(draw: Any, kinds: Sequence[Kind] = (THING, THING, PART, LOOSE)) -> Question:
    """Questions that keep all rows more often than few."""
    kind = draw(st.sampled_from(kinds))
    where = draw(st.one_of(st.none(), filters(kind), filters(kind).map(lambda part: {"not": part})))
    days = draw(st.sampled_from([None, None, *DATE_RANGES])) if kind is THING else None
    return Question(kind, where, draw(orders(kind)), days)
