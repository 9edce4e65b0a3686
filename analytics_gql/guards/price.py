"""What a question costs, known before anything is read: a function of the question and the model.

How it works. A price is a sum of parts, in points:

    reading     of each source:  (OPENING + days) x DAY x work
                of a page of records: PAGE of that, since it ends where the page is full
    grouping                     groups x GROUP x (1 + values)
    writing                      rows x ROW x (1 + values)
    looking up  of each link:    LOOK_UP + rows x KEY x (1 + values)

    work   = 1 + METRIC x costs + DIMENSION x dimensions + JOIN x joins + CONDITION x conditions
    costs  = what `@metric(cost:)` says of the metrics that are selected, filtered or ordered by
    values = the metrics and dimensions of a group; the fields of a row

Days, groups and rows are told from the question. A dateRange has its days; without one, and beyond,
there are ALL_DAYS. Every bucket of time has a group for each combination of values, of which a
dimension has as many as its type lets expect, but a day has no more than GROUPS_OF_A_DAY. There are
as many rows as groups, or the limit. An operation costs the sum of its root fields, although those
over one ground are read together: a sum is what clients can reckon with, and sharing would let a
question get cheaper by asking for more.

Nothing is known of the data, so a question has one price on every server and every day, and clients
can reckon with it. What more is asked never makes it cheaper: no term has a minus.

The weights were found with `benchmarks/prices.py`, which sets prices against the time that the
warehouse takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from sqlglot import exp

from analytics_gql.model.dataset import Dataset, Metric
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import FieldType
from analytics_gql.query.metric_query import DateRange, MetricQuery
from analytics_gql.query.page import DEFAULT_PAGE_ROWS, PageArguments
from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Not, Predicate, fields_of
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import Link, RowSelection

OPENING = 20
"""A statement that reads one day costs more than that day: it is planned, and its table opened."""

DAY = 0.1
METRIC = 0.25
DIMENSION = 0.1
JOIN = 0.5
CONDITION = 0.1
GROUP = 0.0005
ROW = 0.0005
PAGE = 0.5
LOOK_UP = 5.0
KEY = 0.001

ALL_DAYS = 1_000
"""The days of a question without a dateRange, and the most that a range counts for."""

MOST_GROUPS = 1_000_000
"""As many as the largest tier may read at once; no answer has more rows."""

GROUPS_OF_A_DAY = 1_000
"""What several dimensions have together is soon more than what happened."""

LISTED = 100
"""So many values of a list are compared for what one condition costs."""

_DAYS_OF_BUCKET = {
    Granularity.HOUR: 1 / 24,
    Granularity.DAY: 1.0,
    Granularity.WEEK: 7.0,
    Granularity.MONTH: 30.0,
    Granularity.QUARTER: 91.0,
    Granularity.YEAR: 365.0,
}

_VALUES_OF_TYPE = {FieldType.BOOLEAN: 2, FieldType.STRING: 10}
_VALUES_OF_OTHER_TYPES = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that has to be done, in words, and its points."""

    name: str
    points: float


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs."""

    parts: tuple[Part, ...]

    @property
    def requested(self) -> int:
        """All parts together, rounded up."""
        # Rounded first: the order of summands must not tell in the last digit.
        return ceil(round(sum(part.points for part in self.parts), 6))

    @property
    def by_points(self) -> tuple[Part, ...]:
        """The parts, the dearest first."""
        return tuple(sorted(self.parts, key=lambda part: (-part.points, part.name)))


# --- metrics -----------------------------------------------------------------------------------


def reading_metrics(query: MetricQuery, dataset: Dataset) -> Iterator[Part]:
    """Reading each source of a query."""
    metrics = [dataset.metric_named[name] for name in _metrics(query, dataset)]
    own = dataset.sources[0].name
    read = {name for metric in metrics for name in metric.sources} or {own}
    days = days_of(query.date_range)
    base = (
        1
        + DIMENSION * (len(query.dimensions) + query.by_time)
        + JOIN * _joins(query, dataset, metrics)
        + CONDITION * _conditions(query.where)
    )
    for source in dataset.sources:
        if source.name in read:
            costs = sum(metric.cost for metric in metrics if source.name in metric.sources)
            what = dataset.name if source.name == own else f"{dataset.name} ({source.name})"
            points = (OPENING + days) * DAY * (base + METRIC * costs)
            yield Part(f"reading {_shown(days, 'day')} of {what}", points)


def grouping(query: MetricQuery, dataset: Dataset) -> Part:
    """Making the groups of a query."""
    groups = groups_of(query, dataset)
    values = len(_metrics(query, dataset)) + len(query.dimensions) + query.by_time
    return Part(
        f"grouping {dataset.name} into {_shown(groups, 'row')}", groups * GROUP * (1 + values)
    )


def groups_of(query: MetricQuery, dataset: Dataset) -> int:
    """How many groups are expected, whatever the limit."""
    groups, days = 1.0, days_of(query.date_range)
    if query.by_time:
        groups = max(1.0, days / _DAYS_OF_BUCKET[query.granularity])
    for name in query.dimensions:
        dimension = dataset.dimension_named.get(name)
        if dimension is not None:
            groups *= _VALUES_OF_TYPE.get(dimension.type, _VALUES_OF_OTHER_TYPES)
    return ceil(min(groups, days * GROUPS_OF_A_DAY, MOST_GROUPS))


def _metrics(query: MetricQuery, dataset: Dataset) -> list[str]:
    """The metrics selected, filtered by and ordered by, each once."""
    filtered = () if query.where is None else fields_of(query.where)
    names = (*query.metrics, *filtered, *(item.field for item in query.order))
    return [name for name in dict.fromkeys(names) if name in dataset.metric_named]


def _dimensions(query: MetricQuery, dataset: Dataset) -> list[str]:
    """The dimensions grouped and filtered by, each once."""
    filtered = () if query.where is None else fields_of(query.where)
    names = (*query.dimensions, *filtered)
    return [name for name in dict.fromkeys(names) if name in dataset.dimension_named]


def _joins(query: MetricQuery, dataset: Dataset, metrics: Iterable[Metric]) -> int:
    """The joins of the source that needs most: so none gets cheaper by moving to another one."""
    names = [metric.name for metric in metrics] + _dimensions(query, dataset)
    if query.by_time or query.date_range is not None:
        names.append(_TIME)
    return max(
        len(frozenset().union(*(_joins_of(dataset, number, name) for name in names)))
        for number in range(len(dataset.sources))
    )


_TIME = ""
"""Stands for a source's time among the names of fields."""


