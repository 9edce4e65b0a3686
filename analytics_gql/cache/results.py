"""Answers used again: rows by what was asked and by whom, as long as they are good.

How it works. An entry is found by a digest of the statement, its parameters and the caller's
tenant and roles; the version of the data is not in the digest but in the entry, so that one whose
version has moved can still be given while a new one is read (see Reuse). Rows are looked for in
the process, then in the store that processes share; what is found in neither is read once,
however many ask for it at that time, and whichever process they ask.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from analytics_gql.access.caller import Caller
from analytics_gql.cache.entry import Entry
from analytics_gql.cache.reuse import BY_VERSION, Answer, Outcome, Reading, Reuse, outcome_of
from analytics_gql.cache.shared import VERSIONED_TTL_S, SharedResults
from analytics_gql.cache.single_flight import SingleFlight
from analytics_gql.errors import AnalyticsError, EngineError, WarehouseSuspendedError
from analytics_gql.observe.timings import Part, timed, untimed
from analytics_gql.stores.bounded import Bounded

logger = logging.getLogger(__name__)

Look = Callable[[], Awaitable[str | None]]
Read = Callable[[], Awaitable[list[str]]]

_NOTED_EVERY_S = 1.0
"""Versions are looked up once a second: that rows still hold is noted as often."""

_MOST_ROWS = 200_000
"""What has more is larger than what is kept, and weighing it would hold up the event loop."""


def result_key(model: str, statement: str, parameters: Sequence[object], caller: Caller) -> str:
    """The digest of all that rows depend on, but for the data: the same in every process.

    `model` and `statement` are digests. The caller's tenant and roles are in it whether or not
    the statement uses them.
    """
    roles = tuple(sorted(set(caller.roles)))
    # Types are in a repr: 1, True and "1" are three.
    asked = repr((model, statement, tuple(parameters), caller.tenant, roles))
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


class Results:
    """Keeps results in the process, bounded in bytes, and where processes share them."""

    def __init__(
        self,
        max_bytes: int,
        shared: SharedResults | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._own: Bounded[str, Entry] = Bounded(max_bytes)
        self._shared = shared
        self._clock = clock
        self._generation = ""
        self._epoch = 0
        self._finds: SingleFlight[Entry | None] = SingleFlight()
        self._reads: SingleFlight[Entry] = SingleFlight()
        self._refreshing: dict[str, asyncio.Task[Entry]] = {}
        self.counts = dict.fromkeys(Outcome, 0)
        """How often there was each outcome."""

    @property
    def joined(self) -> int:
        """How many answers came from a statement that ran already for somebody else."""
        return self._reads.joined

    async def answer(self, key: str, look: Look, read: Read, reuse: Reuse | None) -> Answer:
        """The rows of a key: kept ones that are good enough, else new ones.

        `look` gives the current version of the data that `read` reads. Without a `reuse` nothing
        that is kept is used, and nothing is kept. Raises what `look` and `read` raise.
        """
        if reuse is None or not (self._own.has_room or self._shared):
            with timed(Part.WAREHOUSE):
                new = await self._reads.run((key, None, None), lambda: self._read(read))
            return self._answer(new, Outcome.READ)
        with timed(Part.CACHE):
            await self._notice_clearing()
            current = await look()
            entry, outcome = self._own_entry(key, current, reuse)
            if outcome is not Outcome.REUSED and self._shared is not None:
                entry, outcome = await self._shared_entry(key, current, reuse, entry)
        if outcome is None:
            # Once more, as others may have read it while this one waited; from here to the flight
            # nothing waits, so who does not find an entry finds those who read it.
            entry, outcome = self._own_entry(key, current, reuse)
        if entry is not None and outcome is not None:
            if outcome is Outcome.STALE:
                self._refresh(key, current, look, read, reuse)
            return self._answer(entry, outcome)
        with timed(Part.WAREHOUSE):
            new = await self._obtained(key, current, look, read, reuse)
        return self._answer(new, Outcome.READ)

    def clear(self) -> None:
        """Drop what this process keeps; what is being read will not be kept."""
        self._own.clear()
        self._epoch += 1

    async def close(self) -> None:
        """Stop reading anew what nobody waits for."""
        refreshing = tuple(self._refreshing.values())
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*refreshing, return_exceptions=True)

    # --- what is kept ------------------------------------------------------------------------

    async def _notice_clearing(self) -> None:
        if self._shared is not None:
            generation = await self._shared.generation()
            if generation != self._generation:
                self._generation = generation
                self.clear()

    def _own_entry(
        self, key: str, current: str | None, reuse: Reuse
    ) -> tuple[Entry | None, Outcome | None]:
        entry = self._own.get(key)
        if entry is None:
            return None, None
        now = self._clock()
        noted = _noted(entry, current, now)
        if noted is not entry:
            self._own.change(key, noted)
        return noted, outcome_of(noted.version, noted.known_at, current, reuse, now)

    async def _shared_entry(
        self, key: str, current: str | None, reuse: Reuse, own: Entry | None
    ) -> tuple[Entry | None, Outcome | None]:
        """What processes share, where it is better than what this one has; that else."""
        shared, epoch = self._shared, self._epoch
        assert shared is not None
        found = await self._finds.run(key, lambda: shared.find(key))
        if found is None or self._epoch != epoch:
            return self._own_entry(key, current, reuse)
        now = self._clock()
        found = _noted(found, current, now)
        outcome = outcome_of(found.version, found.known_at, current, reuse, now)
        if outcome is not Outcome.REUSED and own is not None and own.known_at >= found.known_at:
            return self._own_entry(key, current, reuse)
        self._own.put(key, found, found.size)
        return found, outcome

    # --- what is read ------------------------------------------------------------------------

    def _refresh(self, key: str, current: str | None, look: Look, read: Read, reuse: Reuse) -> None:
        """Read anew in the background, once however many are given the old rows meanwhile."""
        if key in self._refreshing:
            return
        task = asyncio.get_running_loop().create_task(
            self._obtained(key, current, look, read, reuse), context=untimed()
        )
        self._refreshing[key] = task
        task.add_done_callback(lambda done: self._refreshed(key, done))

    def _refreshed(self, key: str, task: asyncio.Task[Entry]) -> None:
        del self._refreshing[key]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, AnalyticsError):
            logger.warning("old rows could not be read anew: %s", error.message)
        elif error is not None:
            logger.error("old rows could not be read anew", exc_info=error)

    async def _obtained(
        self, key: str, current: str | None, look: Look, read: Read, reuse: Reuse
    ) -> Entry:
        """New rows, from whoever reads them."""

        async def obtain() -> Entry:
            if self._shared is None or not _is_kept(current, reuse):
                return await self._read_and_kept(key, current, look, read, reuse)
            async with self._shared.turn(key):
                found = await self._shared.find(key)
                if found is not None and _is_fresh(found, current, reuse, self._clock()):
                    self._own.put(key, found, found.size)
                    return found
                return await self._read_and_kept(key, current, look, read, reuse)

        # Who knows of newer data does not join those who read older, nor those who may take it.
        return await self._reads.run((key, current, reuse), obtain)

    async def _read_and_kept(
        self, key: str, current: str | None, look: Look, read: Read, reuse: Reuse
    ) -> Entry:
        epoch = self._epoch
        entry = replace(await self._read(read), version=current)
        if not _is_kept(current, reuse) or len(entry.rows) > _MOST_ROWS:
            return entry
        try:
            is_same = await look() == current
        except (
            EngineError,
            WarehouseSuspendedError,
        ) as error:  # there are rows, and they are given
            logger.debug("the version cannot be looked up again: %s", error.message)
            is_same = False
        if is_same and self._epoch == epoch:
            self._own.put(key, entry, entry.size)
            if self._shared is not None:
                ttl_s = reuse.max_age_s + reuse.stale_while_revalidate_s
                await self._shared.keep(
                    key, entry, ttl_s=ttl_s if current is None else VERSIONED_TTL_S
                )
        return entry

    async def _read(self, read: Read) -> Entry:
        began = self._clock()
        return Entry(await read(), None, began)

    def _answer(self, entry: Entry, outcome: Outcome) -> Answer:
        self.counts[outcome] += 1
        return Answer(entry.rows, Reading(entry.version, entry.known_at, outcome))


def _noted(entry: Entry, current: str | None, now: float) -> Entry:
    """The entry, known to hold up to now if it does.

    From there it counts how long it may be given when it holds no more.
    """
    if current is None or entry.version != current or now - entry.known_at < _NOTED_EVERY_S:
        return entry
    return replace(entry, known_at=now)


def _is_kept(current: str | None, reuse: Reuse) -> bool:
    """Whether rows of that version can ever be used again."""
    return current is not None or reuse != BY_VERSION


def _is_fresh(entry: Entry, current: str | None, reuse: Reuse, now: float) -> bool:
    found = outcome_of(entry.version, entry.known_at, current, reuse, now)
    return found is Outcome.REUSED
