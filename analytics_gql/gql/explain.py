"""What a document would do: the plan, the SQL and the parameters of each statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.gql.document import Document
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.planning import PlanningEngine
from analytics_gql.guards.price import Price
from analytics_gql.plan.explain import explain_plan, planned_type
from analytics_gql.plan.nodes import Plan
from analytics_gql.service.service import Service
from analytics_gql.service.statements import EntityRows, StatementRequest
from analytics_gql.sql.statement import Origin, Parameter, Statement, bind


@dataclass(frozen=True, slots=True)
class Explanation:
    """The text for people; how many statements it tells of; the errors as a client has them.

    The price is that of the whole operation.
    """

    text: str
    statements: int
    errors: tuple[dict[str, Any], ...]
    price: Price


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


class _Explaining:
    """Writes down each statement instead of running it; the real service keeps it."""

    def __init__(self, real: Service) -> None:
        self.parts: list[str] = []
        self._real = real

    def statement(self, request: StatementRequest, service: Service, caller: Caller) -> None:
        """See Recorder."""
        self._real.statement(request, caller)
        self.parts.append(explain_statement(request, service, caller))

    def look_up(self, request: EntityRows, service: Service, caller: Caller) -> None:
        """See Recorder."""
        self._real.statement(request, caller)
        self.parts.append(_explain_look_up(request, service, caller))


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
    explaining = _Explaining(engine.service)
    executed = await PlanningEngine(engine, explaining).executed(
        document, caller, variables=variables, operation_name=operation_name
    )
    parts, price = list(explaining.parts), executed.price
    statements, errors = len(parts), tuple(executed.response.get("errors", ()))
    if price.parts:
        parts.append(_priced(price))
    if errors:
        parts.append(orjson.dumps(errors, option=orjson.OPT_INDENT_2).decode())
    return Explanation("\n\n".join(parts), statements, errors, price)


def _priced(price: Price) -> str:
    """The price and what it is for, the dearest first."""
    lines = [f"-- costs {price.requested:,} points"]
    lines += [f"  {part.points:10,.2f}  {part.name}" for part in price.by_points]
    return "\n".join(lines)
