"""Lists that may be too long to be held: begun as any other, read on as their reader takes them.

How it works. A list that is expected to be long is read batch by batch. If it ends within the rows
that may be held, it is an answer like any other: kept, and shared by all who ask for it meanwhile.
Else what was read so far and the statement are handed over as they stand. A list that is expected
to be short is asked for in the ordinary way, but for one row more than may be held; only if that
row comes is it begun anew. (A stream takes more round trips, and of PostgreSQL half of the
connections at the most, which short answers shall not pay for.)
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from time import time

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import BY_VERSION, Answer, Outcome, Reading
from analytics_gql.guards.price import price_groups
from analytics_gql.model.catalog import Catalog
from analytics_gql.observe.asked import note_rows
from analytics_gql.query.line_layout import LineForm, LineLayout
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.page import ConnectionShape, NodesMember
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import ConstantMember, RowLayout, RowSelection, RowShape
from analytics_gql.service.line_statements import lines_of
from analytics_gql.service.requests import (
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
)
from analytics_gql.service.service import Service, too_many_rows
from analytics_gql.service.statements import StatementRequest, metric_rows
from analytics_gql.warehouses.warehouse import Batch

HELD_ROWS = 10_000
"""A list of so many rows is held whole; no smaller tier may read more."""


@dataclass(frozen=True, slots=True)
class LongList:
    """A question whose rows may be more than are held. `limit` None: all that there are."""

    query: MetricQuery | RecordQuery
    shape: RowShape
    limit: int | None
    is_paged: bool
    is_expected_long: bool

    def lines(self, caller: Caller) -> StatementRequest:
        """The statement that writes a row a line, and no more rows than tell of too many."""
        limit = None if self.limit is None else min(self.limit, caller.max_rows + 1)
        is_limited = limit is not None
        layout = LineLayout(self.shape, LineForm.JSON, is_limited, self.is_paged)
        return lines_of(self.query, layout, limit or 0)


def long_list_of(request: Request, caller: Caller, catalog: Catalog) -> LongList | None:
    """The list that a root field asks for, if it may be long; None if it is to be held.

    What has look-ups, cursors or a part in the middle needs its rows together. A page is long if
    that many rows are asked for: then they are expected.
    """
    if caller.max_rows <= HELD_ROWS:
        return None
    match request:
        case MetricRequest(query=query, rows=rows):
            has_few_rows = query.limit is not None and query.limit <= HELD_ROWS
            if has_few_rows or rows.links or not (query.dimensions or query.by_time):
                return None
            groups, _ = price_groups(query, catalog.dataset(query.dataset))
            return LongList(query, rows.shape, query.limit, False, groups > HELD_ROWS)
        case MetricPageRequest(query=query) | RecordPageRequest(query=query):
            page, nodes = request.page, _only_nodes(request.shape)
            if page.after is not None or page.before is not None or page.first is None:
                return None
            if nodes is None or nodes.links or not HELD_ROWS < page.first <= caller.max_rows:
                return None
            return LongList(query, nodes.shape, page.first, True, True)
        case _:
            return None


def _only_nodes(shape: ConnectionShape) -> RowSelection | None:
    """The rows of a connection of which nothing else is selected."""
    members = [item for item in shape.members if not isinstance(item, ConstantMember)]
    if len(members) == 1 and isinstance(members[0], NodesMember):
        return members[0].rows
    return None


class LongLists:
    """Begins lists that may be long, from one service's answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, asked: LongList, caller: Caller) -> Answer | Rest:
        """The rows, if they are few enough to be held; else the list as far as it was read.

        Raises whatever `Service.run` and `Service.stream` raise.
        """
        if not asked.is_expected_long:
            answer = await self._service.run(_first_rows(asked), caller)
            if len(answer.rows) <= HELD_ROWS:
                return answer
        lines = asked.lines(caller)
        beginning = _Beginning(self._service, lines, caller)
        try:
            return await self._service.run_by(beginning.read, lines, caller, BY_VERSION)
        except _NotHeldError:
            if (rest := beginning.taken()) is not None:
                return rest
            # It was another one's statement that told.
            return await self._begin_alone(beginning)
        finally:
            await beginning.leave()

    async def _begin_alone(self, beginning: _Beginning) -> Answer | Rest:
        began = time()
        try:
            return Answer(await beginning.read(), Reading(None, began, Outcome.READ))
        except _NotHeldError:
            rest = beginning.taken()
            assert rest is not None
            return rest


def _first_rows(asked: LongList) -> StatementRequest:
    assert isinstance(asked.query, MetricQuery)
    return metric_rows([(asked.query, RowLayout((asked.shape,)))], (HELD_ROWS + 1,))


class _NotHeldError(Exception):
    """The list has more rows than are held. Never leaves this module."""


class _Beginning:
    """Reads the first rows of a list, which may happen in another task than is waiting for them."""

    def __init__(self, service: Service, lines: StatementRequest, caller: Caller) -> None:
        self._service = service
        self._lines = lines
        self._caller = caller
        self._rest: Rest | None = None
        self._is_left = False

    async def read(self) -> list[str]:
        """All rows. Raises _NotHeldError, with the rest to be taken."""
        batches = self._service.stream(self._lines, self._caller)
        held: list[Batch] = []
        rows = 0
        try:
            async for batch in batches:
                held.append(batch)
                rows += batch.rows
                if rows > HELD_ROWS:
                    break
        except BaseException:
            await batches.aclose()
            raise
        if rows <= HELD_ROWS:
            return b"".join([batch.text for batch in held]).decode().split("\n")[:-1]
        if self._is_left:  # others had joined, and will find that they have to read themselves
            await batches.aclose()
        else:
            self._rest = Rest(batches, held, self._caller)
        raise _NotHeldError

    def taken(self) -> Rest | None:
        """The rest, which is the taker's from now on."""
        rest, self._rest = self._rest, None
        return rest

    async def leave(self) -> None:
        """Let nothing be open that was not taken, now or later."""
        self._is_left = True
        if (rest := self.taken()) is not None:
            await rest.close()


class Rest:
    """The rows of a list that is too long to be held. Read it to its end, or close it.

    `place` stands for the rows in the answer's JSON, where it comes once.
    """

    def __init__(
        self, batches: AsyncGenerator[Batch, None], held: list[Batch], caller: Caller
    ) -> None:
        self.place = secrets.token_hex(16)
        self._batches = batches
        self._held = held
        self._caller = caller

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The rows as items of a JSON array, made no faster than they are taken.

        Raises TooManyRowsError rather than end short, and whatever `Service.stream` raises.
        """
        async with aclosing(self._batches) as batches:
            rows, comma = 0, b""
            while self._held:
                batch = self._held.pop(0)
                rows += batch.rows
                if batch.rows:
                    note_rows(batch.rows)
                    yield comma + _items(batch)
                    comma = b","
            async for batch in batches:
                rows += batch.rows
                if rows > self._caller.max_rows:
                    raise too_many_rows(self._caller)
                if batch.rows:
                    note_rows(batch.rows)
                    yield comma + _items(batch)
                    comma = b","

    async def close(self) -> None:
        """Cancel the statement, if it is still under way."""
        self._held.clear()
        await self._batches.aclose()


def _items(batch: Batch) -> bytes:
    # JSON escapes line breaks: those that are there end the rows.
    return batch.text[:-1].replace(b"\n", b",")
