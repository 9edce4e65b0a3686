"""A question's own checks, and its parting into shape and values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.errors import DateRangeError, LimitArgumentError
from analytics_gql.model.granularity import Granularity
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering, split
from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Operator, Slot

RANGE = DateRange(date(2026, 4, 1), date(2026, 4, 30))
QUERY = MetricQuery(
    "Sales",
    metrics=("revenue",),
    dimensions=("country",),
    by_time=True,
    granularity=Granularity.WEEK,
    timezone="Europe/Berlin",
    date_range=RANGE,
    where=Comparison("country", Operator.EQ, "DE"),
    order=(Ordering("revenue", descending=True),),
    limit=10,
)


@given(start=st.dates(), days=st.integers(-400, 400))
def test_a_range_does_not_end_before_it_starts(start: date, days: int) -> None:
    try:
        end = start + timedelta(days=days)
    except OverflowError:
        return
    if days >= 0:
        assert DateRange(start, end).end == end
        return
    with pytest.raises(DateRangeError) as caught:
        DateRange(start, end)
    assert caught.value.message == f"the dateRange ends ({end}) before it starts ({start})"
    assert caught.value.hint == "swap start and end; both days are included"


def test_a_range_of_slots_is_not_compared() -> None:
    assert DateRange(Slot(1), Slot(0)).start == Slot(1)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(limit: int) -> None:
    with pytest.raises(LimitArgumentError, match=f"limit is {limit}") as caught:
        MetricQuery("Sales", limit=limit)
    assert caught.value.hint == "ask for at least 1 row, or leave `limit` out"
    assert MetricQuery("Sales", limit=1).limit == 1
    assert MetricQuery("Sales").limit is None


def test_values_and_limit_are_taken_out_of_a_shape() -> None:
    shape, values = split(QUERY)
    assert values == (date(2026, 4, 1), date(2026, 4, 30), "DE")
    assert shape == replace(
        QUERY,
        date_range=DateRange(Slot(0), Slot(1)),
        where=Comparison("country", Operator.EQ, Slot(2)),
        limit=None,
    )


def test_questions_that_differ_in_values_alone_have_one_shape() -> None:
    other = replace(
        QUERY,
        date_range=DateRange(date(2020, 1, 1), date(2020, 1, 1)),
        where=Comparison("country", Operator.EQ, "FR"),
        limit=None,
    )
    assert split(QUERY)[0] == split(other)[0]
    assert hash(split(QUERY)[0]) == hash(split(other)[0])


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, metrics=()),
        replace(QUERY, dimensions=()),
        replace(QUERY, by_time=False),
        replace(QUERY, granularity=Granularity.DAY),
        replace(QUERY, timezone=None),
        replace(QUERY, date_range=None),
        replace(QUERY, where=None),
        replace(QUERY, where=Comparison("country", Operator.NE, "DE")),
        replace(QUERY, where=Comparison("region", Operator.EQ, "DE")),
        replace(QUERY, where=Comparison("country", Operator.IS_NULL)),
        replace(QUERY, where=AllOf((QUERY.where,) if QUERY.where else ())),
        replace(QUERY, where=AnyOf((QUERY.where,) if QUERY.where else ())),
        replace(QUERY, order=()),
        replace(QUERY, order=(Ordering("revenue"),)),
    ],
)
def test_questions_that_differ_otherwise_have_shapes_of_their_own(other: MetricQuery) -> None:
    assert split(other)[0] != split(QUERY)[0]


def test_a_question_without_values_is_its_own_shape() -> None:
    query = MetricQuery("Sales", metrics=("revenue",))
    assert split(query) == (query, ())
