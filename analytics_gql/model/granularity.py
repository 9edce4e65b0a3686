"""The buckets of time, their order, and where a bucket starts."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum


class Granularity(Enum):
    """The bucket that a time dimension is truncated to, from fine to coarse."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"

    def start_of(self, day: date) -> date:
        """The first day of the bucket that holds `day`; weeks start on Monday (ISO 8601)."""
        match self:
            case Granularity.HOUR | Granularity.DAY:
                return day
            case Granularity.WEEK:
                return day - timedelta(days=day.weekday())
            case Granularity.MONTH:
                return day.replace(day=1)
            case Granularity.QUARTER:
                return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
            case Granularity.YEAR:
                return day.replace(month=1, day=1)
