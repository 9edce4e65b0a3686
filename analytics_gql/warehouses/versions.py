"""The data version of an answer: a digest over every table that it read."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.relation import TableName
from analytics_gql.sql.version_probe import compile_version_probe
from analytics_gql.warehouses.warehouse import Warehouse

Through = Callable[[Callable[[], Awaitable[str]]], Awaitable[str]]

LOOKED_UP_EVERY_S = 1.0
"""How long a version is believed: data that changes is seen so much later at the most."""


@dataclass(slots=True, eq=False)
class _LookUp:
    """A version that was asked for at some time, by the clock; and how many wait for it now."""

    asked_at: float
    task: asyncio.Task[str | None]
    waiting: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether it has ended without a version."""
        task = self.task
        return task.done() and (task.cancelled() or task.exception() is not None)


class DataVersions:
    """Looks versions up, each at most once a second, for all who ask at that time.

    A table's version is what its `version` expressions give; else what the warehouse itself can
    tell of its files; else it has none.
    """

    def __init__(
        self,
        catalog: Catalog,
        warehouse: Warehouse,
        clock: Callable[[], float] = time.monotonic,
        *,
        through: Through | None = None,
        hidden: frozenset[TableName] = frozenset(),
    ) -> None:
        """`through` makes every statement run, or refuses to.

        Of `hidden` tables no look-up sees the rows: they have no version, whatever is declared.
        """
        self._catalog = catalog
        self._warehouse = warehouse
        self._clock = clock
        self._through = through
        self._expressions: dict[TableName, tuple[exp.Expr, ...]] = {}
        for relation in catalog.relations():
            known = self._expressions.setdefault(relation.table, ())
            if relation.version is None or relation.table in hidden:
                continue
            if relation.version not in known:
                self._expressions[relation.table] = (*known, relation.version)
        self._asked: dict[TableName | None, _LookUp] = {}
        # What look-ups have come to, until the next one.
        self._told: dict[frozenset[TableName], tuple[float, str | None]] = {}

    async def of(self, tables: Iterable[TableName], *, is_fresh: bool = False) -> str | None:
        """The version of an answer that was read from these tables; None if one has none.

        `is_fresh` believes nothing that was found before the call. Raises EngineError, and what
        `through` raises.
        """
        asked = frozenset(tables)
        told = self._told.get(asked)
        if told is not None and self._clock() < told[0] and not is_fresh:
            return told[1]
        names = sorted(asked, key=str)
        if is_fresh:
            for name in (None, *names):
                self._drop(name)
        if all(self._is_at_hand(part) for name in names for part in self._parts(name)):
            # Nothing is waited for, nor are tasks made: every answer from a cache comes by here.
            version = _digest(names, [await self._of_table(name) for name in names])
            self._told[asked] = self.believed_until(asked), version
            return version
        return _digest(names, await asyncio.gather(*(self._of_table(name) for name in names)))

    def believed_until(self, tables: Iterable[TableName]) -> float:
        """Until when what `of` says of these tables is believed, by the clock; past if unknown."""
        times = [
            asked.asked_at if (asked := self._asked.get(name)) is not None else -math.inf
            for name in (None, *tables)
            if name is None or self._expressions[name]
        ]
        return min(times) + LOOKED_UP_EVERY_S

    def forget(self) -> None:
        """Believe nothing that was found until now."""
        self._asked.clear()
        self._told.clear()

    def _drop(self, name: TableName | None) -> None:
        self._asked.pop(name, None)
        self._told.clear()

    async def _of_table(self, name: TableName) -> str | None:
        # A file that is replaced is a new version, whatever the expressions say of its rows.
        of_files = await self._believed(None)
        if not self._expressions[name]:
            return of_files
        return f"{of_files}:{await self._believed(name)}"

    def _parts(self, name: TableName) -> tuple[TableName | None, ...]:
        """What a table's version is looked up in: the files, and its own expressions."""
        return (None, name) if self._expressions[name] else (None,)

    def _is_at_hand(self, name: TableName | None) -> bool:
        asked = self._asked.get(name)
        return (
            asked is not None
            and self._clock() - asked.asked_at < LOOKED_UP_EVERY_S
            and asked.task.done()
            and not asked.has_failed
        )

    async def _believed(self, name: TableName | None) -> str | None:
        """What was found less than a second ago, else what is found now.

        While it is being looked up nobody looks again, however long that takes: look-ups of a
        table that is locked would come to hold every connection. It is for all who wait, goes on
        when the one who asked first leaves, and ends in the warehouse when the last one does.
        """
        asked = self._asked.get(name)
        now = self._clock()
        if asked is None or (
            asked.task.done() and (now - asked.asked_at >= LOOKED_UP_EVERY_S or asked.has_failed)
        ):
            asked = _LookUp(now, asyncio.ensure_future(self._found(name)))
            self._asked[name] = asked
            self._told.clear()
        if asked.task.done():
            return asked.task.result()
        asked.waiting += 1
        try:
            # Not awaited itself: being cancelled would cancel it.
            await asyncio.wait((asked.task,))
        finally:
            asked.waiting -= 1
            if not asked.waiting and not asked.task.done():
                if self._asked.get(name) is asked:
                    self._drop(name)
                asked.task.cancel()
                await asyncio.wait((asked.task,))
                _ = asked.has_failed  # looked at: asyncio would complain of an error
        return asked.task.result()

    async def _found(self, name: TableName | None) -> str | None:
        if name is None:
            # Files are looked at, if anything: that says nothing of whether statements are run.
            return await self._warehouse.identity()
        look = partial(self._probed, name)
        return await (look() if self._through is None else self._through(look))

    async def _probed(self, name: TableName) -> str:
        probe = compile_version_probe(
            name, self._expressions[name], self._catalog, self._warehouse.dialect
        )
        row = await self._warehouse.first_row(probe)
        return repr(row)


def _digest(names: Iterable[TableName], found: Iterable[str | None]) -> str | None:
    """The version of several tables; None if one has none."""
    versions = list(zip(names, found, strict=True))
    if any(version is None for _, version in versions):
        return None
    text = "\n".join(f"{name}={version}" for name, version in versions)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
