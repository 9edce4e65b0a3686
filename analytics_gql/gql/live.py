"""Live queries: a document is answered again when the data that it is read from has changed.

How it works. Equal subscriptions (the same text, variables that mean the same, whose rows) are one
`_Watch`, however many listen: a task that answers the document, waits until it is due, and looks
whether the data's version has moved. Only then is it answered again, and only an answer of other
bytes is told. Watches are due at every tick, and at once where somebody says that data has changed
(PostgreSQL's NOTIFY, a message in Redis): saying so is a hint to look, the version decides. Where a
table has no version, such a hint has the document answered again, and so has a longer period.

A watch holds its newest state alone. Who listens takes it when they can: who is slow misses what
was in between, and never falls behind.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    EngineError,
    LimitError,
    QueueTimeoutError,
    StatementTimeoutError,
    TooManyWaitingError,
    WarehouseError,
    WarehouseReplacedError,
    WarehouseSuspendedError,
    WarehouseUnavailableError,
)
from analytics_gql.gql.document import Document
from analytics_gql.gql.execution import Executed, GraphQLEngine
from analytics_gql.gql.planning import tables_read
from analytics_gql.gql.variables import canonical_variables
from analytics_gql.model.relation import TableName
from analytics_gql.observe.request_id import begin_request
from analytics_gql.query.predicate import fields_of
from analytics_gql.service.requests import MetricRequest, Request
from analytics_gql.warehouses.versions import LOOKED_UP_EVERY_S

logger = logging.getLogger(__name__)

HINTS_TOGETHER_S = 0.1
"""A trigger for each row tells of thousands of changes: so often is looked because of them."""

_PASSING = frozenset(
    error.code
    for error in (
        QueueTimeoutError,
        StatementTimeoutError,
        TooManyWaitingError,
        WarehouseError,
        WarehouseReplacedError,
        WarehouseSuspendedError,
        WarehouseUnavailableError,
    )
)
"""What may be over soon although the data is the same."""


class ChangeSource(Protocol):
    """Where it is said that data has changed."""

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Listen until cancelled, and tell what each message says: a table, or nothing.

        Nothing is told as well whenever messages may have been missed. Never raises.
        """


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """A document, what it is asked with and on whose behalf, to be answered again and again."""

    document: Document
    caller: Caller
    variables: dict[str, Any] | None
    operation_name: str | None
    is_registered: bool
    wants_columns: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """An answer as it is at a moment: a response in JSON.

    Of one that `is_final` nothing ran, and no other one follows: its errors say why.
    """

    response: str
    is_final: bool = False


@dataclass(eq=False, slots=True)
class _Watch:
    """A question that is answered for all who listen. `news` are woken for each new state."""

    key: tuple[object, ...]
    question: LiveQuestion
    news: set[asyncio.Event] = field(default_factory=set)
    due: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    tables: frozenset[TableName] = frozenset()
    is_alert: bool = False
    state: State | None = None
    failure: Exception | None = None
    version: str | None = None
    digest: bytes | None = None
    is_empty: bool = False
    """Whether the newest answer has no rows."""
    is_hinted: bool = False
    again_at: float = 0.0
    """When it is answered again although no version has moved, where it has none or an error."""

    @property
    def greeting(self) -> State | None:
        """What is told to who comes to listen now, if anything: no alert that is over."""
        return None if self.is_alert and self.is_empty else self.state


