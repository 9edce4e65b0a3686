"""The nodes of a plan: scan → accumulate → merge → finish → filter → order → limit.

A plan is a function of a query's shape; values stand in it as slots. What later capabilities add
(rollups, totals, windows, shifts, others) are further branches or a change to one of these steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.components import Component
from analytics_gql.model.dataset import Dataset, Dimension, DimensionColumn, Metric, Source
from analytics_gql.model.entity import Entity
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Relation
from analytics_gql.query.keyset import Keyset, SortItem
from analytics_gql.query.metric_query import DateRange
from analytics_gql.query.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Scan:
    """One read of a table, restricted to the caller's tenant where the table has one.

    Made by `tenant_scope.scan` alone. `columns` are the physical columns that are read.
    """

    alias: str
    relation: Relation
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JoinStep:
    """A LEFT JOIN of a scan; `on` is qualified by aliases."""

    scan: Scan
    on: exp.Expr


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """The time dimension truncated to `granularity` in `timezone`, sent as `type`.

    HOUR buckets are UTC timestamps, so that the two hours of an autumn night stay apart; coarser
    ones are local dates.
    """

    column: str
    granularity: Granularity
    timezone: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Accumulate:
    """One branch: a source's rows, joined, restricted, grouped into components.

    `restrict` holds conditions on dimensions, `written` how each dimension they name is written
    here.
    """

    source: Source
    scan: Scan
    joins: tuple[JoinStep, ...]
    date_range: DateRange | None
    timezone: str
    restrict: tuple[Predicate, ...]
    written: tuple[tuple[Dimension, DimensionColumn], ...]
    keys: tuple[tuple[Dimension, DimensionColumn], ...]
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A field of the result, upwards or downwards, NULLs last; text by code point.

    `column` is where the result has it. Hours are of type DATE_TIME, coarser buckets of type DATE.
    """

    field: str
    column: str
    type: FieldType
    descending: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of finished rows.

    `metrics` are all that the answer needs, selected or not; `having` restricts finished rows.
    The groups of the answer are those of `sources`: what an answer is only filtered and ordered by
    adds figures to groups, never groups. `keyset` restricts finished rows to a page's part of the
    order, which is read `backwards` for a page at the end of that part.
    """

    metrics: tuple[Metric, ...]
    having: tuple[Predicate, ...]
    order: tuple[OrderKey, ...]
    sources: frozenset[str]
    keyset: tuple[Predicate, ...] = ()
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """Branches are merged at the grain (`time` and `dimensions`); each question reads the result.

    A plan of several questions is made by `fuse`: they share the grain, the range and the
    conditions on dimensions.
    """

    dataset: Dataset
    branches: tuple[Accumulate, ...]
    time: TimeBucket | None
    dimensions: tuple[Dimension, ...]
    questions: tuple[Question, ...]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric that some question needs, each once."""
        return tuple(dict.fromkeys(m for question in self.questions for m in question.metrics))


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """Rows of one scan: those in the range for which every part of `restrict` holds.

    `order` ends with the key, so it is total; `keyset` is the part of it that a page is of.
    """

    records: Records
    scan: Scan
    date_range: DateRange | None
    restrict: tuple[Predicate, ...]
    order: tuple[SortItem, ...]
    keyset: Keyset | None

    @property
    def backwards(self) -> bool:
        """Whether the page is at the end of its part, and the order read from there."""
        return self.keyset is not None and self.keyset.backwards


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """The rows of one scan whose key is among those asked for.

    Of a versioned entity, one row a key: the newest, with `has_instant` the newest that was valid
    and known at the instant.
    """

    entity: Entity
    scan: Scan
    has_instant: bool


Plan = QueryPlan | RecordPlan | EntityPlan
