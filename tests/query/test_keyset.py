"""The written-out comparison equals Python's, for any order, NULLs, ties and directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.query.keyset import Keyset, SortItem, ahead, behind, stretches, within
from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
)

VALUES = st.one_of(st.none(), st.integers(0, 3))


def holds(predicate: Predicate, row: dict[str, int | None]) -> bool:
    """What an engine would say, NULL counting as false."""
    match predicate:
        case AllOf(parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
        case Comparison(field, Operator.IS_NULL):
            return row[field] is None
        case Comparison(field, Operator.IS_NOT_NULL):
            return row[field] is not None
        case Comparison(field, operator, int(value)):
            stored = row[field]
            if stored is None:
                return False
            return {
                Operator.EQ: stored == value,
                Operator.GT: stored > value,
                Operator.GTE: stored >= value,
                Operator.LT: stored < value,
                Operator.LTE: stored <= value,
            }[operator]
    raise AssertionError(predicate)


def place(items: tuple[SortItem, ...], row: dict[str, int | None]) -> list[tuple[bool, int]]:
    """A sort key: NULLs last in both directions."""
    key: list[tuple[bool, int]] = []
    for item in items:
        value = row[item.field]
        if value is None:
            key.append((True, 0))
        else:
            key.append((False, -value if item.descending else value))
    return key


@st.composite
def orders(draw: st.DrawFn) -> tuple[SortItem, ...]:
    return tuple(
        SortItem(f"f{number}", draw(st.booleans()), draw(st.booleans()))
        for number in range(draw(st.integers(1, 3)))
    )


def rows(items: tuple[SortItem, ...]) -> st.SearchStrategy[dict[str, int | None]]:
    return st.fixed_dictionaries(
        {item.field: VALUES if item.is_nullable else st.integers(0, 3) for item in items}
    )


@given(st.data(), orders())
def test_behind_and_ahead_part_all_rows_at_a_position(
    data: st.DataObject, items: tuple[SortItem, ...]
) -> None:
    at, row = data.draw(rows(items)), data.draw(rows(items))
    position = tuple(at[item.field] for item in items)
    here, there = place(items, at), place(items, row)
    assert holds(behind(items, position), row) == (there > here)
    assert holds(ahead(items, position), row) == (there < here)
    assert holds(behind(items, position, inclusive=True), row) == (there >= here)
    assert holds(ahead(items, position, inclusive=True), row) == (there <= here)


@given(st.data(), orders())
def test_a_prefix_of_the_order_keeps_all_that_the_whole_order_keeps(
    data: st.DataObject, items: tuple[SortItem, ...]
) -> None:
    at, row = data.draw(rows(items)), data.draw(rows(items))
    position = tuple(at[item.field] for item in items)
    for keyset in (Keyset(after=position), Keyset(before=position)):
        (exact,) = within(keyset, items)
        (prefix,) = within(keyset, items[:1], inclusive=True)
        assert holds(prefix, row) or not holds(exact, row)


@given(st.data(), orders())
def test_stretches_are_the_part_in_its_order(
    data: st.DataObject, items: tuple[SortItem, ...]
) -> None:
    items = (*items, SortItem("id", data.draw(st.booleans()), False))
    after, before = (data.draw(st.one_of(st.none(), rows(items))) for _ in range(2))
    keyset = Keyset(
        *(None if at is None else tuple(at[item.field] for item in items) for at in (after, before))
    )
    table = data.draw(st.lists(rows(items), max_size=12))
    whole = [row for row in table if all(holds(part, row) for part in within(keyset, items))]
    read: list[dict[str, int | None]] = []
    for stretch in stretches(keyset, items):
        part = [row for row in table if all(holds(c, row) for c in stretch.conditions)]
        read += sorted(part, key=lambda row: place(stretch.items, row))
    assert read == sorted(whole, key=lambda row: place(items, row))


def test_an_index_can_start_at_a_column_without_nulls() -> None:
    items = (SortItem("a", False, False), SortItem("id", False, False))
    predicate = behind(items, (5, 7))
    assert isinstance(predicate, AllOf)
    assert predicate.parts[0] == Comparison("a", Operator.GTE, 5)


def test_without_a_keyset_nothing_is_restricted() -> None:
    items = (SortItem("a", False, True),)
    assert within(None, items) == ()
    assert within(Keyset(), items) == ()


def test_a_position_of_another_length_is_a_defect() -> None:
    with pytest.raises(ValueError, match="zip"):
        behind((SortItem("a", False, True),), (1, 2))
