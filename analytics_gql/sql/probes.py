"""Statements that ask the warehouse about the model itself. They run for the operator only.

They read no tenant's figures on behalf of a caller: types are described without being executed,
and the search for duplicate keys goes to the operator's terminal.
"""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Join, Source, TableName
from analytics_gql.sql.dialects.dialect import Dialect


def type_probe(source: Source, expressions: tuple[exp.Expr, ...], dialect: Dialect) -> str:
    """A SELECT of expressions over a source and all its joins, to be described."""
    select = exp.Select(
        expressions=[
            exp.Alias(this=expression.copy(), alias=exp.Identifier(this=f"c{number}"))
            for number, expression in enumerate(expressions)
        ],
        from_=exp.From(this=_table(source.relation.table, source.name)),
        joins=[
            exp.Join(this=_table(join.relation.table, join.name), side="LEFT", on=join.on.copy())
            for join in source.joins
        ],
    )
    return select.sql(dialect=dialect.name)


def aggregate_probe(component: Component) -> exp.Expr:
    """What a component accumulates, as an aggregate whose type can be described."""
    argument = None if component.argument is None else component.argument.copy()
    match component.accumulate:
        case Accumulate.SUM:
            return exp.Sum(this=argument)
        case Accumulate.MIN:
            return exp.Min(this=argument)
        case Accumulate.MAX:
            return exp.Max(this=argument)
        case _:
            return exp.Count(this=argument or exp.Star(), big_int=True)


def duplicate_probe(join: Join, dialect: Dialect) -> str:
    """One key of a join's right side that stands on several rows of one tenant, if there is one."""
    names = [*([join.relation.tenant] if join.relation.tenant else []), *join.keys]
    columns = [
        exp.Column(
            this=exp.Identifier(this=name, quoted=True),
            table=exp.Identifier(this=join.name, quoted=True),
        )
        for name in names
    ]
    conditions: list[exp.Expr] = [
        exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null())) for column in columns
    ]
    conditions += [condition.copy() for condition in join.conditions]
    if join.relation.where is not None:
        conditions.append(exp.Paren(this=join.relation.where.copy()))
    count = exp.Count(this=exp.Star(), big_int=True)
    select = exp.Select(
        expressions=[*(column.copy() for column in columns), count],
        from_=exp.From(this=_table(join.relation.table, join.name)),
        where=exp.Where(this=exp.and_(*conditions)),
        group=exp.Group(expressions=[column.copy() for column in columns]),
        having=exp.Having(this=exp.GT(this=count.copy(), expression=exp.Literal.number(1))),
        limit=exp.Limit(expression=exp.Literal.number(1)),
    )
    return select.sql(dialect=dialect.name)


def _table(table: TableName, alias: str) -> exp.Table:
    parts = [exp.Identifier(this=part, quoted=True) for part in table.parts]
    return exp.Table(
        this=parts[-1],
        db=parts[-2] if len(parts) > 1 else None,
        catalog=parts[-3] if len(parts) > 2 else None,
        alias=exp.TableAlias(this=exp.Identifier(this=alias, quoted=True)),
    )
