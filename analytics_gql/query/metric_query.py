"""The aggregate verb's question: any metrics by any dimensions over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from analytics_gql.errors import DateRangeError, LimitArgumentError
from analytics_gql.model.granularity import Granularity
from analytics_gql.query.keyset import Keyset
from analytics_gql.query.predicate import Predicate, Scalar, Slot, Value, take_values


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `start` to `end`, both included."""

    start: date | Slot
    end: date | Slot

    def __post_init__(self) -> None:
        if isinstance(self.start, date) and isinstance(self.end, date) and self.end < self.start:
            raise DateRangeError(
                f"the dateRange ends ({self.end}) before it starts ({self.start})",
                hint="swap start and end; both days are included",
            )


@dataclass(frozen=True, slots=True)
class Ordering:
    """One item of an order: a field of the dataset, upwards or downwards, NULLs last in both."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """Metrics of a dataset, grouped by `dimensions` and, with `by_time`, by its time dimension.

    Names are field names. The result has one row for each group, ordered by `order`, then time,
    then dimensions as listed. `timezone` None means the dataset's own. `keyset` takes a part of the
    ordered result, its positions under the total order.
    """

    dataset: str
    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    by_time: bool = False
    granularity: Granularity = Granularity.DAY
    timezone: str | None = None
    date_range: DateRange | None = None
    where: Predicate | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    keyset: Keyset | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise LimitArgumentError(
                f"limit is {self.limit}", hint="ask for at least 1 row, or leave `limit` out"
            )


def split(
    query: MetricQuery, first_slot: int = 0
) -> tuple[MetricQuery, tuple[Scalar | Value, ...]]:
    """Part a query into its shape, whose slots count from `first_slot`, and its values.

    Queries of one shape have one statement; only the values that are bound to it differ. The
    limit is left out of the shape: every statement has one.
    """
    values: list[Scalar | Value] = []

    def keep(value: Scalar | Value) -> Slot:
        values.append(value)
        return Slot(first_slot + len(values) - 1)

    shape = replace(
        query,
        date_range=take_range(query.date_range, keep),
        where=None if query.where is None else take_values(query.where, keep),
        keyset=take_keyset(query.keyset, keep),
        limit=None,
    )
    return shape, tuple(values)


Keep = Callable[[Scalar | Value], Slot]
"""Takes a value out of a query; what it gives stands in its place."""


def take_range(date_range: DateRange | None, keep: Keep) -> DateRange | None:
    """The same range with slots in place of its days."""
    if date_range is None or not isinstance(date_range.start, date):
        return date_range
    assert isinstance(date_range.end, date)
    return DateRange(keep(date_range.start), keep(date_range.end))


def take_keyset(keyset: Keyset | None, keep: Keep) -> Keyset | None:
    """The same part with slots in place of values; where a position has NULL shapes the SQL."""
    if keyset is None:
        return None
    after, before = (
        position
        if position is None
        else tuple(
            value if value is None or isinstance(value, Slot) else keep(value) for value in position
        )
        for position in (keyset.after, keyset.before)
    )
    return Keyset(after, before, keyset.backwards)
