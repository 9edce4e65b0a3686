"""Results that processes share, and whose turn it is to read one."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from analytics_gql.cache.entry import Entry, decode_entry, encode_entry
from analytics_gql.errors import StoreUnavailableError
from analytics_gql.stores.store import Store

logger = logging.getLogger(__name__)

LOOKED_UP_EVERY_S = 0.5
"""How often a process looks whether everything was cleared."""

TURN_S = 2.0
"""How long others believe that a process which says nothing any more still reads."""

MAX_SHARED_BYTES = 8_000_000
"""Larger entries are not shared: they would not travel within a call's time."""

VERSIONED_TTL_S = 86_400.0
"""An entry with a version is good while that stands; after a day without it being written anew,
Redis may have its room back."""

_FIRST_POLL_S = 0.01
_LAST_POLL_S = 0.2


class SharedResults:
    """The entries of one warehouse in a store. Without the store nothing is found, nothing kept.

    All keys carry the warehouse's generation, an accidental text. To clear is to write another
    one: what was kept under the old is found by nobody.
    """

    def __init__(
        self,
        store: Store,
        place: str,
        *,
        longest_turn_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._place = place
        self._longest_turn_s = longest_turn_s
        self._clock = clock
        self._generation = ""
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def generation(self) -> str:
        """Another text when somebody has cleared the results more than half a second ago."""
        if self._clock() - self._looked_at >= LOOKED_UP_EVERY_S:
            if self._looking is None:
                self._looking = asyncio.get_running_loop().create_task(self._look())
            # A task of its own: it goes on for the others when the one who asked first leaves.
            await asyncio.shield(self._looking)
        return self._generation

    async def _look(self) -> None:
        began = self._clock()
        try:
            found = await self._store.get(_generation_key(self._place))
            self._generation = "" if found is None else found.decode("ascii", "replace")
        except StoreUnavailableError as error:
            logger.debug("%s", error.message)  # the store has told of it
        finally:
            self._looked_at, self._looking = began, None

    async def find(self, key: str) -> Entry | None:
        """What any process has kept."""
        try:
            found = await self._store.get(self._entry_key(key))
        except StoreUnavailableError as error:
            logger.debug("%s", error.message)
            return None
        return None if found is None else decode_entry(found)

    async def keep(self, key: str, entry: Entry, *, ttl_s: float) -> None:
        """Keep an entry for all processes, unless it is very large."""
        if sum(map(len, entry.rows)) > MAX_SHARED_BYTES:  # bytes are no fewer than characters
            return
        data = encode_entry(entry)
        if len(data) > MAX_SHARED_BYTES:
            return
        try:
            await self._store.put(self._entry_key(key), data, ttl_s=ttl_s)
        except StoreUnavailableError as error:
            logger.debug("%s", error.message)

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Enter at once if no other process reads the same, else when it has done so or is gone.

        Look again for an entry inside. Of processes that wait for one which has failed, all enter.
        """
        name, token = f"analytics-gql:turn:{self._place}:{key}", uuid.uuid4().hex.encode()
        try:
            is_ours = await self._store.add(name, token, ttl_s=TURN_S)
            if not is_ours:
                await self._wait_for(name)
        except StoreUnavailableError as error:
            logger.debug("%s", error.message)
            is_ours = False
        if not is_ours:
            yield
            return
        renewal = asyncio.get_running_loop().create_task(self._renew(name, token))
        try:
            yield
        finally:
            renewal.cancel()
            try:
                await self._store.remove(name, token)
            except StoreUnavailableError as error:
                logger.debug("%s", error.message)

    async def _wait_for(self, name: str) -> None:
        poll_s, until = _FIRST_POLL_S, self._clock() + self._longest_turn_s
        while self._clock() < until and await self._store.get(name) is not None:
            await asyncio.sleep(poll_s)
            poll_s = min(poll_s * 1.5, _LAST_POLL_S)

    async def _renew(self, name: str, token: bytes) -> None:
        while True:
            await asyncio.sleep(TURN_S / 3)
            try:
                await self._store.put(name, token, ttl_s=TURN_S)
            except StoreUnavailableError as error:
                logger.debug("%s", error.message)

    def _entry_key(self, key: str) -> str:
        return f"{_prefix(self._place)}{self._generation}:{key}"


async def clear_shared(store: Store, place: str) -> int:
    """Drop the results of a warehouse, whatever the model; how many the store had.

    Running servers drop theirs within a second. Raises StoreUnavailableError.
    """
    await store.put(_generation_key(place), uuid.uuid4().hex.encode(), ttl_s=None)
    return await store.clear(_prefix(place))


def _prefix(place: str) -> str:
    return f"analytics-gql:results:{place}:"


def _generation_key(place: str) -> str:
    return f"analytics-gql:generation:{place}"
