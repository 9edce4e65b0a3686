"""Sorted results of connections, kept for their next pages."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import orjson

from analytics_gql.cache.reuse import Reading
from analytics_gql.cache.room import Room
from analytics_gql.query.row_shape import PART

KEPT_FOR_S = 600.0
"""How long a result waits for its next page."""


@dataclass(frozen=True, eq=False)
class KeptResult:
    """A stretch of a sorted result: texts of rows, each ending with its position.

    It begins with the result's first row, ends with its last, or both. `reading` is that of the
    statement that gave it.
    """

    rows: list[str]
    reading: Reading
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


class KeptResults:
    """Keeps the most recently used results, bounded in bytes and in time."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._room: Room[tuple[KeptResult, float]] = Room(max_bytes)
        self.found = 0
        """How often a result was still kept."""
        self.missed = 0

    @property
    def has_room(self) -> bool:
        """Whether anything can be kept at all."""
        return self._room.max_bytes > 0

    def keep(self, key: Hashable, result: KeptResult, tenant: str | None) -> None:
        """Keep a tenant's result, unless it would take more than a quarter of the room."""
        self._room.put(key, (result, self._clock() + KEPT_FOR_S), result.size, tenant)

    def find(self, key: Hashable) -> KeptResult | None:
        """A result that is still kept."""
        found = self._room.get(key)
        if found is None:
            self.missed += 1
            return None
        result, until = found
        if until < self._clock():
            self._room.drop(key)
            self.missed += 1
            return None
        self.found += 1
        return result
