"""Who may go on: takes tokens from clients' accounts, in this process alone."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from analytics_gql.guards.rates import Account, Rate, Standing

KEPT_CLIENTS = 10_000
"""Clients whose accounts are kept, those that asked most recently."""


def monotonic_us() -> int:
    """Microseconds that nobody sets back."""
    return time.monotonic_ns() // 1_000


class Limiter(Protocol):
    """Takes tokens for clients, whose names are secret: they may hold digests of their keys."""

    def take_at_once(self, client: str, rate: Rate, tokens: int) -> Standing | None:
        """As `take`, where nothing has to be waited for; None if something has."""

    async def take(self, client: str, rate: Rate, tokens: int) -> Standing:
        """Take tokens, or none; never raises. The standing says which."""

    def give_back(self, client: str, rate: Rate, tokens: int) -> None:
        """Give back tokens that were taken and are not needed; they may be lost."""

    @property
    def clients(self) -> int:
        """How many clients are known here, for metrics."""

    async def close(self) -> None:
        """Give back what is held."""


class LocalLimiter:
    """A Limiter of this process: exact, each call in constant time.

    Of clients beyond KEPT_CLIENTS those that have not asked for longest are forgotten; clients
    have shown a credential, so nobody makes them up.
    """

    def __init__(
        self, clock: Callable[[], int] = monotonic_us, *, kept_clients: int = KEPT_CLIENTS
    ) -> None:
        self._clock = clock
        self._kept_clients = kept_clients
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    def take_at_once(self, client: str, rate: Rate, tokens: int) -> Standing:
        """See Limiter.take_at_once."""
        now_us = self._clock()
        account = self._accounts.get(client)
        if account is None:
            account = self._accounts[client] = Account.full(rate, now_us)
            if len(self._accounts) > self._kept_clients:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(client)
        return account.take(rate, tokens, now_us)

    async def take(self, client: str, rate: Rate, tokens: int) -> Standing:
        """See Limiter.take."""
        return self.take_at_once(client, rate, tokens)

    def give_back(self, client: str, rate: Rate, tokens: int) -> None:
        """See Limiter.give_back."""
        account = self._accounts.get(client)
        if account is not None:
            account.give_back(rate, tokens, self._clock())

    @property
    def clients(self) -> int:
        """See Limiter.clients."""
        return len(self._accounts)

    async def close(self) -> None:
        """See Limiter.close."""
