"""How long one statement of a caller may take, by the caller's tier."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from analytics_gql.errors import StatementTimeoutError
from analytics_gql.warehouses.allowance import Allowance

T = TypeVar("T")


class TierTime:
    """The time of one statement. It passes while the warehouse is waited for."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._allowance = Allowance(timeout_s)

    async def within(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns; it is cancelled once all of the time is spent.

        Raises StatementTimeoutError, and what `work` raises.
        """
        try:
            async with self._allowance.spent():
                return await work()
        except TimeoutError:
            raise StatementTimeoutError(
                f"the statement ran for {self._timeout_s:g} s and was cancelled",
                hint="ask for a shorter dateRange, fewer dimensions or a coarser granularity",
            ) from None
