"""answer(query, shape, caller): plan, compile, prove, bind, run. Under every door."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter

from analytics_gql.access.caller import Caller
from analytics_gql.errors import EngineError, TenantProofError, TooManyRowsError
from analytics_gql.model.catalog import Catalog
from analytics_gql.plan.nodes import QueryPlan
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.row_shape import RowShape
from analytics_gql.sql.compile import compile_plan
from analytics_gql.sql.statement import Statement, bind
from analytics_gql.warehouses.warehouse import Warehouse

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with the values to bind to it, and how many rows it may give."""

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
        self._statements: OrderedDict[tuple[MetricQuery, RowShape], Statement] = OrderedDict()
        self._statement_cache_entries = statement_cache_entries

    async def answer(self, query: MetricQuery, shape: RowShape, caller: Caller) -> bytes:
        """The rows of a query as one JSON array.

        Raises RequestError, AccessError, TooManyRowsError or EngineError.
        """
        prepared = self.prepare(query, shape, caller)
        started = perf_counter()
        try:
            rows = await self.warehouse.rows(prepared.statement.text, prepared.parameters)
        except EngineError as error:
            # The engine's own words stay in the log, under the request's identifier.
            logger.warning("%s: %s\n%s", error.code, error.__cause__, prepared.statement.text)
            raise
        logger.debug("%d rows in %.1f ms", len(rows), (perf_counter() - started) * 1_000)
        if len(rows) > prepared.max_rows:
            raise TooManyRowsError(
                f"the result has more than the {prepared.max_rows:,} rows that your tier may read "
                "at once",
                hint="set a limit, ask for a shorter dateRange, fewer dimensions or a coarser "
                "granularity, or filter with `where`",
            )
        return ("[" + ",".join(rows) + "]").encode()

    def prepare(self, query: MetricQuery, shape: RowShape, caller: Caller) -> Prepared:
        """The statement of a query, from the cache if its shape was seen, and its values."""
        query_shape, values = split(query)
        key = (query_shape, shape)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._compile(query_shape, shape, caller)
            self._statements[key] = statement
            if len(self._statements) > self._statement_cache_entries:
                self._statements.popitem(last=False)
        else:
            self._statements.move_to_end(key)
        # One row more than allowed tells that there are more, without reading them.
        row_limit = min(query.limit or caller.max_rows + 1, caller.max_rows + 1)
        parameters = bind(statement, values, caller, row_limit)
        return Prepared(statement, parameters, caller.max_rows)

    def explain(
        self, query: MetricQuery, shape: RowShape, caller: Caller
    ) -> tuple[QueryPlan, Statement, list[object]]:
        """The plan and the statement in readable form, with the values bound to it."""
        query_shape, values = split(query)
        query_plan = plan(query_shape, self.catalog, caller)
        statement = compile_plan(
            query_plan, shape, self.catalog, self.warehouse.dialect, pretty=True
        )
        row_limit = min(query.limit or caller.max_rows + 1, caller.max_rows + 1)
        return query_plan, statement, bind(statement, values, caller, row_limit)

    def _compile(self, query_shape: MetricQuery, shape: RowShape, caller: Caller) -> Statement:
        query_plan = plan(query_shape, self.catalog, caller)
        try:
            return compile_plan(query_plan, shape, self.catalog, self.warehouse.dialect)
        except TenantProofError:
            logger.critical("a statement failed its tenant proof and was not run", exc_info=True)
            raise