@lru_cache(maxsize=4_096)
def _joins_of(dataset: Dataset, number: int, field: str) -> frozenset[str]:
    """The joins of a source that a metric, a dimension or the time is written with."""
    source = dataset.sources[number]
    expressions: list[exp.Expr] = []
    if field in dataset.metric_named:
        for component in dataset.metric_named[field].components:
            if component.source == source.name:
                expressions += component.expressions
    elif field in dataset.dimension_named:
        column = dataset.dimension_named[field].in_source(source.name)
        expressions += [] if column is None else [column.expression]
    elif source.time is not None:
        expressions.append(source.time)
    tables = {
        column.table for expression in expressions for column in expression.find_all(exp.Column)
    }
    needed: set[str] = set()
    for join in reversed(source.joins):
        if join.name in tables or join.name in needed:
            needed |= {join.name, *join.needs}
    return frozenset(needed)


# --- records -----------------------------------------------------------------------------------


def paging_records(query: RecordQuery) -> Part:
    """Reading records until a page is full."""
    return Part(f"paging {query.records}", PAGE * _reading_records(query))


def counting_records(query: RecordQuery) -> Part:
    """Reading all records."""
    return Part(f"counting {query.records}", _reading_records(query))


def _reading_records(query: RecordQuery) -> float:
    work = 1 + CONDITION * _conditions(query.where)
    return (OPENING + days_of(query.date_range)) * DAY * work


# --- rows --------------------------------------------------------------------------------------


def page_rows(page: PageArguments) -> int:
    """How many rows a page has at most."""
    return (page.first if page.last is None else page.last) or DEFAULT_PAGE_ROWS


def writing(what: str, rows: int, selections: Iterable[RowSelection]) -> Iterator[Part]:
    """Writing rows, and looking up what they link to, level by level."""
    for selection in selections:
        yield Part(
            f"writing {_shown(rows, 'row')} of {what}", rows * ROW * (1 + len(selection.shape))
        )
        yield from looking_up(rows, selection.links)


def looking_up(rows: int, links: Iterable[Link]) -> Iterator[Part]:
    """Looking up the entities that rows link to, as if each had another one."""
    for link in links:
        points = LOOK_UP + rows * KEY * (1 + len(link.rows.shape))
        yield Part(f"looking up {_shown(rows, link.entity)}", points)
        yield from looking_up(rows, link.rows.links)


def days_of(date_range: DateRange | None) -> int:
    """How many days are read."""
    if date_range is None:
        return ALL_DAYS
    return min((date_range.end - date_range.start).days + 1, ALL_DAYS)  # type: ignore[operator]


def _conditions(predicate: Predicate | None) -> float:
    """How much there is to compare for a row."""
    match predicate:
        case None:
            return 0.0
        case Comparison():
            listed = len(predicate.value) if isinstance(predicate.value, tuple) else 0
            return 1.0 + listed / LISTED
        case AllOf() | AnyOf():
            return sum(_conditions(part) for part in predicate.parts)
        case Not():
            return _conditions(predicate.part)


def _shown(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 or noun[0].isupper() else 's'}"
