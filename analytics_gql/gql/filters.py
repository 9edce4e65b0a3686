"""Filter inputs → predicates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from analytics_gql.errors import FilterError
from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Not, Operator, Predicate

_OPERATORS = {operator.value: operator for operator in Operator}

MAX_CONDITIONS = 200
"""Comparisons in one filter: each costs time to plan and a place in the SQL.

A list costs none, except that each decimal is compared by itself (see predicate.take_values).
Connectives cost as much, so their number is bounded with it.
"""


def read_filter(value: Mapping[str, Any] | None) -> Predicate | None:
    """The condition that a filter states; None where it states none. Raises FilterError."""
    predicate = _predicate(value)
    if predicate is not None:
        conditions, connectives = _size(predicate)
        if conditions > MAX_CONDITIONS or connectives > 2 * MAX_CONDITIONS:
            raise FilterError(
                f"the filter has more than {MAX_CONDITIONS} conditions",
                hint="compare with a list of values: but for decimals, `in` and `notIn` take any "
                "number",
            )
    return predicate


def _size(predicate: Predicate) -> tuple[int, int]:
    """How many comparisons and how many connectives there are to plan and to write."""
    match predicate:
        case Comparison(value=tuple(values)):
            return sum(isinstance(value, Decimal) for value in values) or 1, 0
        case Comparison():
            return 1, 0
        case AllOf(parts) | AnyOf(parts):
            sizes = [_size(part) for part in parts]
            return sum(size[0] for size in sizes), 1 + sum(size[1] for size in sizes)
        case Not(part):
            conditions, connectives = _size(part)
            return conditions, connectives + 1


def _predicate(value: Mapping[str, Any] | None) -> Predicate | None:
    """A filter input; None where it says nothing."""
    if value is None:
        return None
    parts: list[Predicate] = []
    for name, item in value.items():
        if item is None:
            continue
        match name:
            case "and":
                parts.append(AllOf(tuple(_whole(part) for part in item)))
            case "or":
                parts.append(AnyOf(tuple(_whole(part) for part in item)))
            case "not":
                parts.append(Not(_whole(item)))
            case _:
                parts += [_comparison(name, word, operand) for word, operand in item.items()]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _whole(value: Mapping[str, Any]) -> Predicate:
    return _predicate(value) or AllOf(())


def _comparison(field: str, word: str, operand: Any) -> Predicate:
    operator = _OPERATORS[word]
    if operand is None:
        raise FilterError(
            f"`{field}: {{ {word}: null }}` compares with nothing",
            hint="ask for missing values with isNull: true, or leave the operator out",
        )
    check_text(field, operand if isinstance(operand, list) else (operand,))
    match operator:
        case Operator.IS_NULL:
            return Comparison(field, Operator.IS_NULL if operand else Operator.IS_NOT_NULL)
        case Operator.IN | Operator.NOT_IN:
            return Comparison(field, operator, tuple(operand))
        case Operator.BETWEEN:
            if len(operand) != 2:
                raise FilterError(
                    f"`between` of '{field}' has {len(operand)} values",
                    hint="give two, the lowest and the highest that count",
                )
            return Comparison(field, operator, tuple(operand))
        case _:
            return Comparison(field, operator, operand)


def check_text(field: str, values: Iterable[Any]) -> None:
    """Raise FilterError where a text is compared that no column can hold."""
    # PostgreSQL cannot even be asked for it, and no engine's text should mean something else.
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise FilterError(
            f"the value for '{field}' has the character U+0000, which no text holds",
            hint="take it out",
        )
