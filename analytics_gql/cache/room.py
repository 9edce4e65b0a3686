"""Room for a bounded number of bytes, which tenants share fairly."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    value: T
    size: int
    tenant: str | None


class Room(Generic[T]):
    """Keeps the most recently used values, bounded in bytes.

    Where room is needed, the tenant that holds most of it gives up its oldest: one who asks for
    much does not take away what others are using.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held: Counter[str | None] = Counter()
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held_bytes(self) -> int:
        """The bytes of all values."""
        return self._held.total()

    def put(self, key: Hashable, value: T, size: int, tenant: str | None) -> bool:
        """Keep a tenant's value; False if it would take more than a quarter of the room."""
        self.drop(key)
        if size > self.max_bytes // 4:
            return False
        self._entries[key] = _Entry(value, size, tenant)
        self._held[tenant] += size
        while self._held.total() > self.max_bytes:
            largest = max(self._held, key=self._held.__getitem__)
            self.drop(next(key for key, entry in self._entries.items() if entry.tenant == largest))
        return True

    def get(self, key: Hashable) -> T | None:
        """A value that is still kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def drop(self, key: Hashable) -> None:
        """Forget a value, if it is kept."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._held[entry.tenant] -= entry.size
            if not self._held[entry.tenant]:
                del self._held[entry.tenant]

    def clear(self) -> None:
        """Forget all values."""
        self._entries.clear()
        self._held.clear()
