"""QueryPlan → one SQL statement whose rows are JSON objects.

    WITH <branch> AS (…),     accumulate: scan, join, restrict, group into components
         merged AS (…),       several branches: stack padded components, merge at the grain
         result AS (…)        finish: metrics from merged components
    SELECT <json> FROM result WHERE <having> ORDER BY … LIMIT …

With one branch there is nothing to merge, and with one question each common table is read once, so
that engines inline it. Several questions over the same ground stack their answers in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate as Aggregate
from analytics_gql.model.components import Component, Merge
from analytics_gql.model.dataset import Dimension, DimensionColumn, Metric, Source
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.plan.nodes import Accumulate, QueryPlan, Question
from analytics_gql.query.predicate import fields_of
from analytics_gql.query.row_shape import RowShape
from analytics_gql.sql.builder import StatementBuilder, conjunction
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import (
    aliased,
    as_text,
    bucket,
    column,
    day_with_offset,
    enclosed,
    finite,
    local_with_offset,
    text,
    utc_timestamp,
)
from analytics_gql.sql.json_shape import json_row, json_text
from analytics_gql.sql.predicates import PARAMETER_KINDS, Operand, condition
from analytics_gql.sql.statement import Statement
from analytics_gql.sql.tenant_proof import prove_tenancy


def compile_plan(
    plan: QueryPlan,
    shapes: tuple[RowShape, ...],
    catalog: Catalog,
    dialect: Dialect,
    *,
    pretty: bool = False,
) -> Statement:
    """The statement of a plan, proven to stay within the caller's tenant.

    `shapes` has the JSON row of each question. With several questions, rows come question by
    question and start with the question's number.
    Raises TenantProofError if the proof fails, which is a defect of the compiler.
    """
    builder = StatementBuilder(dialect)
    tree = _Compiler(plan, catalog, builder).statement(shapes)
    return proven(tree, builder, catalog, pretty=pretty)


def proven(
    tree: exp.Select, builder: StatementBuilder, catalog: Catalog, *, pretty: bool
) -> Statement:
    """The statement of a finished tree. Raises TenantProofError before there is any text of it."""
    parameters = builder.parameters
    prove_tenancy(tree, parameters, catalog)
    return Statement(tree.sql(dialect=builder.dialect.name, pretty=pretty, copy=False), parameters)


@dataclass
class _Compiler:
    """Builds one statement; lives as long as that takes."""

    plan: QueryPlan
    catalog: Catalog
    builder: StatementBuilder

    @property
    def dialect(self) -> Dialect:
        return self.builder.dialect

    def statement(self, shapes: tuple[RowShape, ...]) -> exp.Select:
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
        final = self._final(shapes, result)
        final.set(
            "with_",
            exp.With(
                expressions=[
                    exp.CTE(this=query, alias=exp.TableAlias(this=exp.Identifier(this=name)))
                    for name, query in ctes
                ]
            ),
        )
        return final

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
            projections.append(
                aliased(_key(dimension, written, source, self.dialect), dimension.column)
            )
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
            dimension.name: _operand(dimension, written, source, self.dialect)
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
        if component.where is None:
            return call
        return exp.Filter(this=call, expression=exp.Where(this=component.where.copy()))

    # --- merge and finish --------------------------------------------------------------------

    def _key_columns(self) -> list[str]:
        time = [] if self.plan.time is None else [self.plan.time.column]
        return [*time, *(dimension.column for dimension in self.plan.dimensions)]

    def _components(self) -> tuple[Component, ...]:
        return tuple(part for branch in self.plan.branches for part in branch.components)

    def _markers(self) -> dict[frozenset[str], str]:
        """A column for each set of sources whose groups, and no others, some question has.

        Names of fields never start with `_`, so these are free.
        """
        everything = {branch.source.name for branch in self.plan.branches}
        partial = [
            question.sources
            for question in self.plan.questions
            if self._key_columns() and not everything <= question.sources
        ]
        return {
            sources: f"_groups_{number}" for number, sources in enumerate(dict.fromkeys(partial))
        }

    def _merge(self, branch_names: list[str]) -> exp.Select:
        keys, components, markers = self._key_columns(), self._components(), self._markers()
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
        projections: list[exp.Expr] = [column(name) for name in self._key_columns()]
        projections += [
            aliased(self._finished(metric), metric.column) for metric in self.plan.metrics
        ]
        if len(self.plan.branches) > 1:
            projections += [column(name) for name in self._markers().values()]
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
                return utc_timestamp(expression, component.kind, source.stored_in)
            case _:
                return expression

    def _can_be_nan(self, field_type: FieldType) -> bool:
        return field_type is FieldType.FLOAT or (
            field_type is FieldType.DECIMAL and self.dialect.decimals_can_be_nan
        )

    # --- the final select --------------------------------------------------------------------

    def _final(self, shapes: tuple[RowShape, ...], result: str) -> exp.Select:
        members = self._members()
        if len(self.plan.questions) == 1:
            row = json_row(shapes[0], members)
            return self._answer(self.plan.questions[0], 0, [row], result)
        # The number of the question stands before each of its rows, which start with `{`.
        answers = [
            exp.Subquery(
                this=self._answer(
                    question,
                    number,
                    [
                        aliased(exp.Literal.number(number), "question"),
                        aliased(_position(self._order(question)), "place"),
                        aliased(
                            exp.DPipe(this=text(str(number)), expression=json_row(shape, members)),
                            "row",
                        ),
                    ],
                    result,
                )
            )
            for number, (question, shape) in enumerate(
                zip(self.plan.questions, shapes, strict=True)
            )
        ]
        stacked: exp.Expr = answers[0]
        for answer in answers[1:]:
            stacked = exp.Union(this=stacked, expression=answer, distinct=False)
        return exp.Select(
            expressions=[column("row")],
            from_=exp.From(
                this=exp.Subquery(
                    this=stacked, alias=exp.TableAlias(this=exp.Identifier(this="answers"))
                )
            ),
            order=exp.Order(
                expressions=[
                    exp.Ordered(this=column(name), nulls_first=False)
                    for name in ("question", "place")
                ]
            ),
        )

    def _answer(
        self, question: Question, number: int, projections: list[exp.Expr], result: str
    ) -> exp.Select:
        """The rows of one question."""
        select = exp.Select(
            expressions=projections,
            from_=exp.From(this=exp.Table(this=exp.Identifier(this=result))),
        )
        conditions: list[exp.Expr] = []
        marker = self._markers().get(question.sources)
        if marker is not None and len(self.plan.branches) > 1:
            conditions.append(exp.EQ(this=column(marker), expression=exp.Literal.number(1)))
        operands = self._result_operands(question)
        conditions += [
            condition(part, operands, self.builder.value, self.dialect) for part in question.having
        ]
        if conditions:
            select.set("where", exp.Where(this=conjunction(conditions)))
        order = self._order(question)
        if order:
            select.set("order", exp.Order(expressions=order))
        select.set("limit", self.builder.row_limit(number))
        return select

    def _order(self, question: Question) -> list[exp.Expr]:
        return [
            exp.Ordered(
                this=(
                    self.dialect.by_code_point(column(key.column))
                    if key.type.is_text
                    else column(key.column)
                ),
                desc=key.descending,
                nulls_first=False,
            )
            for key in question.order
        ]

    def _result_operands(self, question: Question) -> dict[str, Operand]:
        """What conditions on finished rows may speak of; instants are UTC timestamps here."""
        named: dict[str, Metric | Dimension] = {item.name: item for item in _fields(self.plan)}
        needed = {name for part in question.having for name in fields_of(part)}
        return {
            name: Operand(
                column(item.column),
                item.type,
                ColumnKind.TIMESTAMP
                if item.type is FieldType.DATE_TIME
                else PARAMETER_KINDS[item.type],
            )
            for name, item in named.items()
            if name in needed
        }

    def _members(self) -> dict[str, exp.Expr]:
        """The JSON text of every field that the result has."""
        members: dict[str, exp.Expr] = {}
        time = self.plan.time
        if time is not None and self.plan.dataset.time is not None:
            start: exp.Expr = column(time.column)
            if time.type is FieldType.DATE_TIME:
                start = (
                    local_with_offset(start, time.timezone)
                    if time.granularity is Granularity.HOUR
                    else day_with_offset(start, time.timezone)
                )
            members[self.plan.dataset.time.name] = json_text(start, time.type)
        for item in _fields(self.plan):
            value: exp.Expr = column(item.column)
            if item.type is FieldType.DATE_TIME:
                value = local_with_offset(value, "UTC")
            members[item.name] = json_text(value, item.type)
        return members


def _position(order: list[exp.Expr]) -> exp.Expr:
    """The place of a row in its answer."""
    return exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order) if order else None)


def _fields(plan: QueryPlan) -> list[Dimension | Metric]:
    """Everything that the result has besides the time."""
    return [*plan.dimensions, *plan.metrics]


def _key(
    dimension: Dimension, written: DimensionColumn, source: Source, dialect: Dialect
) -> exp.Expr:
    """A grouping key, of one type in every branch; NaN and infinities are NULL like any other."""
    expression = written.expression.copy()
    if dimension.type.is_text and written.kind is not ColumnKind.TEXT:
        return as_text(expression)
    if dimension.type is FieldType.FLOAT:
        # Single precision becomes double here, so that the value sent finds its rows again.
        return finite(exp.cast(expression, exp.DType.DOUBLE))
    if dimension.type is FieldType.DECIMAL and dialect.decimals_can_be_nan:
        return finite(expression)
    if dimension.type is FieldType.DATE_TIME:
        return utc_timestamp(expression, written.kind, source.stored_in)
    return expression


def _operand(
    dimension: Dimension, written: DimensionColumn, source: Source, dialect: Dialect
) -> Operand:
    """A dimension as conditions see it: the bare column where possible, so that indexes serve."""
    kind = written.kind or PARAMETER_KINDS[dimension.type]
    expression = written.expression.copy()
    if dimension.type is not FieldType.DATE_TIME:
        expression = _key(dimension, written, source, dialect)
    return Operand(enclosed(expression), dimension.type, kind, source.stored_in)


def _merged_kind(component: Component) -> ColumnKind:
    """The kind of an accumulated component: counts are integers whatever they count."""
    if component.accumulate in (Aggregate.COUNT, Aggregate.COUNT_DISTINCT):
        return ColumnKind.INTEGER
    return component.kind or ColumnKind.DECIMAL


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)
