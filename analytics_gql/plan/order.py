"""The order of an aggregate's rows, and what a part of that order needs to be read of the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from analytics_gql.errors import OrderError
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import FieldType
from analytics_gql.plan.grain import grouped_dimensions, metric_of, time_bucket, timezone_of
from analytics_gql.plan.nodes import OrderKey
from analytics_gql.query.keyset import Position, SortItem, within
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering
from analytics_gql.query.predicate import Predicate


def total_order(query: MetricQuery, dataset: Dataset) -> tuple[OrderKey, ...]:
    """The order asked for, made total by time and then the dimensions.

    Raises OrderError and what the grain raises.
    """
    dimensions, bucket = grouped_dimensions(query, dataset), time_bucket(query, dataset)
    keys: dict[str, OrderKey] = {}
    items = [*query.order]
    if bucket is not None and dataset.time is not None:
        items.append(Ordering(dataset.time.name))
    items += [Ordering(dimension.name) for dimension in dimensions]
    for item in items:
        if item.field in keys:
            continue
        if dataset.time is not None and item.field == dataset.time.name:
            if bucket is None:
                raise OrderError(
                    f"the order names '{item.field}', which is not selected",
                    hint=f"select {item.field}, or take it out of orderBy",
                )
            is_hour = bucket.granularity is Granularity.HOUR
            bucket_type = FieldType.DATE_TIME if is_hour else FieldType.DATE
            keys[item.field] = OrderKey(item.field, bucket.column, bucket_type, item.descending)
        elif item.field in dataset.dimension_named:
            dimension = dataset.dimension_named[item.field]
            if dimension not in dimensions:
                raise OrderError(
                    f"the order names the dimension '{item.field}', which is not grouped by",
                    hint=f"add {dimension.enum_value} to groupBy, or take it out of orderBy",
                )
            keys[item.field] = OrderKey(
                item.field, dimension.column, dimension.type, item.descending
            )
        else:
            metric = metric_of(dataset, item.field)
            keys[item.field] = OrderKey(item.field, metric.column, metric.type, item.descending)
    return tuple(keys.values())


def is_by_grouping(query: MetricQuery, dataset: Dataset) -> bool:
    """Whether rows are ordered by what they are grouped by, so that no figure moves a group."""
    return not any(item.field in dataset.metric_named for item in query.order)


def sort_items(order: tuple[OrderKey, ...]) -> tuple[SortItem, ...]:
    """The same order for the keyset; any group's key and any metric may be NULL."""
    return tuple(SortItem(key.field, key.descending, is_nullable=True) for key in order)


def on_leading_dimensions(
    query: MetricQuery, dataset: Dataset, order: tuple[OrderKey, ...]
) -> tuple[Predicate, ...]:
    """What holds for every row of a fact that a keyset's groups are made of.

    Where the order starts with dimensions, groups before the page need not be aggregated at all.
    The groups at the position itself are kept whole: what stands behind the dimensions tells them
    apart. An identifier ends it: groups are sorted by its text, facts compared by what is stored.
    """
    leading = tuple(
        takewhile(
            lambda key: key.field in dataset.dimension_named and key.type is not FieldType.ID, order
        )
    )
    if not leading:
        return ()
    return within(query.keyset, sort_items(leading), inclusive=True)


def narrowed(query: MetricQuery, dataset: Dataset) -> MetricQuery:
    """The same question with its range cut to the buckets that its keyset can reach.

    Only where time is what the order starts with. The bucket at the position is kept whole.
    """
    keyset, range_ = query.keyset, query.date_range
    order = total_order(query, dataset)
    if keyset is None or range_ is None or dataset.time is None or not order:
        return query
    assert isinstance(range_.start, date)
    assert isinstance(range_.end, date)
    if order[0].field != dataset.time.name:
        return query
    zone = ZoneInfo(timezone_of(query, dataset))
    start, end = range_.start, range_.end
    for position, is_lower in (
        (keyset.after, not order[0].descending),
        (keyset.before, order[0].descending),
    ):
        day = None if position is None else _day(position, zone)
        if day is None:
            continue
        if is_lower:
            start = max(start, day)
        else:
            end = min(end, _last_day(day, query.granularity))
    if end < start:  # positions that cross, or lie outside: nothing stands there in any case
        return query
    return replace(query, date_range=DateRange(start, end))


def _day(position: Position, zone: ZoneInfo) -> date | None:
    """The day, in the question's zone, on which the bucket of a position starts."""
    bucket = position[0]
    if isinstance(bucket, datetime):
        return bucket.astimezone(zone).date()
    return bucket if isinstance(bucket, date) else None


def _last_day(day: date, granularity: Granularity) -> date:
    """The last day of the bucket that starts on a day."""
    if day.year == date.max.year:
        return date.max
    match granularity:
        case Granularity.HOUR | Granularity.DAY:
            return day
        case Granularity.WEEK:
            return day + timedelta(days=6)
        case Granularity.MONTH:
            longest = 31
        case Granularity.QUARTER:
            longest = 92
        case Granularity.YEAR:
            longest = 366
    following = granularity.start_of(day + timedelta(days=longest))
    return following - timedelta(days=1)
