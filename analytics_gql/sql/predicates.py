"""Predicate → SQL condition, two-valued (see query.predicate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
    Slot,
)
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import as_text, call

PARAMETER_KINDS = {
    FieldType.STRING: ColumnKind.TEXT,
    FieldType.ID: ColumnKind.TEXT,
    FieldType.BOOLEAN: ColumnKind.BOOLEAN,
    FieldType.INT: ColumnKind.INTEGER,
    FieldType.BIG_INT: ColumnKind.INTEGER,
    FieldType.DECIMAL: ColumnKind.DECIMAL,
    FieldType.FLOAT: ColumnKind.FLOAT,
    FieldType.DATE: ColumnKind.DATE,
    FieldType.DATE_TIME: ColumnKind.INSTANT,
}
"""What kind of parameter a value of a field is, where the column does not say more."""

_ORDERED = {
    Operator.GT: exp.GT,
    Operator.GTE: exp.GTE,
    Operator.LT: exp.LT,
    Operator.LTE: exp.LTE,
}


@dataclass(frozen=True, slots=True)
class Operand:
    """The left side of a comparison: an expression and its type.

    `kind` is what it is compared as, and so the kind of the parameter; a timestamp without zone is
    UTC.
    """

    expression: exp.Expr
    type: FieldType
    kind: ColumnKind


MakeParameter = Callable[[Slot, Operand, bool], exp.Expr]


def condition(
    predicate: Predicate,
    operands: dict[str, Operand],
    parameter: MakeParameter,
    dialect: Dialect,
) -> exp.Expr:
    """The condition; NULL in place of false is left to WHERE, except below `not`."""
    match predicate:
        case AllOf(parts):
            return _connected(exp.And, parts, True, operands, parameter, dialect)
        case AnyOf(parts):
            return _connected(exp.Or, parts, False, operands, parameter, dialect)
        case Not(part):
            inner = condition(part, operands, parameter, dialect)
            return exp.Not(this=_is_true(inner))
        case Comparison():
            return _comparison(predicate, operands[predicate.field], parameter, dialect)


def _connected(
    connector: type[exp.And | exp.Or],
    parts: tuple[Predicate, ...],
    empty: bool,
    operands: dict[str, Operand],
    parameter: MakeParameter,
    dialect: Dialect,
) -> exp.Expr:
    conditions = [condition(part, operands, parameter, dialect) for part in parts]
    if not conditions:
        return exp.Boolean(this=empty)
    result = conditions[0]
    for item in conditions[1:]:
        result = connector(this=result, expression=item)
    return exp.Paren(this=result) if len(conditions) > 1 else result


def _is_true(inner: exp.Expr) -> exp.Expr:
    return exp.Is(this=exp.Paren(this=inner), expression=exp.Boolean(this=True))


def _comparison(
    comparison: Comparison, operand: Operand, parameter: MakeParameter, dialect: Dialect
) -> exp.Expr:
    left = operand.expression.copy()
    operator = comparison.operator

    def bound(slot: object, *, many: bool = False) -> exp.Expr:
        assert isinstance(slot, Slot)
        return parameter(slot, operand, many)

    def ordered() -> exp.Expr:
        return (
            dialect.by_code_point(left.copy()) if operand.kind is ColumnKind.TEXT else left.copy()
        )

    match operator:
        case Operator.IS_NULL:
            return exp.Is(this=left, expression=exp.Null())
        case Operator.IS_NOT_NULL:
            return exp.Not(this=exp.Is(this=left, expression=exp.Null()))
        case Operator.EQ:
            return exp.EQ(this=left, expression=bound(comparison.value))
        case Operator.NE:
            return exp.NullSafeNEQ(this=left, expression=bound(comparison.value))
        case Operator.IN | Operator.NOT_IN:
            member = exp.EQ(this=left, expression=call("ANY", bound(comparison.value, many=True)))
            return member if operator is Operator.IN else exp.Not(this=_is_true(member))
        case Operator.BETWEEN:
            assert isinstance(comparison.value, tuple)
            low, high = comparison.value
            return exp.Paren(
                this=exp.And(
                    this=exp.GTE(this=ordered(), expression=bound(low)),
                    expression=exp.LTE(this=ordered(), expression=bound(high)),
                )
            )
        case Operator.CONTAINS:
            return exp.GT(
                this=call("STRPOS", left, bound(comparison.value)),
                expression=exp.Literal.number(0),
            )
        case Operator.SEARCH:
            searched = replace(operand, type=FieldType.STRING, kind=ColumnKind.TEXT)
            assert isinstance(comparison.value, Slot)
            text = left if operand.kind is ColumnKind.TEXT else as_text(left)
            found = parameter(comparison.value, searched, False)
            return exp.GT(
                this=call("STRPOS", call("LOWER", text), call("LOWER", found)),
                expression=exp.Literal.number(0),
            )
        case Operator.STARTS_WITH:
            return call("STARTS_WITH", left, bound(comparison.value))
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            return _ORDERED[operator](this=ordered(), expression=bound(comparison.value))
