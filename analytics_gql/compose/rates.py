"""How much clients may ask over time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from analytics_gql.access.tiers import Tier, read_tiers
from analytics_gql.guards.limiter import Limiter, LocalLimiter
from analytics_gql.guards.rates import DayQuota, Rate, TokenBucket
from analytics_gql.guards.shared_limiter import SharedLimiter
from analytics_gql.guards.toll import Rates
from analytics_gql.settings import Settings
from analytics_gql.stores.store import Scripts


@asynccontextmanager
async def open_rates(settings: Settings, scripts: Scripts | None) -> AsyncIterator[Rates]:
    """The rates of all tiers, counted in Redis if there is one; what is held goes back on leaving.

    Raises SettingsError.
    """
    limiter: Limiter = LocalLimiter() if scripts is None else SharedLimiter(scripts)
    try:
        yield rates_of(settings, limiter)
    finally:
        await limiter.close()


def rates_of(settings: Settings, limiter: Limiter | None = None) -> Rates:
    """The rates of all tiers; without a limiter they are counted in this process."""
    tiers = read_tiers(settings.tiers).by_number
    rates = {number: _rate(tier) for number, tier in tiers.items()}
    return Rates(limiter or LocalLimiter(), rates)


def _rate(tier: Tier) -> Rate | None:
    if tier.per_minute is None or tier.burst is None:
        return None
    quota = None if tier.per_day is None else DayQuota(tier.per_day)
    return Rate(TokenBucket(tier.per_minute, tier.burst), quota)
