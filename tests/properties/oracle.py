"""What the demo model's questions answer, computed in plain Python over raw rows.

Written from the semantics of `aggregate` alone and sharing nothing with the package: no SQL beyond
`SELECT *`, no planner, no components. A question is held in the words of the schema: fields, enum
values and filter inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

Filter = Mapping[str, Any]
Row = dict[str, Any]


class Undecidable(Exception):  # noqa: N818 - no error: the question is about the last bit of a float
    """A float is compared with one that differs only in its last digits."""


# --- raw rows ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """An order with what its product and its customer, of the same tenant, say of it."""

    ordered_at: datetime | None
    customer_id: int | None
    net_amount: Decimal | None
    cost: Decimal | None
    is_first_order: bool | None
    dimensions: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of traffic."""

    day: date | None
    sessions: int | None
    impressions: int | None
    clicks: int | None
    dimensions: Mapping[str, str | None]


@dataclass(frozen=True, eq=False)
class Facts:
    """The rows of one tenant."""

    orders: tuple[Order, ...] = ()
    visits: tuple[Visit, ...] = ()


def load_facts(path: Path, tenant: str, days: tuple[date, date] | None = None) -> Facts:
    """Read a tenant's rows from a warehouse file; of certain days of UTC, or all."""
    with duckdb.connect() as connection:
        # Attached rather than opened: the service has the file open with its own configuration.
        connection.execute("ATTACH ? AS stored (READ_ONLY)", [str(path)])

        def rows(table: str, time: str | None = None) -> list[Row]:
            sql, values = f"SELECT * FROM stored.gold.{table} WHERE org_id = ?", [tenant]
            if time is not None and days is not None:
                sql += f" AND {time} >= ? AND {time} < ?"
                values += [str(days[0]), str(days[1] + timedelta(days=1))]
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        category = {row["id"]: row["category"] for row in rows("products")}
        segment = {row["id"]: row["segment"] for row in rows("customers")}
        return Facts(
            tuple(
                Order(
                    row["ordered_at"],
                    row["customer_id"],
                    row["net_amount"],
                    row["cost"],
                    row["is_first_order"],
                    {
                        "country": row["country"],
                        "paymentMethod": row["payment_method"],
                        "channel": row["channel"],
                        "deviceType": row["device_type"],
                        "category": category.get(row["product_id"]),
                        "segment": segment.get(row["customer_id"]),
                    },
                )
                for row in rows("orders", "ordered_at")
            ),
            tuple(
                Visit(
                    row["day"],
                    row["sessions"],
                    row["impressions"],
                    row["clicks"],
                    {
                        "country": row["country"],
                        "channel": row["channel"],
                        "deviceType": row["device"],
                    },
                )
                for row in rows("traffic", "day")
            ),
        )


# --- the model -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """The rows behind one row of an answer."""

    orders: list[Order] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


def _sum(values: Iterable[Any]) -> Any:
    """SQL's sum: missing values are left out, and of none at all there is no sum."""
    present = [value for value in values if value is not None]
    return sum(present) if present else None


def _ratio(numerator: Any, denominator: Any) -> float | None:
    if numerator is None or denominator is None or denominator == 0:
        return None
    if isinstance(numerator, int) and isinstance(denominator, int):
        return numerator / denominator
    return float(numerator) / float(denominator)


def _revenue(group: Group) -> Decimal | None:
    total: Decimal | None = _sum(order.net_amount for order in group.orders)
    return total


def _cost(group: Group) -> Decimal | None:
    total: Decimal | None = _sum(order.cost for order in group.orders)
    return total


def _gross_margin(group: Group) -> float | None:
    revenue, cost = _revenue(group), _cost(group)
    return None if revenue is None or cost is None else _ratio(revenue - cost, revenue)


def _order_count(group: Group) -> int:
    return len(group.orders)


def _average_order_value(group: Group) -> float | None:
    known = [order for order in group.orders if order.net_amount is not None]
    return _ratio(_revenue(group), len(known))


