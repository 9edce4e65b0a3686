"""Walks the way of a request up to the warehouse's door, and writes down what would be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, Protocol

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import Answer, Outcome, Reading, Reuse
from analytics_gql.gql.context import RequestContext, SignedUrl, Signing
from analytics_gql.gql.document import Document
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.guards.toll import Toll
from analytics_gql.model.relation import TableName
from analytics_gql.query.row_shape import Link
from analytics_gql.service.pages import Pages
from analytics_gql.service.requests import (
    EntityRequest,
    FiguresRequest,
    MetricRequest,
    Request,
    ValuesRequest,
)
from analytics_gql.service.service import Service
from analytics_gql.service.session import Session
from analytics_gql.service.statements import EntityRows, StatementRequest


class Recorder(Protocol):
    """Takes note of what would be asked. Both may raise RequestError or AccessError."""

    def statement(self, request: StatementRequest, service: Service, caller: Caller) -> None:
        """A statement whose values are known."""

    def look_up(self, request: EntityRows, service: Service, caller: Caller) -> None:
        """A look-up, whose keys are known only when the rows above it are there."""


class PlanningEngine(GraphQLEngine):
    """Executes documents over no rows; the recorder is told of every statement."""

    takes_subscriptions = True

    def __init__(self, engine: GraphQLEngine, recorder: Recorder) -> None:
        self._planning = _PlanningService(engine.service, recorder)
        pages = engine.pages.over(self._planning)
        super().__init__(engine.views, self._planning, pages)
        # What one of them finds out of an operation both know.
        self.known = engine.known
        self._unsigned = _Unsigned()

    @property
    def has_signed(self) -> bool:
        """Whether what was executed signs URLs: no two of its answers are the same."""
        return self._unsigned.is_asked

    def session(
        self,
        caller: Caller,
        reuse: Reuse,
        *,
        is_registered: bool = False,
        may_stream: bool = False,
        toll: Toll | None = None,
    ) -> Session:
        """See GraphQLEngine. Nothing is read: nothing is used again, and there is no budget."""
        return _PlanningSession(self._planning, self.pages, caller)

    def context(self, session: Session, caller: Caller, signing: Signing | None) -> RequestContext:
        """See GraphQLEngine."""
        return super().context(session, caller, self._unsigned)


class _Unsigned:
    """Stands where URLs are signed."""

    def __init__(self) -> None:
        self.is_asked = False

    def sign(
        self, document: str, parameters: Sequence[tuple[str, str]], expires_in_s: int
    ) -> SignedUrl:
        """See Signing. Samples name no document that there is: nothing is looked up."""
        self.is_asked = True
        return SignedUrl("", 0)


class _PlanningService(Service):
    """Tells the recorder of what it is asked instead of running it."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        super().__init__(service.catalog, service.warehouse)
        self.recorder = recorder

    async def run(
        self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
    ) -> Answer:
        self.recorder.statement(request, self, caller)
        return Answer(request.nothing, Reading(None, 0, Outcome.READ))


class _PlanningSession(Session):
    """Goes on to the look-ups, which have no keys where nothing was read."""

    def __init__(self, service: _PlanningService, pages: Pages, caller: Caller) -> None:
        super().__init__(service, pages, caller)
        self._planning = service

    def answer(self, request: Request) -> Awaitable[str]:
        return self._with_look_ups(request, super().answer(request))

    async def _with_look_ups(self, request: Request, answer: Awaitable[str]) -> str:
        answered = await answer
        if isinstance(request, ValuesRequest | FiguresRequest):
            return answered
        if isinstance(request, MetricRequest | EntityRequest):
            links = list(request.rows.links)
        else:
            links = [link for rows in request.shape.selections for link in rows.links]
        for look_up in _look_ups(links):
            self._planning.recorder.look_up(look_up, self._planning, self._caller)
        return answered


def _look_ups(links: list[Link]) -> Iterator[EntityRows]:
    """The statements of one level of links, then those of the next."""
    while links:
        together: dict[tuple[str, object], list[Link]] = {}
        for link in links:
            together.setdefault((link.entity, link.as_of), []).append(link)
        for group in together.values():
            shapes = tuple(dict.fromkeys(link.rows.shape for link in group))
            as_of = group[0].as_of
            values = () if as_of is None else (as_of,)
            yield EntityRows(group[0].entity, as_of is not None, shapes, values)
        links = [below for link in links for below in link.rows.links]


class _Reads:
    """Collects the tables. The statements are those that the real service will run: kept there."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.tables: set[TableName] = set()

    def statement(self, request: StatementRequest, service: Service, caller: Caller) -> None:
        self.tables |= self._service.statement(request, caller).tables

    def look_up(self, request: EntityRows, service: Service, caller: Caller) -> None:
        self.tables |= self._service.statement(request, caller).tables


async def tables_read(
    engine: GraphQLEngine,
    document: Document,
    caller: Caller,
    *,
    variables: dict[str, Any] | None,
    operation_name: str | None,
) -> frozenset[TableName] | None:
    """The tables that an answer is read from; None where it is an error, or another each time.

    A page beyond a cursor may need fewer. Raises OperationError.
    """
    reads = _Reads(engine.service)
    planning = PlanningEngine(engine, reads)
    response = await planning.execute_document(
        document, caller, variables=variables, operation_name=operation_name
    )
    return None if "errors" in response or planning.has_signed else frozenset(reads.tables)
