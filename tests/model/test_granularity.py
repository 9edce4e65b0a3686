"""Buckets of time, against a calendar that is walked day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.model.granularity import Granularity

DAY = timedelta(days=1)


def opens_bucket(day: date, granularity: Granularity) -> bool:
    match granularity:
        case Granularity.HOUR | Granularity.DAY:
            return True
        case Granularity.WEEK:
            return day.isocalendar().weekday == 1
        case Granularity.MONTH:
            return day.day == 1
        case Granularity.QUARTER:
            return day.day == 1 and day.month in (1, 4, 7, 10)
        case Granularity.YEAR:
            return day.day == 1 and day.month == 1


@given(day=st.dates(min_value=date(1, 1, 1)), granularity=st.sampled_from(Granularity))
def test_a_bucket_starts_at_the_last_day_that_opens_one(
    day: date, granularity: Granularity
) -> None:
    start = day
    while not opens_bucket(start, granularity):
        start -= DAY
    assert granularity.start_of(day) == start


@given(day=st.dates(), granularity=st.sampled_from(Granularity))
def test_a_start_is_in_its_own_bucket(day: date, granularity: Granularity) -> None:
    start = granularity.start_of(day)
    assert start <= day
    assert granularity.start_of(start) == start


@given(days=st.tuples(st.dates(), st.dates()), granularity=st.sampled_from(Granularity))
def test_later_days_are_in_no_earlier_bucket(
    days: tuple[date, date], granularity: Granularity
) -> None:
    first, second = sorted(days)
    assert granularity.start_of(first) <= granularity.start_of(second)


@pytest.mark.parametrize("fine", Granularity)
@given(day=st.dates())
def test_coarser_buckets_start_no_later(fine: Granularity, day: date) -> None:
    order = list(Granularity)
    for coarse in order[order.index(fine) :]:
        if coarse is not Granularity.WEEK and fine is not Granularity.WEEK:
            assert coarse.start_of(day) <= fine.start_of(day)
            assert coarse.start_of(fine.start_of(day)) == coarse.start_of(day)


def test_weeks_cross_months_and_years() -> None:
    assert Granularity.WEEK.start_of(date(2026, 1, 1)) == date(2025, 12, 29)
    assert Granularity.WEEK.start_of(date(2024, 3, 3)) == date(2024, 2, 26)
    assert Granularity.WEEK.start_of(date(1, 1, 1)) == date(1, 1, 1)  # a Monday
