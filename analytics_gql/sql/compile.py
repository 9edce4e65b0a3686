"""QueryPlan → one SQL statement whose rows are JSON objects (see RowLayout).

    WITH <branch> AS (…),     accumulate: scan, join, restrict, group into components
         merged AS (…),       several branches: stack padded components, merge at the grain
         result AS (…)        finish: metrics from merged components
    SELECT <json> FROM result WHERE <having> ORDER BY … LIMIT …

With one branch there is nothing to merge, and with one question each common table is read once, so
that engines inline it. Several questions over the same ground stack their answers in the end, all
from one materialized `result`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate as Aggregate
from analytics_gql.model.components import Component, Merge
from analytics_gql.model.dataset import Metric
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.plan.nodes import Accumulate, QueryPlan
from analytics_gql.query.line_layout import LineLayout
from analytics_gql.query.row_shape import RowLayout
from analytics_gql.sql.answers import Answers, group_markers, key_columns
from analytics_gql.sql.builder import StatementBuilder, conjunction
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import (
    aliased,
    as_text,
    bucket,
    column,
    enclosed,
    finite,
    utc_timestamp,
)
from analytics_gql.sql.predicates import condition
from analytics_gql.sql.statement import Quoted, Statement
from analytics_gql.sql.tenant_proof import prove_tenancy
from analytics_gql.sql.values import operand, sent_value


def compile_plan(
    plan: QueryPlan,
    layouts: tuple[RowLayout, ...],
    catalog: Catalog,
    dialect: Dialect,
    *,
    pretty: bool = False,
) -> Statement:
    """The statement of a plan, proven to stay within the caller's tenant.

    `layouts` has the rows' layout for each question. With several questions, rows come question by
    question and start with the question's number.
    Raises TenantProofError if the proof fails, which is a defect of the compiler.
    """
    builder = StatementBuilder(dialect)
    tree = _Compiler(plan, catalog, builder).statement(layouts)
    return proven(tree, builder, catalog, pretty=pretty)


def compile_count(
    plan: QueryPlan, catalog: Catalog, dialect: Dialect, *, pretty: bool = False
) -> Statement:
    """The statement that counts the rows of a plan's one question, whatever its keyset."""
    builder = StatementBuilder(dialect)
    tree = _Compiler(plan, catalog, builder).counting()
    return proven(tree, builder, catalog, pretty=pretty)


def compile_lines(
    plan: QueryPlan,
    layout: LineLayout,
    catalog: Catalog,
    dialect: Dialect,
    *,
    pretty: bool = False,
) -> Statement:
    """The statement that writes the lines of a plan's one question, in its order."""
    builder = StatementBuilder(dialect)
    tree, quoted = _Compiler(plan, catalog, builder).exporting(layout)
    return proven(tree, builder, catalog, pretty=pretty, quoted=quoted)


def proven(
    tree: exp.Select,
    builder: StatementBuilder,
    catalog: Catalog,
    *,
    pretty: bool,
    quoted: Quoted = None,
) -> Statement:
    """The statement of a finished tree. Raises TenantProofError before there is any text of it."""
    parameters = builder.parameters
    tables = prove_tenancy(tree, parameters, catalog)
    sql = tree.sql(dialect=builder.dialect.name, pretty=pretty, copy=False)
    return Statement(sql, parameters, tables, quoted)


