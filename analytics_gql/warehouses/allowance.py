"""How long one statement may keep a warehouse busy, over all the times that it is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Allowance:
    """A statement's time. It passes while the warehouse is waited for, not while a reader is.

    A stream stands still as long as its reader is slow, which is nothing that the warehouse does.
    """

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds

    @asynccontextmanager
    async def spent(self) -> AsyncIterator[asyncio.Timeout]:
        """Count the time that is spent inside. Raises TimeoutError once all of it is."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(max(self._left_s, 0)) as limit:
                yield limit
        finally:
            self._left_s -= loop.time() - started
