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

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod
from typing import NamedTuple

from sqlglot import exp

from analytics_gql.model.dataset import Dataset, Source
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


class Part(NamedTuple):
    """One thing that has to be done, and its points: reading 30 days of OrderMetrics."""

    doing: str
    how_many: int
    unit: str
    of: str
    points: float

    @property
    def name(self) -> str:
        """The part in words."""
        unit = self.unit if self.how_many == 1 else f"{self.unit}s"
        return f"{self.doing} {self.how_many:,} {unit} of {self.of}"


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs."""

    parts: tuple[Part, ...]

    @property
    def requested(self) -> int:
        """All parts together, rounded up."""
        # Rounded first: the order of summands must not tell in the last digit.
        return ceil(round(sum([part.points for part in self.parts]), 6))

    @property
    def by_points(self) -> tuple[Part, ...]:
        """The parts, the dearest first."""
        return tuple(sorted(self.parts, key=lambda part: (-part.points, part.name)))


# --- metrics -----------------------------------------------------------------------------------


def price_groups(query: MetricQuery, dataset: Dataset) -> tuple[int, list[Part]]:
    """How many groups are expected, whatever the limit, and what it costs to have them.

    That is reading each source of the query, and grouping what was read.
    """
    shape = _shape_of(query, dataset)
    days = days_of(query.date_range)
    conditions = CONDITION * _conditions(query.where)
    opened = (OPENING + days) * DAY
    buckets = max(1.0, days / _DAYS_OF_BUCKET[query.granularity]) if query.by_time else 1.0
    groups = ceil(min(buckets * shape.combinations, days * GROUPS_OF_A_DAY, MOST_GROUPS))
    parts = [
        Part("reading", days, "day", what, opened * (work + conditions))
        for what, work in shape.sources
    ]
    points = groups * GROUP * (1 + shape.values)
    parts.append(Part("grouping", groups, "row", dataset.name, points))
    return groups, parts


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a price takes from the names in a query: found once for all queries that have them.

    `sources` are what is read, and the work of each but for conditions.
    """

    sources: tuple[tuple[str, float], ...]
    values: int
    combinations: int


def _shape_of(query: MetricQuery, dataset: Dataset) -> _Shape:
    compared = () if query.where is None else tuple(fields_of(query.where))
    names = (*compared, *[item.field for item in query.order]) if query.order else compared
    has_time = query.by_time or query.date_range is not None
    return _shape(dataset, query.metrics, query.dimensions, names, query.by_time, has_time)


@lru_cache(maxsize=4_096)
def _shape(
    dataset: Dataset,
    selected: tuple[str, ...],
    grouped: tuple[str, ...],
    compared: tuple[str, ...],
    by_time: bool,
    has_time: bool,
) -> _Shape:
    """`compared`: what is filtered and ordered by. `has_time`: whether a source's time is read."""
    fields = dict.fromkeys((*selected, *grouped, *compared))
    metrics = [dataset.metric_named[name] for name in fields if name in dataset.metric_named]
    own = dataset.sources[0].name
    read = {name for metric in metrics for name in metric.sources} or {own}
    joins = _joins(dataset, [*fields, _TIME] if has_time else list(fields))
    base = 1 + DIMENSION * (len(grouped) + by_time) + JOIN * joins
    sources = tuple(
        (
            dataset.name if source.name == own else f"{dataset.name} ({source.name})",
            base + METRIC * sum(metric.cost for metric in metrics if source.name in metric.sources),
        )
        for source in dataset.sources
        if source.name in read
    )
    known = dataset.dimension_named
    kinds = [known[name].type for name in grouped if name in known]
    combinations = prod(_VALUES_OF_TYPE.get(kind, _VALUES_OF_OTHER_TYPES) for kind in kinds)
    return _Shape(sources, len(metrics) + len(grouped) + by_time, combinations)


def _joins(dataset: Dataset, names: Iterable[str]) -> int:
    """The joins of the source that needs most: so none gets cheaper by moving to another one."""
    return max(
        len({join for name in names for join in _joins_of(dataset, source, name)})
        for source in dataset.sources
    )


_TIME = ""
"""Stands for a source's time among the names of fields."""


def _joins_of(dataset: Dataset, source: Source, field: str) -> set[str]:
    """The joins of a source that a metric, a dimension or the time is written with."""
    expressions: list[exp.Expr] = []
    if field in dataset.metric_named:
        for component in dataset.metric_named[field].components:
            if component.source == source.name:
                expressions += component.expressions
    elif field in dataset.dimension_named:
        column = dataset.dimension_named[field].in_source(source.name)
        expressions += [] if column is None else [column.expression]
    elif field == _TIME and source.time is not None:
        expressions.append(source.time)
    tables = {
        column.table for expression in expressions for column in expression.find_all(exp.Column)
    }
    needed: set[str] = set()
    for join in reversed(source.joins):
        if join.name in tables or join.name in needed:
            needed |= {join.name, *join.needs}
    return needed


# --- records -----------------------------------------------------------------------------------


def price_page_of_records(query: RecordQuery) -> Part:
    """Reading records until a page is full."""
    return _reading_records(query, "paging", PAGE)


def price_count_of_records(query: RecordQuery) -> Part:
    """Reading all records."""
    return _reading_records(query, "counting", 1.0)


def _reading_records(query: RecordQuery, doing: str, share: float) -> Part:
    days = days_of(query.date_range)
    work = 1 + CONDITION * _conditions(query.where)
    return Part(doing, days, "day", query.records, share * (OPENING + days) * DAY * work)


# --- rows --------------------------------------------------------------------------------------


def page_rows(page: PageArguments) -> int:
    """How many rows a page has at most."""
    return (page.first if page.last is None else page.last) or DEFAULT_PAGE_ROWS


def price_rows(of: str, rows: int, selection: RowSelection) -> list[Part]:
    """Writing rows, and looking up what they link to."""
    parts = [Part("writing", rows, "row", of, rows * ROW * (1 + len(selection.shape)))]
    if selection.links:
        parts += price_look_ups(rows, selection.links)
    return parts


def price_look_ups(rows: int, links: Iterable[Link]) -> list[Part]:
    """Looking up the entities that rows link to, level by level, as if each had another one."""
    parts: list[Part] = []
    for link in links:
        points = LOOK_UP + rows * KEY * (1 + len(link.rows.shape))
        parts.append(Part("looking up", rows, "row", link.entity, points))
        parts += price_look_ups(rows, link.rows.links)
    return parts


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
