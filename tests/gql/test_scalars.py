"""What is read as which value. Rows are never read by these: they come as JSON."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from analytics_gql.gql.scalars import (
    parse_big_int,
    parse_date,
    parse_date_time,
    parse_decimal,
)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("-7", -7),
        (7.0, 7),
        (2**63 - 1, 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        ("0009", 9),
    ],
)
def test_a_big_int_is_a_whole_number_or_its_digits(value: Any, number: int) -> None:
    assert parse_big_int(value) == number


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, "9223372036854775808", 1.5, 1e300, float("nan"), "1e3", "1.0", "", " 1",
     "+1", "1_000", "٣", "0x1", True, None, [1], {}],
)  # fmt: skip
def test_anything_else_is_no_big_int(value: Any) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        parse_big_int(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, "1"),
        ("1000.00", "1000"),
        ("10.50", "10.5"),
        (10.5, "10.5"),
        (0.30000000000000004, "0.30000000000000004"),
        ("-0", "0"),
        ("0e-50", "0"),
        ("1e19", "10000000000000000000"),
        ("1e-18", "0.000000000000000001"),
        ("9" * 20 + "." + "9" * 18, "9" * 20 + "." + "9" * 18),
        ("0.5" + "0" * 1_000, "0.5"),
    ],
)
def test_a_decimal_is_exact_and_the_same_however_it_is_written(value: Any, number: str) -> None:
    assert format(parse_decimal(value), "f") == number


@pytest.mark.parametrize(
    "value",
    ["1e20", 10**20, "0." + "0" * 18 + "1", "1" * 39, "1e999999999999999999999", "1e-999999999",
     1e300, float("nan"), float("inf"), "NaN", "sNaN", "Infinity", "", " 1", "1_000", "٣", "0x1",
     ".5", "5.", "+5", True, None, [1], {}],
)  # fmt: skip
def test_anything_else_is_no_decimal(value: Any) -> None:
    with pytest.raises(ValueError, match="20 digits before the point and 18 after it"):
        parse_decimal(value)


def test_equal_decimals_are_equal_parameters() -> None:
    assert repr(parse_decimal("10.50")) == repr(parse_decimal(10.5)) == repr(Decimal("10.5"))


def test_a_date_is_a_day_of_the_calendar() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)
    for value in ("2026-02-29", "2026-2-9", "20260209", "0000-01-01", 20260209, None, True, ""):
        with pytest.raises(ValueError, match="day of the calendar"):
            parse_date(value)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-04-01T10:00:00Z", datetime(2026, 4, 1, 10, tzinfo=UTC)),
        ("2026-04-01t10:00:00z", datetime(2026, 4, 1, 10, tzinfo=UTC)),
        ("2026-04-01T10:00:00+02:00", datetime(2026, 4, 1, 8, tzinfo=UTC)),
        ("2026-04-01T10:00:00.25-05:30", datetime(2026, 4, 1, 15, 30, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_a_date_time_is_an_instant_with_its_offset(value: str, instant: datetime) -> None:
    assert parse_date_time(value) == instant


@pytest.mark.parametrize(
    "value",
    ["2026-04-01", "2026-04-01T10:00:00", "2026-04-01 10:00:00Z", "2026-04-01T24:00:01Z",
     "2026-04-01T10:00:00+25:00", "2026-04-01T10:00Z", "0001-01-01T00:00:00+02:00",
     "9999-12-31T23:59:59Z", 0, None, ""],
)  # fmt: skip
def test_anything_else_is_no_date_time(value: Any) -> None:
    with pytest.raises(ValueError, match="instant with its offset"):
        parse_date_time(value)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("2026-02-30T10:00:00Z", "2026-02-30 is no day of the calendar"),
        ("2026-13-01T10:00:00Z", "2026-13-01 is no day of the calendar"),
        ("0000-01-01T10:00:00Z", "there is no year 0000"),
        ("9999-12-31T00:00:00Z", "it lies outside of 0001-01-02 to 9999-12-30"),
        ("2026-02-28", "the time of day is missing"),
        ("2026-02-28T10:00Z", "the seconds are missing"),
        ("2026-02-28T10:00", "the seconds are missing"),
        ("2026-02-28T10:00:00", "the offset from UTC is missing (Z or +02:00)"),
        ("2026-02-30T10:00:00", "the offset from UTC is missing (Z or +02:00)"),
        ("2026-02-28T10:00:00.1234567Z", "its seconds have more than six decimals"),
        ("2026-02-28T25:00:00Z", "25:00:00 is no time of day"),
        ("2026-02-28T10:00:60.5Z", "10:00:60.5 is no time of day"),
        ("2026-02-28T10:00:00+24:00", "+24:00 is no offset from UTC"),
    ],
)
def test_what_is_wrong_with_a_date_time_is_told(value: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{complaint}; a DateTime is an instant")):
        parse_date_time(value)
