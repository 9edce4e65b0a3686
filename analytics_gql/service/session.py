"""One operation of one caller: its root fields ask here, and are asked for together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from functools import cached_property
from types import TracebackType
from typing import Self

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import BY_VERSION, Outcome, Reading, Reuse
from analytics_gql.errors import (
    DocumentTooLargeError,
    KeyValueError,
    LimitError,
    QueryTooComplexError,
    QueueTimeoutError,
    TooManyRowsError,
    TooManyWaitingError,
    WarehouseSuspendedError,
)
from analytics_gql.guards.budget import check_budget
from analytics_gql.guards.price import Price
from analytics_gql.guards.toll import Toll
from analytics_gql.model.row_type import RowField
from analytics_gql.observe.asked import note_rows
from analytics_gql.observe.timings import Part, timed
from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.service.connection_json import connection_json, nodes_json
from analytics_gql.service.figures import FigureRows
from analytics_gql.service.loaders import EntityLoader, MetricLoader, rows_of
from analytics_gql.service.long_lists import LongList, LongLists, Rest, long_list_of
from analytics_gql.service.pages import Pages
from analytics_gql.service.pricing import price_of
from analytics_gql.service.requests import (
    EntityRequest,
    FiguresRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
    ValuesRequest,
)
from analytics_gql.service.service import Question, Service, key_of
from analytics_gql.service.stitching import Level, Meeting, complete
from analytics_gql.sql.statement import read_identifier

MAX_PLACES = 200
"""Look-ups that one operation may write: each is a part of every row, and may be a statement."""


class Session:
    """Answers the root fields of one operation as JSON; new for each.

    The fields are priced together: if all of them are more than the budget, none is begun. A
    budget of None is not exceeded. Leaving it ends what was begun for the operation, in the
    warehouse as well.

    With a `toll` the price is paid before anything is begun.

    `reuse` says how old its answers may be. Pages go by the data's version alone.

    With `long_lists` a list that is alone in its operation may turn out to be too long to be held;
    see `rest`.
    """

    def __init__(
        self,
        service: Service,
        pages: Pages,
        caller: Caller,
        reuse: Reuse = BY_VERSION,
        budget: int | None = None,
        long_lists: LongLists | None = None,
        toll: Toll | None = None,
    ) -> None:
        self._service = service
        self._pages = pages
        self._caller = caller
        self._reuse = reuse
        self._running: set[asyncio.Task[None]] = set()
        self._meeting = Meeting()
        self._places = 0
        self._readings: list[Reading] = []
        self._budget = budget
        self._requests: list[Request] = []
        self._price: Price | None = None
        self._toll = toll
        self._reserving: asyncio.Task[int] | None = None
        self._reserved: int | None = None
        self.refusal: LimitError | None = None
        """Why none of the fields was begun."""
        self.turned_away: LimitError | None = None
        """Why the warehouse was not asked for some field, though it may be asked again soon."""
        self._long_lists = long_lists
        self.rest: Rest | None = None
        """The rows of a list that are not in its answer, where they are to be put in.

        Who takes them has to read or to close them; nobody else does unless there was an error.
        """

    @cached_property
    def _metrics(self) -> MetricLoader:
        return MetricLoader(self._service, self._caller, self._reuse, self._running, self._readings)

    @cached_property
    def _entities(self) -> EntityLoader:
        return EntityLoader(self._service, self._caller, self._reuse, self._running, self._readings)

    @property
    def price(self) -> Price:
        """The price of the fields that were read so far."""
        if self._price is None:
            with timed(Part.PLAN):
                self._price = price_of(self._requests, self._service.catalog)
        return self._price

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Batches are tasks of their own: nobody else ends them when the one who asked has left.
        running = tuple(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        if error is not None and self.rest is not None:
            await self.rest.close()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What every statement so far has read: whole once all answers are there."""
        return tuple(self._readings)

    def answer(self, request: Request) -> Awaitable[str]:
        """The JSON of one root field. Call it for every field before any answer is awaited.

        Nothing is begun before: the first to be awaited knows the price of all. Awaiting raises
        QueryTooComplexError, RequestError, AccessError, LimitError or EngineError. Raises
        DocumentTooLargeError.
        """
        self._requests.append(request)
        self._price = None
        places = _places(request)
        if not places:
            return self._noted(self._answered(request))
        self._places += places
        if self._places > MAX_PLACES:
            raise DocumentTooLargeError(
                f"the operation looks up entities in {self._places:,} places, and {MAX_PLACES} are "
                "allowed",
                hint="select each look-up once, or split the operation into several requests",
            )
        self._meeting.come()
        return self._noted(self._met(request))

    async def _noted(self, answer: Awaitable[str]) -> str:
        try:
            return await answer
        except (TooManyWaitingError, QueueTimeoutError, WarehouseSuspendedError) as error:
            self.turned_away = error
            raise

    async def _met(self, request: Request) -> str:
        try:
            return await self._answered(request)
        finally:
            self._meeting.leave()

    def _answered(self, request: Request) -> Awaitable[str]:
        match request:
            case MetricRequest():
                return self._metric_list(request)
            case EntityRequest():
                return self._entity_list(request)
            case ValuesRequest():
                return self._values(request)
            case FiguresRequest():
                return self._figures(request)
            case _:
                return self._page(request)

    async def _admit(self) -> None:
        """Return once all fields are within the budget and paid for.

        Raises QueryTooComplexError, RateLimitedError or QuotaExceededError, the same for each.
        """
        self._check_budget()
        if self._toll is None or self._reserved is not None:
            return
        try:
            if self._reserving is None:  # of all fields together, by the first one
                self._reserved = self._toll.reserve_at_once(self.price)
                if self._reserved is not None:
                    return
                self._reserving = asyncio.create_task(self._toll.reserve(self.price))
                # Nobody may be left to hear of a refusal.
                self._reserving.add_done_callback(_heard)
            self._reserved = await asyncio.shield(self._reserving)
        except LimitError as error:
            self.refusal = error
            raise

    def settle(self) -> None:
        """Give back what was paid for rows that did not have to be read."""
        if self._toll is None or self._reserved is None or self.rest is not None:
            return
        readings = self.readings
        read = sum(reading.outcome is Outcome.READ for reading in readings)
        self._toll.settle(self._reserved, read=read, asked=len(readings))

    def _check_budget(self) -> None:
        """Raise QueryTooComplexError, the same for each field, if all are more than the budget."""
        if self._price is None and self._budget is not None:
            try:
                check_budget(self.price, self._budget)
            except QueryTooComplexError as error:
                self.refusal = error
        if self.refusal is not None:
            raise self.refusal

    async def _metric_list(self, request: MetricRequest) -> str:
        """Rows of metrics as a JSON array."""
        await self._admit()
        if (long_list := self._long_list(request)) is not None:
            return f"[{await self._rows_or_place(long_list)}]"
        rows = await self._rows_of_metrics((request.query, request.rows.shape))
        note_rows(len(rows))
        if not request.rows.links:
            return _array(rows)
        (texts,) = await complete((Level(rows, request.rows),), self._entities, self._meeting)
        return _array(texts)

    async def _rows_of_metrics(self, question: Question) -> list[str]:
        """The rows of a question. One that is alone waits for no batch."""
        if len(self._requests) > 1:
            return await self._metrics.load(question)
        (rows,) = await rows_of(
            self._service, (question,), self._caller, self._reuse, self._readings
        )
        if isinstance(rows, Exception):
            raise rows
        return rows

    async def _page(self, request: MetricPageRequest | RecordPageRequest) -> str:
        """A page as the JSON object of its connection."""
        await self._admit()
        if (long_list := self._long_list(request)) is not None:
            return nodes_json(request.shape, await self._rows_or_place(long_list))
        page = await self._pages.page(request, self._caller)
        self._readings += page.readings
        note_rows(max(map(len, page.rows), default=0))  # selected twice they are the same rows
        texts = await complete(
            tuple(
                Level(rows, selection)
                for rows, selection in zip(page.rows, request.shape.selections, strict=True)
            ),
            self._entities,
            self._meeting,
        )
        return connection_json(request.shape, page, texts)

    def _long_list(self, request: Request) -> LongList | None:
        if self._long_lists is None or len(self._requests) > 1:
            return None
        return long_list_of(request, self._caller, self._service.catalog)

    async def _rows_or_place(self, long_list: LongList) -> str:
        """The rows of a list, or what stands for them in the answer."""
        assert self._long_lists is not None
        begun = await self._long_lists.begin(long_list, self._caller)
        if isinstance(begun, Rest):
            self.rest = begun
            return begun.place
        self._readings.append(begun.reading)
        note_rows(len(begun.rows))
        return ",".join(begun.rows)

    async def _entity_list(self, request: EntityRequest) -> str:
        """Entities as a JSON array in the order asked, null for what is not there."""
        await self._admit()
        if len(request.keys) > self._caller.max_rows:
            raise TooManyRowsError(
                f"{len(request.keys):,} entities are asked for, and your tier may read "
                f"{self._caller.max_rows:,} at once",
                hint="ask for fewer at a time",
            )
        fields = self._service.catalog.entity(request.entity).rows.key_fields
        keys = [
            key_of([_identifier(text, item) for text, item in zip(key, fields, strict=True)])
            for key in request.keys
        ]
        found: dict[str, str] = {}
        if keys:
            found = await self._entities.load(
                EntityQuery(
                    request.entity, request.rows.shape, tuple(dict.fromkeys(keys)), request.as_of
                )
            )
        there = [key for key in dict.fromkeys(keys) if key in found]
        note_rows(len(there))
        (texts,) = await complete(
            (Level([found[key] for key in there], request.rows),),
            self._entities,
            self._meeting,
        )
        shown = dict(zip(there, texts, strict=True))
        items = [shown.get(key, "null") for key in keys]
        return _array(items) if request.is_list else items[0]

    async def _values(self, request: ValuesRequest) -> str:
        """The values of a dimension as a JSON array of texts."""
        self._check_budget()
        rows = await self._metrics.load((request.query, request.shape))
        return _array([_value_as_text(row) for row in rows])

    async def _figures(self, request: FiguresRequest) -> str:
        """Figures of a dataset as a JSON object."""
        self._check_budget()
        asked = FigureRows(request.figures)
        answer = await self._service.run(asked, self._caller, self._reuse)
        self._readings.append(answer.reading)
        return answer.rows[0]


def _array(items: Sequence[str]) -> str:
    """A JSON array, joined in one go: brackets around a long text would be a copy of it."""
    if len(items) < 2:
        return f"[{''.join(items)}]"
    return ",".join(["[" + items[0], *items[1:-1], items[-1] + "]"])


def _value_as_text(row: str) -> str:
    """The value of a row of one member, as the text of a JSON string."""
    value = row[row.index(":") + 1 : -1].strip()
    return value if value.startswith('"') else f'"{value}"'


def _heard(reserving: asyncio.Task[int]) -> None:
    if not reserving.cancelled():
        reserving.exception()


def _identifier(text: str, field: RowField) -> str:
    """An identifier in the one spelling that a key has. Raises KeyValueError."""
    if "\0" in text:  # no other engine's text can hold it, and PostgreSQL refuses to look
        raise KeyValueError(
            "an identifier has no U+0000", hint="send an identifier as it came in an answer"
        )
    return str(read_identifier(text, field.kind))


def _places(request: Request) -> int:
    """In how many places of a row entities are looked up."""
    match request:
        case MetricRequest() | EntityRequest():
            return request.rows.places
        case ValuesRequest() | FiguresRequest():
            return 0
        case _:
            return sum(selection.places for selection in request.shape.selections)
