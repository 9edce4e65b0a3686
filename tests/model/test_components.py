"""The registry of aggregates: what merging partial results gives, against all rows at once."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from analytics_gql.model.components import Accumulate, Component, Merge, Mergeable

Rows = list[int | None]

ACCUMULATED: dict[Accumulate, Callable[[list[int]], float | None]] = {
    Accumulate.SUM: lambda values: sum(values) if values else None,
    Accumulate.COUNT: len,
    Accumulate.MIN: lambda values: min(values, default=None),
    Accumulate.MAX: lambda values: max(values, default=None),
    Accumulate.COUNT_DISTINCT: lambda values: len(set(values)),
    Accumulate.PERCENTILE: lambda values: statistics.median(values) if values else None,
}
MERGED: dict[Merge, Callable[[list[float]], float]] = {
    Merge.SUM: sum,
    Merge.MIN: min,
    Merge.MAX: max,
}


def accumulated(kind: Accumulate, rows: Rows) -> float | None:
    return ACCUMULATED[kind]([row for row in rows if row is not None])


def merged(kind: Accumulate, partial: list[float | None]) -> float | None:
    found = [value for value in partial if value is not None]
    return MERGED[kind.merge](found) if found else kind.nothing


@pytest.mark.parametrize(
    "kind", [kind for kind in Accumulate if kind.mergeable is Mergeable.ALWAYS]
)
@given(parts=st.lists(st.lists(st.none() | st.integers(-9, 9), max_size=5), max_size=5))
def test_merged_parts_are_the_whole(kind: Accumulate, parts: list[Rows]) -> None:
    whole = [row for rows in parts for row in rows]
    assert merged(kind, [accumulated(kind, rows) for rows in parts]) == accumulated(kind, whole)


@pytest.mark.parametrize(
    "kind", [kind for kind in Accumulate if kind.mergeable is Mergeable.ONLY_AT_ITS_GRAIN]
)
@given(rows=st.lists(st.integers(-9, 9), max_size=9), branches=st.integers(0, 3))
def test_what_is_no_sum_of_its_parts_is_merged_at_its_grain(
    kind: Accumulate, rows: Rows, branches: int
) -> None:
    padding: list[float | None] = [None] * branches
    assert merged(kind, [*padding, accumulated(kind, rows)]) == accumulated(kind, rows)


@pytest.mark.parametrize("kind", Accumulate)
def test_nothing_is_what_no_rows_give(kind: Accumulate) -> None:
    assert merged(kind, []) == accumulated(kind, []) == kind.nothing


def test_distinct_counts_and_percentiles_are_no_sums_of_their_parts() -> None:
    assert [kind for kind in Accumulate if kind.mergeable is Mergeable.ONLY_AT_ITS_GRAIN] == [
        Accumulate.COUNT_DISTINCT,
        Accumulate.PERCENTILE,
    ]


def test_a_percentile_has_a_fraction_and_nothing_else_has() -> None:
    column, half = exp.column("a"), Decimal("0.5")
    assert Component("c", "s", Accumulate.PERCENTILE, column, None, fraction=half).fraction == half
    with pytest.raises(ValueError, match="fraction"):
        Component("c", "s", Accumulate.PERCENTILE, column, None)
    with pytest.raises(ValueError, match="fraction"):
        Component("c", "s", Accumulate.SUM, column, None, fraction=half)


def test_expressions_are_the_parts_that_are_there() -> None:
    column, condition = exp.column("a"), exp.column("b")
    assert Component("c", "orders", Accumulate.COUNT, None, None).expressions == ()
    assert Component("c", "orders", Accumulate.SUM, column, None).expressions == (column,)
    assert Component("c", "orders", Accumulate.SUM, column, condition).expressions == (
        column,
        condition,
    )
