"""What one request pays: a token at the gate, what its price asks for beyond, some of it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics_gql.errors import QuotaExceededError, RateLimitedError
from analytics_gql.guards.limiter import Limiter
from analytics_gql.guards.price import Price
from analytics_gql.guards.rates import Rate, Standing


@dataclass(frozen=True, slots=True)
class Client:
    """Whose tokens are taken, and how many they may take over time."""

    name: str
    rate: Rate


class Rates:
    """The rate of each tier, and what takes tokens."""

    def __init__(self, limiter: Limiter, of_tier: Mapping[int, Rate | None]) -> None:
        self.limiter = limiter
        self._of_tier = of_tier

    def client(self, name: str, tier: int) -> Client | None:
        """A client of a tier; None if its tier has no limit: nothing is counted."""
        rate = self._of_tier[tier]
        return None if rate is None else Client(name, rate)

    def toll(self) -> Toll:
        """What a request pays with that has just come."""
        return Toll(self.limiter)


class Toll:
    """One request's. Nothing is paid, and nothing known, before the client is."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self.client: Client | None = None
        self.standing: Standing | None = None
        self.charged = 0
        self._paid_ahead = 0

    async def enter(self, client: Client | None) -> None:
        """Pay a token: each request costs one, also if it is answered from what is kept.

        Raises RateLimitedError or QuotaExceededError.
        """
        if client is None:
            return
        self.client = client
        standing = self._limiter.take_at_once(client.name, client.rate, 1)
        if standing is None:
            standing = await self._limiter.take(client.name, client.rate, 1)
        self._note(client, standing, 1)
        self._paid_ahead = 1

    async def reserve(self, price: Price) -> int:
        """Pay for an operation before it is begun; how many tokens it takes.

        The token of the gate counts towards the first one. Raises as `enter`.
        """
        tokens = self.reserve_at_once(price)
        if tokens is None:
            client = self.client
            assert client is not None
            tokens = client.rate.tokens_of(price)
            due, self._paid_ahead = tokens - self._paid_ahead, 0
            standing = await self._limiter.take(client.name, client.rate, due)
            self._note(client, standing, due)
        return tokens

    def reserve_at_once(self, price: Price) -> int | None:
        """As `reserve`, where nothing has to be waited for; None if something has."""
        client = self.client
        if client is None:
            return 0
        tokens = client.rate.tokens_of(price)
        due = tokens - self._paid_ahead
        if due > 0:
            standing = self._limiter.take_at_once(client.name, client.rate, due)
            if standing is None:
                return None
            self._paid_ahead = 0
            self._note(client, standing, due)
        self._paid_ahead = 0
        return tokens

    def settle(self, tokens: int, *, read: int, asked: int) -> None:
        """Give back what was reserved for statements that did not run: their rows were kept.

        One token stays paid: somebody had to be answered.
        """
        if self.client is None or read >= asked or tokens <= 1:
            return
        used = 1 + -(-(tokens - 1) * read // asked)
        if used < tokens:
            back = tokens - used
            self._limiter.give_back(self.client.name, self.client.rate, back)
            self.charged -= back
            if self.standing is not None:
                burst = self.client.rate.bucket.burst
                day = self.standing.day_remaining
                self.standing = Standing(
                    self.client.rate,
                    min(self.standing.remaining + back, burst),
                    None if day is None else day + back,
                )

    def _note(self, client: Client, standing: Standing, tokens: int) -> None:
        """Take up where the client stands. Raises RateLimitedError or QuotaExceededError."""
        self.standing = standing
        if standing.refused_by is None:
            self.charged += tokens
            return
        wait_s = -(-standing.retry_after_ms // 1_000)
        what = "one token" if tokens == 1 else f"{tokens:,} tokens"
        if standing.refused_by == "day":
            assert client.rate.quota is not None
            raise QuotaExceededError(
                f"this takes {what}, and of the {client.rate.quota.per_day:,} that you may use in "
                f"24 hours {standing.day_remaining:,} are left",
                hint=f"ask again in {wait_s:,} s, or ask the server's operator for a higher tier",
                retry_after_ms=standing.retry_after_ms,
            )
        bucket = client.rate.bucket
        raise RateLimitedError(
            f"this takes {what}, and {standing.remaining:,} are left: you may use "
            f"{bucket.per_minute:,} in a minute, and {bucket.burst:,} at once",
            hint=f"ask again in {wait_s:,} s; answers that your side keeps (`ETag`, "
            "`Cache-Control`) need not be asked for",
            retry_after_ms=standing.retry_after_ms,
        )
