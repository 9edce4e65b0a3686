"""What one statement answers: planned and compiled by its shape, bound to its values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from analytics_gql.access.caller import Caller
from analytics_gql.model.catalog import Catalog
from analytics_gql.plan.fuse import fuse
from analytics_gql.plan.nodes import EntityPlan, Plan, QueryPlan, RecordPlan
from analytics_gql.plan.planner import plan
from analytics_gql.plan.rows import plan_entities, plan_records
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.predicate import Scalar, Value
from analytics_gql.query.record_query import RecordQuery, split_records
from analytics_gql.query.row_shape import RowLayout, RowShape
from analytics_gql.sql.compile import compile_count, compile_plan
from analytics_gql.sql.compile_rows import (
    compile_entities,
    compile_record_count,
    compile_records,
)
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.statement import Statement

Values = tuple[Scalar | Value, ...]


class StatementRequest(Protocol):
    """A question, or several, to be answered by one statement."""

    @property
    def key(self) -> Hashable:
        """Equal for requests that have the same statement, whatever its values."""

    @property
    def values(self) -> Values:
        """What the slots of the shape stand for."""

    @property
    def row_limits(self) -> tuple[int, ...]:
        """How many rows to fetch for each question."""

    @property
    def nothing(self) -> list[str]:
        """The rows of an empty warehouse."""

    def plan(self, catalog: Catalog, caller: Caller) -> Plan:
        """How to answer. Raises RequestError or AccessError."""

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """The statement, proven. Raises RequestError, AccessError or TenantProofError."""


@dataclass(frozen=True, slots=True)
class MetricRows:
    """The rows of questions over one ground; made by `metric_rows`."""

    shapes: tuple[MetricQuery, ...]
    layouts: tuple[RowLayout, ...]
    values: Values
    row_limits: tuple[int, ...]

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return self.shapes, self.layouts

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return []

    def plan(self, catalog: Catalog, caller: Caller) -> QueryPlan:
        """See StatementRequest."""
        plans = [plan(shape, catalog, caller) for shape in self.shapes]
        return plans[0] if len(plans) == 1 else fuse(plans)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        query_plan = self.plan(catalog, caller)
        return compile_plan(query_plan, self.layouts, catalog, dialect, pretty=pretty)


def metric_rows(
    questions: Sequence[tuple[MetricQuery, RowLayout]], row_limits: tuple[int, ...]
) -> MetricRows:
    """Part the questions into their shapes and the values of all of them in one sequence."""
    shapes: list[MetricQuery] = []
    values: Values = ()
    for query, _ in questions:
        shape, more = split(query, len(values))
        shapes.append(shape)
        values += more
    layouts = tuple(layout for _, layout in questions)
    return MetricRows(tuple(shapes), layouts, values, row_limits)


@dataclass(frozen=True, slots=True)
class MetricCount:
    """How many rows a question has."""

    shape: MetricQuery
    values: Values
    row_limits: tuple[int, ...] = ()

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return "count", self.shape

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return ["0"]

    def plan(self, catalog: Catalog, caller: Caller) -> QueryPlan:
        """See StatementRequest."""
        return plan(self.shape, catalog, caller)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        return compile_count(self.plan(catalog, caller), catalog, dialect, pretty=pretty)


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The rows of a part of records; without a layout, their number. Made by `record_rows`."""

    shape: RecordQuery
    layout: RowLayout | None
    values: Values
    row_limits: tuple[int, ...]

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return self.shape, self.layout

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return ["0"] if self.layout is None else []

    def plan(self, catalog: Catalog, caller: Caller) -> RecordPlan:
        """See StatementRequest."""
        shapes = () if self.layout is None else self.layout.shapes
        return plan_records(self.shape, shapes, catalog, caller)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        record_plan = self.plan(catalog, caller)
        if self.layout is None:
            return compile_record_count(record_plan, catalog, dialect, pretty=pretty)
        return compile_records(record_plan, self.layout, catalog, dialect, pretty=pretty)


def record_rows(query: RecordQuery, layout: RowLayout | None, row_limit: int) -> RecordRows:
    """Part a question into its shape and its values."""
    shape, values = split_records(query)
    return RecordRows(shape, layout, values, (row_limit,))


@dataclass(frozen=True, slots=True)
class EntityRows:
    """Entities by some keys, as JSON of several shapes; made by `entity_rows`."""

    entity: str
    has_instant: bool
    shapes: tuple[RowShape, ...]
    values: Values
    row_limits: tuple[int, ...] = ()

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return self.entity, self.has_instant, self.shapes

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return []

    def plan(self, catalog: Catalog, caller: Caller) -> EntityPlan:
        """See StatementRequest."""
        return plan_entities(
            self.entity, self.shapes, catalog, caller, has_instant=self.has_instant
        )

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        entity_plan = self.plan(catalog, caller)
        return compile_entities(entity_plan, self.shapes, catalog, dialect, pretty=pretty)


def entity_rows(
    entity: str,
    as_of: datetime | None,
    shapes: tuple[RowShape, ...],
    columns: Sequence[Sequence[Scalar]],
) -> EntityRows:
    """Look up keys, which come as a column of values for each field of the key."""
    values: Values = tuple(tuple(column) for column in columns)
    if as_of is not None:
        values += (as_of,)
    return EntityRows(entity, as_of is not None, shapes, values)
