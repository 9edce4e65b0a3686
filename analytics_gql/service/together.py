"""Several things at once, of which none outlives the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """What each of them returns, in order. Raises what the first to fail raises.

    Unlike `asyncio.gather` it leaves nothing running behind: when one fails, or the caller leaves,
    the others are cancelled and waited for, so that their statements end as well.
    """
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if any(not task.done() for task in tasks):
            await asyncio.wait(tasks)