def _new_customer_count(group: Group) -> int:
    return sum(1 for order in group.orders if order.is_first_order)


def _customers(group: Group) -> int:
    return len({order.customer_id for order in group.orders} - {None})


def _sessions(group: Group) -> int | None:
    total: int | None = _sum(visit.sessions for visit in group.visits)
    return total


def _conversion_rate(group: Group) -> float | None:
    return _ratio(_order_count(group), _sessions(group))


def _click_through_rate(group: Group) -> float | None:
    return _ratio(
        _sum(visit.clicks for visit in group.visits),
        _sum(visit.impressions for visit in group.visits),
    )


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is computed from the rows of a group, and from which tables they come."""

    type: str
    sources: frozenset[str]
    compute: Callable[[Group], Any]


_ORDERS = frozenset({"orders"})
_TRAFFIC = frozenset({"traffic"})

METRICS: dict[str, Metric] = {
    "revenue": Metric("Decimal", _ORDERS, _revenue),
    "cost": Metric("Decimal", _ORDERS, _cost),
    "grossMargin": Metric("Float", _ORDERS, _gross_margin),
    "orderCount": Metric("BigInt", _ORDERS, _order_count),
    "averageOrderValue": Metric("Float", _ORDERS, _average_order_value),
    "newCustomerCount": Metric("BigInt", _ORDERS, _new_customer_count),
    "customers": Metric("BigInt", _ORDERS, _customers),
    "sessions": Metric("BigInt", _TRAFFIC, _sessions),
    "conversionRate": Metric("Float", _ORDERS | _TRAFFIC, _conversion_rate),
    "clickThroughRate": Metric("Float", _TRAFFIC, _click_through_rate),
}

DIMENSIONS: dict[str, frozenset[str]] = {
    "country": _ORDERS | _TRAFFIC,
    "paymentMethod": _ORDERS,
    "channel": _ORDERS | _TRAFFIC,
    "deviceType": _ORDERS | _TRAFFIC,
    "category": _ORDERS,
    "segment": _ORDERS,
}
"""The tables that know each dimension."""

GRANULARITIES: dict[str, Callable[[date], date]] = {
    "DAY": lambda day: day,
    "WEEK": lambda day: day - timedelta(days=day.isoweekday() - 1),
    "MONTH": lambda day: date(day.year, day.month, 1),
    "QUARTER": lambda day: date(day.year, (1, 4, 7, 10)[(day.month - 1) // 3], 1),
    "YEAR": lambda day: date(day.year, 1, 1),
}


# --- questions and answers -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What a root field asks. `selection` pairs response keys with fields, `__typename` included.

    `group_by` None leaves it out: then the selected dimensions are grouped by. `order_by` pairs a
    field with whether it descends.
    """

    start: date
    end: date
    selection: tuple[tuple[str, str], ...]
    group_by: tuple[str, ...] | None = None
    granularity: str = "DAY"
    timezone: str | None = None
    where: Filter | None = None
    order_by: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The selected fields, each once."""
        return tuple(dict.fromkeys(name for _, name in self.selection if name != "__typename"))

    @property
    def by_time(self) -> bool:
        """Whether the answer is grouped by time."""
        return "date" in self.fields

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that are grouped by, in the order that breaks ties."""
        if self.group_by is not None:
            return tuple(dict.fromkeys(self.group_by))
        return tuple(name for name in self.fields if name in DIMENSIONS)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are selected, filtered by or ordered by."""
        names = [
            *self.fields,
            *(name for part in conditions(self.where) for name in fields_of(part)),
            *(name for name, _ in self.order_by),
        ]
        return tuple(name for name in dict.fromkeys(names) if name in METRICS)

    @property
    def defining(self) -> frozenset[str]:
        """The tables whose groups the answer has: those of the selected metrics.

        Without any, the dataset's own. What is only filtered or ordered by adds no rows.
        """
        selected = [METRICS[name].sources for name in self.fields if name in METRICS]
        return frozenset().union(*selected) or _ORDERS

    @property
    def sources(self) -> frozenset[str]:
        """The tables that the answer is computed from."""
        return self.defining.union(*(METRICS[name].sources for name in self.metrics))


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows by response key, before the limit; whether floats leave no doubt about their order."""

    rows: list[Row]
    is_order_certain: bool


