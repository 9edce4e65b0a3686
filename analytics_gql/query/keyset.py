"""Keyset pages: which rows stand beyond a position in a total order.

The comparison is lexicographic and written out. Row values would be shorter, but engines disagree
about them where NULLs are: DuckDB holds `(1, NULL) > (1, 1)` to be true, the standard unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Operator,
    Predicate,
    Scalar,
    Slot,
)

Position = tuple[Scalar | Slot | None, ...]
"""The values of one row under the items of an order, one by one; None stands for NULL."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """The part of an ordered result that lies behind `after` and before `before`.

    `backwards` reads it from its end.
    """

    after: Position | None = None
    before: Position | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class SortItem:
    """A field that rows are sorted by; NULLs come last, upwards and downwards."""

    field: str
    descending: bool
    is_nullable: bool


def behind(
    items: tuple[SortItem, ...], position: Position, *, inclusive: bool = False
) -> Predicate:
    """True for rows that come after a position; with `inclusive`, for those at it as well."""
    rest: Predicate = AllOf(()) if inclusive else AnyOf(())
    for item, value in zip(reversed(items), reversed(position), strict=True):
        if value is None:  # NULLs are last: only equal ones can follow
            rest = AllOf((Comparison(item.field, Operator.IS_NULL), rest))
            continue
        operator = Operator.LT if item.descending else Operator.GT
        beyond = [Comparison(item.field, operator, value)]
        if item.is_nullable:
            beyond.append(Comparison(item.field, Operator.IS_NULL))
        rest = _either(item, value, tuple(beyond), rest)
    return rest


def ahead(items: tuple[SortItem, ...], position: Position, *, inclusive: bool = False) -> Predicate:
    """True for rows that come before a position; with `inclusive`, for those at it as well."""
    rest: Predicate = AllOf(()) if inclusive else AnyOf(())
    for item, value in zip(reversed(items), reversed(position), strict=True):
        if value is None:  # every value comes before NULL
            null = AllOf((Comparison(item.field, Operator.IS_NULL), rest))
            rest = AnyOf((Comparison(item.field, Operator.IS_NOT_NULL), null))
            continue
        operator = Operator.GT if item.descending else Operator.LT
        rest = _either(item, value, (Comparison(item.field, operator, value),), rest)
    return rest


def _either(
    item: SortItem, value: Scalar | Slot, beyond: tuple[Comparison, ...], rest: Predicate
) -> Predicate:
    """`a > x or (a = x and rest)`, led by `a >= x` where that says nothing of NULLs.

    An engine cannot start an index at an OR; at the plain comparison before it, it can.
    """
    if rest == AnyOf(()):
        return beyond[0] if len(beyond) == 1 else AnyOf(beyond)
    equal = Comparison(item.field, Operator.EQ, value)
    either = AnyOf((*beyond, equal if rest == AllOf(()) else AllOf((equal, rest))))
    if len(beyond) > 1:
        return either
    operator = Operator.GTE if beyond[0].operator is Operator.GT else Operator.LTE
    return AllOf((Comparison(item.field, operator, value), either))


def within(
    keyset: Keyset | None, items: tuple[SortItem, ...], *, inclusive: bool = False
) -> tuple[Predicate, ...]:
    """What holds for the rows of a keyset; `items` may be the first ones of its order alone."""
    if keyset is None:
        return ()
    found: list[Predicate] = []
    for position, beyond in ((keyset.after, behind), (keyset.before, ahead)):
        if position is not None:
            found.append(beyond(items, position[: len(items)], inclusive=inclusive))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows in which every condition holds, and the order that is left among them."""

    conditions: tuple[Predicate, ...]
    items: tuple[SortItem, ...]


def stretches(keyset: Keyset | None, items: tuple[SortItem, ...]) -> tuple[Stretch, ...]:
    """A part of an order as the rows with a value of its first item, then those without.

    An index can start within each of the two, and not at `a > x or a is null`. None of them where
    the positions cross between the two.
    """
    first, rest = items[0], items[1:]
    after = None if keyset is None else keyset.after
    before = None if keyset is None else keyset.before
    found: list[Stretch] = []
    if after is None or after[0] is not None:
        sure = (replace(first, is_nullable=False), *rest)
        within_values = Keyset(after, before if before and before[0] is not None else None)
        here = Comparison(first.field, Operator.IS_NOT_NULL)
        found.append(Stretch((here, *within(within_values, sure)), sure))
    if before is None or before[0] is None:
        within_nulls = Keyset(
            after[1:] if after and after[0] is None else None,
            None if before is None else before[1:],
        )
        here = Comparison(first.field, Operator.IS_NULL)
        found.append(Stretch((here, *within(within_nulls, rest)), rest))
    return tuple(found)
