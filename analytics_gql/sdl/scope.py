"""Which columns an expression means, and what its divisions mean.

Division is made true division, NULL where the divisor is zero, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.sdl.expressions import ExpressionError, quoted, shortened


@dataclass(frozen=True, slots=True)
class Scope:
    """Which names may qualify a column, and which source each belongs to.

    `owners` maps a qualifier (a source's or a join's name) to the name of its source. Names differ
    by more than their case.
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
                f"`{column.sql()}` in `{shortened(sql)}` has too many dots",
                "qualify a column by the name of its source or join alone",
            )
        if not column.table:
            return default
        for name in self.owners:
            if name.lower() == column.table.lower():
                return name
        raise ExpressionError(
            f"`{shortened(sql)}` speaks of '{column.table}', which is no source and no join here",
            suggest(column.table, list(self.owners), f"known are {', '.join(self.owners)}"),
        )

    def sources_of(self, qualifiers: Collection[str]) -> frozenset[str]:
        """The sources that a set of qualifiers reads."""
        return frozenset(self.owners[qualifier] for qualifier in qualifiers)


def true_division(expression: exp.Expr) -> None:
    """Make each `/` of an own tree `CAST(a AS DOUBLE) / NULLIF(CAST(b AS DOUBLE), 0)`, in place.

    `%` gets the same NULLIF.
    """
    # The innermost first: what is put around a part is put around a copy of it.
    for node in reversed(list(expression.find_all(exp.Div, bfs=True))):
        if node.args.get("typed") is False:
            continue  # done already: `a / b` as parsed is typed
        node.set("this", exp.cast(node.this.copy(), exp.DType.DOUBLE))
        divisor = exp.cast(node.expression.copy(), exp.DType.DOUBLE)
        node.set("expression", exp.Nullif(this=divisor, expression=exp.Literal.number(0)))
        node.set("typed", False)
        node.set("safe", False)
    for modulo in reversed(list(expression.find_all(exp.Mod, bfs=True))):
        divisor = modulo.expression
        zero = exp.Literal.number(0)
        if not (isinstance(divisor, exp.Nullif) and divisor.expression == zero):
            modulo.set("expression", exp.Nullif(this=divisor.copy(), expression=zero))