def answer(question: Question, facts: Facts) -> Answer:
    """Compute the answer. Raises Undecidable where a filter hangs on a float's last digits."""
    names = (*(("date",) if question.by_time else ()), *question.dimensions)
    groups: dict[tuple[Any, ...], Group] = {} if names else {(): Group()}
    start_of = GRANULARITIES[question.granularity]
    parts = list(conditions(question.where))
    having = [part for part in parts if any(name in METRICS for name in fields_of(part))]
    where = [part for part in parts if part not in having]

    def group_of(day: date, dimensions: Mapping[str, str | None]) -> Group:
        key = tuple(start_of(day) if name == "date" else dimensions[name] for name in names)
        return groups.setdefault(key, Group())

    def defines(group: Group) -> bool:
        tables = {"orders": group.orders, "traffic": group.visits}
        return not names or any(tables[name] for name in question.defining)

    if "orders" in question.sources:
        days = _local_days(facts, question.timezone or "UTC")
        for order, day in zip(facts.orders, days, strict=True):
            if (
                day is not None
                and question.start <= day <= question.end
                and all(holds(part, order.dimensions) for part in where)
            ):
                group_of(day, order.dimensions).orders.append(order)
    if "traffic" in question.sources:
        for visit in facts.visits:
            if (
                visit.day is not None
                and question.start <= visit.day <= question.end
                and all(holds(part, visit.dimensions) for part in where)
            ):
                group_of(visit.day, visit.dimensions).visits.append(visit)

    rows: list[Row] = []
    for key, group in groups.items():
        row = dict(zip(names, key, strict=True))
        row |= {name: METRICS[name].compute(group) for name in question.metrics}
        if defines(group) and all(holds(part, row) for part in having):
            rows.append(row)
    for name, descending in reversed((*question.order_by, *((name, False) for name in names))):
        rows = _sorted(rows, name, descending)
    return Answer(
        [{key: _shown(row, name) for key, name in question.selection} for row in rows],
        all(_is_certain([row[name] for row in rows]) for name, _ in question.order_by),
    )


@lru_cache(maxsize=64)
def _local_days(facts: Facts, timezone: str) -> tuple[date | None, ...]:
    """The day of each order on the calendar of a zone. Instants are stored as UTC without zone."""
    zone = ZoneInfo(timezone)
    return tuple(
        None
        if order.ordered_at is None
        else order.ordered_at.replace(tzinfo=UTC).astimezone(zone).date()
        for order in facts.orders
    )


def _sorted(rows: list[Row], name: str, descending: bool) -> list[Row]:
    """Sorted by a field, rows without a value last; rows that are equal stay as they were."""
    present = [row for row in rows if row[name] is not None]
    missing = [row for row in rows if row[name] is None]
    # Python compares text by code point.
    return sorted(present, key=lambda row: row[name], reverse=descending) + missing


def _is_certain(values: Sequence[Any]) -> bool:
    floats = sorted({value for value in values if isinstance(value, float)})
    return not any(is_near(low, high) for low, high in pairwise(floats))


def _shown(row: Row, name: str) -> Any:
    value = "OrderMetrics" if name == "__typename" else row[name]
    return value.isoformat() if isinstance(value, date) else value


# --- filters -------------------------------------------------------------------------------------


def conditions(where: Filter | None) -> Iterator[Filter]:
    """The conditions that must all hold, each by itself; nested `and` opened."""
    for name, item in (where or {}).items():
        if item is None:
            continue
        if name == "and":
            for part in item:
                yield from conditions(part)
        elif name in ("or", "not"):
            yield {name: item}
        else:
            for operator, operand in item.items():
                yield {name: {operator: operand}}


