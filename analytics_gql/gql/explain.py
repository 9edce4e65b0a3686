"""What a document would do: the plan, the SQL and the parameters of each root field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.errors import RequestError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.plan.explain import explain_plan
from analytics_gql.service import MetricRequest, Service
from analytics_gql.sql.statement import Origin


@dataclass(frozen=True, slots=True)
class Explanation:
    """The text for people, and whether it tells of errors."""

    text: str
    has_errors: bool


class _ExplainingService(Service):
    """Writes down what it is asked instead of running it."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.catalog, service.warehouse)
        self.parts: list[str] = []

    async def answer_together(
        self, group: tuple[MetricRequest, ...], caller: Caller
    ) -> list[bytes | Exception]:
        try:
            plan, statement, values = self.explain(group, caller)
        except RequestError as error:
            return [error] * len(group)
        parameters = [
            f"  ${number} = {value!r}  {parameter.origin.value}"
            if parameter.origin is not Origin.TENANT
            else f"  ${number} = {value!r}  {parameter.origin.value}, proven on every scan"
            for number, (parameter, value) in enumerate(
                zip(statement.parameters, values, strict=True), start=1
            )
        ]
        self.parts.append(
            "\n".join(
                [
                    f"-- {plan.dataset.name}",
                    explain_plan(plan),
                    "",
                    statement.text,
                    "",
                    *parameters,
                ]
            )
        )
        return [b"[]"] * len(group)


async def explain_document(
    engine: GraphQLEngine,
    text: str,
    caller: Caller,
    *,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> Explanation:
    """Walk the way of a request up to the warehouse's door."""
    service = _ExplainingService(engine.service)
    explaining = GraphQLEngine(engine.schema, engine.documents, service)
    response = await explaining.execute(
        text, caller, variables=variables, operation_name=operation_name
    )
    parts = service.parts
    if errors := response.get("errors"):
        parts.append(orjson.dumps(errors, option=orjson.OPT_INDENT_2).decode())
    return Explanation("\n\n".join(parts), bool(errors))
