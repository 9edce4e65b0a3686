"""The SQL that a model may contain: a safe subset of expressions, read once at start.

Inside an aggregate function names are columns, outside they are metrics. There are no sub-queries,
no table functions, no functions that are not listed here, and nothing that depends on the clock.
Division is made true division, NULL where the divisor is zero, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from analytics_gql.errors import suggest
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import TableName


class ExpressionError(Exception):
    """An expression that a model may not contain: what is wrong, and how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


_AGGREGATES = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)

_ACCUMULATE: dict[type[exp.Expr], Accumulate] = {
    exp.Sum: Accumulate.SUM,
    exp.Count: Accumulate.COUNT,
    exp.Min: Accumulate.MIN,
    exp.Max: Accumulate.MAX,
}

_NEEDS_PAREN = (exp.Binary, exp.Unary, exp.Between, exp.In)

_SHARED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Ln, exp.Exp, exp.Sqrt, exp.Greatest, exp.Least,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
    exp.Between, exp.In, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
"""What metrics and columns may both be put together with."""

_ROW_LEVEL = (
    *_SHARED,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Lower, exp.Upper, exp.Trim, exp.Substring,
    exp.Length, exp.Concat, exp.DPipe, exp.Like, exp.ILike, exp.Extract, exp.Var,
)  # fmt: skip
"""What only row-level expressions, over columns, may also use."""

_WHAT_IS_ALLOWED = (
    "use columns, literals, arithmetic, comparisons, CASE, COALESCE, NULLIF, ABS, ROUND, "
    "CAST, text functions, and the aggregates sum, count, count(distinct …), min, max, avg"
)


def parse_expression(sql: str) -> exp.Expr:
    """Read one SQL expression (PostgreSQL's spelling). Raises ExpressionError."""
    try:
        # As a projection, so that a column may bear the name of a statement (`comment`, `show`).
        trees = sqlglot.parse(f"SELECT {sql}", dialect="postgres")
    except SqlglotError:
        raise ExpressionError(
            f"the expression `{sql}` cannot be read as SQL",
            "check parentheses and quotes; a reserved word as a column's name needs double quotes",
        ) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise ExpressionError(f"`{sql}` is not one expression", _WHAT_IS_ALLOWED)
    if any(value for name, value in tree.args.items() if name not in ("expressions", "kind")):
        raise ExpressionError(f"`{sql}` is a query, not an expression", _WHAT_IS_ALLOWED)
    expression: exp.Expr = tree.expressions[0].pop()
    for node in expression.walk():
        node.comments = None  # a comment would be copied into every statement
    return expression


def check_row_level(expression: exp.Expr, sql: str) -> None:
    """Refuse anything but an expression over the columns of one row."""
    for node in expression.walk():
        if isinstance(node, _AGGREGATES):
            raise ExpressionError(
                f"`{sql}` has an aggregate where only columns may stand",
                "aggregate in a @metric instead",
            )
        _check_node(node, _ROW_LEVEL, sql)


def _check_node(node: exp.Expr, allowed: tuple[type, ...], sql: str) -> None:
    if isinstance(node, exp.Star) or type(node) not in allowed:
        shown = node.sql(dialect="postgres")
        if len(shown) > 40:
            shown = shown[:40] + "…"
        raise ExpressionError(f"`{shown}` in `{sql}` is not allowed here", _WHAT_IS_ALLOWED)
    if isinstance(node, exp.In) and not node.expressions:
        raise ExpressionError(f"`in` needs a list of values in `{sql}`", _WHAT_IS_ALLOWED)


def quoted(name: exp.Expr | str, *, fold: bool = True) -> exp.Identifier:
    """An identifier that means what its author wrote: unquoted names fold to lower case."""
    if isinstance(name, exp.Expr):
        kept = bool(name.args.get("quoted"))
        return exp.to_identifier(name.name if kept else name.name.lower(), quoted=True)
    return exp.to_identifier(name.lower() if fold else name, quoted=True)


