"""Datasets: the sources they read, and the dimensions and metrics they offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from analytics_gql.model.clearance import FOR_ALL, Clearance
from analytics_gql.model.components import Component
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.relation import Place, Relation


@dataclass(frozen=True, slots=True)
class Join:
    """A many-to-one LEFT JOIN from a source, or from an earlier join of it.

    `keys` are the columns of the right side that must be unique together; `conditions` those
    parts of `on` that look at the right side alone.
    """

    name: str
    relation: Relation
    on: exp.Expr
    keys: tuple[str, ...]
    conditions: tuple[exp.Expr, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A fact table of a dataset with its joins, in an order in which each builds on earlier ones.

    `name` also qualifies its columns in expressions. `timezone` is the calendar of its days,
    `stored_in` the zone of a timestamp without zone. `time_kind` is known once the model is bound
    to a warehouse.
    """

    name: str
    relation: Relation
    time: exp.Expr | None
    timezone: str
    stored_in: str
    joins: tuple[Join, ...]
    time_kind: ColumnKind | None = None


@dataclass(frozen=True, slots=True)
class TimeDimension:
    """The field that is grouped by when selected; Date or DateTime."""

    name: str
    type: FieldType
    column: str
    place: Place = field(compare=False)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DimensionColumn:
    """How a dimension is written in one source. `kind` is known once bound to a warehouse."""

    source: str
    expression: exp.Expr
    kind: ColumnKind | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A grouping key. `columns` has one entry for each source that knows the dimension.

    `clearance` is what its own @access asks for, so that no error names it to others.
    """

    name: str
    type: FieldType
    enum_value: str
    column: str
    columns: tuple[DimensionColumn, ...]
    place: Place = field(compare=False)
    description: str | None = None
    clearance: Clearance = FOR_ALL

    def in_source(self, source: str) -> DimensionColumn | None:
        """How the dimension is written in a source; None where the source lacks it."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True, slots=True)
class Metric:
    """A published figure: `expression` over its components, whose columns bear their names."""

    name: str
    type: FieldType
    column: str
    sql: str
    expression: exp.Expr
    components: tuple[Component, ...]
    place: Place = field(compare=False)
    unit: str | None = None
    format: str | None = None
    better: str | None = None
    cost: float = 1.0
    description: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that the metric reads, each once, in the order of its components."""
        return tuple(dict.fromkeys(component.source for component in self.components))


@dataclass(frozen=True, eq=False)
class Dataset:
    """What one root field answers. `sources[0]` is the dataset's own table.

    Compared by identity: a catalog has exactly one of each name.
    """

    name: str
    sources: tuple[Source, ...]
    time: TimeDimension | None
    dimensions: tuple[Dimension, ...]
    metrics: tuple[Metric, ...]
    place: Place
    description: str | None = None
    lookups: tuple[Lookup, ...] = ()

    @cached_property
    def source_named(self) -> dict[str, Source]:
        """Sources by name."""
        return {source.name: source for source in self.sources}

    @cached_property
    def dimension_named(self) -> dict[str, Dimension]:
        """Dimensions by field name."""
        return {dimension.name: dimension for dimension in self.dimensions}

    @cached_property
    def metric_named(self) -> dict[str, Metric]:
        """Metrics by field name."""
        return {metric.name: metric for metric in self.metrics}

    @cached_property
    def lookup_named(self) -> dict[str, Lookup]:
        """Links by field name."""
        return {lookup.name: lookup for lookup in self.lookups}

    @property
    def has_range(self) -> bool:
        """Whether the dataset has a time that a dateRange restricts."""
        return self.sources[0].time is not None
