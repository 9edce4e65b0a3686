"""Sorted results of connections, kept for their next pages."""

from __future__ import annotations

import sys
import time
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import orjson

from analytics_gql.query.row_shape import PART

KEPT_FOR_S = 600.0
"""How long a result waits for its next page."""


@dataclass(frozen=True, eq=False)
class KeptResult:
    """A stretch of a sorted result: texts of rows, each ending with its position.

    It begins with the result's first row, ends with its last, or both.
    """

    rows: list[str]
    from_start: bool
    to_end: bool

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the result."""
        return self.from_start and self.to_end

    @cached_property
    def _hashes(self) -> array[int]:
        """The hash of each row's position: eight bytes a row, where the positions would be more
        than the rows themselves. A page is looked for in it from the start, 0.1 ms for 10,000 rows.
        """
        return array("q", (hash(self._position(place)) for place in range(len(self.rows))))

    def _position(self, place: int) -> tuple[str | None, ...]:
        return tuple(orjson.loads(self.rows[place].rpartition(PART)[2]))

    def _place(self, position: tuple[str | None, ...]) -> int | None:
        """Where the row of a position stands; None if it is not here."""
        sought, start = hash(position), 0
        while True:
            try:
                place = self._hashes.index(sought, start)
            except ValueError:
                return None
            if self._position(place) == position:
                return place
            start = place + 1

    @property
    def size(self) -> int:
        """Its bytes in memory."""
        return sum(map(sys.getsizeof, self.rows)) + 8 * len(self.rows)

    def page(
        self,
        after: tuple[str | None, ...] | None,
        before: tuple[str | None, ...] | None,
        rows: int,
        *,
        backwards: bool,
    ) -> tuple[list[str], bool] | None:
        """The page between two positions, and whether there is more in its direction.

        None where the stretch cannot tell.
        """
        low, high = 0, len(self.rows)
        open_low, open_high = not self.from_start, not self.to_end
        if after is not None:
            place = self._place(after)
            if place is None:
                return None
            low, open_low = place + 1, False
        if before is not None:
            place = self._place(before)
            if place is None:
                return None
            high, open_high = place, False
        wanted = rows + 1  # one more tells that there are more
        found = self.rows[low : max(low, high)]
        if backwards:
            if open_high or (open_low and len(found) < wanted):
                return None
            return found[-rows:], len(found) > rows
        if open_low or (open_high and len(found) < wanted):
            return None
        return found[:rows], len(found) > rows


@dataclass(frozen=True, slots=True)
class _Entry:
    result: KeptResult
    size: int
    until: float
    tenant: str | None


class KeptResults:
    """Keeps the most recently used results, bounded in bytes and in time.

    Where room is needed, the tenant that holds most of it gives up its oldest: one who opens many
    lists does not take away what others are reading.
    """

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._held: Counter[str | None] = Counter()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    @property
    def has_room(self) -> bool:
        """Whether anything can be kept at all."""
        return self._max_bytes > 0

    def keep(self, key: Hashable, result: KeptResult, tenant: str | None) -> None:
        """Keep a tenant's result, unless it would take more than a quarter of the room."""
        size = result.size
        if size > self._max_bytes // 4:
            return
        self._drop(key)
        self._entries[key] = _Entry(result, size, self._clock() + KEPT_FOR_S, tenant)
        self._held[tenant] += size
        while self._held.total() > self._max_bytes:
            largest = max(self._held, key=self._held.__getitem__)
            self._drop(next(key for key, entry in self._entries.items() if entry.tenant == largest))

    def find(self, key: Hashable) -> KeptResult | None:
        """A result that is still kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until < self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.result

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._held[entry.tenant] -= entry.size
            if not self._held[entry.tenant]:
                del self._held[entry.tenant]
