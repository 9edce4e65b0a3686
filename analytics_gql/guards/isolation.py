"""What keeps the statements of one caller from harming those of others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from analytics_gql.access.caller import Caller
from analytics_gql.guards.breaker import Breaker
from analytics_gql.guards.bulkhead import Bulkhead

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StatementTimeouts:
    """Seconds that a statement may run, for each tier. A tier without has the warehouse's own."""

    of_tier: tuple[tuple[int, float], ...] = ()

    def of(self, caller: Caller) -> float | None:
        """Seconds that a statement of the caller may run."""
        return dict(self.of_tier).get(caller.tier)


@dataclass(frozen=True, slots=True)
class Isolation:
    """The places of one warehouse, its breaker, and how long a caller's statements may run.

    A stream is held open as long as its reader likes: of all places only some are for streams.
    What is looked up for all, such as versions of data, has places of its own, which no caller's
    statements take.
    """

    statements: Bulkhead
    streams: Bulkhead
    look_ups: Bulkhead
    breaker: Breaker
    timeouts: StatementTimeouts = StatementTimeouts()

    def place(
        self, caller: Caller, *, is_stream: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """A place for a statement of the caller, while inside.

        Entering raises TooManyWaitingError and QueueTimeoutError.
        """
        if is_stream:
            return self._place_of_stream(caller.tenant)
        return self.statements.place(caller.tenant)

    @asynccontextmanager
    async def _place_of_stream(self, tenant: str | None) -> AsyncIterator[None]:
        # In this order alone: a statement never waits for a stream's place.
        async with self.streams.place(tenant), self.statements.place(tenant):
            yield

    async def look_up(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` finds out for all. Raises LimitError without it, else what it raises."""
        async with self.look_ups.place(None):
            return await self.breaker.call(work)
