"""How much a client may ask over time: a bucket of tokens, and a quota of them for a day.

How it works. A bucket holds `burst` tokens and is refilled by `per_minute` tokens a minute, evenly.
A day is any 24 hours: what was taken is counted by the half hour, and a half hour counts until all
of it is 24 hours old, so no 24 hours see more than the quota. Both are taken from together, or
neither is.

All is counted in whole numbers: time in microseconds, and a token as UNITS of what a bucket of one
token a minute gains in one of them. So nothing is lost by rounding, however often a bucket is
looked at. `SCRIPT` says the same in Redis: whatever changes here is changed there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from analytics_gql.guards.price import Price

UNITS = 60_000_000
"""A token: what a bucket that gains one a minute gains in as many microseconds."""

STEPS = 48
STEP_US = 1_800_000_000
RING = STEPS + 1
"""The half hours that may have a part in the last 24 hours: the present one is not over."""

POINTS_OF_TOKEN = 100
"""Points of a price that one token pays for: most questions cost one token, as most requests."""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """So many tokens at once, refilled evenly. In a minute `burst + per_minute` may be taken."""

    per_minute: int
    burst: int

    def __post_init__(self) -> None:
        if self.per_minute < 1 or self.burst < 1:
            raise ValueError("a bucket that never holds a token lets nobody in")


@dataclass(frozen=True, slots=True)
class DayQuota:
    """So many tokens in any 24 hours."""

    per_day: int

    def __post_init__(self) -> None:
        if self.per_day < 1:
            raise ValueError("a quota without a token lets nobody in")


@dataclass(frozen=True, slots=True)
class Rate:
    """What a client may take over time."""

    bucket: TokenBucket
    quota: DayQuota | None = None

    @property
    def most(self) -> int:
        """Tokens that can be taken at once at all."""
        most = self.bucket.burst
        return most if self.quota is None else min(most, self.quota.per_day)

    def tokens_of(self, price: Price) -> int:
        """The tokens that pay for an operation: one for each POINTS_OF_TOKEN begun, at least one.

        Never more than can be had: a registered document has no budget, and who waits for a full
        bucket is to be answered.
        """
        tokens = -(-price.requested // POINTS_OF_TOKEN)
        return min(max(tokens, 1), self.most)


Policy = Literal["minute", "day"]
"""Which of the two a client has used up."""


class Standing(NamedTuple):
    """Where a client stands after it has asked for tokens.

    `remaining` are those of its bucket, `day_remaining` those of its quota if it has one.
    `refused_by`: nothing was taken, and asking again may help in `retry_after_ms`.
    """

    rate: Rate
    remaining: int
    day_remaining: int | None = None
    refused_by: Policy | None = None
    retry_after_ms: int = 0

    @property
    def reset_s(self) -> int:
        """Seconds until as much as was refused is there; otherwise until the bucket is full."""
        if self.refused_by is not None:
            return -(-self.retry_after_ms // 1_000)
        bucket = self.rate.bucket
        return -(-(bucket.burst - self.remaining) * 60 // bucket.per_minute)


@dataclass(slots=True)
class Account:
    """What one client has: the state of its bucket and of its quota.

    `now_us` of the methods never has to grow: a clock that is set back refills nothing.
    """

    units: int
    at_us: int
    taken: int = 0
    step: int = 0
    ring: list[int] = field(default_factory=list)

    @classmethod
    def full(cls, rate: Rate, now_us: int) -> Account:
        """The account of a client that has not been seen."""
        return cls(rate.bucket.burst * UNITS, now_us, 0, now_us // STEP_US)

    def take(self, rate: Rate, tokens: int, now_us: int) -> Standing:
        """Take tokens from bucket and quota, or from neither."""
        self._refill(rate, now_us)
        lacking = tokens * UNITS - self.units
        if rate.quota is not None:
            self._advance(now_us)
            if self.taken + tokens > rate.quota.per_day:
                wait_us = self._quota_wait_us(rate.quota, tokens, now_us)
                return self._standing(rate, "day", wait_us)
        if lacking > 0:
            return self._standing(rate, "minute", -(-lacking // rate.bucket.per_minute))
        self.units -= tokens * UNITS
        if rate.quota is not None:
            self.taken += tokens
            self.ring[self.step % RING] += tokens
        return self._standing(rate)

    def give_back(self, rate: Rate, tokens: int, now_us: int) -> None:
        """Put back tokens that were taken and not used; what was before this half hour is lost."""
        self._refill(rate, now_us)
        self.units = min(self.units + tokens * UNITS, rate.bucket.burst * UNITS)
        if rate.quota is not None:
            self._advance(now_us)
            slot = self.step % RING
            given = min(tokens, self.ring[slot])
            self.ring[slot] -= given
            self.taken -= given

    def _refill(self, rate: Rate, now_us: int) -> None:
        gained = max(now_us - self.at_us, 0) * rate.bucket.per_minute
        self.units = min(self.units + gained, rate.bucket.burst * UNITS)
        self.at_us = max(now_us, self.at_us)

    def _advance(self, now_us: int) -> None:
        """Forget the half hours that are out of the last 24 hours."""
        if not self.ring:
            self.ring = [0] * RING
        now = now_us // STEP_US
        for step in range(self.step + 1, min(now, self.step + RING) + 1):
            slot = step % RING
            self.taken -= self.ring[slot]
            self.ring[slot] = 0
        self.step = max(now, self.step)

    def _quota_wait_us(self, quota: DayQuota, tokens: int, now_us: int) -> int:
        left = self.taken + tokens - quota.per_day
        for step in range(self.step - STEPS, self.step + 1):
            left -= self.ring[step % RING]
            if left <= 0:
                return (step + RING) * STEP_US - now_us
        return RING * STEP_US

    def _standing(self, rate: Rate, refused_by: Policy | None = None, wait_us: int = 0) -> Standing:
        quota = rate.quota
        return Standing(
            rate,
            max(self.units // UNITS, 0),
            None if quota is None else max(quota.per_day - self.taken, 0),
            refused_by,
            -(-wait_us // 1_000),
        )