def fields_of(where: Filter) -> Iterator[str]:
    """The fields that a filter compares, with repetitions."""
    for name, item in where.items():
        if item is None:
            continue
        if name in ("and", "or"):
            for part in item:
                yield from fields_of(part)
        elif name == "not":
            yield from fields_of(item)
        elif item:
            yield name


def holds(where: Filter, values: Mapping[str, Any]) -> bool:
    """Whether a filter holds for a row. There are two answers: `not` turns one into the other."""
    return all(_holds(name, item, values) for name, item in where.items() if item is not None)


def _holds(name: str, item: Any, values: Mapping[str, Any]) -> bool:
    match name:
        case "and":
            return all(holds(part, values) for part in item)
        case "or":
            return any(holds(part, values) for part in item)
        case "not":
            return not holds(item, values)
        case _:
            return all(_compares(values[name], *pair) for pair in item.items())


def _compares(value: Any, operator: str, operand: Any) -> bool:
    match operator:
        case "isNull":
            return bool((value is None) == operand)
        case "ne":
            return value is None or _compared(value, operand) != 0
        case "notIn":
            return value is None or all(_compared(value, item) != 0 for item in operand)
    if value is None:
        return False
    match operator:
        case "eq":
            return _compared(value, operand) == 0
        case "in":
            return any(_compared(value, item) == 0 for item in operand)
        case "gt":
            return _compared(value, operand) > 0
        case "gte":
            return _compared(value, operand) >= 0
        case "lt":
            return _compared(value, operand) < 0
        case "lte":
            return _compared(value, operand) <= 0
        case "between":
            low, high = operand
            return _compared(value, low) >= 0 and _compared(value, high) <= 0
        case "contains":
            return operand in value
        case "startsWith":
            return bool(value.startswith(operand))
    raise AssertionError(f"there is no operator {operator}")


def _compared(value: Any, operand: Any) -> int:
    """-1, 0 or 1 as value is less than, equal to or greater than the operand."""
    if isinstance(value, float):
        operand = float(operand)
        if value != operand and is_near(value, operand):
            raise Undecidable
    return int(value > operand) - int(value < operand)


# --- comparison with what a server said ----------------------------------------------------------


def is_near(one: float, other: float) -> bool:
    """Whether two floats are so close that rounding on the way may swap them."""
    return math.isclose(one, other, rel_tol=1e-13, abs_tol=1e-300)


def difference(question: Question, expected: Answer, rows: Any) -> str | None:
    """What is wrong with an answer, read from JSON with its floats as Decimals; None if nothing."""
    limit = len(expected.rows) if question.limit is None else question.limit
    wanted = expected.rows[:limit]
    if not isinstance(rows, list) or len(rows) != len(wanted):
        return f"{wanted!r} were expected"
    if not expected.is_order_certain:
        if limit < len(expected.rows):
            return None  # which rows come first is not certain, so neither is which are left out
        rows, wanted = sorted(rows, key=_coarse), sorted(wanted, key=_coarse)
    for index, (row, should) in enumerate(zip(rows, wanted, strict=True)):
        if list(row) != list(should):
            return f"row {index} has the keys {list(row)}, not {list(should)}"
        for key, name in question.selection:
            if not _is_same(name, row[key], should[key]):
                return f"row {index} has {key}: {row[key]!r} where {should[key]!r} was expected"
    return None


def _is_same(name: str, value: Any, should: Any) -> bool:
    if should is None or name not in METRICS:
        return bool(type(value) is type(should) and value == should)
    match METRICS[name].type:
        case "BigInt":
            return type(value) is int and value == should
        case "Decimal":
            return type(value) in (int, Decimal) and value == should
        case _:
            return type(value) in (int, Decimal) and math.isclose(
                float(value), should, rel_tol=1e-9, abs_tol=1e-300
            )


def _coarse(row: Row) -> list[str]:
    """A sort key that rounding does not change, but for unlucky digits; zero has no sign."""
    return [
        f"{float(value) + 0.0:.6e}" if isinstance(value, (int, float, Decimal)) else repr(value)
        for value in row.values()
    ]
