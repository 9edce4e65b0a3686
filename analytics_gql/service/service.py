"""Answers questions from one warehouse: plan, compile, prove, bind, run."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from functools import partial
from time import monotonic, time

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.binding.bind import bind_catalog
from analytics_gql.cache.results import Read, Results, result_key
from analytics_gql.cache.reuse import BY_VERSION, Answer, Outcome, Reading, Reuse
from analytics_gql.errors import (
    EngineError,
    ModelError,
    RequestError,
    TenantProofError,
    TooManyRowsError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseReplacedError,
    WarehouseUnavailableError,
)
from analytics_gql.guards.isolation import Isolation
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.observe.statements import StatementWatch
from analytics_gql.observe.timings import Part, timed
from analytics_gql.plan.fuse import Ground, ground_of
from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import PART, RowLayout, RowShape
from analytics_gql.service.running import Prepared, Runner
from analytics_gql.service.statements import StatementRequest, entity_rows, metric_rows
from analytics_gql.service.together import together
from analytics_gql.sql.statement import Statement, bind
from analytics_gql.warehouses.versions import DataVersions
from analytics_gql.warehouses.warehouse import Batch, Warehouse

logger = logging.getLogger(__name__)

_MAX_KEPT_CHARACTERS = 65_536

_TRY_BINDING_AGAIN_AFTER_S = 10.0
"""A warehouse too busy to be looked over is not asked again by every request."""

MAX_KEYS = 10_000
"""Keys of one look-up statement; of more, several are made, which run at the same time."""

Question = tuple[MetricQuery, RowShape]
EntityTexts = dict[str, str]
"""The text of an entity's row by its key as EntityQuery has it."""


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """Entities by their keys, and what each statement has read."""

    texts: EntityTexts
    readings: tuple[Reading, ...]


