"""Statements that ask the warehouse about the model itself. They run for the operator only.

They read no tenant's figures on behalf of a caller: types are described without being executed,
and the search for duplicate keys goes to the operator's terminal.
"""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Source
from analytics_gql.model.relation import Relation, TableName
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import aliased, as_text, column, enclosed, text


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
    """What a component accumulates, as an aggregate whose type can be described.

    Of a percentile the argument alone tells what it is.
    """
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


def collation_probe(source: Source, expression: exp.Expr, dialect: Dialect) -> str:
    """One row of one truth: whether an engine holds texts apart that have other code points, and,
    where it sorts by what is declared of a column, sorts them by their code points.

    What is declared of a column (its type, its collation) goes with an aggregate of no rows.
    """
    nothing = exp.Max(this=expression.copy())

    def compared(one: str, other: str) -> exp.Expr:
        return exp.EQ(
            this=exp.Paren(this=exp.Coalesce(this=nothing.copy(), expressions=[text(one)])),
            expression=text(other),
        )

    before = exp.LT(
        this=dialect.by_code_point(
            exp.Paren(this=exp.Coalesce(this=nothing.copy(), expressions=[text("a")]))
        ),
        expression=text("B"),
    )
    # Letters of two cases, with and without an accent, and one letter spelt in two ways.
    alike = [compared("a", "A"), compared("e", "\u00e9"), compared("\u00e9", "e\u0301")]
    select = exp.Select(
        expressions=[exp.Not(this=exp.Paren(this=exp.or_(*alike, before)))],
        from_=exp.From(this=_table(source.relation.table, source.name)),
        joins=[
            exp.Join(this=_table(join.relation.table, join.name), side="LEFT", on=join.on.copy())
            for join in source.joins
        ],
        where=exp.Where(this=exp.false()),
    )
    return select.sql(dialect=dialect.name)


def type_name_probe(relation: Relation, alias: str, expression: exp.Expr, dialect: Dialect) -> str:
    """One row of the engine's own name of an expression's type."""
    select = exp.Select(
        expressions=[dialect.type_name(exp.Max(this=expression.copy()))],
        from_=exp.From(this=_table(relation.table, alias)),
        where=exp.Where(this=exp.false()),
    )
    return select.sql(dialect=dialect.name)


def duplicate_probe(
    relation: Relation,
    alias: str,
    key: tuple[exp.Expr, ...],
    dialect: Dialect,
    *,
    times: tuple[exp.Expr, ...] = (),
    conditions: tuple[exp.Expr, ...] = (),
) -> str:
    """One key that stands on several rows of one tenant, if there is one; then their number.

    Its values are texts: drivers ask for further packages to hand over some types (instants of
    DuckDB need `pytz`). Rows in which a part of the key is missing do not count, as nothing finds
    them; of its `times` a missing one is a value like others. Columns are qualified by `alias`.
    """
    filled = [*([column(relation.tenant, alias)] if relation.tenant else []), *key]
    expressions = [*filled, *times]
    where: list[exp.Expr] = [_is_present(item) for item in filled]
    where += [condition.copy() for condition in conditions]
    if relation.where is not None:
        where.append(exp.Paren(this=relation.where.copy()))
    count = exp.Count(this=exp.Star(), big_int=True)
    names = [f"c{place}" for place in range(len(expressions))]
    repeated = exp.Select(
        expressions=[
            *(aliased(item.copy(), name) for item, name in zip(expressions, names, strict=True)),
            aliased(count, "rows"),
        ],
        from_=exp.From(this=_table(relation.table, alias)),
        where=exp.Where(this=exp.and_(*where)),
        group=exp.Group(
            expressions=[exp.Literal.number(place + 1) for place in range(len(expressions))]
        ),
        having=exp.Having(this=exp.GT(this=count.copy(), expression=exp.Literal.number(1))),
        limit=exp.Limit(expression=exp.Literal.number(1)),
    )
    # The values are grouped as they are, and become texts afterwards: one row is written, not all.
    select = exp.Select(
        expressions=[*(as_text(column(name)) for name in names), column("rows")],
        from_=exp.From(
            this=exp.Subquery(
                this=repeated, alias=exp.TableAlias(this=exp.Identifier(this="repeated"))
            )
        ),
    )
    return select.sql(dialect=dialect.name)


def missing_key_probe(
    relation: Relation, alias: str, expression: exp.Expr, dialect: Dialect
) -> str:
    """A row of a tenant in which a part of a key has no value, if there is one."""
    where: list[exp.Expr] = [exp.Is(this=enclosed(expression.copy()), expression=exp.Null())]
    if relation.tenant is not None:
        where.append(_is_present(column(relation.tenant, alias)))
    if relation.where is not None:
        where.append(exp.Paren(this=relation.where.copy()))
    select = exp.Select(
        expressions=[exp.Literal.number(1)],
        from_=exp.From(this=_table(relation.table, alias)),
        where=exp.Where(this=exp.and_(*where)),
        limit=exp.Limit(expression=exp.Literal.number(1)),
    )
    return select.sql(dialect=dialect.name)


def _is_present(expression: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=enclosed(expression.copy()), expression=exp.Null()))


def _table(table: TableName, alias: str) -> exp.Table:
    parts = [exp.Identifier(this=part, quoted=True) for part in table.parts]
    return exp.Table(
        this=parts[-1],
        db=parts[-2] if len(parts) > 1 else None,
        catalog=parts[-3] if len(parts) > 2 else None,
        alias=exp.TableAlias(this=exp.Identifier(this=alias, quoted=True)),
    )
