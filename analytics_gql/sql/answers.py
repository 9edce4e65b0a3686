"""Finished rows → the texts of the answers, filtered, ordered and limited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.dataset import Dimension, Metric
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.plan.nodes import OrderKey, QueryPlan, Question
from analytics_gql.query.line_layout import LineLayout
from analytics_gql.query.predicate import fields_of
from analytics_gql.query.row_shape import LinkMember, RowLayout
from analytics_gql.sql.builder import StatementBuilder, conjunction
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import (
    aliased,
    as_text,
    column,
    day_with_offset,
    local_with_offset,
    ordered,
    text,
)
from analytics_gql.sql.json_shape import (
    json_row,
    json_string,
    json_text,
    position_text,
    row_text,
)
from analytics_gql.sql.line_text import line_of, member_text
from analytics_gql.sql.predicates import PARAMETER_KINDS, Operand, condition
from analytics_gql.sql.statement import Quoted


def key_columns(plan: QueryPlan) -> list[str]:
    """The columns of the grain, time first."""
    time = [] if plan.time is None else [plan.time.column]
    return [*time, *(dimension.column for dimension in plan.dimensions)]


def group_markers(plan: QueryPlan) -> dict[frozenset[str], str]:
    """A column for each set of sources whose groups, and no others, some question has.

    Names of fields never start with `_`, so these are free.
    """
    everything = {branch.source.name for branch in plan.branches}
    partial = [
        question.sources
        for question in plan.questions
        if key_columns(plan) and not everything <= question.sources
    ]
    return {sources: f"_groups_{number}" for number, sources in enumerate(dict.fromkeys(partial))}


@dataclass(frozen=True, slots=True)
class Answers:
    """The last part of one statement: what is asked of the common table `result`."""

    plan: QueryPlan
    builder: StatementBuilder
    result: str

    @property
    def dialect(self) -> Dialect:
        """The engine's."""
        return self.builder.dialect

    def number(self) -> exp.Select:
        """How many rows the one question has, whatever its keyset."""
        rows = as_text(exp.Count(this=exp.Star(), big_int=True))
        select = exp.Select(expressions=[aliased(rows, "rows")], from_=self._from_result())
        conditions = self._conditions(self.plan.questions[0])
        if conditions:
            select.set("where", exp.Where(this=conjunction(conditions)))
        return select

    def lines(self, layout: LineLayout) -> tuple[exp.Select, Quoted]:
        """The lines of the one question's rows.

        Sorted before any text is written: engines keep the order of a sub-query.
        """
        question = self.plan.questions[0]
        rows = exp.Select(expressions=[exp.Star()], from_=self._from_result())
        conditions = self._conditions(question)
        if conditions:
            rows.set("where", exp.Where(this=conjunction(conditions)))
        order = self._order(question, is_paged=layout.is_paged)
        if order:
            rows.set("order", exp.Order(expressions=order))
        if layout.is_limited:
            rows.set("limit", self.builder.row_limit())
        dialect = self.builder.dialect
        members = self._members(lambda value, kind: member_text(value, kind, layout.form, dialect))
        texts = {item.name for item in _fields(self.plan) if item.type.is_text}
        line = line_of(layout, members, texts, dialect)
        select = exp.Select(
            expressions=line.columns,
            from_=exp.From(
                this=exp.Subquery(
                    this=rows, alias=exp.TableAlias(this=exp.Identifier(this="page", quoted=True))
                )
            ),
        )
        return select, line.quoted

    def final(self, layouts: tuple[RowLayout, ...]) -> exp.Select:
        """The texts of all questions' rows."""
        members, strings = self._members(), self._strings(layouts)
        rows = [
            self._row(question, layout, members, strings)
            for question, layout in zip(self.plan.questions, layouts, strict=True)
        ]
        if len(rows) == 1:
            paged = layouts[0].has_position
            return self._answer(self.plan.questions[0], 0, rows, is_paged=paged)
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
                            exp.DPipe(this=text(str(number)), expression=row),
                            "row",
                        ),
                    ],
                )
            )
            for number, (question, row) in enumerate(zip(self.plan.questions, rows, strict=True))
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
        self,
        question: Question,
        number: int,
        projections: list[exp.Expr],
        *,
        is_paged: bool = False,
    ) -> exp.Select:
        """The rows of one question.

        A page is cut out before any JSON is written: engines would write it for every row they
        sort.
        """
        order = self._order(question, is_paged=is_paged)
        nests = is_paged and bool(order)
        select = exp.Select(
            expressions=[exp.Star()] if nests else projections, from_=self._from_result()
        )
        positions = self._order_operands(question)
        conditions = self._conditions(question) + [
            condition(part, positions, self.builder.value, self.dialect) for part in question.keyset
        ]
        if conditions:
            select.set("where", exp.Where(this=conjunction(conditions)))
        if order:
            select.set("order", exp.Order(expressions=order))
        select.set("limit", self.builder.row_limit(number))
        if not nests:
            return select
        page = exp.Subquery(
            this=select, alias=exp.TableAlias(this=exp.Identifier(this="page", quoted=True))
        )
        return exp.Select(
            expressions=projections,
            from_=exp.From(this=page),
            order=exp.Order(expressions=self._order(question, is_paged=True)),
        )

    def _from_result(self) -> exp.From:
        return exp.From(this=exp.Table(this=exp.Identifier(this=self.result)))

    def _conditions(self, question: Question) -> list[exp.Expr]:
        """What the rows of a question have in common, on whichever page they stand."""
        conditions: list[exp.Expr] = []
        marker = group_markers(self.plan).get(question.sources)
        if marker is not None and len(self.plan.branches) > 1:
            conditions.append(exp.EQ(this=column(marker), expression=exp.Literal.number(1)))
        operands = self._result_operands(question)
        return conditions + [
            condition(part, operands, self.builder.value, self.dialect) for part in question.having
        ]

    def _order(self, question: Question, *, is_paged: bool = False) -> list[exp.Expr]:
        return [
            ordered(
                self._sorted_value(key, is_paged=is_paged),
                descending=key.descending,
                backwards=question.backwards,
            )
            for key in question.order
        ]

    def _sorted_value(self, key: OrderKey, *, is_paged: bool) -> exp.Expr:
        """The same, text as it is compared."""
        value = self._order_value(key, is_paged=is_paged)
        return self.dialect.by_code_point(value) if key.type.is_text else value

    def _order_value(self, key: OrderKey, *, is_paged: bool) -> exp.Expr:
        """What rows are sorted by: of pages, what a cursor holds.

        A metric that is a float depends, in its last digits, on the order in which it was added up.
        """
        value = column(key.column)
        is_metric = key.field in self.plan.dataset.metric_named
        if is_paged and is_metric and key.type is FieldType.FLOAT:
            return self.dialect.rounded(value)
        return value

    def _order_operands(self, question: Question) -> dict[str, Operand]:
        """What a keyset speaks of. Hours and instants are UTC timestamps here."""
        return {
            key.field: Operand(
                self._sorted_value(key, is_paged=True),
                key.type,
                ColumnKind.TIMESTAMP
                if key.type is FieldType.DATE_TIME
                else PARAMETER_KINDS[key.type],
            )
            for key in question.order
            if question.keyset
        }

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

    def _row(
        self,
        question: Question,
        layout: RowLayout,
        members: dict[str, exp.Expr],
        strings: dict[str, exp.Expr],
    ) -> exp.Expr:
        """The text of a row."""
        parts = [json_row(shape, members, strings) for shape in layout.shapes]
        if layout.has_position:
            parts.append(
                position_text(
                    [
                        json_string(
                            local_with_offset(value, "UTC")
                            if key.type is FieldType.DATE_TIME
                            else value,
                            key.type,
                        )
                        for key in question.order
                        for value in (self._order_value(key, is_paged=True),)
                    ]
                )
            )
        return row_text(parts)

    def _strings(self, layouts: tuple[RowLayout, ...]) -> dict[str, exp.Expr]:
        """The JSON string of every dimension that is part of an entity's key."""
        needed = {
            name
            for layout in layouts
            for shape in layout.shapes
            for member in shape
            if isinstance(member, LinkMember)
            for name in member.by
        }
        return {
            dimension.name: json_string(column(dimension.column), dimension.type)
            for dimension in self.plan.dimensions
            if dimension.name in needed
        }

    def _members(
        self, written: Callable[[exp.Expr, FieldType], exp.Expr] = json_text
    ) -> dict[str, exp.Expr]:
        """The text of every field that the result has; as JSON, if nothing else is said."""
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
            members[self.plan.dataset.time.name] = written(start, time.type)
        for item in _fields(self.plan):
            value: exp.Expr = column(item.column)
            if item.type is FieldType.DATE_TIME:
                value = local_with_offset(value, "UTC")
            members[item.name] = written(value, item.type)
        return members


def _position(order: list[exp.Expr]) -> exp.Expr:
    """The place of a row in its answer."""
    return exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order) if order else None)


def _fields(plan: QueryPlan) -> list[Dimension | Metric]:
    """Everything that the result has besides the time."""
    return [*plan.dimensions, *plan.metrics]