class Service:
    """Answers questions from one warehouse. The catalog is bound to it.

    When the warehouse is replaced as a whole, the catalog is bound anew before anything is read:
    a key that is not unique any more would double figures silently.

    With `results` answers are used again; see there. `model` is a digest of what is in them. With
    `isolation` callers do not get in each other's way; binding and `ready` pass it by, so that
    whatever callers do the server knows how its warehouse is.

    `tells_tenant`: the warehouse hides rows by itself, and is told whose are wanted; nobody else
    sees those of the `hidden` tables, so that their versions cannot be looked up.
    """

    @property
    def results(self) -> Results | None:
        """Where answers are kept; None if they are not."""
        return self._results

    def __init__(
        self,
        catalog: Catalog,
        warehouse: Warehouse,
        *,
        statement_cache_entries: int = 1_000,
        results: Results | None = None,
        model: str = "",
        statements: StatementWatch | None = None,
        isolation: Isolation | None = None,
        tells_tenant: bool = False,
        hidden: frozenset[TableName] = frozenset(),
    ) -> None:
        self.catalog = catalog
        self._binding = asyncio.Lock()
        self._bound = 0
        self._unfit: tuple[int, float] | None = None
        """The number of a database that the model was not bound to, and until when not to try."""
        self.warehouse = warehouse
        self.isolation = isolation
        through = None if isolation is None else isolation.look_up
        self.versions = DataVersions(catalog, warehouse, through=through, hidden=hidden)
        self._runner = Runner(isolation, statements or StatementWatch(), tells_tenant=tells_tenant)
        self._results = results
        self.model = model
        self._statements: OrderedDict[Hashable, tuple[Statement, str]] = OrderedDict()
        self._statement_cache_entries = statement_cache_entries

    # --- one statement -----------------------------------------------------------------------

    async def run(
        self, request: StatementRequest, caller: Caller, reuse: Reuse | None = BY_VERSION
    ) -> Answer:
        """The texts of a statement's rows, read now or kept and good enough.

        Without a `reuse` they are read, and not kept. Raises RequestError, AccessError,
        LimitError, EngineError or TenantProofError.
        """
        prepared, bound = self.prepare(request, caller), self._bound
        read = partial(self._read, request, caller, prepared, bound)
        return await self._answer(read, prepared, caller, reuse)

    async def run_by(
        self, read: Read, request: StatementRequest, caller: Caller, reuse: Reuse | None
    ) -> Answer:
        """As `run`, but that `read` reads the rows where they are not kept; raises what it does."""
        return await self._answer(read, self.prepare(request, caller), caller, reuse)

    async def _answer(
        self, read: Read, prepared: Prepared, caller: Caller, reuse: Reuse | None
    ) -> Answer:
        if self._results is None:
            now = time()
            return Answer(await read(), Reading(None, now, Outcome.READ))
        key = result_key(self.model, prepared.digest, prepared.parameters, caller)
        look = partial(self._version, prepared.statement.tables)
        return await self._results.answer(key, look, read, reuse)

    async def _version(self, tables: Iterable[TableName]) -> str | None:
        try:
            return await self.versions.of(tables)
        except EngineError as error:
            logger.warning("%s: looking up a version: %s", error.code, error.__cause__)
            raise

    async def _read(
        self, request: StatementRequest, caller: Caller, prepared: Prepared, bound: int
    ) -> list[str]:
        async with self._runner.place(caller):
            if bound != self._bound:  # while it waited for its place
                prepared = self.prepare(request, caller)
            try:
                return await self._runner.rows(self.warehouse, prepared, caller)
            except WarehouseReplacedError:
                await self._bind_anew()
            # Prepared here, and run at once.
            prepared = self.prepare(request, caller)
            return await self._runner.rows(self.warehouse, prepared, caller)

    async def stream(
        self, request: StatementRequest, caller: Caller
    ) -> AsyncGenerator[Batch, None]:
        """The texts of a statement's rows as they are wanted; see Warehouse.stream.

        Raises RequestError, AccessError, LimitError, EngineError or TenantProofError.
        """
        async with (
            self._runner.place(caller, is_stream=True),
            aclosing(self._stream_now(request, caller)) as batches,
        ):
            async for batch in batches:
                yield batch

    async def _stream_now(
        self, request: StatementRequest, caller: Caller
    ) -> AsyncGenerator[Batch, None]:
        try:
            async with aclosing(self._stream(request, caller)) as batches:
                async for batch in batches:
                    yield batch
        except WarehouseReplacedError:  # before the first batch, if at all
            await self._bind_anew()
            async with aclosing(self._stream(request, caller)) as batches:
                async for batch in batches:
                    yield batch

    def _stream(self, request: StatementRequest, caller: Caller) -> AsyncGenerator[Batch, None]:
        prepared = self.prepare(request, caller)
        return self._runner.stream(self.warehouse, prepared, caller)

    async def _bind_anew(self) -> None:
        """Bind the catalog to the database that has replaced the one it was bound to.

        Raises WarehouseUnavailableError if the model does not fit it.
        """
        async with self._binding:
            generation = await self.warehouse.generation()
            if generation == self._bound:
                return  # another request has seen to it
            if self._unfit is None or self._unfit[0] != generation or self._unfit[1] <= monotonic():
                self._unfit = None
                try:
                    self.catalog = await bind_catalog(self.catalog, self.warehouse, is_start=False)
                except ModelError as error:
                    self._unfit = generation, math.inf
                    logger.error("the warehouse that was put in place is refused:\n%s", error)
                except EngineError as error:
                    self._unfit = generation, monotonic() + _TRY_BINDING_AGAIN_AFTER_S
                    logger.error(
                        "the warehouse that was put in place could not be looked over: %s",
                        error.message,
                    )
                else:
                    self._statements.clear()
                    self.versions.forget()
                    if self._results is not None:
                        self._results.clear()
                    self._bound = generation
                    self.warehouse.settle(generation)
                    return
            assert self._unfit is not None
            if math.isinf(self._unfit[1]):
                raise WarehouseUnavailableError(
                    "the data that was put in place does not fit the model",
                    hint="the operator's log says more",
                )
            raise WarehouseUnavailableError(
                "the data that was put in place could not be looked over yet",
                hint="try again soon; the operator's log says more",
            )

    async def ready(self) -> None:
        """Return if questions are answered. Raises EngineError if not.

        A database that was put in place is bound here as well, before anybody asks for it.
        """
        await self.warehouse.ping()
        if await self.warehouse.generation() != self._bound:
            await self._bind_anew()

    def prepare(self, request: StatementRequest, caller: Caller) -> Prepared:
        """The statement and its values."""
        with timed(Part.PLAN):
            statement, digest = self._planned(request, caller)
            values = bind(statement, request.values, caller, request.row_limits)
        return Prepared(statement, digest, values)

    def statement(self, request: StatementRequest, caller: Caller) -> Statement:
        """The statement of a request, from the cache if its shape was seen."""
        with timed(Part.PLAN):
            return self._planned(request, caller)[0]

    def _planned(self, request: StatementRequest, caller: Caller) -> tuple[Statement, str]:
        """The statement and the digest of its text."""
        key = request.key
        known = self._statements.get(key)
        if known is not None:
            self._statements.move_to_end(key)
            statement, digest = known
        else:
            try:
                statement = request.compile(self.catalog, caller, self.warehouse.dialect)
            except TenantProofError:
                logger.critical(
                    "a statement failed its tenant proof and was not run", exc_info=True
                )
                raise
            digest = hashlib.sha256(statement.text.encode("utf-8", "surrogatepass")).hexdigest()
            # Entries are bounded, and so are their bytes: what is very long is not kept.
            if len(statement.text) <= _MAX_KEPT_CHARACTERS:
                self._statements[key] = (statement, digest)
            if len(self._statements) > self._statement_cache_entries:
                self._statements.popitem(last=False)
        return statement, digest

    # --- metrics -----------------------------------------------------------------------------

    async def metrics(
        self, questions: Sequence[Question], caller: Caller, reuse: Reuse = BY_VERSION
    ) -> list[Answer | Exception]:
        """The rows of each question, or the error in its place.

        Questions over the same ground are answered by one statement; different ones run at once.
        """
        if len(questions) == 1:  # the commonest case: there is nothing to compare and to gather
            return await self._answered_together((questions[0],), caller, reuse)
        grounds: dict[Ground, list[int]] = {}
        for number, (query, _) in enumerate(questions):
            ground = ground_of(query, self.catalog.dataset(query.dataset))
            grounds.setdefault(ground, []).append(number)
        together = [tuple(questions[number] for number in numbers) for numbers in grounds.values()]
        found = await asyncio.gather(
            *(self._answered_together(group, caller, reuse) for group in together)
        )
        answers: dict[int, Answer | Exception] = {}
        for numbers, group_answers in zip(grounds.values(), found, strict=True):
            answers |= zip(numbers, group_answers, strict=True)
        return [answers[number] for number in range(len(questions))]

    async def _answered_together(
        self, group: tuple[Question, ...], caller: Caller, reuse: Reuse
    ) -> list[Answer | Exception]:
        """The answers to questions over one ground, from one statement."""
        try:
            answer = await self.run(fused(group, caller), caller, reuse)
        except (RequestError, ValueOutOfRangeError, WarehouseError) as error:
            if len(group) == 1:
                return [error]
            # One of them may be at fault; the others are answered, each by itself.
            alone = await asyncio.gather(
                *(self._answered_together((part,), caller, reuse) for part in group)
            )
            return [part for (part,) in alone]
        except Exception as error:
            return [error] * len(group)
        if len(group) == 1:
            return [_within_limit(answer, caller)]
        parts: list[list[str]] = [[] for _ in group]
        for row in answer.rows:
            number, _, rest = row.partition("{")
            parts[int(number)].append("{" + rest)
        return [_within_limit(Answer(part, answer.reading), caller) for part in parts]

    # --- entities ----------------------------------------------------------------------------

    async def entities(
        self, queries: Sequence[EntityQuery], caller: Caller, reuse: Reuse = BY_VERSION
    ) -> list[EntityAnswer | Exception]:
        """The rows that each query asks for, by key, or the error in its place.

        Queries of one entity at one instant are answered by one statement. An answer may hold
        keys that other queries of its statement asked for.
        """
        groups: dict[tuple[str, object], list[int]] = {}
        for number, query in enumerate(queries):
            groups.setdefault((query.entity, query.as_of), []).append(number)
        found = await asyncio.gather(
            *(
                self._looked_up([queries[number] for number in numbers], caller, reuse)
                for numbers in groups.values()
            ),
            return_exceptions=True,
        )
        answers: dict[int, EntityAnswer | Exception] = {}
        for numbers, by_shape in zip(groups.values(), found, strict=True):
            for number in numbers:
                if isinstance(by_shape, Exception):
                    answers[number] = by_shape
                elif isinstance(by_shape, BaseException):
                    raise by_shape
                else:
                    answers[number] = by_shape[queries[number].shape]
        return [answers[number] for number in range(len(queries))]

    async def _looked_up(
        self, queries: Sequence[EntityQuery], caller: Caller, reuse: Reuse
    ) -> dict[RowShape, EntityAnswer]:
        """The rows of every key in every shape, by one statement for each `MAX_KEYS` keys."""
        shapes = tuple(dict.fromkeys(query.shape for query in queries))
        keys = tuple(dict.fromkeys(key for query in queries for key in query.keys))
        chunks = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        found = await together(
            *(self.run(self.look_up(queries[0], shapes, chunk), caller, reuse) for chunk in chunks)
        )
        rows = [row.split(PART) for answer in found for row in answer.rows]
        readings = tuple(answer.reading for answer in found)
        return {
            shape: EntityAnswer(
                {canonical_key(parts[0]): parts[number] for parts in rows}, readings
            )
            for number, shape in enumerate(shapes, start=1)
        }

    def look_up(
        self, query: EntityQuery, shapes: tuple[RowShape, ...], keys: Sequence[str]
    ) -> StatementRequest:
        """The statement that looks up keys of a query's entity."""
        values: list[list[str]] = orjson.loads("[[" + "],[".join(keys) + "]]")
        fields = self.catalog.entity(query.entity).rows.key_fields
        # What a statement wrote needs no second look; see `bind` for what clients write. But a
        # column may hold what no key can be.
        for number, item in enumerate(fields):
            if item.kind is ColumnKind.INTEGER:
                values = [key for key in values if -(2**63) <= int(key[number]) < 2**63]
        columns: list[Sequence[str | int | date]] = [[] for _ in fields]
        for number, item in enumerate(fields):
            column = [key[number] for key in values]
            match item.kind:
                case ColumnKind.INTEGER:
                    columns[number] = [int(text) for text in column]
                case ColumnKind.DATE:
                    columns[number] = [_day(text) for text in column]
                case _:
                    columns[number] = column
        return entity_rows(query.entity, query.as_of, shapes, columns)


