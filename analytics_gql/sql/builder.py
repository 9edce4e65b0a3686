"""What every statement is built with: its parameters, its scans, its conditions on values."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind
from analytics_gql.plan.nodes import Scan
from analytics_gql.query.metric_query import DateRange
from analytics_gql.query.predicate import Slot
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import column, enclosed
from analytics_gql.sql.predicates import Operand
from analytics_gql.sql.statement import Origin, Parameter
from analytics_gql.sql.values import at_microseconds


@dataclass
class StatementBuilder:
    """Collects the parameters of one statement; lives as long as it is built."""

    dialect: Dialect
    _numbers: dict[Parameter, int] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What to bind, in the order of the numbers."""
        return tuple(self._numbers)

    def parameter(self, parameter: Parameter) -> exp.Expr:
        """The placeholder of a parameter; equal parameters share one."""
        number = self._numbers.setdefault(parameter, len(self._numbers) + 1)
        return self.dialect.parameter(number, parameter.kind, many=parameter.many)

    def value(self, slot: Slot, operand: Operand, many: bool) -> exp.Expr:
        """A value of the query that is compared with an operand."""
        return self.parameter(Parameter(Origin.VALUE, operand.kind, slot.index, many))

    def row_limit(self, question: int = 0) -> exp.Limit:
        """`LIMIT $n`; every answer to a caller has one."""
        limit = Parameter(Origin.ROW_LIMIT, ColumnKind.INTEGER, question)
        return exp.Limit(expression=self.parameter(limit))

    def scan(self, scan: Scan) -> exp.Subquery:
        """The only place where a table's name is written; the tenant predicate stands beside it."""
        relation = scan.relation
        conditions: list[exp.Expr] = []
        if relation.tenant is not None:
            tenant = Parameter(Origin.TENANT, relation.tenant_kind or ColumnKind.TEXT)
            conditions.append(
                exp.EQ(this=column(relation.tenant), expression=self.parameter(tenant))
            )
        if relation.where is not None:
            conditions.append(exp.Paren(this=relation.where.copy()))
        select = exp.Select(
            expressions=[column(name) for name in scan.columns]
            or [exp.Literal.number(1)],  # count(*) reads no column
            from_=exp.From(this=table(relation.table.parts)),
        )
        if conditions:
            select.set("where", exp.Where(this=conjunction(conditions)))
        return exp.Subquery(
            this=select,
            alias=exp.TableAlias(this=exp.Identifier(this=scan.alias, quoted=True)),
        )

    def within(
        self,
        date_range: DateRange,
        time: exp.Expr,
        kind: ColumnKind | None,
        *,
        timezone: str,
        stored_in: str,
    ) -> list[exp.Expr]:
        """The half-open range of instants (or days) that a dateRange means in a zone."""
        conditions: list[exp.Expr] = []
        for slot, origin, compare in (
            (date_range.start, Origin.RANGE_START, exp.GTE),
            (date_range.end, Origin.RANGE_END, exp.LT),
        ):
            assert isinstance(slot, Slot)
            bound = Parameter(
                origin,
                kind or ColumnKind.TIMESTAMP,
                slot.index,
                timezone=timezone,
                stored_in=stored_in,
            )
            instant = enclosed(at_microseconds(time.copy(), kind, self.dialect))
            conditions.append(compare(this=instant, expression=self.parameter(bound)))
        return conditions


def table(parts: tuple[str, ...]) -> exp.Table:
    """A table by its quoted name, outermost part first."""
    names = [exp.Identifier(this=part, quoted=True) for part in parts]
    return exp.Table(
        this=names[-1],
        db=names[-2] if len(names) > 1 else None,
        catalog=names[-3] if len(names) > 2 else None,
    )


def conjunction(conditions: list[exp.Expr]) -> exp.Expr:
    """`a AND b AND …` of at least one condition."""
    result = conditions[0]
    for item in conditions[1:]:
        result = exp.And(this=result, expression=item)
    return result
