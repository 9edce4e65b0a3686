"""A warehouse that fails is left alone for a moment, and then tried with few statements.

How it works. Of the calls of the last 30 seconds, at least ten, a fifth failed because the
warehouse was not there: from then on calls are refused at once, which costs callers no time and
the warehouse no connections while it starts. After two seconds three calls are let through at a
time; if they succeed all are, else it is left alone again. A call that was cancelled says nothing.

What counts as a failure is WarehouseUnavailableError alone. A statement that the warehouse refuses
was answered by it, and one that ran out of time may be its tenant's own doing: neither may close
the warehouse to others. The states are those of the package `interlock`, which counts by rate and
time; what most packages count, failures in a row, never happens where one of five calls fails.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from interlock import (
    CircuitBreaker,
    CircuitOpenError,
    Config,
    CoreEventListener,
    State,
    WindowType,
)

from analytics_gql.errors import (
    StatementTimeoutError,
    WarehouseSuspendedError,
    WarehouseUnavailableError,
)

T = TypeVar("T")

logger = logging.getLogger(__name__)

FAILURE_RATE = 0.2
WINDOW_S = 30
FEWEST_CALLS = 10
SUSPENDED_S = 2.0
PROBES = 3

_PROBING_RETRY_AFTER_S = 1.0
"""While probes are under way: they are short, or end at their timeout."""

_NEVER_SLOW_S = 1e9
"""How long calls take is no failure here: statements have timeouts of their own."""


class Breaker:
    """Calls one warehouse while it is there."""

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._circuit = CircuitBreaker(
            name=label,
            config=Config(
                failure_rate_threshold=FAILURE_RATE,
                minimum_number_of_calls=FEWEST_CALLS,
                slow_call_duration_threshold=_NEVER_SLOW_S,
                permitted_calls_in_half_open=PROBES,
                max_concurrent_probes=PROBES,
                wait_duration_in_open=SUSPENDED_S,
                window_type=WindowType.TIME_BASED,
                window_size=WINDOW_S,
            ),
            clock=_Clock(clock),
            classifier=_Unavailable(),
            listener=_Log(),
            # As a probe it has shown neither that the warehouse answers nor that it does not.
            unreachable_exceptions=(StatementTimeoutError,),
        )

    @property
    def state(self) -> str:
        """`closed`, `open` or `half_open`, for people and metrics."""
        return str(self._circuit.state)

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns. Raises WarehouseSuspendedError without it, else what it raises."""
        try:
            return await self._circuit.call_async(work)
        except CircuitOpenError as error:
            retry_after_s = error.retry_after or _PROBING_RETRY_AFTER_S
            raise WarehouseSuspendedError(
                "the warehouse cannot be reached, and is left alone for a moment",
                hint="try again soon; the operator's log says more",
                retry_after_ms=round(1_000 * retry_after_s),
            ) from None


class _Clock:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock()


class _Unavailable:
    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        return isinstance(exception, WarehouseUnavailableError)


class _Log(CoreEventListener):
    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        level = logging.WARNING if new is State.OPEN else logging.INFO
        logger.log(level, "calls of %s: %s after %s", name, new, old)
