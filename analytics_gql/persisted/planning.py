"""Registered documents are planned before they are asked for: with their example, or with samples.

What is wrong with a document whatever it is asked with (a metric by a dimension that its source
lacks) is a fault. What is wrong with a sample that we made up is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
    type_from_ast,
)

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    CursorInvalidError,
    CursorMismatchError,
    CursorStaleError,
    DateRangeError,
    Fault,
    FilterError,
    GroupingError,
    KeyValueError,
    LimitArgumentError,
    OrderError,
    PageArgumentError,
    PersistedDocumentsError,
    SourceLacksDimensionError,
    TenantInvalidError,
    TimeError,
    TimeZoneError,
    UserInputError,
)
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.explain import explain_document
from analytics_gql.persisted.registry import Registered, Registry

_OF_VALUES = frozenset(
    error.code
    for error in (
        CursorInvalidError,
        CursorMismatchError,
        CursorStaleError,
        DateRangeError,
        FilterError,
        KeyValueError,
        LimitArgumentError,
        PageArgumentError,
        TenantInvalidError,
        TimeError,
        TimeZoneError,
        UserInputError,
    )
)
"""What a value can be the reason of, or the tenant that is planned for."""

_OF_CHOICES = frozenset(
    error.code for error in (GroupingError, OrderError, SourceLacksDimensionError)
)
"""What a choice of dimensions or of an order can be the reason of, where clients make it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many statements a document takes, and how many points it costs, with its example."""

    statements: int
    points: int


async def plan_documents(
    registry: Registry, engine: GraphQLEngine, caller: Caller
) -> dict[str, Planned | None]:
    """Plan each document; what each takes by identifier, where that is known.

    The engine's service keeps the statements. Raises PersistedDocumentsError with everything
    that is wrong.
    """
    faults: list[Fault] = []
    planned: dict[str, Planned | None] = {}
    for document in registry.documents:
        planned[document.identifier] = await _planned(document, engine, caller, faults)
        await asyncio.sleep(0)  # requests that wait are answered before the next one
    if faults:
        raise PersistedDocumentsError(tuple(faults))
    return planned


async def _planned(
    document: Registered, engine: GraphQLEngine, caller: Caller, faults: list[Fault]
) -> Planned | None:
    variables = document.example
    excused = {TenantInvalidError.code}
    if variables is None:
        variables = sample_variables(document, engine.schema)
        excused |= _OF_VALUES
        if any(map(_is_choice, _types(document, engine.schema).values())):
            excused |= _OF_CHOICES
    explained = await explain_document(engine, document.document, caller, variables=variables)
    is_known = True
    for error in explained.errors:
        if error["extensions"]["code"] in excused:
            is_known = False
            continue
        line = error["locations"][0]["line"] if error.get("locations") else 0
        message, hint = error["message"], error["extensions"].get("hint", "see `explain`")
        if not document.is_authored:
            line, message = 0, f"'{document.name}' ({document.identifier[:80]}): {message}"
        faults.append(Fault(document.file, line, message, hint))
    if not is_known:
        return None
    return Planned(explained.statements, explained.price.requested)


def sample_variables(document: Registered, schema: GraphQLSchema) -> dict[str, Any]:
    """A value for each variable that must have one."""
    types = _types(document, schema)
    names = (
        definition.variable.name.value
        for definition in document.operation.variable_definitions or ()
        if definition.default_value is None
    )
    return {
        name: _sample(of_type.of_type)
        for name in names
        if isinstance(of_type := types[name], GraphQLNonNull)
    }


def _types(document: Registered, schema: GraphQLSchema) -> dict[str, Any]:
    """The type of each variable."""
    return {
        definition.variable.name.value: type_from_ast(schema, definition.type)
        for definition in document.operation.variable_definitions or ()
    }


def _is_choice(of_type: Any) -> bool:
    return isinstance(get_named_type(of_type), GraphQLEnumType | GraphQLInputObjectType)


def _sample(of_type: GraphQLInputType) -> Any:
    if isinstance(of_type, GraphQLNonNull):
        return _sample(of_type.of_type)
    if isinstance(of_type, GraphQLList):
        return [_sample(of_type.of_type)]
    if isinstance(of_type, GraphQLEnumType):
        return next(iter(of_type.values))
    if isinstance(of_type, GraphQLInputObjectType):
        return {
            name: _sample(field.type)
            for name, field in of_type.fields.items()
            if is_required_input_field(field)
        }
    return _SCALARS.get(of_type.name, "1")


_SCALARS: Mapping[str, Any] = {
    "Boolean": False,
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "Float": 1.0,
    "Int": 1,
}
