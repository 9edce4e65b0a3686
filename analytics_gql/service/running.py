"""Runs prepared statements for a caller: in a place of its own, through the breaker, in time."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from analytics_gql.access.caller import Caller
from analytics_gql.errors import EngineError, WarehouseReplacedError
from analytics_gql.guards.isolation import Isolation
from analytics_gql.observe.statements import StatementWatch
from analytics_gql.service.tier_time import TierTime
from analytics_gql.sql.statement import Statement
from analytics_gql.warehouses.warehouse import Batch, Warehouse

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with the values to bind to it, and the digest of its text."""

    statement: Statement
    digest: str
    parameters: list[object]


class Runner:
    """How the statements of callers run. Without an `isolation` nothing keeps them apart."""

    def __init__(
        self, isolation: Isolation | None, watch: StatementWatch, *, tells_tenant: bool
    ) -> None:
        self._isolation = isolation
        self._watch = watch
        self._tells_tenant = tells_tenant

    def place(
        self, caller: Caller, *, is_stream: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """A place for one statement, which is to be run inside. See Isolation.place."""
        if self._isolation is None:
            return nullcontext()
        return self._isolation.place(caller, is_stream=is_stream)

    async def rows(self, warehouse: Warehouse, prepared: Prepared, caller: Caller) -> list[str]:
        """The texts of its rows. Raises WarehouseSuspendedError, or what Warehouse.rows raises."""
        text = prepared.statement.text
        run = partial(warehouse.rows, text, prepared.parameters, **self._whose(caller))
        try:
            with self._watch.running("rows", text, plan_hash(prepared.digest)) as running:
                rows = await self._called(run, self._time_of(caller))
                running.rows = len(rows)
        except EngineError as error:
            _note(error, text)
            raise
        return rows

    async def stream(
        self, warehouse: Warehouse, prepared: Prepared, caller: Caller
    ) -> AsyncGenerator[Batch, None]:
        """Its rows as they are wanted. Raises as `rows` does; see Warehouse.stream."""
        text, spent = prepared.statement.text, self._time_of(caller)
        quoted = prepared.statement.quoted
        stream = warehouse.stream(text, prepared.parameters, quoted, **self._whose(caller))
        try:
            with self._watch.running("stream", text, plan_hash(prepared.digest)) as running:
                async with aclosing(stream), aclosing(running.waited(stream)) as batches:
                    # With its first rows a stream has shown that the warehouse is there: no later
                    # batch is refused because of what other statements meet.
                    more: Callable[[], Awaitable[Batch | None]] = partial(anext, batches, None)
                    batch = await self._called(more, spent)
                    while batch is not None:
                        running.rows += batch.rows
                        yield batch
                        batch = await (more() if spent is None else spent.within(more))
        except EngineError as error:
            _note(error, text)
            raise

    async def _called(self, work: Callable[[], Awaitable[T]], spent: TierTime | None) -> T:
        if spent is not None:
            work = partial(spent.within, work)
        return await (work() if self._isolation is None else self._isolation.breaker.call(work))

    def _whose(self, caller: Caller) -> dict[str, str | None]:
        """What a warehouse is told that hides rows by itself."""
        return {"tenant": caller.tenant} if self._tells_tenant else {}

    def _time_of(self, caller: Caller) -> TierTime | None:
        """The time of one statement of the caller; None where the warehouse's own holds."""
        timeout_s = None if self._isolation is None else self._isolation.timeouts.of(caller)
        return None if timeout_s is None else TierTime(timeout_s)


def _note(error: EngineError, text: str) -> None:
    """The engine's own words stay in the log, under the request's identifier."""
    if not isinstance(error, WarehouseReplacedError):  # nothing is wrong: it is asked again
        logger.warning("%s: %s\n%s", error.code, error.detail, text)


def plan_hash(digest: str) -> str:
    """What tells a statement's plan from others in logs and traces, of the digest of its text."""
    return digest[:16]
