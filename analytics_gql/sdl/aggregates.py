"""From a metric's SQL to an expression over components: each distinct aggregate becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from decimal import Decimal

from sqlglot import exp

from analytics_gql.model.components import Accumulate, Component
from analytics_gql.sdl.expressions import (
    ExpressionError,
    fraction_of,
    is_aggregate,
    is_percentile,
    is_star,
    shortened,
)
from analytics_gql.sdl.scope import Scope, true_division

_ACCUMULATE: dict[type[exp.Expr], Accumulate] = {
    exp.Sum: Accumulate.SUM,
    exp.Count: Accumulate.COUNT,
    exp.Min: Accumulate.MIN,
    exp.Max: Accumulate.MAX,
}

_NEEDS_PAREN = (exp.Binary, exp.Unary, exp.Between, exp.In)


class ComponentRegistry:
    """Collects the components of a dataset: one for each distinct aggregate of each source."""

    def __init__(self, scope: Scope, own_source: str, taken: Collection[str]) -> None:
        self._scope = scope
        self._own_source = own_source
        self._names = set(taken)
        self._known: dict[tuple[str, Accumulate, str, str, Decimal | None], Component] = {}

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
        if isinstance(node, exp.Filter) or is_aggregate(node):
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
        argument, fraction = call.this, None
        if is_percentile(call):
            accumulate, argument = Accumulate.PERCENTILE, call.expressions[0]
            fraction = fraction_of(call)
        elif isinstance(argument, exp.Distinct):
            accumulate, argument = Accumulate.COUNT_DISTINCT, argument.expressions[0]
        else:
            accumulate = _ACCUMULATE[type(call)]
        component = self._component(accumulate, argument, where, sql, fraction)
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
        fraction: Decimal | None = None,
    ) -> Component:
        resolved, qualifiers = self._scope.resolve(argument, self._own_source, sql)
        if isinstance(argument, exp.Star):
            qualifiers = frozenset({self._own_source})
        elif is_star(argument):
            self._check_counts_rows(qualifiers, sql)
        condition = None
        if where is not None:
            # Inside `filter`, unqualified names belong to the source that the aggregate reads.
            default = self._only_source(qualifiers, sql) or self._own_source
            condition, more = self._scope.resolve(where, default, sql)
            qualifiers |= more
        source = self._only_source(qualifiers, sql) or self._own_source
        counted = None if is_star(argument) else resolved
        key = (
            source,
            accumulate,
            "" if counted is None else counted.sql(),
            "" if condition is None else condition.sql(),
            fraction,
        )
        if key not in self._known:
            self._known[key] = Component(
                self._name(accumulate, argument, where, fraction),
                source,
                accumulate,
                counted,
                condition,
                fraction=fraction,
            )
        return self._known[key]

    def _check_counts_rows(self, qualifiers: frozenset[str], sql: str) -> None:
        """Refuse `count(product.*)` of a join, which would count the rows of its source."""
        for name in qualifiers - self._scope.sources_of(qualifiers):
            raise ExpressionError(
                f"'{name}' in `{shortened(sql)}` is a join, and count({name}.*) counts the rows of "
                "a source",
                f"write count({name}.column) for the rows that have one, or count(*) for all",
            )

    def _only_source(self, qualifiers: frozenset[str], sql: str) -> str | None:
        sources = sorted(self._scope.sources_of(qualifiers))
        if len(sources) > 1:
            other = next(source for source in sources if source != self._own_source)
            raise ExpressionError(
                f"an aggregate in `{shortened(sql)}` reads {' and '.join(sources)} at once",
                "aggregate each source by itself and combine the results; "
                f"count({other}.*) counts the rows of '{other}'",
            )
        return sources[0] if sources else None

    def _name(
        self,
        accumulate: Accumulate,
        argument: exp.Expr,
        where: exp.Expr | None,
        fraction: Decimal | None,
    ) -> str:
        words = [accumulate.name.lower()]
        if fraction is not None:
            words.append(f"{(fraction * 100).normalize():f}")
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


def is_exact(expression: exp.Expr, components: Collection[Component]) -> bool:
    """Whether a finished expression yields integers and decimals from such, never a double.

    Conditions are looked over: a CASE may compare ratios to choose between counts. A percentile
    lies between two values, and is a double.
    """
    inexact = {part.name for part in components if part.accumulate is Accumulate.PERCENTILE}
    arguments = {
        component.name: component.argument
        for component in components
        if component.accumulate not in (Accumulate.COUNT, Accumulate.COUNT_DISTINCT)
    }

    def visit(node: exp.Expr | None) -> bool:
        match node:
            case None | exp.Predicate() | exp.Connector() | exp.Not():
                return True
            case exp.Div() | exp.Sqrt() | exp.Ln() | exp.Exp():
                return False
            case exp.Literal():
                return node.is_string or "e" not in node.name.lower()
            case exp.Column():
                if node.table:
                    return True
                return node.name not in inexact and visit(arguments.get(node.name))
            case exp.Case():
                return visit(node.args.get("default")) and all(map(visit, node.args["ifs"]))
            case exp.If():
                return visit(node.args.get("true")) and visit(node.args.get("false"))
            case exp.Nullif():
                return visit(node.this)
            case exp.Cast():
                return node.to.this not in exp.DataType.FLOAT_TYPES
            case _:
                return all(map(visit, node.iter_expressions()))

    return visit(expression)
