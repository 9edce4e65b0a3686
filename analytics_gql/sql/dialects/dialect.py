"""What the compiler asks of an engine."""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind


class Dialect(Protocol):
    """Expressions that are written differently on different engines. Arguments become owned."""

    @property
    def name(self) -> str:
        """sqlglot's name of the dialect."""

    def parameter(self, number: int, kind: ColumnKind, *, many: bool) -> exp.Expr:
        """The parameter of that number, counted from 1, typed as the engine needs it."""

    def padding(self, kind: ColumnKind) -> exp.Expr:
        """NULL of the type that a component of that kind has, for stacking branches."""

    def by_code_point(self, text: exp.Expr) -> exp.Expr:
        """Text that compares and sorts by code point, whatever the database's collation."""

    def type_name(self, expression: exp.Expr) -> exp.Expr:
        """The engine's own name of the expression's type, as text."""

    def microseconds(self, timestamp: exp.Expr) -> exp.Expr:
        """A timestamp without zone, no finer than what a parameter can be."""

    def rounded(self, number: exp.Expr) -> exp.Expr:
        """A finite double, rounded to twelve digits, which no order of adding up changes."""

    def percentile(self, number: exp.Expr, fraction: exp.Expr) -> exp.Expr:
        """The aggregate that interpolates between the two values on either side of a fraction."""

    @property
    def seeks_in_indexes(self) -> bool:
        """Whether rows in an order are found by an index rather than by reading them all."""

    @property
    def sorts_nulls_as_large(self) -> bool:
        """Whether NULLs of which an order says nothing are the largest; else they come last."""

    @property
    def writes_csv(self) -> bool:
        """Whether the engine makes CSV of columns; else lines are written as expressions."""

    @property
    def decimals_can_be_nan(self) -> bool:
        """Whether exact numbers may be NaN or infinite, as doubles may everywhere."""
