"""What a document would do: the plan, the SQL and the parameters of each statement."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.gql.document import Document
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.plan.explain import explain_plan, planned_type
from analytics_gql.plan.nodes import Plan
from analytics_gql.query.row_shape import Link
from analytics_gql.service.pages import Pages
from analytics_gql.service.requests import EntityRequest, MetricRequest
from analytics_gql.service.service import Service
from analytics_gql.service.session import Request, Session
from analytics_gql.service.statements import EntityRows, StatementRequest
from analytics_gql.sql.statement import Origin, Parameter, Statement, bind


@dataclass(frozen=True, slots=True)
class Explanation:
    """The text for people; how many statements it tells of; the errors as a client has them."""

    text: str
    statements: int
    errors: tuple[dict[str, Any], ...]


def explain_statement(request: StatementRequest, service: Service, caller: Caller) -> str:
    """The plan, the statement and its parameters, as people read them.

    Raises RequestError, AccessError or TenantProofError.
    """
    statement, plan = _compiled(request, service, caller)
    values = bind(statement, request.values, caller, request.row_limits)
    shown = [
        f"{value!r}  {_origin(parameter)}"
        for parameter, value in zip(statement.parameters, values, strict=True)
    ]
    return _text(plan, statement, shown)


def _explain_look_up(request: EntityRows, service: Service, caller: Caller) -> str:
    """The same for a look-up whose keys are known only when the rows above it are there."""
    statement, plan = _compiled(request, service, caller)
    keys = len(service.catalog.entity(request.entity).rows.key)
    shown: list[str] = []
    for parameter in statement.parameters:
        if parameter.origin is Origin.TENANT:
            shown.append(f"{caller.tenant!r}  {_origin(parameter)}")
        elif parameter.slot < keys:
            shown.append("the keys of the rows above")
        else:
            shown.append(f"{request.values[-1]!r}  {_origin(parameter)}")
    return _text(plan, statement, shown)


def _compiled(
    request: StatementRequest, service: Service, caller: Caller
) -> tuple[Statement, Plan]:
    plan = request.plan(service.catalog, caller)
    dialect = service.warehouse.dialect
    return request.compile(service.catalog, caller, dialect, pretty=True), plan


def _origin(parameter: Parameter) -> str:
    proven = ", proven on every scan" if parameter.origin is Origin.TENANT else ""
    return f"{parameter.origin.value}{proven}"


def _text(plan: Plan, statement: Statement, shown: Sequence[str]) -> str:
    parameters = [f"  ${number} = {value}" for number, value in enumerate(shown, start=1)]
    heading = f"-- {planned_type(plan)}"
    return "\n".join([heading, explain_plan(plan), "", statement.text, "", *parameters])


class _ExplainingService(Service):
    """Writes down what it is asked instead of running it."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.catalog, service.warehouse)
        self._explained = service
        self.parts: list[str] = []

    async def run(self, request: StatementRequest, caller: Caller) -> list[str]:
        # The service keeps what it plans: whoever asks next finds the statement made.
        self._explained.prepare(request, caller)
        self.parts.append(explain_statement(request, self, caller))
        return request.nothing


class _ExplainingSession(Session):
    """Goes on to the look-ups, which have no keys where nothing was read."""

    def __init__(self, service: _ExplainingService, pages: Pages, caller: Caller) -> None:
        super().__init__(service, pages, caller)
        self._explaining = service

    def answer(self, request: Request) -> Awaitable[bytes]:
        return self._with_look_ups(request, super().answer(request))

    async def _with_look_ups(self, request: Request, answer: Awaitable[bytes]) -> bytes:
        answered = await answer
        if isinstance(request, MetricRequest | EntityRequest):
            links = list(request.rows.links)
        else:
            links = [link for rows in request.shape.selections for link in rows.links]
        for look_up in _look_ups(links):
            self._explaining.parts.append(_explain_look_up(look_up, self._explaining, self._caller))
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


class _ExplainingEngine(GraphQLEngine):
    """Executes documents with a session that explains."""

    def __init__(self, engine: GraphQLEngine) -> None:
        self.explaining = _ExplainingService(engine.service)
        pages = engine.pages.over(self.explaining)
        super().__init__(engine.schema, engine.documents, self.explaining, pages)

    def session(self, caller: Caller) -> Session:
        return _ExplainingSession(self.explaining, self.pages, caller)


async def explain_document(
    engine: GraphQLEngine,
    document: Document,
    caller: Caller,
    *,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> Explanation:
    """Walk the way of a request up to the warehouse's door.

    The service keeps the statements, as if the document had been asked. Raises OperationError.
    """
    explaining = _ExplainingEngine(engine)
    response = await explaining.execute_document(
        document, caller, variables=variables, operation_name=operation_name
    )
    parts = list(explaining.explaining.parts)
    statements, errors = len(parts), tuple(response.get("errors", ()))
    if errors:
        parts.append(orjson.dumps(errors, option=orjson.OPT_INDENT_2).decode())
    return Explanation("\n\n".join(parts), statements, errors)
