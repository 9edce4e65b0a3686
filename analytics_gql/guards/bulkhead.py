"""How many statements run at once, in all and for each tenant; who waits takes fair turns.

How it works. A tenant never has all of the places, so that a statement of another one finds a place
however many the first one sends. Where places are short all the same, a place that becomes free
goes to the tenant that has the fewest, of equals to the one whose last statement ended longest ago;
within a tenant, who came first goes first. No place is free while somebody waits who might have it:
whoever comes and finds one takes it at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from analytics_gql.errors import QueueTimeoutError, TooManyWaitingError

_MOST_RETRY_AFTER_S = 60.0

_WEIGHT_OF_NEWEST = 0.1
"""Of the last statement's time in what is taken for the usual one."""


@dataclass(slots=True, eq=False)
class _Line:
    """What runs for one tenant, and what waits."""

    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Bulkhead:
    """Lends places to statements."""

    def __init__(
        self, places: int, *, places_of_tenant: int, max_waiting: int, max_wait_s: float
    ) -> None:
        """`max_waiting` is of one tenant; nobody waits for longer than `max_wait_s`."""
        self._places = places
        self._places_of_tenant = min(places_of_tenant, places)
        self._max_waiting = max_waiting
        self._max_wait_s = max_wait_s
        self._lines: OrderedDict[str | None, _Line] = OrderedDict()
        self._usual_s = 0.0
        self.running = 0
        """Places that are taken."""

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(len(line.waiting) for line in self._lines.values())

    @asynccontextmanager
    async def place(self, tenant: str | None) -> AsyncIterator[None]:
        """A place while inside. It may be left by another task than has entered it.

        Raises TooManyWaitingError or QueueTimeoutError. Who is cancelled does not wait any more.
        """
        line = self._lines.get(tenant)
        if line is None:
            line = self._lines[tenant] = _Line()
        if self.running < self._places and line.running < self._places_of_tenant:
            line.running += 1
            self.running += 1
        else:
            await self._wait(tenant, line)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield
        finally:
            self._usual_s += _WEIGHT_OF_NEWEST * (clock() - began - self._usual_s)
            self._leave(tenant, line)

    async def _wait(self, tenant: str | None, line: _Line) -> None:
        """Return with a place."""
        if len(line.waiting) >= self._max_waiting:
            raise TooManyWaitingError(
                f"{self._max_waiting:,} statements of yours are waiting already",
                hint="wait for answers before asking for more",
                retry_after_ms=self._retry_after_ms(line),
            )
        turn = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        try:
            async with asyncio.timeout(self._max_wait_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._leave(tenant, line)  # the place was given to one who is leaving
            else:
                line.waiting.remove(turn)
                self._forget(tenant, line)
            if isinstance(error, TimeoutError):
                raise QueueTimeoutError(
                    f"the warehouse was busy for {self._max_wait_s:g} s, and nothing was read",
                    hint="try again; ask for fewer things at once",
                    retry_after_ms=self._retry_after_ms(line),
                ) from None
            raise

    def _leave(self, tenant: str | None, line: _Line) -> None:
        line.running -= 1
        self.running -= 1
        self._lines.move_to_end(tenant)
        self._forget(tenant, line)
        self._serve()

    def _serve(self) -> None:
        """Give the free place to the one whose turn it is."""
        chosen: tuple[_Line, asyncio.Future[None]] | None = None
        for line in self._lines.values():
            if line.running >= self._places_of_tenant:
                continue
            if chosen is not None and line.running >= chosen[0].running:
                continue
            # Who was cancelled stays in line until its task is awake.
            turn = next((turn for turn in line.waiting if not turn.done()), None)
            if turn is not None:
                chosen = line, turn
        if chosen is None:
            return
        line, turn = chosen
        line.waiting.remove(turn)
        turn.set_result(None)
        line.running += 1
        self.running += 1

    def _forget(self, tenant: str | None, line: _Line) -> None:
        """Keep nothing of a tenant that has left."""
        if not line.running and not line.waiting and self._lines.get(tenant) is line:
            del self._lines[tenant]

    def _retry_after_ms(self, line: _Line) -> int:
        """When what waits ahead may have been served, at the usual pace."""
        ahead_s = self._usual_s * len(line.waiting) / self._places_of_tenant
        return round(1_000 * min(max(ahead_s, 1.0), _MOST_RETRY_AFTER_S))