def parse_table(text: str) -> TableName:
    """`gold.orders`, `"Gold"."Orders"`: a table's name. Raises ExpressionError."""
    hint = "write `table`, `schema.table` or `database.schema.table`"
    try:
        table = exp.to_table(text, dialect="postgres")
    except (SqlglotError, ValueError):
        raise ExpressionError(f"`{text}` is not the name of a table", hint) from None
    parts = table.parts if isinstance(table, exp.Table) else []
    if not parts or not all(isinstance(part, exp.Identifier) for part in parts) or table.alias:
        raise ExpressionError(f"`{text}` is not the name of a table", hint)
    return TableName(tuple(quoted(part).name for part in parts))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which names may qualify a column, and which source each belongs to.

    `owners` maps a qualifier (a source's or a join's name) to the name of its source.
    """

    owners: dict[str, str]

    def resolve(
        self, expression: exp.Expr, default: str, sql: str
    ) -> tuple[exp.Expr, frozenset[str]]:
        """Qualify every column; `default` is the qualifier of unqualified ones.

        Returns a new tree and the qualifiers it uses. Raises ExpressionError.
        """
        used: set[str] = set()
        resolved = expression.copy()
        for column in list(resolved.find_all(exp.Column)):
            qualifier = self._qualifier(column, default, sql)
            used.add(qualifier)
            if not isinstance(column.this, exp.Star):
                name = quoted(column.this)
                column.set("this", name)
                column.set("table", quoted(qualifier, fold=False))
        true_division(resolved)
        return resolved, frozenset(used)

    def _qualifier(self, column: exp.Column, default: str, sql: str) -> str:
        if column.args.get("db") or column.args.get("catalog"):
            raise ExpressionError(
                f"`{column.sql()}` in `{sql}` has too many dots",
                "qualify a column by the name of its source or join alone",
            )
        if not column.table:
            return default
        for name in (column.table, column.table.lower()):
            if name in self.owners:
                return name
        raise ExpressionError(
            f"`{sql}` speaks of '{column.table}', which is no source and no join here",
            suggest(column.table, list(self.owners), f"known are {', '.join(self.owners)}"),
        )

    def sources_of(self, qualifiers: Collection[str]) -> frozenset[str]:
        """The sources that a set of qualifiers reads."""
        return frozenset(self.owners[qualifier] for qualifier in qualifiers)


def true_division(expression: exp.Expr) -> None:
    """Make each `/` of an own tree `CAST(a AS DOUBLE) / NULLIF(CAST(b AS DOUBLE), 0)`, in place.

    `%` gets the same NULLIF.
    """
    for node in list(expression.find_all(exp.Div)):
        if node.args.get("typed") is False:
            continue  # done already: `a / b` as parsed is typed
        node.set("this", exp.cast(node.this.copy(), exp.DType.DOUBLE))
        divisor = exp.cast(node.expression.copy(), exp.DType.DOUBLE)
        node.set("expression", exp.Nullif(this=divisor, expression=exp.Literal.number(0)))
        node.set("typed", False)
        node.set("safe", False)
    for modulo in list(expression.find_all(exp.Mod)):
        if not isinstance(modulo.expression, exp.Nullif):
            zero = exp.Literal.number(0)
            modulo.set("expression", exp.Nullif(this=modulo.expression.copy(), expression=zero))


def metric_names(expression: exp.Expr) -> Iterator[str]:
    """The names outside aggregates: the metrics that an expression is derived from."""
    if isinstance(expression, (exp.Filter, *_AGGREGATES)):
        return
    if isinstance(expression, exp.Column):
        yield expression.name
        return
    for child in expression.iter_expressions():
        yield from metric_names(child)


def check_metric(expression: exp.Expr, sql: str) -> None:
    """Refuse what may not stand outside aggregates, and aggregates inside aggregates."""
    if isinstance(expression, exp.Filter):
        if not isinstance(expression.this, _AGGREGATES):
            raise ExpressionError(f"`filter` in `{sql}` follows no aggregate", _WHAT_IS_ALLOWED)
        _check_aggregate(expression.this, sql)
        check_row_level(expression.expression.this, sql)
    elif isinstance(expression, _AGGREGATES):
        _check_aggregate(expression, sql)
    elif isinstance(expression, exp.Column):
        if expression.table:
            raise ExpressionError(
                f"the column `{expression.sql()}` in `{sql}` is not aggregated",
                f"wrap it, as in sum({expression.sql()})",
            )
    else:
        _check_node(expression, _SHARED, sql)
        for child in expression.iter_expressions():
            check_metric(child, sql)


def _check_aggregate(call: exp.Expr, sql: str) -> None:
    argument = call.this
    if isinstance(call, exp.Count) and (_is_star(argument)):
        return
    if isinstance(argument, exp.Distinct):
        if not isinstance(call, exp.Count) or len(argument.expressions) != 1:
            raise ExpressionError(
                f"`distinct` in `{sql}` can only count one expression",
                "write count(distinct column)",
            )
        argument = argument.expressions[0]
    if argument is None or call.args.get("expressions"):
        raise ExpressionError(f"an aggregate in `{sql}` takes one argument", _WHAT_IS_ALLOWED)
    for node in argument.walk():
        if isinstance(node, (exp.Filter, *_AGGREGATES)):
            raise ExpressionError(
                f"an aggregate stands inside an aggregate in `{sql}`",
                "give the inner one a @metric of its own, or aggregate once",
            )
    check_row_level(argument, sql)


def _is_star(argument: exp.Expr | None) -> bool:
    return isinstance(argument, exp.Star) or (
        isinstance(argument, exp.Column) and isinstance(argument.this, exp.Star)
    )


class ComponentRegistry:
    """Collects the components of a dataset: one for each distinct aggregate of each source."""

    def __init__(self, scope: Scope, own_source: str, taken: Collection[str]) -> None:
        self._scope = scope
        self._own_source = own_source
        self._names = set(taken)
        self._known: dict[tuple[str, Accumulate, str, str], Component] = {}

    def finish(
        self,
        expression: exp.Expr,
        sql: str,
        finished: Callable[[str], exp.Expr],
    ) -> tuple[exp.Expr, tuple[Component, ...]]:
        """An expression over components in place of aggregates, and the components it uses.

        `finished` gives the expression of another metric by name. Raises ExpressionError.
        """
        used: list[Component] = []
        tree = self._finish(expression, sql, finished, used)
        tree = tree.copy()
        true_division(tree)
        return tree, tuple(dict.fromkeys(used))

    def _finish(
        self,
        node: exp.Expr,
        sql: str,
        finished: Callable[[str], exp.Expr],
        used: list[Component],
    ) -> exp.Expr:
        if isinstance(node, (exp.Filter, *_AGGREGATES)):
            return self._aggregate(node, sql, used)
        if isinstance(node, exp.Column):
            expression = finished(node.name).copy()
            return exp.paren(expression) if isinstance(expression, _NEEDS_PAREN) else expression
        copy = node.copy()
        for child, original in zip(
            list(copy.iter_expressions()), list(node.iter_expressions()), strict=True
        ):
            child.replace(self._finish(original, sql, finished, used))
        return copy

    def _aggregate(self, node: exp.Expr, sql: str, used: list[Component]) -> exp.Expr:
        where = node.expression.this if isinstance(node, exp.Filter) else None
        call = node.this if isinstance(node, exp.Filter) else node
        if isinstance(call, exp.Avg):
            total = self._component(Accumulate.SUM, call.this, where, sql)
            count = self._component(Accumulate.COUNT, call.this, where, sql)
            used += [total, count]
            return exp.paren(exp.Div(this=_column(total), expression=_column(count), typed=True))
        argument = call.this
        if isinstance(argument, exp.Distinct):
            accumulate, argument = Accumulate.COUNT_DISTINCT, argument.expressions[0]
        else:
            accumulate = _ACCUMULATE[type(call)]
        component = self._component(accumulate, argument, where, sql)
        used.append(component)
        if accumulate.nothing is None:
            return _column(component)
        return exp.Coalesce(
            this=_column(component), expressions=[exp.Literal.number(accumulate.nothing)]
        )

    def _component(
        self,
        accumulate: Accumulate,
        argument: exp.Expr,
        where: exp.Expr | None,
        sql: str,
    ) -> Component:
        resolved, qualifiers = self._scope.resolve(argument, self._own_source, sql)
        if isinstance(argument, exp.Star):
            qualifiers = frozenset({self._own_source})
        condition = None
        if where is not None:
            # Inside `filter`, unqualified names belong to the source that the aggregate reads.
            default = self._only_source(qualifiers, sql) or self._own_source
            condition, more = self._scope.resolve(where, default, sql)
            qualifiers |= more
        source = self._only_source(qualifiers, sql) or self._own_source
        counted = None if _is_star(argument) else resolved
        key = (
            source,
            accumulate,
            "" if counted is None else counted.sql(),
            "" if condition is None else condition.sql(),
        )
        if key not in self._known:
            self._known[key] = Component(
                self._name(accumulate, argument, where), source, accumulate, counted, condition
            )
        return self._known[key]

    def _only_source(self, qualifiers: frozenset[str], sql: str) -> str | None:
        sources = sorted(self._scope.sources_of(qualifiers))
        if len(sources) > 1:
            raise ExpressionError(
                f"an aggregate in `{sql}` reads {' and '.join(sources)} at once",
                "aggregate each source by itself and combine the results",
            )
        return sources[0] if sources else None

    def _name(self, accumulate: Accumulate, argument: exp.Expr, where: exp.Expr | None) -> str:
        words = [accumulate.name.lower()]
        if not isinstance(argument, exp.Star):
            words.append(argument.sql())
        if where is not None:
            words.append("where " + where.sql())
        return unique_name(" ".join(words), self._names)


def _column(component: Component) -> exp.Column:
    return exp.column(exp.to_identifier(component.name, quoted=True))


def unique_name(text: str, taken: set[str]) -> str:
    """A lower-case column name made of `text`, of at most 60 bytes, and added to `taken`.

    PostgreSQL cuts identifiers at 63 bytes.
    """
    stem = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:56] or "c"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name)
    return name
