"""A map that is bounded in bytes: what was not used for longest makes room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_PART = 4
"""A value may take this part of the room at most: one must not push out all others."""


class Bounded(Generic[K, V]):
    """Keeps the most recently used values. Who puts one in says what it takes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    @property
    def has_room(self) -> bool:
        """Whether anything can be kept at all."""
        return self._max_bytes > 0

    @property
    def used_bytes(self) -> int:
        """What all that is kept takes."""
        return self._bytes

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._entries))

    def get(self, key: K) -> V | None:
        """What is kept; it counts as used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value in the place of any other, unless it is too large."""
        self.drop(key)
        if size > self._max_bytes // LARGEST_PART:
            return
        self._entries[key] = (value, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._entries)))

    def change(self, key: K, value: V) -> None:
        """Put a value of the same size in the place of what is kept, if anything is."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries[key] = (value, entry[1])

    def drop(self, key: K) -> None:
        """Forget a value, if it is kept."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._bytes = 0
