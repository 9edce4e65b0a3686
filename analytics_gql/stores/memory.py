"""A store in the process: for one process alone, or where there is no Redis."""

from __future__ import annotations

import time
from collections.abc import Callable

from analytics_gql.stores.bounded import Bounded

_OVERHEAD_BYTES = 200
"""What an entry takes beside its value: so many empty ones must not be free."""


class MemoryStore:
    """A Store that is bounded in bytes and gone with the process."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: Bounded[str, tuple[bytes, float | None]] = Bounded(max_bytes)

    async def get(self, key: str) -> bytes | None:
        """See Store.get."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, until = entry
        if until is not None and until <= self._clock():
            self._entries.drop(key)
            return None
        return value

    async def put(self, key: str, value: bytes, *, ttl_s: float | None) -> None:
        """See Store.put."""
        until = None if ttl_s is None else self._clock() + ttl_s
        self._entries.put(key, (value, until), len(key) + len(value) + _OVERHEAD_BYTES)

    async def add(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """See Store.add."""
        if await self.get(key) is not None:
            return False
        await self.put(key, value, ttl_s=ttl_s)
        return True

    async def remove(self, key: str, value: bytes) -> None:
        """See Store.remove."""
        if await self.get(key) == value:
            self._entries.drop(key)

    async def clear(self, prefix: str) -> int:
        """See Store.clear."""
        found = [key for key in self._entries if key.startswith(prefix)]
        for key in found:
            self._entries.drop(key)
        return len(found)

    async def close(self) -> None:
        """See Store.close."""
        self._entries.clear()
