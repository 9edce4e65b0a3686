"""answer(query, shape, caller): plan, compile, prove, bind, run. Under every door."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    EngineError,
    RequestError,
    TenantProofError,
    TooManyRowsError,
    ValueOutOfRangeError,
    WarehouseError,
)
from analytics_gql.model.catalog import Catalog
from analytics_gql.plan.fuse import Ground, fuse, ground_of
from analytics_gql.plan.nodes import QueryPlan
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.predicate import Scalar, Value
from analytics_gql.query.row_shape import RowShape
from analytics_gql.sql.compile import compile_plan
from analytics_gql.sql.statement import Statement, bind
from analytics_gql.warehouses.warehouse import Warehouse

logger = logging.getLogger(__name__)


_MAX_KEPT_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class MetricRequest:
    """A query and the JSON row that its answer is wanted in."""

    query: MetricQuery
    shape: RowShape


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with the values to bind to it, and how many rows each answer may have."""

    statement: Statement
    parameters: list[object]
    max_rows: int


class Service:
    """Answers queries from one warehouse. The catalog is bound to it."""

    def __init__(
        self, catalog: Catalog, warehouse: Warehouse, *, statement_cache_entries: int = 1_000
    ) -> None:
        self.catalog = catalog
        self.warehouse = warehouse
        self._statements: OrderedDict[
            tuple[tuple[MetricQuery, ...], tuple[RowShape, ...]], Statement
        ] = OrderedDict()
        self._statement_cache_entries = statement_cache_entries

    async def answer(self, request: MetricRequest, caller: Caller) -> bytes:
        """The rows of a query as one JSON array.

        Raises RequestError, AccessError, TooManyRowsError or EngineError.
        """
        (answer,) = await self.answers((request,), caller)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def answers(
        self, requests: Sequence[MetricRequest], caller: Caller
    ) -> list[bytes | Exception]:
        """The answer to each request, or the error in its place.

        Requests over the same ground are answered by one statement; different ones run at once.
        """
        if len(requests) == 1:  # the commonest case: there is nothing to compare and to gather
            return await self.answer_together((requests[0],), caller)
        grounds: dict[Ground, list[int]] = {}
        for number, request in enumerate(requests):
            ground = ground_of(request.query, self.catalog.dataset(request.query.dataset))
            grounds.setdefault(ground, []).append(number)
        together = [tuple(requests[number] for number in numbers) for numbers in grounds.values()]
        found = await asyncio.gather(*(self.answer_together(group, caller) for group in together))
        answers: dict[int, bytes | Exception] = {}
        for numbers, group_answers in zip(grounds.values(), found, strict=True):
            answers |= zip(numbers, group_answers, strict=True)
        return [answers[number] for number in range(len(requests))]

    async def answer_together(
        self, group: tuple[MetricRequest, ...], caller: Caller
    ) -> list[bytes | Exception]:
        """The answers to requests over one ground, from one statement."""
        try:
            prepared = self.prepare(group, caller)
            rows = await self._rows(prepared)
        except (RequestError, ValueOutOfRangeError, WarehouseError) as error:
            if len(group) == 1:
                return [error]
            # One of them may be at fault; the others are answered, each by itself.
            alone = await asyncio.gather(*(self.answer_together((part,), caller) for part in group))
            return [answer for (answer,) in alone]
        except Exception as error:
            return [error] * len(group)
        if len(group) == 1:
            return [_json_array(rows, prepared.max_rows)]
        parts: list[list[str]] = [[] for _ in group]
        for row in rows:
            number, _, rest = row.partition("{")
            parts[int(number)].append("{" + rest)
        return [_json_array(part, prepared.max_rows) for part in parts]

    async def _rows(self, prepared: Prepared) -> list[str]:
        started = perf_counter()
        try:
            rows = await self.warehouse.rows(prepared.statement.text, prepared.parameters)
        except EngineError as error:
            # The engine's own words stay in the log, under the request's identifier.
            logger.warning("%s: %s\n%s", error.code, error.__cause__, prepared.statement.text)
            raise
        logger.debug("%d rows in %.1f ms", len(rows), (perf_counter() - started) * 1_000)
        return rows

    def prepare(self, group: tuple[MetricRequest, ...], caller: Caller) -> Prepared:
        """The statement of requests over one ground, from the cache if it was seen, its values."""
        shapes, values = _split(group)
        key = (shapes, tuple(request.shape for request in group))
        statement = self._statements.get(key)
        if statement is None:
            statement = self._compile(shapes, key[1], caller)
            # Entries are bounded, and so are their bytes: what is very long is not kept.
            if len(statement.text) <= _MAX_KEPT_CHARACTERS:
                self._statements[key] = statement
            if len(self._statements) > self._statement_cache_entries:
                self._statements.popitem(last=False)
        else:
            self._statements.move_to_end(key)
        parameters = bind(statement, values, caller, _row_limits(group, caller))
        return Prepared(statement, parameters, caller.max_rows)

    def explain(
        self, group: tuple[MetricRequest, ...], caller: Caller
    ) -> tuple[QueryPlan, Statement, list[object]]:
        """The plan and the statement in readable form, with the values bound to it."""
        shapes, values = _split(group)
        query_plan = self._plan(shapes, caller)
        statement = compile_plan(
            query_plan,
            tuple(request.shape for request in group),
            self.catalog,
            self.warehouse.dialect,
            pretty=True,
        )
        return query_plan, statement, bind(statement, values, caller, _row_limits(group, caller))

    def _plan(self, shapes: tuple[MetricQuery, ...], caller: Caller) -> QueryPlan:
        plans = [plan(shape, self.catalog, caller) for shape in shapes]
        return plans[0] if len(plans) == 1 else fuse(plans)

    def _compile(
        self, shapes: tuple[MetricQuery, ...], rows: tuple[RowShape, ...], caller: Caller
    ) -> Statement:
        query_plan = self._plan(shapes, caller)
        try:
            return compile_plan(query_plan, rows, self.catalog, self.warehouse.dialect)
        except TenantProofError:
            logger.critical("a statement failed its tenant proof and was not run", exc_info=True)
            raise


def _split(
    group: tuple[MetricRequest, ...],
) -> tuple[tuple[MetricQuery, ...], tuple[Scalar | Value, ...]]:
    """The shapes of a group's queries, and the values of all of them in one sequence."""
    shapes: list[MetricQuery] = []
    values: tuple[Scalar | Value, ...] = ()
    for request in group:
        shape, more = split(request.query, len(values))
        shapes.append(shape)
        values += more
    return tuple(shapes), values


def _row_limits(group: tuple[MetricRequest, ...], caller: Caller) -> tuple[int, ...]:
    """One row more than allowed tells that there are more, without reading them."""
    most = caller.max_rows + 1
    return tuple(min(request.query.limit or most, most) for request in group)


def _json_array(rows: list[str], max_rows: int) -> bytes | Exception:
    if len(rows) > max_rows:
        return TooManyRowsError(
            f"the result has more than the {max_rows:,} rows that your tier may read at once",
            hint="set a limit, ask for a shorter dateRange, fewer dimensions or a coarser "
            "granularity, or filter with `where`",
        )
    return ("[" + ",".join(rows) + "]").encode()
