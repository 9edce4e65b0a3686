"""Equal work that is wanted at the same time is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from analytics_gql.observe.timings import untimed

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


class SingleFlight(Generic[T]):
    """Shares work between those who ask for it while it is done; keeps nothing afterwards.

    The work belongs to none of them: it goes on when the one who began it leaves, and is cancelled
    when the last one does. An error goes to all who wait.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}
        self.joined = 0
        """How many asked for what was being done already."""

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns, or what equal work that is being done returns. Raises what it does.

        Being cancelled as the last one who waits, it ends when the work has ended.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.get_running_loop().create_task(_done(work), context=untimed()))
            self._flights[key] = flight
            begun = flight
            flight.task.add_done_callback(lambda _: self._landed(key, begun))
        else:
            self.joined += 1
        flight.waiting += 1
        try:
            # Not awaited itself: being cancelled would cancel it.
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._landed(key, flight)  # who comes now begins anew
                flight.task.cancel()
                await asyncio.wait((flight.task,))
        return flight.task.result()

    def _landed(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task.done() and not flight.task.cancelled():
            # Looked at, also where everybody has left: asyncio would complain of it.
            flight.task.exception()


async def _done(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