def fused(group: tuple[Question, ...], caller: Caller) -> StatementRequest:
    """The statement of questions over one ground."""
    # One row more than allowed tells that there are more, without reading them.
    most = caller.max_rows + 1
    limits = tuple(min(query.limit or most, most) for query, _ in group)
    return metric_rows([(query, RowLayout((shape,))) for query, shape in group], limits)


def canonical_key(key: str) -> str:
    """A key's JSON in one spelling: engines differ in how they write what JSON escapes."""
    if "\\" not in key:
        return key
    return key_of(orjson.loads(f"[{key}]"))


def _day(text: str) -> date:
    """A day as a statement wrote it. Raises ValueOutOfRangeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:  # years of five digits, BC, infinity
        raise ValueOutOfRangeError(
            "an entity is linked to by a day outside of the calendar",
            hint="leave such rows out with `where`, or do not select the entity",
        ) from None


def key_of(values: Sequence[str]) -> str:
    """The JSON of a key's values, as EntityQuery has it."""
    return orjson.dumps(values).decode()[1:-1]


def _within_limit(answer: Answer, caller: Caller) -> Answer | Exception:
    return too_many_rows(caller) if len(answer.rows) > caller.max_rows else answer


def too_many_rows(caller: Caller) -> TooManyRowsError:
    """What a list is that has more rows than the caller may read: never a shorter one."""
    return TooManyRowsError(
        f"the result has more than the {caller.max_rows:,} rows that your tier may read at once",
        hint="set a limit, ask for a shorter dateRange, fewer dimensions or a coarser "
        "granularity, or filter with `where`",
    )
