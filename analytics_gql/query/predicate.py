"""The filter algebra. It has two values: a condition holds or it does not.

A row without a value (SQL NULL) meets `ne`, `notIn` and `isNull: true` and no other comparison,
and `not` is the exact complement: a filter and its `not` split the rows in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

Scalar = str | bool | int | float | Decimal | date | datetime
Value = Scalar | tuple[Scalar, ...]


class Operator(Enum):
    """How a field is compared; the values are the operators' names in filter inputs.

    SEARCH stands in no filter: the text of a value contains another one, whatever the case.
    """

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "notIn"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    SEARCH = "search"
    IS_NULL = "isNull"
    IS_NOT_NULL = "isNotNull"


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands where a value was taken out of a query: the value's place in `values`."""

    index: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value; a pair for BETWEEN, a tuple for IN and NOT_IN.

    IS_NULL and IS_NOT_NULL take no value.
    """

    field: str
    operator: Operator
    value: Value | Slot | tuple[Slot, Slot] | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts, true."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; without parts, false."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Predicate


Predicate = Comparison | AllOf | AnyOf | Not


def fields_of(predicate: Predicate) -> Iterator[str]:
    """Every field that is compared, with repetitions."""
    match predicate:
        case Comparison():
            yield predicate.field
        case AllOf() | AnyOf():
            for part in predicate.parts:
                yield from fields_of(part)
        case Not():
            yield from fields_of(predicate.part)


def describe(predicate: Predicate) -> str:
    """A predicate for people: `country in ?2 and not (revenue gt ?3)`; `?2` is the value slot 2."""
    match predicate:
        case Comparison(field, operator, value):
            slots = value if isinstance(value, tuple) else (value,)
            shown = [f"?{item.index}" if isinstance(item, Slot) else repr(item) for item in slots]
            words = [field, operator.value, *([] if value is None else [" to ".join(shown)])]
            return " ".join(words)
        case AllOf(parts):
            return "(" + (" and ".join(describe(part) for part in parts) or "true") + ")"
        case AnyOf(parts):
            return "(" + (" or ".join(describe(part) for part in parts) or "false") + ")"
        case Not(part):
            return f"not {describe(part)}"


def conjuncts(predicate: Predicate | None) -> tuple[Predicate, ...]:
    """The parts that must all hold, nested conjunctions opened."""
    if predicate is None:
        return ()
    if isinstance(predicate, AllOf):
        return tuple(inner for part in predicate.parts for inner in conjuncts(part))
    return (predicate,)


def take_values(predicate: Predicate, keep: Callable[[Scalar | Value], Slot]) -> Predicate:
    """The same predicate with each value handed to `keep` and its slot put in place."""
    match predicate:
        case Comparison(value=None):
            return predicate
        case Comparison(field, Operator.BETWEEN, (low, high)):
            return Comparison(field, Operator.BETWEEN, (keep(low), keep(high)))  # type: ignore[arg-type]
        case Comparison(field, Operator.IN, tuple(values)) if _are_decimals(values):
            # An engine's array has one scale for all, which would round: they are compared one
            # by one.
            return AnyOf(tuple(Comparison(field, Operator.EQ, keep(value)) for value in values))  # type: ignore[arg-type]
        case Comparison(field, Operator.NOT_IN, tuple(values)) if _are_decimals(values):
            return Not(take_values(Comparison(field, Operator.IN, values), keep))
        case Comparison(field, operator, value):
            return Comparison(field, operator, keep(value))  # type: ignore[arg-type]
        case AllOf(parts):
            return AllOf(tuple(take_values(part, keep) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(take_values(part, keep) for part in parts))
        case Not(part):
            return Not(take_values(part, keep))


def _are_decimals(values: tuple[object, ...]) -> bool:
    return bool(values) and isinstance(values[0], Decimal)
