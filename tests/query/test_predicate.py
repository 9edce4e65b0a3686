"""The helpers of the filter algebra, over predicates of any form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
    Scalar,
    Slot,
    Value,
    conjuncts,
    describe,
    fields_of,
    take_values,
)

FIELDS = ("country", "revenue", "day")
NUMBERS = st.integers(0, 5)
ONE = (Operator.EQ, Operator.NE, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)


def comparisons(values: st.SearchStrategy[Scalar]) -> st.SearchStrategy[Predicate]:
    field = st.sampled_from(FIELDS)
    several = st.lists(values, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Comparison, field, st.sampled_from(ONE), values),
        st.builds(Comparison, field, st.sampled_from([Operator.IN, Operator.NOT_IN]), several),
        st.builds(Comparison, field, st.just(Operator.BETWEEN), st.tuples(values, values)),
        st.builds(Comparison, field, st.sampled_from([Operator.IS_NULL, Operator.IS_NOT_NULL])),
    )


def predicates(values: st.SearchStrategy[Scalar]) -> st.SearchStrategy[Predicate]:
    return st.recursive(
        comparisons(values),
        lambda inner: st.one_of(
            st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=8,
    )


ROWS = st.fixed_dictionaries({field: st.none() | NUMBERS for field in FIELDS})
Row = dict[str, int | None]


def holds(predicate: Predicate, row: Row, read: Callable[[object], object]) -> bool:
    """The algebra, written down once more. `read` gives the value that stands in a comparison."""
    match predicate:
        case AllOf(parts):
            return all(holds(part, row, read) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row, read) for part in parts)
        case Not(part):
            return not holds(part, row, read)
        case Comparison(field, operator, written):
            stored = row[field]
            match operator:
                case Operator.IS_NULL:
                    return stored is None
                case Operator.IS_NOT_NULL:
                    return stored is not None
                case Operator.NE | Operator.NOT_IN if stored is None:
                    return True
                case _ if stored is None:
                    return False
            return compares(stored, operator, written, read)


def compares(
    stored: int, operator: Operator, written: object, read: Callable[[object], object]
) -> bool:
    if operator is Operator.BETWEEN:
        low, high = (cast("int", read(end)) for end in cast("tuple[object, object]", written))
        return low <= stored <= high
    value = read(written)
    if operator in (Operator.IN, Operator.NOT_IN):
        return (stored in cast("tuple[object, ...]", value)) is (operator is Operator.IN)
    number = cast("int", value)
    return {
        Operator.EQ: stored == number,
        Operator.NE: stored != number,
        Operator.GT: stored > number,
        Operator.GTE: stored >= number,
        Operator.LT: stored < number,
        Operator.LTE: stored <= number,
    }[operator]


def taken(predicate: Predicate) -> tuple[Predicate, list[Scalar | Value]]:
    values: list[Scalar | Value] = []

    def keep(value: Scalar | Value) -> Slot:
        values.append(value)
        return Slot(len(values) - 1)

    return take_values(predicate, keep), values


def as_is(value: object) -> object:
    return value


@given(predicate=predicates(NUMBERS) | predicates(NUMBERS.map(Decimal)), row=ROWS)
def test_a_predicate_means_the_same_once_its_values_are_taken(
    predicate: Predicate, row: Row
) -> None:
    shape, values = taken(predicate)

    def in_slot(slot: object) -> object:
        assert isinstance(slot, Slot)
        return values[slot.index]

    assert holds(shape, row, in_slot) is holds(predicate, row, as_is)


@given(predicate=predicates(NUMBERS))
def test_no_value_stays_and_each_slot_is_one(predicate: Predicate) -> None:
    shape, values = taken(predicate)
    again: list[object] = []

    def keep(value: object) -> Slot:
        assert isinstance(value, Slot)
        again.append(value.index)
        return value

    assert take_values(shape, keep) == shape
    assert again == list(range(len(values)))
    assert list(fields_of(shape)) == list(fields_of(predicate))


@given(predicate=predicates(NUMBERS), row=ROWS)
def test_all_conjuncts_hold_where_the_predicate_does(predicate: Predicate, row: Row) -> None:
    parts = conjuncts(predicate)
    assert not any(isinstance(part, AllOf) for part in parts)
    assert all(holds(part, row, as_is) for part in parts) is holds(predicate, row, as_is)
    assert list(fields_of(AllOf(parts))) == list(fields_of(predicate))


@given(predicate=predicates(NUMBERS), row=ROWS)
def test_a_filter_and_its_negation_split_the_rows(predicate: Predicate, row: Row) -> None:
    assert holds(Not(predicate), row, as_is) is not holds(predicate, row, as_is)


def test_no_predicate_has_no_conjuncts() -> None:
    assert conjuncts(None) == ()
    assert conjuncts(AllOf(())) == ()


def test_fields_are_named_as_often_as_they_are_compared() -> None:
    on = Comparison("day", Operator.EQ, date(2026, 1, 1))
    other = Comparison("country", Operator.IS_NULL)
    predicate = AllOf((on, Not(AnyOf((other, on)))))
    assert list(fields_of(predicate)) == ["day", "country", "day"]


def test_decimals_are_compared_one_by_one() -> None:
    # An array has one scale for all of its decimals, and would round the others.
    values = (Decimal("1.5"), Decimal("2.25"))
    shape, found = taken(Comparison("revenue", Operator.IN, values))
    assert shape == AnyOf(
        (
            Comparison("revenue", Operator.EQ, Slot(0)),
            Comparison("revenue", Operator.EQ, Slot(1)),
        )
    )
    assert found == list(values)
    negated, _ = taken(Comparison("revenue", Operator.NOT_IN, values))
    assert negated == Not(shape)


def test_a_predicate_is_described_as_people_write_it() -> None:
    predicate = AllOf(
        (
            Comparison("country", Operator.IN, Slot(0)),
            Not(AnyOf((Comparison("day", Operator.BETWEEN, (Slot(1), Slot(2))), AllOf(())))),
            Comparison("revenue", Operator.IS_NULL),
            Comparison("revenue", Operator.GT, 5),
        )
    )
    assert describe(predicate) == (
        "(country in ?0 and not (day between ?1 to ?2 or (true)) and revenue isNull "
        "and revenue gt 5)"
    )
    assert describe(AnyOf(())) == "(false)"
