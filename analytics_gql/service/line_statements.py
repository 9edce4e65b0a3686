"""What the statement of an export answers: one question, a line of text for each row."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from analytics_gql.access.caller import Caller
from analytics_gql.model.catalog import Catalog
from analytics_gql.plan.nodes import QueryPlan, RecordPlan
from analytics_gql.plan.planner import plan
from analytics_gql.plan.rows import plan_records
from analytics_gql.query.line_layout import LineLayout
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.record_query import RecordQuery, split_records
from analytics_gql.service.statements import Values
from analytics_gql.sql.compile import compile_lines
from analytics_gql.sql.compile_rows import compile_record_lines
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.statement import Statement


@dataclass(frozen=True, slots=True)
class MetricLines:
    """The lines of metrics by dimensions; made by `lines_of`."""

    shape: MetricQuery
    layout: LineLayout
    values: Values
    row_limits: tuple[int, ...]

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return self.shape, self.layout

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return []

    def plan(self, catalog: Catalog, caller: Caller) -> QueryPlan:
        """See StatementRequest."""
        return plan(self.shape, catalog, caller)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        return compile_lines(
            self.plan(catalog, caller), self.layout, catalog, dialect, pretty=pretty
        )


@dataclass(frozen=True, slots=True)
class RecordLines:
    """The lines of records; made by `lines_of`."""

    shape: RecordQuery
    layout: LineLayout
    values: Values
    row_limits: tuple[int, ...]

    @property
    def key(self) -> Hashable:
        """See StatementRequest."""
        return self.shape, self.layout

    @property
    def nothing(self) -> list[str]:
        """See StatementRequest."""
        return []

    def plan(self, catalog: Catalog, caller: Caller) -> RecordPlan:
        """See StatementRequest."""
        return plan_records(self.shape, (self.layout.shape,), catalog, caller)

    def compile(
        self, catalog: Catalog, caller: Caller, dialect: Dialect, *, pretty: bool = False
    ) -> Statement:
        """See StatementRequest."""
        record_plan = self.plan(catalog, caller)
        return compile_record_lines(record_plan, self.layout, catalog, dialect, pretty=pretty)


def lines_of(
    query: MetricQuery | RecordQuery, layout: LineLayout, row_limit: int
) -> MetricLines | RecordLines:
    """Part a question into its shape and its values. The limit is that of a limited layout."""
    if isinstance(query, MetricQuery):
        shape, values = split(query)
        return MetricLines(shape, layout, values, (row_limit,))
    record_shape, values = split_records(query)
    return RecordLines(record_shape, layout, values, (row_limit,))