@dataclass
class _Compiler:
    """Builds one statement; lives as long as that takes."""

    plan: QueryPlan
    catalog: Catalog
    builder: StatementBuilder

    @property
    def dialect(self) -> Dialect:
        return self.builder.dialect

    def statement(self, layouts: tuple[RowLayout, ...]) -> exp.Select:
        ctes, result = self._finished_rows()
        final = Answers(self.plan, self.builder, result).final(layouts)
        return _headed(final, ctes, is_read_often=len(layouts) > 1)

    def counting(self) -> exp.Select:
        ctes, result = self._finished_rows()
        return _headed(Answers(self.plan, self.builder, result).number(), ctes)

    def exporting(self, layout: LineLayout) -> tuple[exp.Select, Quoted]:
        ctes, result = self._finished_rows()
        select, quoted = Answers(self.plan, self.builder, result).lines(layout)
        return _headed(select, ctes), quoted

    def _finished_rows(self) -> tuple[list[tuple[str, exp.Select]], str]:
        """The common tables of a statement, and the name of the last, which has finished rows."""
        names = self._free_names()
        branch_names = [next(names) for _ in self.plan.branches]
        ctes = [
            (name, self._accumulate(branch))
            for name, branch in zip(branch_names, self.plan.branches, strict=True)
        ]
        merged = branch_names[0]
        if len(branch_names) > 1:
            merged = next(names)
            ctes.append((merged, self._merge(branch_names)))
        result = next(names)
        ctes.append((result, self._finish(merged)))
        return ctes, result

    def _free_names(self) -> Iterator[str]:
        """Names of the common tables in their order; none hides a table of the model."""
        taken = {table.parts[-1].lower() for table in self.catalog.tenant_columns}
        stems = [f"{_word(branch.source.name)}_rows" for branch in self.plan.branches]
        stems += ["merged", "result"] if len(stems) > 1 else ["result"]
        for stem in stems:
            name = stem.lower()
            while name in taken:
                name += "_"
            taken.add(name)
            yield name

    # --- accumulate --------------------------------------------------------------------------

    def _accumulate(self, branch: Accumulate) -> exp.Select:
        source = branch.source
        select = exp.Select()
        projections: list[exp.Expr] = []
        if self.plan.time is not None:
            assert source.time is not None
            start = bucket(
                source.time.copy(),
                source.time_kind,
                self.plan.time.granularity,
                source.stored_in,
                self.plan.time.timezone,
            )
            projections.append(aliased(start, self.plan.time.column))
        for dimension, written in branch.keys:
            key = sent_value(
                written.expression.copy(),
                dimension.type,
                written.kind,
                self.dialect,
                stored_in=source.stored_in,
            )
            projections.append(aliased(key, dimension.column))
        keys = len(projections)
        for component in branch.components:
            projections.append(aliased(self._aggregate(component), component.name))
        select.set("expressions", projections)
        select.set("from_", exp.From(this=self.builder.scan(branch.scan)))
        if branch.joins:
            select.set(
                "joins",
                [
                    exp.Join(this=self.builder.scan(step.scan), side="LEFT", on=step.on.copy())
                    for step in branch.joins
                ],
            )
        conditions = self._restrictions(branch)
        if conditions:
            select.set("where", exp.Where(this=conjunction(conditions)))
        if keys:
            select.set(
                "group",
                exp.Group(expressions=[exp.Literal.number(number + 1) for number in range(keys)]),
            )
        return select

    def _restrictions(self, branch: Accumulate) -> list[exp.Expr]:
        source = branch.source
        conditions: list[exp.Expr] = []
        if branch.date_range is not None:
            assert source.time is not None
            conditions += self.builder.within(
                branch.date_range,
                source.time,
                source.time_kind,
                timezone=branch.timezone,
                stored_in=source.stored_in,
            )
        operands = {
            dimension.name: operand(
                written.expression.copy(),
                dimension.type,
                written.kind,
                self.dialect,
                stored_in=source.stored_in,
            )
            for dimension, written in branch.written
        }
        conditions += [
            condition(part, operands, self.builder.value, self.dialect) for part in branch.restrict
        ]
        return conditions

    def _aggregate(self, component: Component) -> exp.Expr:
        argument = None if component.argument is None else component.argument.copy()
        if (
            component.accumulate in (Aggregate.MIN, Aggregate.MAX)
            and component.kind is ColumnKind.TEXT
            and argument is not None
        ):
            argument = self.dialect.by_code_point(enclosed(argument))
        call: exp.Expr
        match component.accumulate:
            case Aggregate.SUM:
                call = exp.Sum(this=argument)
            case Aggregate.COUNT:
                call = exp.Count(this=argument or exp.Star(), big_int=True)
            case Aggregate.COUNT_DISTINCT:
                call = exp.Count(this=exp.Distinct(expressions=[argument]), big_int=True)
            case Aggregate.MIN:
                call = exp.Min(this=argument)
            case Aggregate.MAX:
                call = exp.Max(this=argument)
            case Aggregate.PERCENTILE:
                assert argument is not None
                fraction = exp.Literal.number(f"{component.fraction:f}")
                call = self.dialect.percentile(argument, fraction)
        if component.where is not None:
            call = exp.Filter(this=call, expression=exp.Where(this=component.where.copy()))
        if component.accumulate is Aggregate.PERCENTILE:
            # Engines interpolate by formulas that differ in the last digits: a filter `gte: 1500`
            # would keep a group on one and not on the other.
            call = self.dialect.rounded(finite(call))
        return call

    # --- merge and finish --------------------------------------------------------------------

    def _components(self) -> tuple[Component, ...]:
        return tuple(part for branch in self.plan.branches for part in branch.components)

    def _merge(self, branch_names: list[str]) -> exp.Select:
        keys, components, markers = (
            key_columns(self.plan),
            self._components(),
            group_markers(self.plan),
        )
        stacked: exp.Expr | None = None
        for name, branch in zip(branch_names, self.plan.branches, strict=True):
            select = exp.Select(
                expressions=[
                    *(column(key) for key in keys),
                    *(
                        column(part.name)
                        if part in branch.components
                        else aliased(self.dialect.padding(_merged_kind(part)), part.name)
                        for part in components
                    ),
                    *(
                        aliased(self._mark(branch.source.name in sources), marker)
                        for sources, marker in markers.items()
                    ),
                ],
                from_=exp.From(this=exp.Table(this=exp.Identifier(this=name))),
            )
            stacked = (
                select
                if stacked is None
                else exp.Union(this=stacked, expression=select, distinct=False)
            )
        merged = exp.Select(
            expressions=[
                *(column(key) for key in keys),
                *(aliased(self._merged(part), part.name) for part in components),
                *(aliased(exp.Max(this=column(name)), name) for name in markers.values()),
            ],
            from_=exp.From(
                this=exp.Subquery(
                    this=stacked, alias=exp.TableAlias(this=exp.Identifier(this="stacked"))
                )
            ),
        )
        if keys:
            merged.set("group", exp.Group(expressions=[column(key) for key in keys]))
        return merged

    def _mark(self, is_set: bool) -> exp.Expr:
        return exp.Literal.number(1) if is_set else self.dialect.padding(ColumnKind.INTEGER)

    def _merged(self, component: Component) -> exp.Expr:
        partial: exp.Expr = column(component.name)
        match component.accumulate.merge:
            case Merge.SUM:
                return exp.Sum(this=partial)
            case Merge.MIN:
                function: type[exp.Min | exp.Max] = exp.Min
            case Merge.MAX:
                function = exp.Max
        if component.kind is ColumnKind.TEXT and component.accumulate in (
            Aggregate.MIN,
            Aggregate.MAX,
        ):
            partial = self.dialect.by_code_point(partial)
        return function(this=partial)

    def _finish(self, merged: str) -> exp.Select:
        projections: list[exp.Expr] = [column(name) for name in key_columns(self.plan)]
        projections += [
            aliased(self._finished(metric), metric.column) for metric in self.plan.metrics
        ]
        if len(self.plan.branches) > 1:
            projections += [column(name) for name in group_markers(self.plan).values()]
        return exp.Select(
            expressions=projections or [exp.Literal.number(1)],
            from_=exp.From(this=exp.Table(this=exp.Identifier(this=merged))),
        )

    def _finished(self, metric: Metric) -> exp.Expr:
        """The metric in its declared type."""
        expression = metric.expression.copy()
        match metric.type:
            case FieldType.INT:
                return exp.cast(expression, exp.DType.INT)
            case FieldType.BIG_INT:
                return exp.cast(expression, exp.DType.BIGINT)
            case FieldType.FLOAT:
                # A division yields a double already, see expressions.true_division.
                divides = isinstance(expression.unnest(), exp.Div)
                return finite(expression if divides else exp.cast(expression, exp.DType.DOUBLE))
            case FieldType.DECIMAL:
                return finite(expression) if self._can_be_nan(metric.type) else expression
            case FieldType.STRING | FieldType.ID:
                return as_text(expression)
            case FieldType.DATE_TIME:
                component = metric.components[0]
                source = self.plan.dataset.source_named[component.source]
                if component.kind is ColumnKind.TIMESTAMP:
                    expression = self.dialect.microseconds(expression)
                return utc_timestamp(expression, component.kind, source.stored_in)
            case _:
                return expression

    def _can_be_nan(self, field_type: FieldType) -> bool:
        return field_type is FieldType.FLOAT or (
            field_type is FieldType.DECIMAL and self.dialect.decimals_can_be_nan
        )


def _headed(
    select: exp.Select, ctes: list[tuple[str, exp.Select]], *, is_read_often: bool = False
) -> exp.Select:
    """The statement with its common tables. The last is computed once if it `is_read_often`.

    DuckDB would put it in place of each mention: planning alone took twice as long.
    """
    select.set(
        "with_",
        exp.With(
            expressions=[
                exp.CTE(
                    this=query,
                    alias=exp.TableAlias(this=exp.Identifier(this=name)),
                    materialized=True if is_read_often and query is ctes[-1][1] else None,
                )
                for name, query in ctes
            ]
        ),
    )
    return select


def _merged_kind(component: Component) -> ColumnKind:
    """The kind of an accumulated component: counts are integers whatever they count."""
    if component.accumulate in (Aggregate.COUNT, Aggregate.COUNT_DISTINCT):
        return ColumnKind.INTEGER
    return component.kind or ColumnKind.DECIMAL


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)