class LiveQueries:
    """Answers subscriptions. `executions` counts how often a document was answered for them.

    At most `at_once` documents are answered at a time: live queries leave the warehouse to others.
    """

    def __init__(
        self,
        engine: GraphQLEngine,
        *,
        period_s: float,
        unversioned_period_s: float,
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.executions = 0
        self._engine = engine
        self._period_s = period_s
        self._unversioned_period_s = unversioned_period_s
        self._turns = asyncio.Semaphore(at_once)
        self._clock = clock
        self._watches: dict[tuple[object, ...], _Watch] = {}
        self._hinted_at = float("-inf")
        self._soon: asyncio.TimerHandle | None = None

    @property
    def watched(self) -> int:
        """How many different questions are being answered at the moment."""
        return len(self._watches)

    @asynccontextmanager
    async def running(self, sources: Iterable[ChangeSource] = ()) -> AsyncIterator[None]:
        """Look for changes until the block ends; every question ends with it."""
        tasks = [
            asyncio.create_task(self._tick(), name="live queries"),
            *(asyncio.create_task(source.follow(self.hint), name="changes") for source in sources),
        ]
        try:
            yield
        finally:
            if self._soon is not None:
                self._soon.cancel()
            tasks += [watch.task for watch in self._watches.values() if watch.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def hint(self, table: str) -> None:
        """Data has changed, it is said: of a table by its name in the model, else of any."""
        known = {str(name): name for name in self._engine.service.catalog.tenant_columns}
        for watch in self._watches.values():
            if table not in known or known[table] in watch.tables:
                watch.is_hinted = True
        if self._soon is None:
            wait_s = max(self._hinted_at + HINTS_TOGETHER_S - self._clock(), 0.0)
            self._soon = asyncio.get_running_loop().call_later(wait_s, self._look_early)

    async def states(self, question: LiveQuestion) -> AsyncGenerator[State, None]:
        """The answer as it is, then each time that it has become another one.

        A question for metrics whose `where` has a condition on a metric is an alert: it is silent
        while its answer has no rows, and tells their coming, their changes and that they are gone.

        Raises what GraphQLEngine.executed raises. Closing it ends what nobody else listens to,
        down to the statement in the warehouse.
        """
        watch, news = self._watch(question), asyncio.Event()
        state = watch.greeting
        watch.news.add(news)
        try:
            while True:
                if state is not None:
                    yield state
                    if state.is_final:
                        return
                await news.wait()
                news.clear()
                if watch.failure is not None:
                    raise watch.failure
                state = watch.state
        finally:
            watch.news.discard(news)
            if not watch.news:
                await self._end(watch)

    def _watch(self, question: LiveQuestion) -> _Watch:
        """The watch of an equal question, or a new one."""
        key = _key(question)
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = _Watch(key, question)
            # In nobody's context: it outlives the one who asks first, and their identifier.
            watch.task = asyncio.get_running_loop().create_task(
                self._follow(watch), context=Context()
            )
        return watch

    async def _end(self, watch: _Watch) -> None:
        self._forget(watch)
        assert watch.task is not None
        watch.task.cancel()
        # Until the warehouse has let go of the statement.
        await asyncio.wait((watch.task,))

    def _forget(self, watch: _Watch) -> None:
        if self._watches.get(watch.key) is watch:
            del self._watches[watch.key]

    async def _follow(self, watch: _Watch) -> None:
        """Answer a question whenever it is due, until nobody listens or it cannot be answered."""
        begin_request(None)
        try:
            await self._read(watch)
            while not (watch.state is not None and watch.state.is_final):
                await self._look(watch)
                await watch.due.wait()
                watch.due.clear()
        except Exception as error:  # it is raised by those who listen
            watch.failure = error
            _wake(watch)
        finally:
            self._forget(watch)  # who comes now begins anew

    async def _read(self, watch: _Watch) -> None:
        """Find out what is asked, and of which tables. What is wrong shows when it is answered."""
        question = watch.question
        if question.document.errors:
            return
        tables = await tables_read(
            self._engine,
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
        )
        watch.tables = tables or frozenset()
        requests = await self._engine.requests(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
        )
        watch.is_alert = any(self._is_alert(request) for request in requests)

    def _is_alert(self, request: Request) -> bool:
        if not isinstance(request, MetricRequest) or request.query.where is None:
            return False
        metrics = self._engine.service.catalog.dataset(request.query.dataset).metric_named
        return any(name in metrics for name in fields_of(request.query.where))

    async def _look(self, watch: _Watch) -> None:
        """Answer a question again if its data has changed."""
        is_hinted, watch.is_hinted = watch.is_hinted, False
        # Before the rows are read: what moves meanwhile is seen the next time.
        version = await self._version(watch)
        has_moved = version != watch.version
        is_over = is_hinted and version is None
        if not (has_moved or is_over or self._clock() >= watch.again_at):
            return
        async with self._turns:
            executed = await self._executed(watch.question)
        self.executions += 1
        errors = executed.response.get("errors", ())
        is_unsettled = any(error["extensions"]["code"] in _PASSING for error in errors)
        watch.version = version
        if version is None or is_unsettled:
            watch.again_at = self._clock() + self._unversioned_period_s
        else:
            watch.again_at = float("inf")
        self._tell(watch, executed)

    async def _version(self, watch: _Watch) -> str | None:
        """The version of the data now; None where there is none, or it cannot be had."""
        if not watch.tables:
            return None
        try:
            return await self._engine.service.versions.of(watch.tables)
        except (EngineError, LimitError) as error:  # the answer that follows tells clients of it
            if watch.version is not None:  # once, not at every tick of an outage
                reason = error.__cause__ or error.message
                logger.warning("%s: looking up a version: %s", error.code, reason)
            return None

    async def _executed(self, question: LiveQuestion) -> Executed:
        return await self._engine.executed(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
            is_registered=question.is_registered,
            wants_columns=question.wants_columns,
            is_live=True,
        )

    def _tell(self, watch: _Watch, executed: Executed) -> None:
        """Make an answer the newest state, if it is another one."""
        response = executed.told
        if "data" not in response:
            watch.state = State(orjson.dumps(response).decode(), is_final=True)
            _wake(watch)
            return
        data = orjson.dumps(response["data"])
        # Not the errors' messages, in which identifiers stand that are new each time.
        errors = [
            (error.get("path"), error["extensions"]["code"]) for error in response.get("errors", ())
        ]
        digest = hashlib.sha256(data + orjson.dumps(errors)).digest()
        if digest == watch.digest:
            return
        watch.digest = digest
        # A subscription has one root field, so no other list can end the data.
        watch.is_empty = data.endswith(b":[]}")
        if watch.is_alert and watch.is_empty and watch.state is None:
            return
        watch.state = State(orjson.dumps(response).decode())
        _wake(watch)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            if self._watches and self._period_s >= LOOKED_UP_EVERY_S:
                # What was found just before the change would be believed until the next tick.
                self._engine.service.versions.forget()
            for watch in self._watches.values():
                watch.due.set()

    def _look_early(self) -> None:
        """Look at what somebody has given a hint of."""
        self._soon = None
        self._hinted_at = self._clock()
        self._engine.service.versions.forget()
        for watch in self._watches.values():
            if watch.is_hinted:
                watch.due.set()


def _wake(watch: _Watch) -> None:
    for news in watch.news:
        news.set()


def _key(question: LiveQuestion) -> tuple[object, ...]:
    """What equal questions have in common."""
    document, caller = question.document, question.caller
    variables: bytes | None = None
    if not document.errors:
        variables = canonical_variables(document, question.variables, question.operation_name)
    if variables is None:  # they cannot be read: the errors quote them as they were sent
        variables = repr(question.variables).encode()
    return (
        document.text,
        question.operation_name,
        variables,
        caller.tenant,
        frozenset(caller.roles),
        caller.tier,
        question.is_registered,
        question.wants_columns,
    )
