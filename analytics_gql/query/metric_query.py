"""The aggregate verb's question: any metrics by any dimensions over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from analytics_gql.errors import DateRangeError, LimitArgumentError
from analytics_gql.model.granularity import Granularity
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
    then dimensions as listed. `timezone` None means the dataset's own.
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

    date_range = query.date_range
    if date_range is not None and isinstance(date_range.start, date):
        assert isinstance(date_range.end, date)
        date_range = DateRange(keep(date_range.start), keep(date_range.end))
    where = None if query.where is None else take_values(query.where, keep)
    return replace(query, date_range=date_range, where=where, limit=None), tuple(values)
