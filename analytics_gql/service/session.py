"""One operation of one caller: its root fields ask here, and are asked for together."""

from __future__ import annotations

from collections.abc import Awaitable

from analytics_gql.access.caller import Caller
from analytics_gql.errors import TooManyRowsError
from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.service.connection_json import connection_json
from analytics_gql.service.loaders import EntityLoader, MetricLoader
from analytics_gql.service.pages import Pages
from analytics_gql.service.requests import (
    EntityRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
)
from analytics_gql.service.service import Service, key_of
from analytics_gql.service.stitching import Level, Meeting, complete
from analytics_gql.sql.statement import read_identifier

Request = MetricRequest | MetricPageRequest | RecordPageRequest | EntityRequest


class Session:
    """Answers the root fields of one operation as JSON; new for each."""

    def __init__(self, service: Service, pages: Pages, caller: Caller) -> None:
        self._service = service
        self._pages = pages
        self._caller = caller
        self._metrics = MetricLoader(service, caller)
        self._entities = EntityLoader(service, caller)
        self._meeting = Meeting()

    def answer(self, request: Request) -> Awaitable[bytes]:
        """The JSON of one root field. Call it for every field before any answer is awaited.

        Awaiting raises RequestError, AccessError, LimitError or EngineError.
        """
        if not _has_links(request):
            return self._answered(request)
        self._meeting.come()
        return self._met(request)

    async def _met(self, request: Request) -> bytes:
        try:
            return await self._answered(request)
        finally:
            self._meeting.leave()

    def _answered(self, request: Request) -> Awaitable[bytes]:
        match request:
            case MetricRequest():
                return self._metric_list(request)
            case EntityRequest():
                return self._entity_list(request)
            case _:
                return self._page(request)

    async def _metric_list(self, request: MetricRequest) -> bytes:
        """Rows of metrics as a JSON array."""
        rows = await self._metrics.load((request.query, request.rows.shape))
        (texts,) = await complete((Level(rows, request.rows.links),), self._entities, self._meeting)
        return ("[" + ",".join(texts) + "]").encode()

    async def _page(self, request: MetricPageRequest | RecordPageRequest) -> bytes:
        """A page as the JSON object of its connection."""
        page = await self._pages.page(request, self._caller)
        texts = await complete(
            tuple(
                Level(rows, selection.links)
                for rows, selection in zip(page.rows, request.shape.selections, strict=True)
            ),
            self._entities,
            self._meeting,
        )
        return connection_json(request.shape, page, texts).encode()

    async def _entity_list(self, request: EntityRequest) -> bytes:
        """Entities as a JSON array in the order asked, null for what is not there."""
        if len(request.keys) > self._caller.max_rows:
            raise TooManyRowsError(
                f"{len(request.keys):,} entities are asked for, and your tier may read "
                f"{self._caller.max_rows:,} at once",
                hint="ask for fewer at a time",
            )
        fields = self._service.catalog.entity(request.entity).rows.key_fields
        keys = [
            key_of(
                [
                    str(read_identifier(text, item.kind))
                    for text, item in zip(key, fields, strict=True)
                ]
            )
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
        (texts,) = await complete(
            (Level([found[key] for key in there], request.rows.links),),
            self._entities,
            self._meeting,
        )
        shown = dict(zip(there, texts, strict=True))
        items = [shown.get(key, "null") for key in keys]
        return ("[" + ",".join(items) + "]" if request.is_list else items[0]).encode()


def _has_links(request: Request) -> bool:
    match request:
        case MetricRequest() | EntityRequest():
            return bool(request.rows.links)
        case _:
            return any(selection.links for selection in request.shape.selections)
