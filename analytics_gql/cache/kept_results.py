"""Sorted results of connections, kept for their next pages."""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
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
    def _places(self) -> dict[tuple[str | None, ...], int]:
        return {
            tuple(orjson.loads(row.rpartition(PART)[2])): place
            for place, row in enumerate(self.rows)
        }

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
            if after not in self._places:
                return None
            low, open_low = self._places[after] + 1, False
        if before is not None:
            if before not in self._places:
                return None
            high, open_high = self._places[before], False
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
        self._max_bytes = max_bytes
        self._clock = clock
        self._bytes = 0
        self._entries: OrderedDict[Hashable, tuple[KeptResult, int, float]] = OrderedDict()

    @property
    def has_room(self) -> bool:
        """Whether anything can be kept at all."""
        return self._max_bytes > 0

    def keep(self, key: Hashable, result: KeptResult) -> None:
        """Keep a result, unless it would take more than a quarter of the room."""
        size = sum(map(sys.getsizeof, result.rows))
        if size > self._max_bytes // 4:
            return
        self._drop(key)
        self._entries[key] = (result, size, self._clock() + KEPT_FOR_S)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def find(self, key: Hashable) -> KeptResult | None:
        """A result that is still kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        result, _, until = entry
        if until < self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return result

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]
