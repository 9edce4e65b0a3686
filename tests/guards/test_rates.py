"""A bucket and a day's quota against what they say, computed with fractions and lists."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.guards.price import Part, Price
from analytics_gql.guards.rates import (
    POINTS_OF_TOKEN,
    RING,
    STEP_US,
    STEPS,
    UNITS,
    Account,
    DayQuota,
    Rate,
    TokenBucket,
)

START_US = 1_000 * STEP_US
MINUTE_US = 60_000_000
Steps = list[tuple[int, int, bool]]
"""Microseconds that pass, tokens, and whether they are given back."""

steps = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 10 * MINUTE_US), st.integers(0, 30 * 48 * STEP_US // 10)),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=60,
)


@given(st.integers(1, 5_000), st.integers(1, 100), steps)
def test_a_bucket_holds_exactly_what_it_should(per_minute: int, burst: int, told: Steps) -> None:
    rate = Rate(TokenBucket(per_minute, burst))
    account, now_us, held = Account.full(rate, START_US), START_US, Fraction(burst)
    for passed_us, tokens, is_back in told:
        now_us += passed_us
        held = min(held + Fraction(passed_us * per_minute, MINUTE_US), Fraction(burst))
        if is_back:
            account.give_back(rate, tokens, now_us)
            held = min(held + tokens, Fraction(burst))
        else:
            standing = account.take(rate, tokens, now_us)
            assert (standing.refused_by is None) == (held >= tokens)
            if standing.refused_by is None:
                held -= tokens
            else:
                wait_us = (tokens - held) * MINUTE_US / per_minute
                assert 0 <= standing.retry_after_ms * 1_000 - wait_us < 1_001
            assert standing.remaining == held // 1
        assert Fraction(account.units, UNITS) == held
        assert 0 <= held <= burst


@given(st.integers(1, 200), steps)
def test_no_24_hours_see_more_than_the_quota(per_day: int, told: Steps) -> None:
    rate = Rate(TokenBucket(1_000_000, 1_000_000), DayQuota(per_day))
    account, now_us = Account.full(rate, START_US), START_US
    taken: list[tuple[int, int]] = []
    for passed_us, tokens, _ in told:
        now_us += passed_us
        standing = account.take(rate, tokens, now_us)
        # A half hour counts until all of it is out of the day.
        counted = sum(of for at, of in taken if at // STEP_US > now_us // STEP_US - RING)
        assert (standing.refused_by is None) == (counted + tokens <= per_day)
        if standing.refused_by is None:
            taken.append((now_us, tokens))
            counted += tokens
        assert standing.day_remaining == per_day - counted
        day_us = STEPS * STEP_US
        assert sum(of for at, of in taken if at > now_us - day_us) <= per_day


@given(st.integers(1, 100), steps)
def test_waiting_as_long_as_is_said_is_enough(per_day: int, told: Steps) -> None:
    rate = Rate(TokenBucket(30, 60), DayQuota(per_day))
    account, now_us = Account.full(rate, START_US), START_US
    for passed_us, tokens, _ in told:
        now_us += passed_us
        tokens = min(tokens, rate.most)
        standing = account.take(rate, tokens, now_us)
        while standing.refused_by is not None:  # by the one, then perhaps by the other
            assert standing.retry_after_ms > 0
            refused_by, now_us = standing.refused_by, now_us + standing.retry_after_ms * 1_000
            standing = account.take(rate, tokens, now_us)
            assert standing.refused_by != refused_by


def test_both_are_taken_from_or_neither() -> None:
    rate = Rate(TokenBucket(60, 10), DayQuota(15))
    account = Account.full(rate, START_US)
    assert account.take(rate, 10, START_US).refused_by is None
    assert account.take(rate, 1, START_US).refused_by == "minute"
    refused = account.take(rate, 6, START_US + 10 * 1_000_000)
    assert (refused.refused_by, refused.remaining, refused.day_remaining) == ("day", 10, 5)
    assert account.take(rate, 5, START_US + 10 * 1_000_000).refused_by is None


def test_a_clock_that_is_set_back_refills_nothing() -> None:
    rate = Rate(TokenBucket(60, 10), DayQuota(100))
    account = Account.full(rate, START_US)
    account.take(rate, 10, START_US)
    for back_us in (1, MINUTE_US, 10 * STEP_US):
        assert account.take(rate, 1, START_US - back_us).refused_by == "minute"
    assert account.take(rate, 1, START_US + 1_000_000).refused_by is None


def test_a_bucket_of_100_may_let_200_in_within_a_minute() -> None:
    rate = Rate(TokenBucket(100, 100))
    account = Account.full(rate, START_US)
    let_in = sum(
        account.take(rate, 1, START_US + tenth * 100_000).refused_by is None
        for tenth in range(601)
        for _ in range(10)
    )
    assert let_in == 200


@pytest.mark.parametrize(
    ("points", "tokens"),
    [(0, 1), (1, 1), (POINTS_OF_TOKEN, 1), (POINTS_OF_TOKEN + 1, 2), (1_000, 10), (10**9, 40)],
)
def test_a_token_pays_for_a_hundred_points_and_none_is_more_than_can_be_had(
    points: int, tokens: int
) -> None:
    price = Price((Part("reading", 1, "day", "Sales", points),))
    assert Rate(TokenBucket(60, 50), DayQuota(40)).tokens_of(price) == tokens


def test_what_lets_nobody_in_cannot_be_said() -> None:
    for bucket in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="lets nobody in"):
            TokenBucket(*bucket)
    with pytest.raises(ValueError, match="lets nobody in"):
        DayQuota(0)
