"""The grain of a question: its dimensions and its bucket of time, found by name."""

from __future__ import annotations

from collections.abc import Iterable

from analytics_gql.errors import TimeError, TimeZoneError, UnknownNameError, suggest
from analytics_gql.model.dataset import Dataset, Dimension, Metric
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.time_zones import known_time_zones
from analytics_gql.plan.nodes import TimeBucket
from analytics_gql.query.metric_query import MetricQuery


def grouped_dimensions(query: MetricQuery, dataset: Dataset) -> tuple[Dimension, ...]:
    """The dimensions that are grouped by, each once. Raises UnknownNameError."""
    return tuple(dimension_of(dataset, name) for name in dict.fromkeys(query.dimensions))


def dimension_of(dataset: Dataset, name: str) -> Dimension:
    """The dimension of that name. Raises UnknownNameError with a suggestion."""
    try:
        return dataset.dimension_named[name]
    except KeyError:
        raise _unknown(dataset, "dimension", name, dataset.dimension_named) from None


def metric_of(dataset: Dataset, name: str) -> Metric:
    """The metric of that name. Raises UnknownNameError with a suggestion."""
    try:
        return dataset.metric_named[name]
    except KeyError:
        raise _unknown(dataset, "metric", name, dataset.metric_named) from None


def _unknown(dataset: Dataset, what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    names = list(known)
    return UnknownNameError(
        f"the dataset '{dataset.name}' has no {what} '{name}'",
        hint=suggest(name, names, f"it has {', '.join(names)}"),
    )


def time_bucket(query: MetricQuery, dataset: Dataset) -> TimeBucket | None:
    """The bucket of time that is grouped by, if any. Raises UnknownNameError or TimeError."""
    if not query.by_time:
        return None
    if dataset.time is None:
        raise UnknownNameError(
            f"the dataset '{dataset.name}' has no time", hint="group by its dimensions"
        )
    if query.granularity is Granularity.HOUR and dataset.time.type is FieldType.DATE:
        raise TimeError(
            f"'{dataset.time.name}' is a Date, which has no hours",
            hint="ask for DAY or coarser; the model's owner can declare the field DateTime",
        )
    return TimeBucket(
        dataset.time.column, query.granularity, timezone_of(query, dataset), dataset.time.type
    )


def timezone_of(query: MetricQuery, dataset: Dataset) -> str:
    """The zone of the question's days. Raises TimeZoneError."""
    if query.timezone is None:
        return dataset.sources[0].timezone
    if query.timezone not in known_time_zones():
        raise TimeZoneError(
            f"there is no time zone '{query.timezone[:60]}'",
            hint=suggest(
                query.timezone[:60],
                sorted(known_time_zones()),
                "use a name of the IANA database such as Europe/Berlin",
            ),
        )
    return query.timezone
