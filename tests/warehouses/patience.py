"""Waiting for what another process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once it holds; give up where it never will."""
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.01)
