"""What is asked of a place for small state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Store(Protocol):
    """Bytes by their key, each for some time. What is kept may be gone at any moment.

    Every method waits for a short time at most, and raises StoreUnavailableError after it.
    """

    async def get(self, key: str) -> bytes | None:
        """What is kept, None if nothing is."""

    async def put(self, key: str, value: bytes, *, ttl_s: float | None) -> None:
        """Keep a value in the place of any other, for so long; None: until it has to make room."""

    async def add(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Keep a value if nothing is kept there. Of many who try at once one is told True."""

    async def remove(self, key: str, value: bytes) -> None:
        """Forget what is kept there if it is this value."""

    async def clear(self, prefix: str) -> int:
        """Forget all keys that begin so; how many there were."""

    async def close(self) -> None:
        """Let go of connections."""


class Scripts(Protocol):
    """Runs scripts where the state is."""

    async def run_script(self, script: str, key: str, arguments: Sequence[int]) -> Any:
        """What a script gives that uses one key, in one round trip; all of it happens or nothing.

        Raises StoreUnavailableError.
        """
