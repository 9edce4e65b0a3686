"""Figures of a dataset as a whole, for the catalog: how far its data reaches, how many values.

They are metrics of a dataset that is made up here over the dataset's own table, so that they are
planned, bound to the tenant, proven and kept like all others. All of a dataset come from one
statement.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson
from sqlglot import exp

from analytics_gql.access.caller import Caller
from analytics_gql.errors import ValueOutOfRangeError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Dataset, Metric
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.plan.nodes import QueryPlan
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import FieldMember, RowLayout
from analytics_gql.service.statements import Values
from analytics_gql.sql.compile import compile_plan
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.statement import Statement

FIRST, LAST = "figure_first", "figure_last"
"""The times of the oldest and of the newest row."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is wanted of a dataset: its times, and how many values some of its dimensions have."""

    dataset: str
    has_times: bool
    dimensions: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that stand for them, in the order of the row."""
        times = (FIRST, LAST) if self.has_times else ()
        return (*times, *(f"figure_{number}" for number in range(len(self.dimensions))))

    def question(self, catalog: Catalog) -> tuple[MetricQuery, Catalog]:
        """What asks for them, and the catalog with the dataset that answers it."""
        dataset = _of_figures(catalog.dataset(self.dataset), self)
        asked = MetricQuery(self.dataset, metrics=self.names)
        others = tuple(item for item in catalog.datasets if item.name != self.dataset)
        return asked, replace(catalog, datasets=(*others, dataset))


@dataclass(frozen=True, slots=True)
class FigureRows:
    """The one row of figures, as StatementRequest has it."""

    figures: Figures
    values: Values = ()
    row_limits: tuple[int, ...] = (1,)

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return "figures", self.figures

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return [orjson.dumps(dict.fromkeys(self.figures.names)).decode()]

    def plan(self, catalog: Catalog, caller: Caller) -> QueryPlan:
        """See StatementRequest."""
        query, made_up = self.figures.question(catalog)
        return plan(query, made_up, caller)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        shape = tuple(FieldMember(name, name) for name in self.figures.names)
        figure_plan = self.plan(catalog, caller)
        return compile_plan(figure_plan, (RowLayout((shape,)),), catalog, dialect, pretty=pretty)


@lru_cache(maxsize=256)
def _of_figures(dataset: Dataset, figures: Figures) -> Dataset:
    """The dataset's own table with the figures as its metrics, and nothing else."""
    own = dataset.sources[0]
    metrics: list[Metric] = []
    if figures.has_times:
        assert own.time is not None
        of_time = FieldType.DATE if own.time_kind is ColumnKind.DATE else FieldType.DATE_TIME
        for name, accumulate in ((FIRST, Accumulate.MIN), (LAST, Accumulate.MAX)):
            component = Component(name, own.name, accumulate, own.time, None, own.time_kind)
            metrics.append(_metric(component, of_time, dataset))
    for name, dimension in zip(figures.names[len(metrics) :], figures.dimensions, strict=True):
        column = dataset.dimension_named[dimension].in_source(own.name)
        assert column is not None
        component = Component(
            name, own.name, Accumulate.COUNT_DISTINCT, column.expression, None, column.kind
        )
        metrics.append(_metric(component, FieldType.BIG_INT, dataset))
    return replace(
        dataset, sources=(own,), time=None, dimensions=(), lookups=(), metrics=tuple(metrics)
    )


def _metric(component: Component, of_type: FieldType, dataset: Dataset) -> Metric:
    name = component.name
    column = exp.column(exp.to_identifier(name, quoted=True))
    cost = _COST_OF_DISTINCT if component.accumulate is Accumulate.COUNT_DISTINCT else 1.0
    return Metric(name, of_type, name, name, column, (component,), dataset.place, cost=cost)


_COST_OF_DISTINCT = 2.0
"""As `@metric(cost:)` has it: what rows are grouped by has few values, so that the set of those
that were seen stays small. A count of distinct customers is dearer."""


def day_of(told: str, zone: str) -> date:
    """The day of a time that a row of figures has, in a dataset's calendar.

    Raises ValueOutOfRangeError: of what engines hold, `infinity` and the years beyond 9999 are no
    days.
    """
    return _moment(told, zone).astimezone(ZoneInfo(zone)).date()


def instant_of(told: str, zone: str) -> str:
    """The instant of such a time as DateTime has it; of a day, where it begins.

    Raises ValueOutOfRangeError.
    """
    moment = _moment(told, zone)
    return told if "T" in told else moment.isoformat().replace("+00:00", "Z")


def _moment(told: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise ValueOutOfRangeError(
            "the data has a time that is beyond the calendar",
            hint="ask the server's operator to look for times such as infinity",
        ) from None
