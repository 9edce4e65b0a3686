"""A field's expression as it is sent, and as conditions see it."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import as_text, at_zone, enclosed, finite, utc_timestamp
from analytics_gql.sql.predicates import PARAMETER_KINDS, Operand


def sent_value(
    expression: exp.Expr,
    declared: FieldType,
    kind: ColumnKind | None,
    dialect: Dialect,
    *,
    stored_in: str = "UTC",
) -> exp.Expr:
    """The value in one type whatever the column's; NaN and infinities are NULL like any other.

    Text of every kind is text, instants are UTC timestamps. `expression` becomes owned.
    """
    if declared.is_text and kind is not ColumnKind.TEXT:
        return as_text(expression)
    if declared is FieldType.FLOAT:
        # Single precision becomes double here, so that the value sent finds its rows again.
        return finite(exp.cast(expression, exp.DType.DOUBLE))
    if declared is FieldType.DECIMAL and dialect.decimals_can_be_nan:
        return finite(expression)
    if declared is FieldType.DATE_TIME:
        return utc_timestamp(at_microseconds(expression, kind, dialect), kind, stored_in)
    return expression


def operand(
    expression: exp.Expr,
    declared: FieldType,
    kind: ColumnKind | None,
    dialect: Dialect,
    *,
    stored_in: str = "UTC",
) -> Operand:
    """A field as conditions see it: the bare column where possible, so that indexes serve.

    `expression` becomes owned.
    """
    kind = kind or PARAMETER_KINDS[declared]
    if declared is FieldType.DATE_TIME:
        return moment(expression, kind, dialect, stored_in=stored_in)
    if is_native_id(declared, kind):
        return Operand(enclosed(expression), declared, kind)
    value = sent_value(expression, declared, kind, dialect)
    return Operand(enclosed(value), declared, PARAMETER_KINDS[declared])


def moment(
    expression: exp.Expr, kind: ColumnKind | None, dialect: Dialect, *, stored_in: str
) -> Operand:
    """A time as conditions and orders see it: what is stored, or the instant that it stands for.

    Wall times do not come in the order of their instants: in autumn an hour is there twice, and in
    spring one that never was is read as a later one. What is sent is the instant, so rows are
    found and sorted by it as well; an index on `(column AT TIME ZONE 'zone')` serves.
    `expression` becomes owned.
    """
    kind = kind or ColumnKind.TIMESTAMP
    expression = at_microseconds(expression, kind, dialect)
    if kind is ColumnKind.TIMESTAMP and stored_in != "UTC":
        expression, kind = at_zone(expression, stored_in), ColumnKind.INSTANT
    return Operand(enclosed(expression), FieldType.DATE_TIME, kind)


def is_native_id(declared: FieldType, kind: ColumnKind | None) -> bool:
    """Whether an identifier is compared as what is stored rather than as its text."""
    return declared is FieldType.ID and kind in (ColumnKind.INTEGER, ColumnKind.UUID)


def at_microseconds(expression: exp.Expr, kind: ColumnKind | None, dialect: Dialect) -> exp.Expr:
    """A time as exact as the values that it is compared with: to the microsecond.

    Compared as it is stored, to the nanosecond, a value outside of 1677 to 2262 would not fit.
    """
    return dialect.microseconds(expression) if kind is ColumnKind.TIMESTAMP else expression
